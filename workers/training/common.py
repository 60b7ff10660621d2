"""What all trainers share: the model with its adapter, the trainer's arguments, and carrying a training through."""

import math
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, TaskType, get_peft_model
from transformers import TrainerCallback, set_seed

from app.alignment.runs import schema
from app.alignment.runs.schema import Lora, Outcome, Progress
from app.base.errors import Invalid
from workers.training.bases import Base, base, with_adapter
from workers.training.head import answers_alone
from workers.training.run import Run

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "auto": None}
NAMES = {
    "loss": ("loss",),
    "reward_margin": ("rewards/margins", "margin"),
    "reward": ("reward", "rewards/chosen", "mean_reward"),
    "accuracy": ("rewards/accuracies", "accuracy", "mean_token_accuracy"),
    "lr": ("learning_rate",),
    "epoch": ("epoch",),
}
"""What a line of progress calls the trainers' measures."""


def start(run: Run) -> None:
    """Seeds and threads."""
    if run.order.threads:
        torch.set_num_threads(run.order.threads)
    set_seed(run.training.seed)


def policy(run: Run) -> Base:
    """The model to train: the base with a fresh adapter, or with a copy of the parent run's adapter, going on.

    In the second case TRL keeps the adapter as it was as a second, frozen one and measures against that: the
    reference is the model after SFT, and what comes out is one adapter on the base, which a server can load.
    """
    order = run.order
    answers_alone()
    with run.timed("load"):
        given = base(order.base, dtype=DTYPES[run.training.precision])
        if order.parent is None:
            model = get_peft_model(given.model, lora(run.training.lora, given))
            made = Base(given.name, model, given.tokenizer, given.sha256)
        else:
            made = with_adapter(given, schema.run_folder(order.parent) / schema.ADAPTER, trainable=True)
    made.model.peft_config["default"].base_model_name_or_path = order.base
    return made


def lora(wanted: Lora, given: Base, task: TaskType = TaskType.CAUSAL_LM, keep: list[str] | None = None) -> LoraConfig:
    """PEFT's configuration of an adapter; `keep` are layers that are trained whole beside it."""
    blocks = int(given.model.config.num_hidden_layers)
    return LoraConfig(
        layers_to_transform=list(range(blocks - wanted.blocks, blocks)) if 0 < wanted.blocks < blocks else None,
        r=wanted.rank,
        lora_alpha=wanted.alpha,
        lora_dropout=wanted.dropout,
        target_modules=list(wanted.layers),
        task_type=task,
        modules_to_save=keep,
    )


def arguments(run: Run, given: Base) -> dict[str, Any]:
    """What every trainer's configuration is given."""
    wanted, on_gpu = run.training, torch.cuda.is_available()
    return {
        "output_dir": str(run.folder / schema.CHECKPOINTS),
        "num_train_epochs": 1.0 if wanted.curriculum else wanted.epochs,
        "train_sampling_strategy": "sequential" if wanted.curriculum else "random",
        "per_device_train_batch_size": wanted.batch,
        "per_device_eval_batch_size": wanted.batch,
        "gradient_accumulation_steps": wanted.accumulate,
        "learning_rate": wanted.rate,
        "lr_scheduler_type": wanted.schedule,
        "warmup_steps": wanted.warmup if wanted.warmup < 1 else 0,
        "weight_decay": wanted.decay,
        "seed": wanted.seed,
        "data_seed": wanted.seed,
        "bf16": given.model.dtype is torch.bfloat16,
        "use_cpu": not on_gpu,
        # Recomputing activations saves memory that only a GPU is short of, and costs a third forward pass.
        "gradient_checkpointing": on_gpu,
        "dataloader_pin_memory": on_gpu,
        "logging_steps": wanted.log_every,
        "logging_nan_inf_filter": False,
        "save_steps": wanted.save_every,
        "save_total_limit": 2,
        "report_to": [],
        "disable_tqdm": True,
    }


def carry_through(run: Run, trainer: Any, given: Base) -> None:
    """Train from the newest checkpoint or from the start, score what is held back, and keep the adapter."""
    found = newest_checkpoint(run.folder / schema.CHECKPOINTS)
    run.resumed_at = int(found.name.rpartition("-")[2]) if found else 0
    trainer.add_callback(Follower(run))
    with run.timed("train"):
        trainer.train(resume_from_checkpoint=str(found) if found else None)
    if trainer.state.global_step < trainer.state.max_steps:
        if run.is_cancelled:
            run.end(Outcome(state="cancelled", sentence=f"Stopped at step {trainer.state.global_step} on request."))
        return
    metrics = last_metrics(trainer.state.log_history)
    if trainer.eval_dataset is not None:
        with run.timed("held"):
            metrics |= {name: float(value) for name, value in trainer.evaluate().items()}
    if trainer.accelerator.is_main_process:
        with run.timed("save"):
            _save(run, trainer)
        run.write_manifest(given, trainer.state.global_step, metrics)
        run.end(Outcome(state="done"))


def _save(run: Run, trainer: Any) -> None:
    model = trainer.accelerator.unwrap_model(trainer.model)
    model.save_pretrained(str(run.adapter), selected_adapters=["default"])


def newest_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that is whole: the trainer's state is the last file that is written into one."""
    whole = [one for one in folder.glob("checkpoint-*") if (one / "trainer_state.json").is_file()]
    return max(whole, key=lambda one: int(one.name.rpartition("-")[2]), default=None)


def last_metrics(history: list[dict[str, float]]) -> dict[str, float]:
    """The newest value of each measure of training."""
    return {f"train_{name.removeprefix('train_')}": float(value) for one in history for name, value in one.items()}


class Follower(TrainerCallback):
    """Tells progress, stops where it is asked to, and where the loss is no number any more."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.parent = os.getppid()

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        """A line of progress."""
        logs = logs or {}
        held = any(name.startswith("eval_") for name in logs)
        values = {key: _first(logs, names, "eval_" if held else "") for key, names in NAMES.items()}
        if values["loss"] is None or not state.is_world_process_zero:
            return
        if not math.isfinite(values["loss"]):
            raise Invalid("The loss is no number any more; lower `rate` in the recipe, or set precision = 'float32'.")
        phase = "held" if held else "train"
        self.run.tell(
            Progress.model_validate(
                {**values, "phase": phase, "step": state.global_step, "steps": state.max_steps, "at": datetime.now(UTC)}
            )
        )

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Stop after this step, with a checkpoint to go on from, where somebody asked or whoever watched is gone. All
        processes of a training stop at the same step.
        """
        if _anybody(self.run.is_cancelled or os.getppid() != self.parent):
            control.should_save = True
            control.should_training_stop = True


def _first(logs: dict[str, float], names: tuple[str, ...], prefix: str) -> float | None:
    return next((float(logs[prefix + name]) for name in names if prefix + name in logs), None)


def _anybody(asked: bool) -> bool:
    """Whether any process of a distributed training was asked."""
    if not torch.distributed.is_available() or not torch.distributed.is_initialized():
        return asked
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if torch.cuda.is_available() else "cpu"
    flag = torch.tensor([int(asked)], device=device)
    torch.distributed.all_reduce(flag, op=torch.distributed.ReduceOp.MAX)
    return bool(flag.item())
