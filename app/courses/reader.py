"""Running the reader child: lines as they come, within a time, and what its end says."""

import logging
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from app.base.settings import ROOT, get_settings
from app.courses.schema import DeckKind, ReaderLine

log = logging.getLogger(__name__)

BEAT_SECONDS = 1.0
CHUNK_BYTES = 1 << 16
LINE_BYTES = 4 << 20
TAIL_CHARS = 1500


class ReaderDied(Exception):
    """The child ended without reaching the deck's end; `late` when it ran out of time."""

    def __init__(self, *, late: bool) -> None:
        super().__init__("out of time" if late else "died")
        self.late = late


@dataclass(frozen=True)
class Request:
    """What to read: a file, a folder for its pictures, the page to begin with; `plain` makes no pictures."""

    file: Path
    folder: Path
    kind: DeckKind
    first: int = 1
    plain: bool = False


def read_lines(request: Request, deadline: float, beat: Callable[[], None]) -> Generator[ReaderLine]:
    """What the child says, as it says it; `beat` is called at least every second.

    `deadline` is in the seconds of time.monotonic(). Raises ReaderDied; the child is gone when this returns.
    """
    with (
        tempfile.TemporaryDirectory(prefix="lyceum-read-") as scratch,
        tempfile.TemporaryFile() as errors,
        _start(_command(request), scratch, errors) as child,
    ):
        try:
            for line in _raw_lines(child, deadline, beat):
                yield ReaderLine.model_validate_json(line)
            if child.wait(timeout=max(1.0, deadline - time.monotonic())) != 0:
                raise ReaderDied(late=False)
        except (ReaderDied, subprocess.TimeoutExpired, ValidationError) as trouble:
            _note(request.file, errors, trouble)
            raise trouble if isinstance(trouble, ReaderDied) else ReaderDied(late=False) from trouble
        finally:
            child.kill()


def _start(command: list[str], scratch: str, errors: IO[bytes]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        env=_environment(scratch),
        cwd=scratch,
    )


def _command(request: Request) -> list[str]:
    settings = get_settings()
    words = [sys.executable, "-m", "app.courses.reader_process"]
    words += [str(request.file.resolve()), str(request.folder.resolve())]
    words += ["--kind", request.kind.value, "--first", str(request.first), "--pages", str(settings.upload_pages)]
    words += ["--memory", str(settings.read_memory), "--seconds", str(int(settings.read_seconds) + 1)]
    return [*words, "--plain"] if request.plain else words


def _environment(scratch: str) -> dict[str, str]:
    """Nothing the child has no use for: no database, broker or key reaches the code that opens strangers' files."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "TMPDIR": scratch, "HOME": scratch, "RAYON_NUM_THREADS": "1"}


def _raw_lines(child: "subprocess.Popen[bytes]", deadline: float, beat: Callable[[], None]) -> Iterator[bytes]:
    """Whole lines of the child's output until it closes it. A line without end counts as a dead child."""
    pending = b""
    with selectors.DefaultSelector() as selector:
        assert child.stdout is not None
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            if time.monotonic() > deadline:
                raise ReaderDied(late=True)
            beat()
            if not selector.select(timeout=BEAT_SECONDS):
                continue
            chunk = os.read(child.stdout.fileno(), CHUNK_BYTES)
            if not chunk:
                return
            *lines, pending = (pending + chunk).split(b"\n")
            yield from lines
            if len(pending) > LINE_BYTES:
                raise ReaderDied(late=False)


def _note(file: Path, errors: IO[bytes], trouble: Exception) -> None:
    errors.seek(0)
    tail = errors.read().decode("utf-8", "replace")[-TAIL_CHARS:]
    log.warning("reader of %s: %s\n%s", file.parent.name, trouble, tail)
