"""Reading what the child writes into a run's folder; a line that is half written is not there yet."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from app.alignment.runs.schema import CANCEL, MANIFEST, OUTCOME, PROGRESS, WORDS, Outcome, Progress, RunManifest
from app.base.files import write_whole

D = TypeVar("D", bound=BaseModel)


def progress_of(folder: Path) -> list[Progress]:
    """All progress so far. A step that was done again after a resume counts once, as it was done last."""
    path = folder / PROGRESS
    found: dict[tuple[str, int], Progress] = {}
    for line in path.read_bytes().splitlines() if path.exists() else []:
        try:
            one = Progress.model_validate_json(line)
        except ValidationError:
            continue
        found[one.phase, one.step] = one
    return sorted(found.values(), key=lambda one: (one.step, one.phase == "held"))


def outcome_of(folder: Path) -> Outcome | None:
    """How the child ended, None where it did not say so."""
    return _document(folder / OUTCOME, Outcome)


def manifest_of(folder: Path) -> RunManifest | None:
    """The run's manifest, once it is done."""
    return _document(folder / MANIFEST, RunManifest)


def ask_to_cancel(folder: Path) -> None:
    """Tell the child to stop at the next step."""
    write_whole(folder / CANCEL, b"")


def forget_outcome(folder: Path) -> None:
    """Make ready for going on: the child starts again as if nobody had stopped it."""
    for name in (CANCEL, OUTCOME):
        (folder / name).unlink(missing_ok=True)


def forget_words(folder: Path) -> None:
    """Take away what a run copied of its set's words; what was trained on them stays."""
    for name in WORDS:
        (folder / name).unlink(missing_ok=True)


def _document(path: Path, kind: type[D]) -> D | None:
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


TAIL = 4096


def newest(folder: Path) -> Progress | None:
    """The newest line of progress of training, read from the end of the file."""
    path = folder / PROGRESS
    if not path.exists():
        return None
    with path.open("rb") as lines:
        lines.seek(max(0, path.stat().st_size - TAIL))
        for line in reversed(lines.read().splitlines()):
            try:
                found = Progress.model_validate_json(line)
            except ValidationError:
                continue
            if found.phase == "train":
                return found
    return None
