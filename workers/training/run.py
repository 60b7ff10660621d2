"""One order being carried out: its folder, its clock, and what is said about it while it goes on."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import torch

from app.alignment.runs import schema
from app.alignment.runs.schema import Order, Outcome, Progress, RunManifest, Training
from app.base.console import versions
from app.base.files import write_whole
from workers.training.bases import Base

PACKAGES = ("torch", "transformers", "peft", "trl", "accelerate", "datasets")


@dataclass
class Run:
    """An order, where it lies, and the seconds spent so far by kind of work."""

    order: Order
    folder: Path
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: dict[str, float] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    examples: int = 0
    resumed_at: int = 0
    found: dict[str, float] = field(default_factory=dict)
    """Figures from before training, for the manifest."""

    @classmethod
    def of(cls, folder: Path) -> "Run":
        """The run whose order lies in `folder`."""
        return cls(Order.model_validate_json((folder / schema.ORDER).read_bytes()), folder)

    @property
    def training(self) -> Training:
        """The order's settings."""
        return self.order.training

    @property
    def adapter(self) -> Path:
        """Where the adapter is put."""
        return self.folder / schema.ADAPTER

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody asked to stop."""
        return (self.folder / schema.CANCEL).exists()

    @contextmanager
    def timed(self, kind: str) -> Iterator[None]:
        """Count the seconds of the block under `kind`."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[kind] = self.seconds.get(kind, 0.0) + time.perf_counter() - began

    def leave_out(self, reason: str) -> None:
        """Count an example that is not used."""
        self.left_out[reason] = self.left_out.get(reason, 0) + 1

    def tell(self, progress: Progress) -> None:
        """Add a line to the progress file, at once."""
        with (self.folder / schema.PROGRESS).open("a", encoding="utf-8") as out:
            out.write(progress.model_dump_json(exclude_none=True) + "\n")

    def end(self, outcome: Outcome) -> None:
        """Say how it ended."""
        write_whole(self.folder / schema.OUTCOME, outcome.model_dump_json().encode())

    def write_manifest(self, base: Base, steps: int, metrics: dict[str, float]) -> None:
        """Write down what was done, with everything that is needed to do it again."""
        order, trained = self.order, self.seconds.get("train", 0.0)
        seen = (steps - self.resumed_at) * order.training.batch * order.training.accumulate
        manifest = RunManifest(
            run=order.id,
            method=order.method,
            role=order.role,
            base=schema.BaseModelId(name=base.name, sha256=base.sha256),
            set=order.set,
            parent=order.parent,
            recipe=order.recipe,
            training=order.training,
            seed=order.training.seed,
            versions={**versions(), **{name: metadata.version(name) for name in PACKAGES}},
            threads=torch.get_num_threads(),
            devices=max(1, torch.cuda.device_count()),
            precision=str(base.model.dtype).removeprefix("torch."),
            started=self.started,
            ended=datetime.now(UTC),
            seconds={kind: round(spent, 2) for kind, spent in self.seconds.items()},
            seconds_per_example=round(trained / seen, 4) if seen > 0 else None,
            examples=self.examples,
            left_out=self.left_out,
            steps=steps,
            resumed_at=self.resumed_at,
            metrics={**self.found, **metrics},
            adapter=adapter_sha256(self.adapter),
            command=f"python -m workers.training {self.folder.name}",
        )
        write_whole(self.folder / schema.MANIFEST, manifest.model_dump_json(indent=2).encode())


def adapter_sha256(folder: Path) -> str:
    """The SHA-256 of an adapter's configuration and tensors, one after the other; "" where there is none."""
    sha = hashlib.sha256()
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        if not (folder / name).is_file():
            return ""
        sha.update((folder / name).read_bytes())
    return sha.hexdigest()
