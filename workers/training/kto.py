"""Kahneman-Tversky optimisation (arXiv 2402.01306): from turns that were liked or not, without pairs."""

from trl.trainer.kto_config import KTOConfig
from trl.trainer.kto_trainer import KTOTrainer

from app.base.errors import Invalid
from workers.training.common import arguments, carry_through, policy
from workers.training.curriculum import in_order
from workers.training.data import liked_rows
from workers.training.run import Run


def train(run: Run) -> None:
    """Carry out an order of method "kto"."""
    wanted = run.training
    if wanted.batch < 2:
        raise Invalid("KTO compares the turns of a batch with each other; set `batch` to 2 or more in the recipe.")
    given = policy(run)
    with run.timed("data"):
        rows = in_order(run, given, liked_rows(run, given.tokenizer), "completion")
        held = liked_rows(run, given.tokenizer, held=True)
    with run.timed("reference"):
        trainer = KTOTrainer(
            model=given.model,
            args=KTOConfig(
                beta=wanted.beta,
                desirable_weight=wanted.liked,
                undesirable_weight=wanted.disliked,
                max_length=wanted.tokens,
                precompute_ref_log_probs=True,
                # The rows come shuffled; the loss needs neighbours to stay neighbours.
                **{**arguments(run, given), "train_sampling_strategy": "sequential"},
            ),
            train_dataset=rows,
            eval_dataset=held if len(held) > 1 else None,
            processing_class=given.tokenizer,
        )
    carry_through(run, trainer, given)
