"""Rewritings that were asked for, as people see them: being made, or waiting to be accepted or refused."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.base.db import now
from app.lessons.draft.comparing import StepDiff, steps_diff
from app.lessons.models import LessonRewrite
from app.lessons.schema import ACTIONS


class RewriteState(StrEnum):
    """Where a rewriting stands."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    OFF = "off"


UNSETTLED = (RewriteState.WAITING.value, RewriteState.READY.value, RewriteState.FAILED.value)


def is_failed() -> ColumnElement[bool]:
    """Rewritings that came to nothing, which nobody has put aside yet."""
    return LessonRewrite.state == RewriteState.FAILED.value


def put_failed_aside(session: Session, lesson_id: UUID) -> None:
    """Who approves a lesson as it stands has done with the rewritings of it that came to nothing."""
    aside = update(LessonRewrite).where(LessonRewrite.lesson_id == lesson_id, is_failed())
    session.execute(aside.values(state=RewriteState.REFUSED.value, settled_at=now()))


class RewriteView(BaseModel):
    """A rewriting: of the step at `place`, or of the whole page (0). `steps` marks what would change."""

    id: UUID
    number: int
    place: int
    instruction: str
    state: RewriteState
    by: str
    at: datetime
    problem: str = ""
    steps: list[StepDiff] = []


def rewriting_states(session: Session, lesson_id: UUID) -> dict[int, str]:
    """By page, the states of what is not settled, for a caller who has checked who asks."""
    query = (
        select(LessonRewrite.number, LessonRewrite.id, LessonRewrite.state)
        .where(LessonRewrite.lesson_id == lesson_id, LessonRewrite.state.in_(UNSETTLED))
        .order_by(LessonRewrite.asked_at)
    )
    found: dict[int, str] = {}
    for number, rewrite_id, state in session.execute(query):
        found[number] = f"{found.get(number, '')} {str(rewrite_id)[:8]}-{state}".strip()
    return found


def rewrites(session: Session, lesson_id: UUID, number: int = 0) -> dict[int, list[RewriteView]]:
    """What is not settled, by page; of one page only, where a number is given. The caller has checked who asks."""
    query = (
        select(LessonRewrite, Person.name)
        .join(Person, Person.id == LessonRewrite.asked_by)
        .where(LessonRewrite.lesson_id == lesson_id, LessonRewrite.state.in_(UNSETTLED))
        .order_by(LessonRewrite.asked_at)
    )
    if number:
        query = query.where(LessonRewrite.number == number)
    found: dict[int, list[RewriteView]] = {}
    for row, name in session.execute(query):
        found.setdefault(row.number, []).append(_view(row, name))
    return found


def _view(row: LessonRewrite, name: str) -> RewriteView:
    before, after = ACTIONS.validate_python(row.before), ACTIONS.validate_python(row.after)
    if row.place:
        before, after = before[row.place : row.place + 1], after[row.place : row.place + 1]
    return RewriteView(
        id=row.id,
        number=row.number,
        place=row.place,
        instruction=row.instruction,
        state=RewriteState(row.state),
        by=name,
        at=row.asked_at,
        problem=row.problem,
        steps=steps_diff(before, after) if row.after else [],
    )
