"""The leases of a process's open turns: one thread that renews all of them, and looks whether any was cancelled.

A claim whose process was killed is renewed no more, and taken over once its time is up.
"""

import contextlib
import time
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.base.db import now, unit_of_work
from app.base.rounds import Rounds
from app.base.settings import get_settings
from app.base.stream import flags_up
from app.classroom.directing import admission
from app.classroom.models import ClassSession

LOOK_SECONDS = 0.2
"""How often it is looked whether a turn was cancelled, by one question for all turns."""


@dataclass(eq=False)
class Lease:
    """A turn that this process holds. `cancelled` turns true within LOOK_SECONDS of somebody's wish."""

    class_id: UUID
    turn: UUID
    renewed: float = field(default_factory=time.monotonic)
    cancelled: bool = False


def _look_after(held: list[Lease]) -> None:
    _look(held)
    _renew(held)


def _look(held: list[Lease]) -> None:
    up = flags_up([f"cancel:{lease.turn}" for lease in held])
    for lease, raised in zip(held, up, strict=True):
        lease.cancelled = lease.cancelled or raised


def _renew(held: list[Lease]) -> None:
    """Move the deadlines of all leases once one was not renewed for a third of its time, and keep their places at the
    model: those that began lately can wait for the next time.

    A row locked just now is being appended to: it is left out and comes up again the next moment.
    """
    seconds, at = get_settings().lease_seconds, time.monotonic()
    if not any(at - lease.renewed >= seconds / 3 for lease in held):
        return
    wanting = {lease.turn: lease for lease in held if at - lease.renewed >= seconds / 8}
    admission.keep(lease.class_id for lease in wanting.values())
    turn = ClassSession.state["open_turn"]["turn"].astext
    mine = (
        select(ClassSession.id, turn.label("turn"))
        .where(
            ClassSession.id.in_([lease.class_id for lease in wanting.values()]),
            turn.in_([str(one) for one in wanting]),
        )
        .with_for_update(skip_locked=True)
        .cte("mine")
    )
    renew = (
        update(ClassSession)
        .where(ClassSession.id == mine.c.id)
        .values(due_at=now() + timedelta(seconds=seconds))
        .returning(mine.c.turn)
        .execution_options(synchronize_session=False)
    )
    with contextlib.suppress(OperationalError, PoolTimeout), unit_of_work() as session:
        for renewed in session.scalars(renew):
            wanting[UUID(renewed)].renewed = at


_rounds = Rounds("leases", LOOK_SECONDS, _look_after)


def hold(class_id: UUID, turn: UUID) -> contextlib.AbstractContextManager[Lease]:
    """Hold a claimed turn while the block runs: its deadline is moved again and again."""
    return _rounds.holding(Lease(class_id, turn))
