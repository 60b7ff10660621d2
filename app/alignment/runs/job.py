"""The job that carries out a run: claim, watch the child, conclude.

One run at a time on a machine. Killed at any point it goes on from the last checkpoint: the claim's token is the
proof that the run is still ours, the lease is the sign of life, and the child ends when its parent is gone.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.orm import Session

from app.alignment.runs.carrying import LetGo, carry
from app.alignment.runs.files import forget_outcome, manifest_of, newest, outcome_of
from app.alignment.runs.models import AlignmentRun
from app.alignment.runs.schema import Order, Outcome, State, write_order
from app.base.db import new_id, now, unit_of_work
from app.base.errors import AppError, Conflict

ATTEMPTS = 5
LEASE = timedelta(seconds=15)
BEAT_SECONDS = 2.0
BROKE_OFF = "This run broke off five times without getting further. Its log says more; resume it once that is mended."
ENDED = "The command that trained this run ended before it was done. Resume goes on from its last checkpoint."
TAKEN_BACK = "Words in this run's data set were taken back. Build the set again, and train on the new one."
ONE_AT_A_TIME = 4_711_023
"""The advisory lock under which claims are made, so that two workers of a machine do not begin at once."""


class Overtaken(Exception):
    """The run is not ours any more."""


@dataclass
class Claim:
    """Somebody's hold on a run."""

    run_id: UUID
    token: UUID
    order: Order
    looked: float = field(default_factory=time.monotonic)

    @property
    def folder(self) -> Path:
        """Where the run lies."""
        return self.order.folder


def overdue(session: Session) -> list[UUID]:
    """Runs that wait, or whose keeper went silent, for the clock; the oldest first."""
    silent = and_(AlignmentRun.state == State.RUNNING.value, AlignmentRun.lease_until < now())
    query = select(AlignmentRun.id).where(or_(AlignmentRun.state == State.WAITING.value, silent))
    return list(session.scalars(query.order_by(AlignmentRun.created_at)))


def carry_out(run_id: UUID) -> None:
    """Carry out a run that waits, or whose keeper went silent. Safe to run twice and to be killed."""
    claim = _claim(run_id)
    if claim is None:
        return
    try:
        outcome = _train(claim)
        with held(claim) as row:
            conclude(row, claim.folder, outcome)
    except LetGo:
        with held(claim) as row:
            row.lease_until = now()
    except Overtaken:
        return


def _train(claim: Claim) -> Outcome:
    try:
        if not (claim.folder / "recipe.json").exists():
            write_order(claim.order)
        return carry([claim.folder], lambda: beat(claim))
    except AppError as refusal:
        return Outcome(state="failed", sentence=refusal.sentence)


def _claim(run_id: UUID) -> Claim | None:
    with unit_of_work() as session:
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
        row = session.get(AlignmentRun, run_id, with_for_update=True)
        if row is not None and row.by_command and row.state == State.RUNNING and _is_free(row):
            conclude(row, Order.model_validate(row.order).folder, Outcome(state="cancelled", sentence=ENDED))
            return None
        if row is None or not _is_free(row) or _is_busy(session, run_id) or _parent_is_open(session, row):
            return None
        if row.cancel_asked or row.attempts >= ATTEMPTS:
            outcome = Outcome(state="cancelled") if row.cancel_asked else Outcome(state="failed", sentence=BROKE_OFF)
            conclude(row, Order.model_validate(row.order).folder, outcome)
            return None
        return _take(row)


def _take(row: AlignmentRun) -> Claim:
    order = Order.model_validate(row.order)
    row.state, row.claim, row.host = State.RUNNING.value, new_id(), socket.gethostname()
    row.lease_until, row.started_at = now() + LEASE, row.started_at or now()
    row.attempts += 1
    if (found := outcome_of(order.folder)) is not None and found.state != "done":
        forget_outcome(order.folder)
    return Claim(row.id, row.claim, order)


def _is_free(row: AlignmentRun) -> bool:
    silent = row.lease_until is None or row.lease_until < now()
    return row.state == State.WAITING or (row.state == State.RUNNING and silent)


def _is_busy(session: Session, run_id: UUID) -> bool:
    """Whether this machine trains something else: two trainings would only take the processor from each other."""
    query = select(func.count()).select_from(AlignmentRun).where(AlignmentRun.state == State.RUNNING.value)
    query = query.where(AlignmentRun.lease_until > now(), AlignmentRun.host == socket.gethostname())
    return bool(session.scalar(query.where(AlignmentRun.id != run_id)))


def _parent_is_open(session: Session, row: AlignmentRun) -> bool:
    """Whether the run it goes on from is still to come: also one whose keeper was lost, so that it is free for now."""
    parent = session.get(AlignmentRun, row.parent_id) if row.parent_id else None
    return parent is not None and parent.state in (State.WAITING, State.RUNNING)


@contextmanager
def held(claim: Claim) -> Iterator[AlignmentRun]:
    """A short transaction that holds the run. Raises Overtaken where the claim is no longer ours."""
    with unit_of_work() as session:
        row = session.get(AlignmentRun, claim.run_id, with_for_update=True)
        if row is None or row.claim != claim.token or row.state != State.RUNNING:
            raise Overtaken
        row.lease_until = now() + LEASE
        yield row


def beat(claim: Claim) -> bool:
    """Every few seconds a sign of life and how far it is; whether somebody wants it stopped."""
    if time.monotonic() - claim.looked < BEAT_SECONDS:
        return False
    claim.looked = time.monotonic()
    with held(claim) as row:
        _note(row, claim.folder)
        return row.cancel_asked


def _note(row: AlignmentRun, folder: Path) -> None:
    found = newest(folder)
    if found is None:
        return
    if found.step > row.step:
        row.attempts = 0
    row.step, row.steps, row.loss = found.step, found.steps, found.loss
    row.margin = found.reward_margin


def conclude(row: AlignmentRun, folder: Path, outcome: Outcome) -> None:
    """Write down how it ended."""
    _note(row, folder)
    manifest = manifest_of(folder) if outcome.state == "done" else None
    row.state, row.problem = State(outcome.state).value, outcome.sentence
    row.manifest = manifest.model_dump(mode="json") if manifest else None
    row.claim, row.lease_until, row.cancel_asked, row.ended_at = None, None, False, now()


def adopt(order: Order, asked_by: UUID | None = None) -> Claim:
    """A row for a run that the caller carries out itself, claimed from its first moment on.

    Where the caller ends, nobody goes on with it unasked: a worker would take the machine for what a person stopped.
    Raises Conflict where words of its set were taken back.
    """
    with unit_of_work() as session:
        row = session.get(AlignmentRun, order.id)
        if row is None:
            document = order.model_dump(mode="json")
            row = AlignmentRun(id=order.id, asked_by=asked_by, order=document, method=order.method.value)
            row.parent_id = order.parent if order.parent and session.get(AlignmentRun, order.parent) else None
            row.set_hash, row.attempts, row.step = order.set, 0, 0
            session.add(row)
        if row.withdrawn_at is not None:
            raise Conflict(TAKEN_BACK)
        row.by_command = True
        return _take(row)
