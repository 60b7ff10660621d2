"""Concerns: abuse and distress in a course's classes, for those who may see them."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.classroom.models import ClassSession, EventRow, held_in
from app.classroom.schema import Body, Kind
from app.lessons.models import Lesson

MOST = 200


class Concern(BaseModel):
    """Something that was said in a class and worries: who, when, in which class, why, and the words."""

    at: datetime
    person: str
    person_id: UUID | None = None
    lesson: str
    class_id: UUID
    cause: str
    text: str


def concerns(session: Session, course_id: UUID) -> list[Concern]:
    """A course's concerns, newest first, for a caller who has checked that its instructor asks."""
    query = (
        select(EventRow, Person.name, Lesson.title)
        .join(ClassSession, ClassSession.id == EventRow.class_id)
        .join(Lesson, Lesson.id == ClassSession.lesson_id)
        .outerjoin(Person, Person.id == EventRow.person_id)
        .where(held_in(course_id), EventRow.kind == Kind.CONCERN.value)
        .order_by(EventRow.at.desc())
        .limit(MOST)
    )
    return [_concern(event, name or "", lesson) for event, name, lesson in session.execute(query)]


def _concern(event: EventRow, name: str, lesson: str) -> Concern:
    body = Body.model_validate(event.body)
    return Concern(
        at=event.at,
        person=name,
        person_id=event.person_id,
        lesson=lesson,
        class_id=event.class_id,
        cause=body.cause,
        text=body.text,
    )
