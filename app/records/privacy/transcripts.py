"""Classes as one person may take them away: their own words and the agents', of others neither name nor word."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.base.redaction import Redaction, redaction
from app.classroom import service as classroom
from app.classroom.models import ClassPerson, ClassSession, EventRow
from app.classroom.schema import PERSONAL, PRIVATE, ClassEvent
from app.lessons.models import Lesson

STRETCH = 500


class Line(BaseModel):
    """A line of a transcript. `who` is "you", a participant by number, an agent by name, or "" for the class."""

    seq: int
    at: datetime
    kind: str
    who: str = ""
    page: int = 0
    text: str = ""


class Transcript(BaseModel):
    """A class without its lines."""

    class_id: UUID
    title: str
    began: datetime
    is_shared: bool


def attended(session: Session, person_id: UUID) -> list[Transcript]:
    """The classes that a person took part in, oldest first."""
    spoke = select(EventRow.class_id).where(EventRow.person_id == person_id)
    place = select(ClassPerson.class_id).where(ClassPerson.person_id == person_id, ~ClassPerson.is_instructor)
    query = (
        select(ClassSession.id, Lesson.title, ClassSession.created_at, ClassSession.is_shared)
        .join(Lesson, Lesson.id == ClassSession.lesson_id)
        .where(ClassSession.id.in_(place) | ClassSession.id.in_(spoke))
        .order_by(ClassSession.created_at)
    )
    return [
        Transcript(class_id=one.id, title=one.title, began=one.created_at, is_shared=one.is_shared)
        for one in session.execute(query)
    ]


def participants(session: Session, class_id: UUID, person_id: UUID) -> dict[UUID, str]:
    """The others of a class, under numbers instead of names."""
    spoke = select(EventRow.person_id).where(EventRow.class_id == class_id, EventRow.person_id.is_not(None))
    places = select(ClassPerson.person_id).where(ClassPerson.class_id == class_id)
    others = {*session.scalars(spoke.distinct()), *session.scalars(places)} - {person_id, None}
    return {one: f"participant {number}" for number, one in enumerate(sorted(others, key=str), 1) if one}


def veil(session: Session, class_id: UUID, person_id: UUID) -> Redaction:
    """A function that takes the others of a class out of a text: their names, and words of theirs it repeats."""
    others = participants(session, class_id, person_id)
    names = session.execute(select(Person.id, Person.name).where(Person.id.in_(others)))
    said = session.execute(
        select(EventRow.person_id, EventRow.body["text"].astext).where(
            EventRow.class_id == class_id, EventRow.person_id.in_(others), EventRow.body["text"].astext.is_not(None)
        )
    )
    return redaction(
        {name: others[one] for one, name in names}, {text: f"(words of {others[one]})" for one, text in said}
    )


def lines(session: Session, class_id: UUID, person_id: UUID) -> Iterator[Line]:
    """The class's log, told to one person."""
    others, hide = participants(session, class_id, person_id), veil(session, class_id, person_id)
    cast = {voice.value: member.name for voice, member in classroom.members(session, class_id).items()}
    seq = 0
    while events := classroom.events_after(session, class_id, seq, STRETCH):
        for event in events:
            yield _line(event, person_id, others, cast, hide)
        seq = events[-1].seq


def _line(event: ClassEvent, person_id: UUID, others: dict[UUID, str], cast: dict[str, str], hide: Redaction) -> Line:
    told = Line(seq=event.seq, at=event.at, kind=event.kind.value, page=event.body.page)
    if event.person_id == person_id:
        return told.model_copy(update={"who": "you", "text": _words(event)})
    if event.kind in PRIVATE or event.kind in PERSONAL:
        return told.model_copy(update={"kind": "private", "page": 0})
    if event.person_id:
        return told.model_copy(update={"who": others.get(event.person_id, "somebody")})
    who = cast.get(event.voice.value, event.voice.value) if event.voice else ""
    return told.model_copy(update={"who": who, "text": hide(_words(event))})


def _words(event: ClassEvent) -> str:
    return event.body.text or (event.body.board.text if event.body.board else "")
