"""Classes of several people: whose page was it, and how long was who there. Told from the statements of the class.

A student is in the class from "registered" until "exited" or its end, and what happens meanwhile happens to them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from app.classroom.models import ClassSession
from app.records.models import StatementRow
from app.records.statements import ASKED, VERB

LONGEST_GAP = timedelta(minutes=3)
"""Between two events of a class more than this is absence, not attendance."""
EXPERIENCED, SUSPENDED, TERMINATED = (VERB[name] for name in ("experienced", "suspended", "terminated"))
JOINED, LEFT = VERB["registered"], VERB["exited"]


@dataclass
class Share:
    """What a class came to for one of its people."""

    minutes: float = 0.0
    pages: set[str] = field(default_factory=set)
    questions: int = 0
    finished: bool = False


class _Told(Protocol):
    class_id: UUID
    person_id: UUID | None
    verb: str
    at: datetime
    thing: str
    completion: str | None


def shares(session: Session, course_id: UUID) -> dict[tuple[UUID, UUID], Share]:
    """The share of every student in the shared classes of a course, by class and person."""
    query = (
        select(
            StatementRow.class_id,
            StatementRow.person_id,
            StatementRow.verb,
            StatementRow.at,
            StatementRow.document["object"]["id"].astext.label("thing"),
            StatementRow.document["result"]["completion"].astext.label("completion"),
        )
        .join(ClassSession, ClassSession.id == StatementRow.class_id)
        .where(StatementRow.course_id == course_id, ClassSession.is_shared)
        .order_by(StatementRow.class_id, StatementRow.seq)
    )
    told: Iterable[_Told] = session.execute(query)
    return {
        (class_id, person): share
        for class_id, lines in groupby(told, attrgetter("class_id"))
        for person, share in _of_class(lines).items()
    }


def _of_class(lines: Iterable[_Told]) -> dict[UUID, Share]:
    found: dict[UUID, Share] = {}
    room: set[UUID] = set()
    before: _Told | None = None
    page = ""
    for line in lines:
        gap = line.at - before.at if before and before.verb != SUSPENDED else timedelta()
        for person in room if gap <= LONGEST_GAP else ():
            found[person].minutes += gap.total_seconds() / 60
        if line.verb == JOINED and line.person_id:
            room.add(line.person_id)
            found.setdefault(line.person_id, Share()).pages.update({page} - {""})
        elif line.verb == LEFT and line.person_id:
            room.discard(line.person_id)
        elif line.verb == ASKED and line.person_id in found:
            found[line.person_id].questions += 1
        elif line.verb in (EXPERIENCED, TERMINATED):
            page = line.thing if line.verb == EXPERIENCED else page
            _happens_to(line, [found[person] for person in room])
        before = line
    return found


def _happens_to(line: _Told, those: list[Share]) -> None:
    for share in those:
        share.finished |= line.completion == "true"
        if line.verb == EXPERIENCED:
            share.pages.add(line.thing)


def happened_to(person_id: UUID) -> ColumnElement[bool]:
    """A condition on statements: a page shown, or the end, of a shared class that the person was in at the time."""
    own = aliased(StatementRow)
    last = (
        select(own.verb)
        .where(
            own.class_id == StatementRow.class_id,
            own.person_id == person_id,
            own.verb.in_((JOINED, LEFT)),
            own.seq < StatementRow.seq,
        )
        .order_by(own.seq.desc())
        .limit(1)
        .correlate(StatementRow)
        .scalar_subquery()
    )
    theirs = select(own.class_id).where(own.person_id == person_id, own.verb == JOINED)
    return StatementRow.verb.in_((EXPERIENCED, TERMINATED)) & StatementRow.class_id.in_(theirs) & (last == JOINED)
