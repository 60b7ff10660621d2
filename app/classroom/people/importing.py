"""Bringing in a class that took place elsewhere or was simulated: its whole log at once, with its own times."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.db import new_id
from app.base.errors import Invalid
from app.classroom.log.folding import fold
from app.classroom.log.state import Status
from app.classroom.log.writing import event_row
from app.classroom.models import ClassPerson, ClassSession, EventRow
from app.classroom.people.opening import MAY_ATTEND, open_lesson
from app.classroom.schema import ClassEvent, Draft, Kind
from app.classroom.stage.casting import cast_for


class Dated(Draft):
    """Something that happened, and when."""

    at: datetime


def bring_in(session: Session, who: Who, lesson_id: UUID, log: Sequence[Dated]) -> UUID:
    """A finished class of one student on the lesson's newest version; returns its id.

    The log begins with the class's start, ends with its end and goes forward in time; Invalid otherwise. Its state is
    folded from it like any other's.
    """
    course_id, version_id = open_lesson(session, who, lesson_id, *MAY_ATTEND)
    class_id = new_id()
    events = [
        ClassEvent(class_id=class_id, seq=seq, id=new_id(), **told.model_dump())
        for seq, told in enumerate(log, start=1)
    ]
    if not events or events[0].kind is not Kind.STARTED:
        raise Invalid("The log of a class begins with its start.")
    state = fold(events)
    if state.status is not Status.ENDED or any(one.at > two.at for one, two in pairwise(events)):
        raise Invalid("The log of a class goes forward in time and comes to an end.")
    session.add(
        ClassSession(
            id=class_id,
            course_id=course_id,
            lesson_id=lesson_id,
            version_id=version_id,
            person_id=who.id,
            state=state.model_dump(mode="json"),
            last_seq=state.seq,
            cast=[member.model_dump(mode="json") for member in cast_for(session, course_id).values()],
            created_at=events[0].at,
            ended_at=events[-1].at,
        )
    )
    session.flush()
    session.add(ClassPerson(class_id=class_id, person_id=who.id, joined_at=events[0].at))
    session.execute(insert(EventRow), [event_row(event) for event in events])
    return class_id
