"""Who came through the gates of a course's classes, and by how, for those who teach it."""

from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.classroom.log.state import ClassState, GateState, Progress, Status
from app.classroom.models import ClassSession, held_in
from app.classroom.schema import How
from app.lessons.models import Lesson

MOST = 200
"""Of how many classes it is told, the newest first."""


class GateLine(BaseModel):
    """How somebody came through a gate in a class; `how` is empty while they are held there, or left before it."""

    person: str
    person_id: UUID | None
    lesson: str
    section: str
    class_id: UUID
    how: How | None
    asked: int
    right: int
    is_over: bool


def gates_in(session: Session, course_id: UUID) -> list[GateLine]:
    """The gates that people of a course have come to, for a caller who has checked that its instructor asks."""
    query = (
        select(ClassSession, Lesson.title)
        .join(Lesson, Lesson.id == ClassSession.lesson_id)
        .where(held_in(course_id), ClassSession.state.has_key("gates"))
        .order_by(ClassSession.created_at.desc())
        .limit(MOST)
    )
    found = [line for row, title in session.execute(query) for line in _lines(row, title)]
    ids = {line.person_id for line in found}
    names = dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(ids))).all())
    return [line.model_copy(update={"person": names.get(line.person_id or UUID(int=0), "")}) for line in found]


def _lines(row: ClassSession, lesson: str) -> list[GateLine]:
    state = ClassState.model_validate(row.state)
    return [
        GateLine(
            person="",
            person_id=person,
            lesson=lesson,
            section=gate.title,
            class_id=row.id,
            how=shown.passed,
            asked=shown.asked,
            right=shown.right,
            is_over=state.status is Status.ENDED,
        )
        for gate in state.gates
        for person, shown in _at(state, gate)
    ]


def _at(state: ClassState, gate: GateState) -> list[tuple[UUID, Progress]]:
    """Who has come to a gate: those who answered there or came through, and those who stand at it."""
    standing = state.people if state.cursor == gate.action else ()
    people = dict.fromkeys([*gate.people, *standing])
    return [(one, gate.people.get(one, Progress())) for one in people]
