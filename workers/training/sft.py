"""Supervised fine-tuning: the model learns to say what a good tutor said. Loss on the tutor's turn only."""

from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from workers.training.common import arguments, carry_through, policy
from workers.training.curriculum import in_order
from workers.training.data import sft_rows
from workers.training.run import Run


def train(run: Run) -> None:
    """Carry out an order of method "sft"."""
    given = policy(run)
    with run.timed("data"):
        rows = in_order(run, given, sft_rows(run, given.tokenizer), "completion")
        held = sft_rows(run, given.tokenizer, held=True)
        trainer = SFTTrainer(
            model=given.model,
            args=SFTConfig(max_length=run.training.tokens, completion_only_loss=True, **arguments(run, given)),
            train_dataset=rows,
            eval_dataset=held if len(held) else None,
            processing_class=given.tokenizer,
        )
    carry_through(run, trainer, given)
