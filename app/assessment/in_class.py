"""Questions that a live class asks at a gate: which there are, an answer given for good, and what was right.

What a class asks of a person are attempts like any other: on a paper of its lesson that is in nobody's list, in one
sitting a class and person, counted for practice. A question is answered once there; the first answer stands.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.assessment.documents import Feedback, Purpose, Standing
from app.assessment.grades import count_changes, settle
from app.assessment.grading import earned, is_right
from app.assessment.items import component_names, item_of, newest, view_of
from app.assessment.models import (
    Attempt,
    Component,
    ItemComponent,
    ItemRow,
    Paper,
    PaperItem,
    Sitting,
    SittingItem,
    VersionRow,
)
from app.assessment.results import response_words, right_answer
from app.assessment.schema import Item, ItemView, Kind, Response
from app.assessment.sitting import checked
from app.base.db import new_id, now
from app.base.errors import NotFound
from app.base.text import shorten
from app.courses.models import Course
from app.lessons.models import Lesson

TITLE = "Asked in class: {lesson}"
HELD_BACK = (Purpose.PRE.value, Purpose.POST.value, Purpose.QUIZ.value)
"""A question on a test of these kinds is kept for it: a class tells what was right."""


class ClassItem(BaseModel):
    """A question that a class may ask, without its key, and what it is about."""

    view: ItemView
    components: list[str]


class Graded(BaseModel):
    """An answer that was given in a class: its words, and its share of the marks, None where there are none."""

    words: str
    share: float | None
    is_right: bool


class Solution(BaseModel):
    """What was right, for the class's guard and for its teacher once it may be said. `lines`: the key in parts."""

    stem: str
    words: str
    lines: list[str]
    explanation: str


def class_items(session: Session, course_id: UUID, components: Sequence[str], seed: object) -> list[ClassItem]:
    """The questions of a course about some components that code can grade and no test keeps, oldest first; for a
    caller who has checked who asks. `seed` shuffles options that must not stand in the key's order.
    """
    kept = (
        select(PaperItem.item_id)
        .join(Paper, Paper.id == PaperItem.paper_id)
        .where(Paper.course_id == course_id, Paper.purpose.in_(HELD_BACK))
    )
    about = (
        select(ItemComponent.item_id)
        .join(Component, Component.id == ItemComponent.component_id)
        .where(Component.course_id == course_id, Component.name.in_(list(components)))
    )
    rows = session.scalars(
        select(VersionRow)
        .join(ItemRow, (ItemRow.id == VersionRow.item_id) & (ItemRow.version == VersionRow.number))
        .where(ItemRow.id.in_(about), ItemRow.id.not_in(kept))
        .where(ItemRow.withdrawn_at.is_(None), VersionRow.kind != Kind.OPEN.value)
        .order_by(ItemRow.created_at, ItemRow.id)
    ).all()
    names = component_names(session, {row.item_id for row in rows})
    return [ClassItem(view=view_of(row.id, item_of(row), seed), components=names[row.item_id]) for row in rows]


def solution(session: Session, version_id: UUID) -> Solution:
    """What was right. The caller sees to it that no student and no prompt whose words they see gets it too early."""
    item = item_of(session.get_one(VersionRow, version_id))
    words = right_answer(item)
    lines = [part for line in words.split(" → ") for part in line.split("; ")]
    return Solution(stem=item.stem, words=words, lines=lines, explanation=item.explanation)


def solution_now(session: Session, item_id: UUID) -> Solution | None:
    """What is right about a question as it stands in the bank now; None where it is not there any more."""
    row = session.get(ItemRow, item_id)
    return solution(session, newest(session, row).id) if row else None


def try_answer(session: Session, version_id: UUID, response: Response) -> Graded:
    """What an answer is worth, without keeping it: for an instructor who tries a class out."""
    item = item_of(_version(session, version_id))
    given = checked(item, response)
    return _graded(item, given, earned(item, given))


def answer_in_class(
    session: Session,
    person_id: UUID,
    lesson_id: UUID,
    class_id: UUID,
    version_id: UUID,
    response: Response,
    asked_at: datetime,
) -> Graded:
    """Keep and grade a student's answer to a question of a class, asked at a time by the server's clock.

    The caller holds the class, so that two tabs come one after the other. Raises NotFound for a question that is not
    there any more, Invalid for an answer that is too long.
    """
    version = _version(session, version_id)
    row, item = session.get_one(ItemRow, version.item_id, with_for_update={"read": True}), item_of(version)
    given, moment = checked(item, response), now()
    sitting = _sitting(session, person_id, lesson_id, class_id, asked_at)
    known = session.scalar(select(Attempt).where(Attempt.sitting_id == sitting.id, Attempt.version_id == version_id))
    if known is not None:
        return _graded(item, Response.model_validate(known.response), _raw(known))
    place = session.scalar(select(func.count()).where(SittingItem.sitting_id == sitting.id)) or 0
    session.add(SittingItem(sitting_id=sitting.id, version_id=version_id, position=place + 1, shown_at=asked_at))
    attempt = Attempt(
        id=new_id(),
        sitting_id=sitting.id,
        version_id=version_id,
        response=given.model_dump(mode="json"),
        saved_at=moment,
        seconds=max(0.0, (moment - asked_at).total_seconds()),
        points=item.points,
    )
    session.add(attempt)
    session.flush()
    settle(session, attempt, item, is_withdrawn=row.withdrawn_at is not None)
    sitting.submitted_at = moment
    count_changes(session, [attempt])
    return _graded(item, given, _raw(attempt))


def _raw(attempt: Attempt) -> float | None:
    """An attempt's marks, None while it has none that hold."""
    return attempt.raw if attempt.state == Standing.GRADED.value else None


def _version(session: Session, version_id: UUID) -> VersionRow:
    found = session.get(VersionRow, version_id)
    if found is None:
        raise NotFound
    return found


def _graded(item: Item, response: Response, raw: float | None) -> Graded:
    share = None if raw is None else raw / item.points
    return Graded(words=response_words(item, response), share=share, is_right=is_right(raw, item.points) is True)


def _sitting(session: Session, person_id: UUID, lesson_id: UUID, class_id: UUID, asked_at: datetime) -> Sitting:
    """A person's sitting of what one class asks them; its id is made of the two, so that it is found again."""
    sitting_id = uuid5(class_id, f"sitting/{person_id}")
    if (known := session.get(Sitting, sitting_id)) is not None:
        return known
    paper_id = _paper(session, lesson_id)
    session.get_one(Paper, paper_id, with_for_update=True, populate_existing=True)  # sittings are numbered one by one
    last = session.scalar(
        select(func.max(Sitting.number)).where(Sitting.paper_id == paper_id, Sitting.person_id == person_id)
    )
    made = Sitting(id=sitting_id, paper_id=paper_id, person_id=person_id, number=(last or 0) + 1, started_at=asked_at)
    session.add(made)
    session.flush()
    return made


def _paper(session: Session, lesson_id: UUID) -> UUID:
    """The paper of a lesson's classes, made with the first answer."""
    query = select(Paper.id).where(Paper.lesson_id == lesson_id)
    if known := session.scalar(query):
        return known
    lesson = session.get_one(Lesson, lesson_id)
    fresh = insert(Paper).values(
        id=new_id(),
        course_id=lesson.course_id,
        module_id=lesson.module_id,
        lesson_id=lesson_id,
        title=shorten(TITLE.format(lesson=lesson.title), 160),
        purpose=Purpose.PRACTICE.value,
        feedback=Feedback.AT_ONCE.value,
        sittings=0,
        minutes=0,
        weight=0.0,
        published_at=now(),
        created_at=now(),
        created_by=session.get_one(Course, lesson.course_id).created_by,
    )
    session.execute(fresh.on_conflict_do_nothing(index_elements=["lesson_id"]))
    return session.scalars(query).one()
