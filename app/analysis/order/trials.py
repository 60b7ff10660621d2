"""Trials of two orders: set up, who meets which, and what was kept in the end.

Who meets which is a hash of the trial's seed and the person, so it is the same on every page and at every time. Only
learners who allow research are placed; who withdraws leaves the trial and meets the course's own order again.
"""

import hashlib
import secrets
from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.analysis.order.models import Trial, TrialPlace
from app.base.db import now
from app.base.errors import Conflict, Invalid, NotFound
from app.base.text import shorten
from app.courses.models import Module
from app.lessons.models import Lesson
from app.records.privacy.consent import consented, standing
from app.records.privacy.schema import Purpose

TITLE_LENGTH = 120
T = TypeVar("T")


class TrialState(StrEnum):
    """Where a trial stands."""

    RUNNING = "running"
    STOPPED = "stopped"
    KEPT = "kept"


class Unit(BaseModel):
    """What is put in order: a module of the course, or a lesson of a module."""

    id: UUID
    title: str


class TrialView(BaseModel):
    """A trial with its two orders in words. `placed` counts the learners who met each."""

    id: UUID
    course_id: UUID
    module_id: UUID | None
    title: str
    orders: tuple[list[Unit], list[Unit]]
    state: TrialState
    kept: int | None
    placed: tuple[int, int]
    made_at: str


def units(session: Session, course_id: UUID, module_id: UUID | None) -> list[Unit]:
    """The modules of a course, or the lessons of one of its modules, in the course's own order."""
    if module_id is None:
        query = (
            select(Module.id, Module.title).where(Module.course_id == course_id).order_by(Module.position, Module.id)
        )
    else:
        this = (Lesson.course_id == course_id) & (Lesson.module_id == module_id)
        query = select(Lesson.id, Lesson.title).where(this).order_by(Lesson.position, Lesson.id)
    return [Unit(id=one, title=title) for one, title in session.execute(query)]


def set_up(
    session: Session,
    who: Who,
    course_id: UUID,
    module_id: UUID | None,
    title: str,
    orders: tuple[Sequence[UUID], Sequence[UUID]],
) -> UUID:
    """Begin a trial. Raises Invalid for orders that are not two different ones of the same units, Conflict where
    another trial of these units is running. The caller has checked who may."""
    known = {one.id for one in units(session, course_id, module_id)}
    first, second = list(orders[0]), list(orders[1])
    if len(known) < 2:
        raise Invalid("There must be at least two to put in order. Add a module, or a lesson to this one.")
    for one in (first, second):
        if len(one) != len(known) or set(one) != known:
            raise Invalid("Each order must name everything once. Give every line a place of its own.")
    if first == second:
        raise Invalid("Both orders are the same; there would be nothing to compare. Change one of them.")
    _need_none_running(session, course_id, module_id)
    row = Trial(
        course_id=course_id,
        module_id=module_id,
        title=shorten(title, TITLE_LENGTH) or "Two orders",
        orders=[[str(one) for one in first], [str(one) for one in second]],
        seed=secrets.token_hex(8),
        state=TrialState.RUNNING.value,
        made_by=who.id,
    )
    session.add(row)
    session.flush()
    return row.id


def _need_none_running(session: Session, course_id: UUID, module_id: UUID | None) -> None:
    """One at a time, and a kept order stands until the next trial of the same units is set up."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"order {course_id}", 0))))
    same = Trial.module_id == module_id if module_id else Trial.module_id.is_(None)
    rows = session.scalars(select(Trial).where(Trial.course_id == course_id, same)).all()
    if any(row.state == TrialState.RUNNING.value for row in rows):
        raise Conflict("A trial of these is running already. Stop it before you begin another.")
    for row in rows:
        if row.state == TrialState.KEPT.value:
            row.state, row.kept = TrialState.STOPPED.value, None


def access_trial(session: Session, course_id: UUID, trial_id: UUID) -> Trial:
    """A trial of the course. NotFound for others; the caller has checked who may see the course's analysis."""
    row = session.get(Trial, trial_id)
    if row is None or row.course_id != course_id:
        raise NotFound
    return row


def end(session: Session, course_id: UUID, trial_id: UUID, keep: int | None) -> None:
    """Stop a trial; `keep` 0 or 1: everybody meets that order from now on. Ending it twice changes nothing."""
    row = access_trial(session, course_id, trial_id)
    session.refresh(row, with_for_update=True)
    if row.state != TrialState.RUNNING.value:
        return
    if keep not in (None, 0, 1):
        raise Invalid("Choose which of the two orders to keep, or neither.")
    row.state = (TrialState.STOPPED if keep is None else TrialState.KEPT).value
    row.kept, row.ended_at = keep, now()
    session.flush()


def arm_of(seed: str, person_id: UUID) -> int:
    """Which order somebody meets: one bit of a hash, so half of all people each."""
    return hashlib.sha256(f"{seed} {person_id}".encode()).digest()[0] & 1


def shown(
    session: Session, person_id: UUID, course_id: UUID, module_id: UUID | None, things: list[T], ids: list[UUID]
) -> list[T]:
    """Things (with their units' ids) in the order in which a learner meets them; placing a consenting learner is
    noted the first time. What a trial does not know comes last."""
    same = Trial.module_id == module_id if module_id else Trial.module_id.is_(None)
    live = Trial.state.in_([TrialState.RUNNING.value, TrialState.KEPT.value])
    row = session.scalars(select(Trial).where(Trial.course_id == course_id, same, live).limit(1)).first()
    arm = _arm(session, row, person_id) if row else None
    if row is None or arm is None:
        return things
    places = {UUID(one): at for at, one in enumerate(row.orders[arm])}
    ordered = sorted(range(len(things)), key=lambda at: (places.get(ids[at], len(places)), at))
    return [things[at] for at in ordered]


def _arm(session: Session, row: Trial, person_id: UUID) -> int | None:
    if row.state == TrialState.KEPT.value:
        return row.kept
    if not standing(session, person_id, row.course_id)[Purpose.RESEARCH]:
        return None
    arm = arm_of(row.seed, person_id)
    values = {"trial_id": row.id, "person_id": person_id, "arm": arm, "at": now()}
    session.execute(insert(TrialPlace).values(**values).on_conflict_do_nothing())
    return arm


def has_trials(session: Session, course_id: UUID) -> bool:
    """Whether a course's order may differ between learners."""
    live = Trial.state.in_([TrialState.RUNNING.value, TrialState.KEPT.value])
    return session.scalar(select(Trial.id).where(Trial.course_id == course_id, live).limit(1)) is not None


def trials_of(session: Session, course_id: UUID) -> list[TrialView]:
    """The course's trials, the newest first."""
    rows = session.scalars(select(Trial).where(Trial.course_id == course_id).order_by(Trial.made_at.desc(), Trial.id))
    return [view(session, row) for row in rows]


def view(session: Session, row: Trial) -> TrialView:
    """A trial in words; a unit that is gone since is left out."""
    known = {one.id: one for one in units(session, row.course_id, row.module_id)}
    first, second = ([known[UUID(one)] for one in order if UUID(one) in known] for order in row.orders)
    counts = (
        select(TrialPlace.arm, func.count().label("n")).where(TrialPlace.trial_id == row.id).group_by(TrialPlace.arm)
    )
    placed = {told.arm: told.n for told in session.execute(counts)}
    return TrialView(
        id=row.id,
        course_id=row.course_id,
        module_id=row.module_id,
        title=row.title,
        orders=(first, second),
        state=TrialState(row.state),
        kept=row.kept,
        placed=(placed.get(0, 0), placed.get(1, 0)),
        made_at=row.made_at.isoformat(timespec="seconds"),
    )


def placed(session: Session, row: Trial) -> dict[UUID, int]:
    """Who met which order, of those who allow research at this moment."""
    allowed = consented(Purpose.RESEARCH, TrialPlace.person_id, Trial.course_id)
    query = (
        select(TrialPlace.person_id, TrialPlace.arm)
        .join(Trial, Trial.id == TrialPlace.trial_id)
        .where(TrialPlace.trial_id == row.id, allowed)
        .order_by(TrialPlace.at, TrialPlace.person_id)
    )
    return {told.person_id: told.arm for told in session.execute(query)}


def forget_withdrawn(session: Session) -> int:
    """Remove from trials those who do not allow research any more; returns how many."""
    gone = (
        select(TrialPlace.trial_id, TrialPlace.person_id)
        .join(Trial, Trial.id == TrialPlace.trial_id)
        .where(~consented(Purpose.RESEARCH, TrialPlace.person_id, Trial.course_id))
    )
    pairs = [(trial, person) for trial, person in session.execute(gone)]
    for trial, person in pairs:
        session.execute(delete(TrialPlace).where(TrialPlace.trial_id == trial, TrialPlace.person_id == person))
    return len(pairs)
