"""Grades: added to an answer's history one by one, never changed; the newest is what the answer has."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.assessment.documents import CriterionMark, Standing
from app.assessment.grading import earned
from app.assessment.models import CHANGES, Attempt, Grade
from app.assessment.schema import Item, OpenItem, Response
from app.base.db import now
from app.base.queue import ring_after_commit

COUNTING = 7_421_338
"""The lock under which changes are counted, so that a reader who has seen number n misses none below it."""
QUEUED = timedelta(seconds=20)
"""How long a bell may take before the clock rings again."""


def add_grade(
    session: Session,
    attempt: Attempt,
    by: str,
    state: Standing,
    raw: float | None,
    *,
    criteria: Sequence[CriterionMark] = (),
    confidence: float | None = None,
    reason: str = "",
    person_id: UUID | None = None,
    model: str = "",
    call_id: UUID | None = None,
) -> None:
    """Add a grade and make it the answer's. The caller holds the attempt's row and calls `count_changes` at its end."""
    last = session.scalar(select(func.max(Grade.number)).where(Grade.attempt_id == attempt.id)) or 0
    grade = Grade(
        attempt_id=attempt.id,
        number=last + 1,
        by=by,
        person_id=person_id,
        state=state.value,
        raw=raw,
        criteria=[one.model_dump(mode="json") for one in criteria],
        confidence=confidence,
        reason=reason,
        model=model,
        call_id=call_id,
    )
    session.add(grade)
    attempt.state, attempt.raw = state.value, raw
    attempt.graded_by = by if state in (Standing.GRADED, Standing.WITHDRAWN) else ""
    attempt.claim, attempt.lease_until = None, None
    session.flush()


def settle(session: Session, attempt: Attempt, item: Item, is_withdrawn: bool) -> None:
    """An answer that was given for good: graded by code, or put before the model where it is open."""
    response = Response.model_validate(attempt.response)
    attempt.answered_at = attempt.saved_at
    if is_withdrawn:
        add_grade(session, attempt, "withdrawal", Standing.WITHDRAWN, None, reason="The question was withdrawn.")
    elif not isinstance(item, OpenItem):
        add_grade(session, attempt, "code", Standing.GRADED, earned(item, response))
    elif response.is_empty:
        add_grade(session, attempt, "code", Standing.GRADED, 0.0, reason="Nothing was written.")
    else:
        attempt.state, attempt.lease_until = Standing.WAITING.value, now() + QUEUED
        ring_after_commit(session, "write.grade", attempt.id)
    session.flush()


def count_changes(session: Session, attempts: Sequence[Attempt]) -> None:
    """Give changed answers the next numbers. The last thing a transaction does, as it holds the count until the end."""
    if not attempts:
        return
    session.flush()
    for number, attempt in zip(next_changes(session, len(attempts)), attempts, strict=True):
        attempt.change = number
    session.flush()
    ring_after_commit(session, "records.mastery", "all")


def next_changes(session: Session, count: int) -> list[int]:
    """The numbers of the next changes, rising. Nobody else counts until this transaction ends, and no number comes
    again: a reader who has seen one of an answer that is deleted then would take the next of that number for read.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": COUNTING})
    drawn = select(CHANGES.next_value()).select_from(func.generate_series(1, count).alias("each"))
    return sorted(session.scalars(drawn))
