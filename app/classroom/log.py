"""The class log: the only place that writes events, and the state beside them."""

import json
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.base.db import new_id, now
from app.base.errors import NotFound
from app.base.queue import ring_after_commit, ring_sometimes_after_commit
from app.base.stream import publish_after_commit, set_flag
from app.classroom.folding import apply
from app.classroom.models import ClassSession, EventRow
from app.classroom.schema import Body, ClassEvent, Draft, Kind, Voice
from app.classroom.state import ClassState

RECORDS_SECONDS = 8.0
"""How often one class's records are brought up to date while it is attended."""


def topic(class_id: UUID) -> str:
    """The live stream of a class."""
    return f"class:{class_id}"


class LogLine(NamedTuple):
    """An event as it goes out to browsers: `data` is the ClassEvent as JSON, the rest what a listener looks at."""

    seq: int
    kind: Kind
    turn: UUID | None
    data: str

    @classmethod
    def of(cls, event: ClassEvent, data: str = "") -> "LogLine":
        """The line of an event."""
        return cls(event.seq, event.kind, event.body.turn, data or event.model_dump_json())


class OpenLog:
    """A class's log opened for appending: the class row is locked until the unit of work ends.

    Holding the lock is what makes seq gapless and the folded state equal to the log.
    """

    def __init__(self, session: Session, row: ClassSession) -> None:
        self.session = session
        self.row = row
        self.state = ClassState.model_validate(row.state)

    @classmethod
    def lock(cls, session: Session, class_id: UUID) -> "OpenLog":
        """Lock the class. Raises NotFound when there is none."""
        row = session.scalar(
            select(ClassSession)
            .where(ClassSession.id == class_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if row is None:
            raise NotFound
        return cls(session, row)

    def append(self, draft: Draft, event_id: UUID | None = None) -> ClassEvent:
        """Add one event, fold it into the state, and publish it once committed."""
        event = ClassEvent(
            class_id=self.row.id, seq=self.row.last_seq + 1, id=event_id or new_id(), at=now(), **draft.model_dump()
        )
        self.state = apply(self.state, event)
        self.row.last_seq = event.seq
        self.row.state = self.state.model_dump(mode="json")
        self.session.add(EventRow(**event_row(event)))
        publish_after_commit(self.session, topic(self.row.id), "event", event)
        return event

    def tell_records(self, at_once: bool = False) -> None:
        """Have the new events turned into records: soon, as records are read later, or at once at a class's end."""
        if at_once:
            ring_after_commit(self.session, "records.project", self.row.id)
        else:
            ring_sometimes_after_commit(self.session, "records.project", self.row.id, RECORDS_SECONDS)

    def silence(self) -> None:
        """Whoever speaks stops: the worker that holds the open turn sees the flag within a moment."""
        if self.state.open_turn:
            set_flag(f"cancel:{self.state.open_turn.turn}", 120)

    def wake(self, at: datetime | None = None) -> None:
        """Ask for the class's next turn: now, by a doorbell, or at a later time, by the clock."""
        self.row.due_at = at or now()
        if at is None:
            ring_after_commit(self.session, "live.turn", self.row.id)


_SILENT: dict[str, object] = Body().model_dump(mode="json")
"""What a body says that says nothing."""


def _told(body: Body) -> dict[str, object]:
    """The fields of a body that say something; the others need not be stored."""
    return {name: value for name, value in body.model_dump(mode="json").items() if value != _SILENT[name]}


def event_row(event: ClassEvent) -> dict[str, object]:
    """The columns of an event's row."""
    return {
        "class_id": event.class_id,
        "seq": event.seq,
        "id": event.id,
        "at": event.at,
        "kind": event.kind.value,
        "voice": event.voice.value if event.voice else None,
        "person_id": event.person_id,
        "body": _told(event.body),
    }


def read_event(row: EventRow) -> ClassEvent:
    """A log line as its document."""
    return ClassEvent(
        class_id=row.class_id,
        seq=row.seq,
        id=row.id,
        at=row.at,
        kind=Kind(row.kind),
        voice=Voice(row.voice) if row.voice else None,
        person_id=row.person_id,
        body=Body.model_validate(row.body),
    )


def events_after(session: Session, class_id: UUID, seq: int, limit: int = 500) -> list[ClassEvent]:
    """At most `limit` events with a higher seq, in order."""
    rows = session.scalars(
        select(EventRow).where(EventRow.class_id == class_id, EventRow.seq > seq).order_by(EventRow.seq).limit(limit)
    )
    return [read_event(row) for row in rows]


_LINES = text("""
    select seq, id, at, kind, voice, person_id, body ->> 'turn' as turn, (cast(:silent as jsonb) || body)::text as body
    from class_event where class_id = :class_id and seq > :seq order by seq limit :limit
""")


def lines_after(session: Session, class_id: UUID, seq: int, limit: int = 500) -> list[LogLine]:
    """`events_after` for browsers: the same events, put together by the database, as a class may have thousands."""
    told = {"class_id": class_id, "seq": seq, "limit": limit, "silent": json.dumps(_SILENT)}
    return [
        LogLine(
            row.seq,
            Kind(row.kind),
            UUID(row.turn) if row.turn else None,
            f'{{"class_id":"{class_id}","seq":{row.seq},"id":"{row.id}","at":"{row.at.isoformat()}",'
            f'"kind":"{row.kind}","voice":{_quoted(row.voice)},"person_id":{_quoted(row.person_id)},"body":{row.body}}}',
        )
        for row in session.execute(_LINES, told)
    ]


def _quoted(value: object) -> str:
    return "null" if value is None else f'"{value}"'
