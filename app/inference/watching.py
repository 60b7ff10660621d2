"""Whether what is asked of models was called off, looked at for all open requests of a process at once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from app.base.rounds import Rounds

LOOK_SECONDS = 0.25


class CalledOff:
    """Nobody waits for the reply any more."""


@dataclass(eq=False)
class _Open:
    cancelled: Callable[[], bool]
    tell: Callable[[CalledOff], None]


def _look(held: list[_Open]) -> None:
    for one in held:
        if one.cancelled():
            one.tell(CalledOff())


_rounds = Rounds("called off", LOOK_SECONDS, _look)


def watched(cancelled: Callable[[], bool], tell: Callable[[CalledOff], None]) -> AbstractContextManager[object]:
    """While the block runs, look whether `cancelled` has turned true; then `tell` is called on another thread, within
    LOOK_SECONDS and perhaps again. As that thread serves all, `cancelled` must not wait for anything: it reads what
    others found out.
    """
    return _rounds.holding(_Open(cancelled, tell))
