"""A reward model (Bradley-Terry): one number for a turn on its context, higher for the turn that people preferred."""

from dataclasses import replace
from typing import Any

import torch
from peft import PeftModel, TaskType, get_peft_model
from transformers import AutoModelForSequenceClassification
from trl.trainer.reward_config import RewardConfig
from trl.trainer.reward_trainer import RewardTrainer

from workers.training.bases import Base, base
from workers.training.common import DTYPES, arguments, carry_through, lora
from workers.training.curriculum import in_order
from workers.training.data import pair_rows
from workers.training.run import Run


def train(run: Run) -> None:
    """Carry out an order of method "reward". It starts from the base: a parent's words are not its business."""
    with run.timed("load"):
        given = _with_score(base(run.order.base, dtype=DTYPES[run.training.precision]))
        config = lora(run.training.lora, given, TaskType.SEQ_CLS, keep=["score"])
        given = replace(given, model=get_peft_model(given.model, config))
    given.model.peft_config["default"].base_model_name_or_path = run.order.base
    with run.timed("data"):
        rows = in_order(run, given, pair_rows(run, given.tokenizer), "chosen")
        held = pair_rows(run, given.tokenizer, held=True)
        trainer = RewardTrainer(
            model=given.model,
            args=RewardConfig(max_length=run.training.tokens, **arguments(run, given)),
            train_dataset=rows,
            eval_dataset=held if len(held) else None,
            processing_class=given.tokenizer,
        )
    carry_through(run, trainer, given)


def reward_model(name: str, adapter: Any) -> Base:
    """The reward model of a run: `adapter` is the run's adapter folder; `.model(**ids).logits` is (batch, 1)."""
    given = _with_score(base(name))
    return replace(given, model=PeftModel.from_pretrained(given.model, str(adapter)).eval())


def _with_score(given: Base) -> Base:
    """The same weights under a head of one number in place of the words."""
    config: Any = given.model.config
    config.num_labels = 1
    config.pad_token_id = given.tokenizer.pad_token_id
    kind: Any = AutoModelForSequenceClassification
    model = kind.from_config(config, dtype=given.model.dtype)
    model.model.load_state_dict(given.model.model.state_dict())
    torch.nn.init.zeros_(model.score.weight)
    return replace(given, model=model)
