"""What the calls within a stretch of work come to, and whether they may go on.

A job opens an account; every call that is made before it closes is added to it, whichever room made it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from app.inference.schema import Reply


def _never() -> bool:
    return False


@dataclass
class Account:
    """Calls and tokens so far; `hits` are replies that came from the cache instead. `stopped` is asked a few times a
    second: once it says so, calls raise CallStopped. `reuse`: drafts come from the cache; `keep`: they go there.
    """

    stopped: Callable[[], bool] = _never
    reuse: bool = False
    keep: bool = False
    calls: int = 0
    hits: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    def add(self, reply: Reply) -> None:
        """Add a call."""
        self.calls += 1
        self.tokens_in += reply.tokens_in
        self.tokens_out += reply.tokens_out


_open: ContextVar[Account | None] = ContextVar("account", default=None)


@contextmanager
def account(stopped: Callable[[], bool] = _never, reuse: bool = False, keep: bool = False) -> Iterator[Account]:
    """Open an account for what this thread calls within the block."""
    opened = Account(stopped, reuse, keep)
    token = _open.set(opened)
    try:
        yield opened
    finally:
        _open.reset(token)


def open_account() -> Account | None:
    """The account that is open in this thread, if any."""
    return _open.get()
