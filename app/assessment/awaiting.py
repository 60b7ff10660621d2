"""What instructors do about marks: see what waits for them, mark, overrule with a reason, withdraw a question."""

import math
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.models import Person
from app.accounts.schema import CourseRole, Who
from app.assessment.documents import AnswerView, CriterionMark, GradeView, Standing
from app.assessment.grades import add_grade, count_changes
from app.assessment.items import item_of
from app.assessment.models import Attempt, Grade, ItemRow, Paper, Sitting, VersionRow
from app.assessment.schema import OpenItem, Response
from app.base.db import now
from app.base.errors import Conflict, Invalid, NotFound
from app.base.text import clean_text

REASON_LENGTH = 1_000

Found = tuple[Attempt, Sitting, Paper, VersionRow, str]


def _answers() -> Select[Attempt, Sitting, Paper, VersionRow, str]:
    return (
        select(Attempt, Sitting, Paper, VersionRow, Person.name)
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .join(Paper, Paper.id == Sitting.paper_id)
        .join(VersionRow, VersionRow.id == Attempt.version_id)
        .join(Person, Person.id == Sitting.person_id)
    )


def to_mark(session: Session, course_id: UUID, most: int = 200) -> list[AnswerView]:
    """The answers that wait for an instructor, oldest first, each with its history; the caller has checked who asks."""
    query = _answers().where(Paper.course_id == course_id, Attempt.state == Standing.QUEUED.value)
    rows = session.execute(query.order_by(Attempt.answered_at).limit(most))
    return [_view(session, row) for row in rows]


def count_to_mark(session: Session, course_id: UUID) -> int:
    """How many answers wait for an instructor."""
    query = (
        select(func.count())
        .select_from(Attempt)
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .join(Paper, Paper.id == Sitting.paper_id)
        .where(Paper.course_id == course_id, Attempt.state == Standing.QUEUED.value)
    )
    return session.scalar(query) or 0


def access_answer(session: Session, who: Who, attempt_id: UUID) -> AnswerView:
    """An answer that was given, with the item's key and every marking, for an instructor of its course."""
    row = session.execute(_answers().where(Attempt.id == attempt_id)).first()
    if row is None:
        raise NotFound
    accounts.require(session, who, row[2].course_id, CourseRole.INSTRUCTOR)
    if row[0].answered_at is None:
        raise NotFound
    return _view(session, row)


def answers_in(session: Session, who: Who, sitting_id: UUID) -> list[AnswerView]:
    """All answers of a sitting that were given, for an instructor of its course."""
    sitting = session.get(Sitting, sitting_id)
    if sitting is None:
        raise NotFound
    accounts.require(session, who, session.get_one(Paper, sitting.paper_id).course_id, CourseRole.INSTRUCTOR)
    query = _answers().where(Attempt.sitting_id == sitting_id, Attempt.answered_at.is_not(None))
    return [_view(session, row) for row in session.execute(query.order_by(Attempt.answered_at))]


def _view(session: Session, row: Found) -> AnswerView:
    attempt, sitting, paper, version, person = row
    return AnswerView(
        id=attempt.id,
        course_id=paper.course_id,
        sitting_id=sitting.id,
        test=paper.title,
        person=person,
        person_id=sitting.person_id,
        item_id=version.item_id,
        item=item_of(version),
        response=Response.model_validate(attempt.response),
        standing=Standing(attempt.state),
        raw=attempt.raw,
        points=attempt.points,
        graded_by=attempt.graded_by,
        answered_at=attempt.answered_at,
        history=_history(session, attempt.id),
    )


def _history(session: Session, attempt_id: UUID) -> list[GradeView]:
    query = (
        select(Grade, Person.name)
        .outerjoin(Person, Person.id == Grade.person_id)
        .where(Grade.attempt_id == attempt_id)
        .order_by(Grade.number)
    )
    return [
        GradeView(
            number=row.number,
            by=row.by,
            person=name or "",
            state=Standing(row.state),
            raw=row.raw,
            criteria=[CriterionMark.model_validate(one) for one in row.criteria],
            confidence=row.confidence,
            reason=row.reason,
            model=row.model,
            at=row.at,
        )
        for row, name in session.execute(query)
    ]


def overrule(
    session: Session, who: Who, attempt_id: UUID, marks: Sequence[float], reason: str, seen: int | None = None
) -> None:
    """An instructor's marks for an answer: one number, or one for each criterion of an open item's rubric.

    A reason is asked for where marks that held are changed. `seen` is the number of the newest marking the instructor
    looked at; Conflict when there is a newer one by now. Raises Invalid for marks that cannot be.
    """
    attempt = session.get(Attempt, attempt_id, with_for_update=True, populate_existing=True)
    if attempt is None:
        raise NotFound
    view = access_answer(session, who, attempt_id)
    if view.standing is Standing.WITHDRAWN:
        raise Conflict("This question was withdrawn; its answers are not marked.")
    if seen is not None and seen != len(view.history):
        raise Conflict("This answer was marked meanwhile. Reload the page, look at the newest marks, then decide.")
    words = " ".join(clean_text(reason).split())
    if len(words) > REASON_LENGTH:
        raise Invalid(f"A reason may have {REASON_LENGTH:,} characters; shorten it.")
    if view.standing is Standing.GRADED and not words:
        raise Invalid("Say why you change these marks; the student sees the reason.")
    criteria = _criteria(view, marks)
    raw = round(sum(marks), 4)
    add_grade(session, attempt, "instructor", Standing.GRADED, raw, criteria=criteria, reason=words, person_id=who.id)
    count_changes(session, [attempt])


def _criteria(view: AnswerView, marks: Sequence[float]) -> list[CriterionMark]:
    """The marks by criterion, empty for an item without a rubric. Quotes of the model's marking are kept."""
    is_open = isinstance(view.item, OpenItem)
    limits = [one.points for one in view.item.criteria] if isinstance(view.item, OpenItem) else [view.points]
    if len(marks) != len(limits) or not all(math.isfinite(one) for one in marks):
        raise Invalid("Give marks for every line, as numbers.")
    for mark, limit in zip(marks, limits, strict=True):
        if not 0 <= mark <= limit:
            raise Invalid(f"Marks go from 0 to {limit:g} here, and not to {mark:g}.")
    if not is_open or not isinstance(view.item, OpenItem):
        return []
    quotes = {one.name: one.quote for grade in view.history for one in grade.criteria if one.quote}
    return [
        CriterionMark(name=line.name, points=line.points, mark=mark, quote=quotes.get(line.name, ""))
        for line, mark in zip(view.item.criteria, marks, strict=True)
    ]


def withdraw_item(session: Session, who: Who, item_id: UUID, why: str) -> int:
    """Take an item out of use for good: it comes on no new sitting, and its answers are kept but count no more.

    Returns how many answers lost their marks. Withdrawn twice, it is withdrawn once.
    """
    row = session.get(ItemRow, item_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    accounts.require(session, who, row.course_id, CourseRole.INSTRUCTOR)
    if row.withdrawn_at is not None:
        return 0
    row.withdrawn_at = now()
    row.withdrawn_why = " ".join(clean_text(why).split())[:REASON_LENGTH]
    query = (
        select(Attempt)
        .join(VersionRow, VersionRow.id == Attempt.version_id)
        .where(VersionRow.item_id == row.id, Attempt.answered_at.is_not(None))
        .order_by(Attempt.id)
        .with_for_update(of=Attempt)
    )
    touched = list(session.scalars(query))
    reason = row.withdrawn_why or "The question was withdrawn."
    for one in touched:
        add_grade(session, one, "withdrawal", Standing.WITHDRAWN, None, reason=reason, person_id=who.id)
    count_changes(session, touched)
    return len(touched)
