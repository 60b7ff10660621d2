"""Prompts' beginnings that the server is reading just now, in this process.

A server shares what it has read, not what it is reading: a turn that came while its page was being read would have the
page read a second time, beside the first, and wait longer than by waiting for it.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

LONGEST_WAIT = 8.0
"""Whoever waited so long asks all the same: reading may have come to nothing."""
LOOK_SECONDS = 0.1

_lock = threading.Lock()
_read: dict[str, threading.Event] = {}


@contextlib.contextmanager
def under_way(beginning: str) -> Iterator[None]:
    """While the block runs, the server reads this beginning."""
    done = threading.Event()
    with _lock:
        _read[beginning] = done
    try:
        yield
    finally:
        done.set()
        with _lock:
            if _read.get(beginning) is done:
                del _read[beginning]


def wait_for(beginning: str, cancelled: Callable[[], bool]) -> None:
    """Return once the server has read this beginning, as far as it is reading it, or when nobody waits any more."""
    with _lock:
        done = _read.get(beginning)
    if done is None:
        return
    ends = time.monotonic() + LONGEST_WAIT
    while not done.wait(LOOK_SECONDS) and time.monotonic() < ends and not cancelled():
        pass
