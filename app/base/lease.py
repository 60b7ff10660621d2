"""A claim on a row: who works on it, and their sign of life.

The claim is an id on the row. A worker that was overtaken, or whose work was called off, finds another claim there
and stores nothing. While the work goes on, a thread renews the lease; a lease that ran out tells that nobody works.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy import Update, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.base.db import new_id, now, unit_of_work
from app.base.personal import Personal, holds

log = logging.getLogger(__name__)

RENEWALS = 4
"""How often a lease is renewed before it would run out."""
SOON_SECONDS = 0.3


class Claimable:
    """The columns of a row that one worker at a time may hold."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    claim: Mapped[UUID | None] = mapped_column(info=holds(Personal.NONE))
    lease_until: Mapped[datetime | None]

    @property
    def is_held(self) -> bool:
        """Whether somebody holds it and has given a sign of life."""
        return self.lease_until is not None and self.lease_until > now()

    def let_go(self) -> None:
        """Nobody holds it any more."""
        self.claim, self.lease_until = None, None


R = TypeVar("R", bound=Claimable)


@dataclass(frozen=True)
class Hold(Generic[R]):
    """One worker's hold on a row. `lost` is set once a renewal found that the row is no longer ours."""

    table: type[R]
    row_id: UUID
    claim: UUID
    lease: timedelta
    lost: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def take(cls, row: R, lease: timedelta) -> "Hold[R]":
        """Take a locked row, whoever held it before."""
        row.claim, row.lease_until = new_id(), now() + lease
        return cls(type(row), row.id, row.claim, lease)

    def row(self, session: Session) -> R | None:
        """The row, locked, if the claim still stands."""
        row = session.get(self.table, self.row_id, with_for_update=True, populate_existing=True)
        return row if row is not None and row.claim == self.claim else None

    def update(self) -> Update:
        """An update of the row that does nothing once the claim is another's."""
        return update(self.table).where(self.table.id == self.row_id, self.table.claim == self.claim)

    def renew(self, **values: object) -> bool:
        """Give a sign of life, and set other columns by the way; False, and `lost`, when the row is no longer ours."""
        with unit_of_work() as session:
            told = self.update().values(lease_until=now() + self.lease, **values).returning(self.table.id)
            if session.scalar(told) is None:
                self.lost.set()
        return not self.lost.is_set()

    @contextmanager
    def renewed(self, soon: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Renew the lease from a thread until the block ends. `soon` is done there once, unless the block ends before:
        what tells of the work must not hold it up.
        """
        over = threading.Event()

        def keep_on() -> None:
            if not over.wait(SOON_SECONDS):
                self._safely(soon)
            while not over.wait(self.lease.total_seconds() / RENEWALS) and not self.lost.is_set():
                self._safely(self.renew)

        thread = threading.Thread(target=keep_on, name=f"lease-{self.row_id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _safely(self, act: Callable[[], object]) -> None:
        """A database that is away for a moment ends no work; the next renewal may come in time."""
        try:
            act()
        except SQLAlchemyError as error:
            log.warning("no sign of life of %s %s: %s", self.table.__name__, self.row_id, error)
