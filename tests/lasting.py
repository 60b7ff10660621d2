"""Parts that outlast a module of tests: what the next one asks for from its beginning is not started anew."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, ExitStack
from typing import TypeVar

Running = TypeVar("Running")


class Lasting:
    """Parts by the names of their fixtures: each is started when it is first asked for, and runs until left out."""

    def __init__(self) -> None:
        self._running: dict[str, tuple[object, ExitStack]] = {}

    def give(self, name: str, start: Callable[[], AbstractContextManager[Running]]) -> Running:
        """The part of this name; `start` makes it where it does not run."""
        if name not in self._running:
            with ExitStack() as stack:
                part = stack.enter_context(start())
                self._running[name] = part, stack.pop_all()
        return self._running[name][0]  # type: ignore[return-value]

    def keep(self, names: Collection[str]) -> None:
        """End all parts but these, the last one first."""
        for name in [one for one in reversed(self._running) if one not in names]:
            _, stack = self._running.pop(name)
            stack.close()
