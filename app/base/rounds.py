"""One thread that looks at all that is held, again and again, in place of a thread or a timer for each.

A thread that wakes for nothing costs a busy process two switches of threads.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class Rounds(Generic[T]):
    """Has `look` called with everything that is held, every so many seconds; its thread runs only while anything is.

    `look` gets what was held when the round began: some of it may have been let go since. When it fails, its
    thread ends with that, and another one looks on.
    """

    def __init__(self, name: str, seconds: float, look: Callable[[list[T]], None]) -> None:
        self.name, self.seconds, self.look = name, seconds, look
        self.lock = threading.Lock()
        self.held: set[T] = set()
        self.thread: threading.Thread | None = None

    @contextmanager
    def holding(self, one: T) -> Iterator[T]:
        """Have one looked at while the block runs."""
        try:
            with self.lock:
                self.held.add(one)
                if self.thread is None or not self.thread.is_alive():  # no thread survives a fork
                    self._start()
            yield one
        finally:
            with self.lock:
                self.held.discard(one)

    def _start(self) -> None:
        self.thread = threading.Thread(target=self._go_round, name=self.name, daemon=True)
        self.thread.start()

    def _go_round(self) -> None:
        try:
            while found := self._next():
                self.look(found)
        finally:
            with self.lock:
                self.thread = None
                if self.held:
                    self._start()

    def _next(self) -> list[T]:
        time.sleep(self.seconds)
        with self.lock:
            return list(self.held)
