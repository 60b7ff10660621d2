"""Who has a class open right now, told by each open line and by whatever instructors do.

Presence passes and is no part of the class: it lives in Redis, times out by itself, and no event is made of it.
"""

import json
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.stream import be_gone, be_seen, missed, publish, who_is_seen
from app.classroom.log.writing import topic
from app.classroom.models import ClassPerson

SEEN_SECONDS = 25.0
"""How long somebody counts as here after the last sign; lines give one at least every ten seconds."""


def _place(class_id: UUID) -> str:
    return f"class:{class_id}"


def be_here(class_id: UUID, person_id: UUID) -> list[str]:
    """Somebody has the class open; returns the ids of all who have, sorted. Who has just come is told to all lines."""
    here, has_come = be_seen(_place(class_id), str(person_id), SEEN_SECONDS)
    if has_come:
        publish(topic(class_id), "here", json.dumps(here), keep=False)
    return here


def go_away(class_id: UUID, person_id: UUID) -> None:
    """Somebody left of their own accord: no need to wait for the time-out."""
    be_gone(_place(class_id), str(person_id))
    publish(topic(class_id), "here", json.dumps(who_is_seen(_place(class_id)) or []), keep=False)


def who_is_here(class_id: UUID) -> set[UUID] | None:
    """The people who have the class open; None while the broker is away and cannot say."""
    seen = who_is_seen(_place(class_id))
    return None if seen is None else {UUID(one) for one in seen}


def missing_since(class_id: UUID, people: Iterable[UUID]) -> dict[UUID, float]:
    """Who of these people does not have the class open, and since how many seconds that is known.

    Nobody while the broker is away; and as it is noted there since when, nobody at once after it lost its memory.
    """
    here = who_is_here(class_id)
    if here is None:
        return {}
    missing = [str(one) for one in people if one not in here]
    return {UUID(one): seconds for one, seconds in missed(_place(class_id), missing).items()}


def watches(session: Session, class_id: UUID, person_id: UUID) -> bool:
    """Whether somebody is in a class as an instructor, which ends where its student lets nobody look on any more."""
    place = session.get(ClassPerson, (class_id, person_id))
    return place is not None and place.is_instructor


def instructor_is_here(session: Session, class_id: UUID) -> bool:
    """Whether an instructor has the class open."""
    query = select(ClassPerson.person_id).where(ClassPerson.class_id == class_id, ClassPerson.is_instructor)
    return bool(set(session.scalars(query)) & (who_is_here(class_id) or set()))
