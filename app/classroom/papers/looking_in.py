"""A class from inside, for the instructors of its course: who chose each turn, what the model was given, what it
cost, and what the guard refused."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.models import Person
from app.accounts.schema import CourseRole, Who
from app.base.errors import NotFound
from app.classroom.log.writing import events_after
from app.classroom.models import ClassSession, EventRow, GuardPair, TurnPrompt
from app.classroom.papers.documents import CallView, GuardView, Inside, InsideLine
from app.classroom.schema import OWN, Body, ClassEvent, Kind
from app.classroom.stage.lesson import cast_of, lesson_of
from app.inference.models import ModelCall

LINES = 200
"""How many events are shown at once."""


def look_inside(session: Session, who: Who, class_id: UUID, after: int = 0) -> Inside:
    """A stretch of the log with the papers of its turns. NotFound for everybody but the course's instructors."""
    row = session.get(ClassSession, class_id)
    if row is None:
        raise NotFound
    accounts.require(session, who, row.course_id, CourseRole.INSTRUCTOR)
    lesson = lesson_of(session, row)
    events = events_after(session, class_id, max(0, after), LINES)
    return Inside(
        class_id=row.id,
        course_id=row.course_id,
        course_title=lesson.course_title,
        title=lesson.script.title,
        student=session.scalar(select(Person.name).where(Person.id == row.person_id)) or "",
        last_seq=row.last_seq,
        lines=_lines(session, row, events),
        following=events[-1].seq if events and events[-1].seq < row.last_seq else 0,
    )


def _lines(session: Session, row: ClassSession, events: list[ClassEvent]) -> list[InsideLine]:
    turns = [event.body.turn for event in events if event.body.turn]
    prompts = {one.turn: one for one in session.scalars(select(TurnPrompt).where(TurnPrompt.turn.in_(turns)))}
    calls = _calls(session, [event.body.call_id for event in events if event.body.call_id])
    guards = _guards(session, turns)
    chosen, names = _chosen(session, row.id, turns), _names(session, row, events)
    lines = []
    for event in events:
        if event.kind is Kind.TURN or event.kind in OWN:
            continue  # what came of it tells of a turn; what students write for themselves is nobody's to look at
        turn = event.body.turn
        prompt = prompts.get(turn) if turn else None
        line = InsideLine(
            event=event,
            name=names.get(event.person_id or event.voice, ""),
            chosen=chosen.get(turn, "") if turn else "",
            system=prompt.system if prompt else "",
            words=prompt.words if prompt else "",
            call=calls.get(event.body.call_id) if event.body.call_id else None,
            guards=guards.get(turn, []) if turn else [],
        )
        lines.append(line)
    return lines


def _names(session: Session, row: ClassSession, events: Iterable[ClassEvent]) -> dict[object, str]:
    """Names by voice and by person."""
    names: dict[object, str] = {voice: f"{one.name}, {one.duty}" for voice, one in cast_of(session, row).items()}
    people = {event.person_id for event in events if event.person_id}
    found = session.execute(select(Person.id, Person.name).where(Person.id.in_(people)))
    names.update((one.id, one.name) for one in found)
    return names


def _chosen(session: Session, class_id: UUID, turns: list[UUID]) -> dict[UUID, str]:
    """Who chose each turn: its claim may lie before the stretch that is shown."""
    query = select(EventRow.body).where(
        EventRow.class_id == class_id,
        EventRow.kind == Kind.TURN.value,
        EventRow.body["turn"].astext.in_([str(turn) for turn in turns]),
    )
    bodies = map(Body.model_validate, session.scalars(query))
    return {body.turn: body.chosen for body in bodies if body.turn}


def _calls(session: Session, ids: list[UUID]) -> dict[UUID, CallView]:
    rows = session.scalars(select(ModelCall).where(ModelCall.id.in_(ids)))
    return {row.id: CallView.model_validate(row, from_attributes=True) for row in rows}


def _guards(session: Session, turns: list[UUID]) -> dict[UUID, list[GuardView]]:
    found: dict[UUID, list[GuardView]] = {}
    query = select(GuardPair).where(GuardPair.turn.in_(turns)).order_by(GuardPair.created_at)
    for row in session.scalars(query):
        found.setdefault(row.turn, []).append(GuardView.model_validate(row, from_attributes=True))
    return found
