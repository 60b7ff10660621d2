"""Direct preference optimisation: the chosen turn is to gain on the rejected one, measured against the reference.

The reference is the model that the run starts from (see `common.policy`); its log-probabilities are worked out once,
before training, so that each step costs one pass forward and one back.
"""

from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer

from workers.training.common import arguments, carry_through, policy
from workers.training.curriculum import in_order
from workers.training.data import pair_rows
from workers.training.run import Run


def train(run: Run, loss: str = "sigmoid") -> None:
    """Carry out an order of method "dpo"; `loss` is TRL's name of it. With `smoothing`, labels may be wrong."""
    wanted = run.training
    given = policy(run)
    with run.timed("data"):
        rows = in_order(run, given, pair_rows(run, given.tokenizer), "chosen")
        held = pair_rows(run, given.tokenizer, held=True)
    with run.timed("reference"):
        trainer = DPOTrainer(
            model=given.model,
            args=DPOConfig(
                loss_type=["robust" if wanted.smoothing and loss == "sigmoid" else loss],
                beta=wanted.beta,
                label_smoothing=wanted.smoothing,
                max_length=wanted.tokens,
                precompute_ref_log_probs=True,
                **arguments(run, given),
            ),
            train_dataset=rows,
            eval_dataset=held if len(held) else None,
            processing_class=given.tokenizer,
        )
    carry_through(run, trainer, given)
