"""Whether what is asked of models was called off: one thread looks for all open requests of a process.

Were it the threads that wait for words, each would wake some times a second for nothing, and each waking costs a busy
process two switches of threads.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

LOOK_SECONDS = 0.25


class CalledOff:
    """Nobody waits for the reply any more."""


@dataclass(eq=False)
class _Open:
    cancelled: Callable[[], bool]
    tell: Callable[[CalledOff], None]


class _Watcher:
    """Looks at every open request. Its thread runs only while there are any."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.open: set[_Open] = set()
        self.thread: threading.Thread | None = None

    def add(self, one: _Open) -> None:
        with self.lock:
            self.open.add(one)
            if self.thread is None or not self.thread.is_alive():  # no thread survives a fork
                self.thread = threading.Thread(target=self._look_on, name="called off", daemon=True)
                self.thread.start()

    def remove(self, one: _Open) -> None:
        with self.lock:
            self.open.discard(one)

    def _look_on(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            with self.lock:
                held = list(self.open)
                if not held:
                    self.thread = None
                    return
            for one in held:
                if one.cancelled():
                    self.remove(one)
                    one.tell(CalledOff())


_watcher = _Watcher()


@contextmanager
def watched(cancelled: Callable[[], bool], tell: Callable[[CalledOff], None]) -> Iterator[None]:
    """While the block runs, look whether `cancelled` has turned true; then `tell` is called on another thread, within
    LOOK_SECONDS. As that thread serves all, `cancelled` must not wait for anything: it reads what others found out.
    """
    one = _Open(cancelled, tell)
    _watcher.add(one)
    try:
        yield
    finally:
        _watcher.remove(one)
