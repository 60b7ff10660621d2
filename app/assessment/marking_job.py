"""The job that has open answers marked: claimed and stored in short transactions, the model asked with none open."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.assessment.documents import Standing
from app.assessment.grades import QUEUED, add_grade, count_changes
from app.assessment.items import item_of
from app.assessment.marking import Marking, mark
from app.assessment.models import Attempt, VersionRow
from app.assessment.schema import OpenItem, Response
from app.base.db import new_id, now, unit_of_work
from app.base.settings import get_settings
from app.inference.schema import ModelUnavailable

TRIES = 4
BACK_OFF_SECONDS = 20.0
GONE = "The language model did not answer; please mark this answer."


@dataclass(frozen=True)
class Work:
    """An answer to be marked, and the claim of who marks it."""

    attempt_id: UUID
    claim: UUID
    number: int
    item: OpenItem
    answer: str


def grade(attempt_id: UUID) -> None:
    """Have one open answer marked that waits for it. Safe to run twice."""
    work = _claim(attempt_id)
    if work is None:
        return
    try:
        marking = mark(work.item, work.answer, about=work.attempt_id)
    except ModelUnavailable:
        if work.number < TRIES:
            _wait(work)
            return
        marking = Marking(reason=GONE)
    _store(work, marking)


def overdue_answers(session: Session) -> list[UUID]:
    """Answers for the clock to ring for: no bell on its way, or whose marker went silent."""
    query = (
        select(Attempt)
        .where(Attempt.state == Standing.WAITING.value, Attempt.lease_until < now())
        .order_by(Attempt.lease_until)
        .limit(100)
        .with_for_update(skip_locked=True)
    )
    rows = list(session.scalars(query))
    for row in rows:
        row.claim, row.lease_until = None, now() + QUEUED
    return [row.id for row in rows]


def _claim(attempt_id: UUID) -> Work | None:
    """Take the answer, or None when there is nothing to do or somebody is at it."""
    with unit_of_work() as session:
        row = session.get(Attempt, attempt_id, with_for_update={"skip_locked": True})
        if row is None or row.state != Standing.WAITING.value:
            return None
        if row.claim is not None and row.lease_until and row.lease_until > now():
            return None
        item = item_of(session.get_one(VersionRow, row.version_id))
        assert isinstance(item, OpenItem)
        row.claim, row.tries = new_id(), row.tries + 1
        row.lease_until = now() + timedelta(seconds=2 * get_settings().author_total_seconds + 30)
        return Work(row.id, row.claim, row.tries, item, Response.model_validate(row.response).text)


def _held(session: Session, work: Work) -> Attempt | None:
    """The row, locked, if this claim still stands and nobody has marked it meanwhile."""
    row = session.get(Attempt, work.attempt_id, with_for_update=True)
    return row if row is not None and row.claim == work.claim and row.state == Standing.WAITING.value else None


def _wait(work: Work) -> None:
    """The model is away: leave the answer to the clock until later."""
    with unit_of_work() as session:
        if (row := _held(session, work)) is not None:
            row.claim, row.lease_until = None, now() + timedelta(seconds=BACK_OFF_SECONDS * 2 ** (work.number - 1))


def _store(work: Work, marking: Marking) -> None:
    with unit_of_work() as session:
        row = _held(session, work)
        if row is None:
            return
        add_grade(
            session,
            row,
            "model",
            Standing.GRADED if marking.sure else Standing.QUEUED,
            marking.raw,
            criteria=marking.criteria,
            confidence=marking.confidence,
            reason=marking.reason,
            model=marking.model,
            call_id=marking.call_id,
        )
        count_changes(session, [row])
