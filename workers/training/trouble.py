"""Expected trouble of a training as a sentence that says what to do."""

import errno

from app.base.errors import AppError

FULL = "The disk is full; make room in the data folder and resume the run, which goes on from its last checkpoint."
MEMORY = (
    "Memory ran out; lower `tokens` or `batch` in the recipe (and raise `accumulate`), take a smaller base, or end "
    "other programs. The run can be resumed from its last checkpoint."
)
_FULL_WORDS = (
    "no space left on device",
    "disk quota exceeded",
    "file write failed",
    "enforce fail at inline_container",
)
_MEMORY_WORDS = ("out of memory", "can't allocate memory", "cannot allocate memory", "not enough memory")


def sentence_of(error: BaseException) -> str | None:
    """What to tell people about an error; None where it is a bug."""
    if isinstance(error, AppError):
        return error.sentence
    words = str(error).lower()
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or any(one in words for one in _FULL_WORDS):
        return FULL
    is_memory = isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM
    if is_memory or any(one in words for one in _MEMORY_WORDS):
        return MEMORY
    return None
