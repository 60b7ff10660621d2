"""What a learner knows, in words for people and as plain values for the rooms that teach."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.analysis.learners.models import Mastery
from app.assessment.models import Component
from app.base.db import now
from app.courses.models import Course
from app.lessons.models import Lesson
from app.records.privacy.consent import consented
from app.records.privacy.schema import Purpose

LEVELS = ((0.9, "known"), (0.7, "nearly known"), (0.4, "on the way"), (0.0, "not known yet"))
FEWEST = 3
"""Fewer answers than these say too little."""
Z = 1.96


class Known(BaseModel):
    """What one learner knows of one component: P(known) `value` between `low` and `high` (95 %), from `n` answers.

    `words` say the same with its uncertainty; `is_due`: it should come up again.
    """

    course_id: UUID
    course: str
    component_id: UUID
    component: str
    value: float
    low: float
    high: float
    n: int
    right: int
    words: str
    due_at: datetime
    is_due: bool
    updated_at: datetime


class LearnerLine(BaseModel):
    """A learner of a course with what they know, by component; for those who teach it."""

    person_id: UUID
    name: str
    known: dict[str, Known]


def level(value: float) -> str:
    """P(known) in words."""
    return next(words for least, words in LEVELS if value >= least)


def in_words(value: float, low: float, high: float, n: int) -> str:
    """P(known) in words that also say how sure that is."""
    if n < FEWEST:
        return f"too few answers to say ({n} of at least {FEWEST})"
    if level(low) == level(high):
        return level(value)
    return f"probably {level(value)}; it may be {level(low if level(low) != level(value) else high)}"


def known_of(session: Session, person_id: UUID, course_id: UUID | None = None) -> list[Known]:
    """What a person knows, by course and component; nothing of those who do not allow it."""
    query = (
        select(Mastery, Component, Course.title)
        .join(Component, Component.id == Mastery.component_id)
        .join(Course, Course.id == Component.course_id)
        .where(Mastery.person_id == person_id, consented(Purpose.TEACHING, Mastery.person_id))
        .order_by(Course.title, Course.id, Component.name)
    )
    if course_id is not None:
        query = query.where(Course.id == course_id)
    moment = now()
    return [_known(row, component, title, moment) for row, component, title in session.execute(query)]


def _known(row: Mastery, component: Component, course: str, moment: datetime) -> Known:
    low, high = max(0.0, row.value - Z * row.error), min(1.0, row.value + Z * row.error)
    return Known(
        course_id=component.course_id,
        course=course,
        component_id=component.id,
        component=component.name,
        value=row.value,
        low=low,
        high=high,
        n=row.n,
        right=row.right,
        words=in_words(row.value, low, high, row.n),
        due_at=row.due_at,
        is_due=row.due_at <= moment,
        updated_at=row.updated_at,
    )


def learners_of(session: Session, course_id: UUID) -> list[LearnerLine]:
    """Every learner of a course of whom something is known, by name; those who do not allow it are not among them."""
    query = (
        select(Mastery, Component, Course.title, Person.name)
        .join(Component, Component.id == Mastery.component_id)
        .join(Course, Course.id == Component.course_id)
        .join(Person, Person.id == Mastery.person_id)
        .where(Course.id == course_id, consented(Purpose.TEACHING, Mastery.person_id))
        .order_by(Person.name, Person.id, Component.name)
    )
    moment, found = now(), dict[UUID, LearnerLine]()
    for row, component, title, name in session.execute(query):
        line = found.setdefault(row.person_id, LearnerLine(person_id=row.person_id, name=name, known={}))
        line.known[component.name] = _known(row, component, title, moment)
    return list(found.values())


def weak_points(values: dict[str, float]) -> list[str]:
    """What a person with these `known_values` is not sure of yet, the least known first: what a class begins with."""
    return sorted((name for name, value in values.items() if value < LEVELS[1][0]), key=lambda name: values[name])


def known_values(session: Session, person_id: UUID, lesson_id: UUID) -> dict[str, float]:
    """P(known) by component in the course of a lesson, where answers are enough to say: what its gates ask first."""
    course_id = session.scalar(select(Lesson.course_id).where(Lesson.id == lesson_id))
    return mastery_values(session, person_id, course_id) if course_id else {}


def mastery_values(session: Session, person_id: UUID, course_id: UUID) -> dict[str, float]:
    """P(known) by component's name, where answers are enough to say."""
    return {one.component: round(one.value, 4) for one in known_of(session, person_id, course_id) if one.n >= FEWEST}
