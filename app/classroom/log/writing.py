"""The class log: the only place that writes events, and the state beside them.

This is the busiest path there is: its few statements are written out and go to the driver as they are, and the state
travels as JSON text, which pydantic reads and writes.
"""

from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID

from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from app.base.db import before_commit, new_id, now, run_sql, write_now
from app.base.errors import NotFound
from app.base.queue import ring_after_commit, ring_sometimes_after_commit
from app.base.stream import publish_after_commit, set_flag
from app.classroom.log.folding import advance
from app.classroom.log.state import ClassState
from app.classroom.models import ClassSession, EventRow
from app.classroom.schema import Body, ClassEvent, Draft, Kind, Outside, Voice

RECORDS_SECONDS = 8.0
"""How often one class's records are brought up to date while it is attended."""

_FIELDS = (
    "id",
    "course_id",
    "lesson_id",
    "version_id",
    "person_id",
    "last_seq",
    "due_at",
    "pace",
    "adapters",
    "personal_id",
    "is_shared",
    "is_preview",
    "created_at",
    "ended_at",
)
_LOCK = f"""
    select {", ".join(f"c.{name}" for name in _FIELDS)}, c.state::text,
           (select p.is_instructor from class_person p where p.class_id = c.id and p.person_id = %(person)s::uuid)
    from class_session c where c.id = %(id)s for update of c
"""
_STATE = "select state::text from class_session where id = %s"
_WRITE = """
    with lines as (
        insert into class_event (class_id, seq, id, at, kind, voice, person_id, body)
        select %(id)s, seq, id, at, kind, voice, person_id, coalesce(body, '{}')
        from jsonb_to_recordset(%(lines)s::jsonb)
            as new(seq int, id uuid, at timestamptz, kind text, voice text, person_id uuid, body jsonb)
    )
    update class_session set state = %(state)s::jsonb, last_seq = %(last)s, due_at = %(due)s, ended_at = %(ended)s
    where id = %(id)s
"""
_TIMES = "update class_session set due_at = %(due)s, ended_at = %(ended)s where id = %(id)s"
_LINES = """
    select seq, kind, body ->> 'turn',
           '{"seq":' || seq || ',"id":"' || id || '","at":' || to_json(at) || ',"kind":"' || kind || '"'
           || coalesce(',"voice":"' || voice || '"', '') || coalesce(',"person_id":"' || person_id || '"', '')
           || ',"body":' || body || '}'
    from class_event where class_id = %s and seq > %s order by seq limit %s
"""


def topic(class_id: UUID) -> str:
    """The live stream of a class."""
    return f"class:{class_id}"


class LogLine(NamedTuple):
    """An event as it goes out to browsers: `data` is the event as JSON without its class and without what says nothing,
    the rest what a listener looks at.
    """

    seq: int
    kind: Kind
    turn: UUID | None
    data: str

    @classmethod
    def read(cls, data: str) -> Self:
        """The line of an event as it was published. Raises ValidationError for anything else."""
        found = Outside.model_validate_json(data)
        return cls(found.seq, found.kind, found.body.turn, data)


class OpenLog:
    """A class's log opened for appending: the class row is locked until the unit of work ends.

    Holding the lock is what makes seq gapless and the folded state equal to the log. What was appended, and the row's
    `due_at` and `ended_at`, are written in one statement at the end of the unit of work, or when somebody reads by its
    session. `place` is the place of the person that it was locked for: whether they are an instructor, or None.
    """

    def __init__(self, session: Session, row: ClassSession, state: ClassState, place: bool | None = None) -> None:
        self.session = session
        self.row = row
        self.state = state
        self.place = place
        self.lines: list[str] = []
        self.written = (row.due_at, row.ended_at)
        before_commit(session, self.write)

    @classmethod
    def lock(cls, session: Session, class_id: UUID, person_id: UUID | None = None) -> Self:
        """Lock the class. Raises NotFound when there is none."""
        write_now(session)
        session.flush()
        found = run_sql(session, _LOCK, {"id": class_id, "person": person_id}).fetchone()
        if found is None:
            raise NotFound
        *values, state, place = found
        row = ClassSession(**dict(zip(_FIELDS, values, strict=True)))
        return cls(session, row, ClassState.model_validate_json(state), place)

    def append(self, draft: Draft, event_id: UUID | None = None) -> ClassEvent:
        """Add one event, fold it into the state, and publish it once committed."""
        event = ClassEvent(
            class_id=self.row.id,
            seq=self.row.last_seq + 1,
            id=event_id or new_id(),
            at=now(),
            kind=draft.kind,
            voice=draft.voice,
            person_id=draft.person_id,
            body=draft.body,
        )
        advance(self.state, event)
        self.row.last_seq = event.seq
        line = event.line()
        self.lines.append(line)
        publish_after_commit(self.session, topic(self.row.id), "event", line, keep=False)
        return event

    def write(self) -> None:
        """Write what was appended and changed since the last time."""
        row, times = self.row, (self.row.due_at, self.row.ended_at)
        if not self.lines and times == self.written:
            return
        told: dict[str, object] = {"id": row.id, "due": row.due_at, "ended": row.ended_at}
        if self.lines:
            lines = f"[{','.join(self.lines)}]"
            told |= {"lines": lines, "state": self.state.model_dump_json(exclude_defaults=True), "last": row.last_seq}
        run_sql(self.session, _WRITE if self.lines else _TIMES, told)
        self.lines, self.written = [], times
        self._forget_older()

    def _forget_older(self) -> None:
        """Another object of the same row in this session does not know of this: it is read again when it is used."""
        other = self.session.identity_map.get(identity_key(ClassSession, self.row.id))
        if other is not None:
            self.session.expire(other, ["state", "last_seq", "due_at", "ended_at"])

    def tell_records(self, at_once: bool = False) -> None:
        """Have the new events turned into records: soon, as records are read later, or at once at a class's end. A
        preview leaves none.
        """
        if self.row.is_preview:
            return
        if at_once:
            ring_after_commit(self.session, "records.project", self.row.id)
        else:
            ring_sometimes_after_commit(self.session, "records.project", self.row.id, RECORDS_SECONDS)

    def silence(self) -> None:
        """Whoever speaks stops: the worker that holds the open turn sees the flag within a moment."""
        if self.state.open_turn:
            set_flag(f"cancel:{self.state.open_turn.turn}", 120)

    def wake(self, at: datetime | None = None) -> None:
        """Ask for the class's next turn: now, by a doorbell, or at a later time, by the clock. While one is being
        spoken nothing has to be asked: who speaks it decides on the next, and until then the time is their lease's.
        """
        if self.state.open_turn:
            return
        self.row.due_at = at or now()
        if at is None:
            ring_after_commit(self.session, "live.turn", self.row.id)


def state_of(session: Session, class_id: UUID) -> ClassState:
    """The fold of the log up to its last event, with what this session has appended. Raises NotFound."""
    write_now(session)
    found = run_sql(session, _STATE, (class_id,)).fetchone()
    if found is None:
        raise NotFound
    return ClassState.model_validate_json(found[0])


def seq_of(session: Session, event_id: UUID) -> int | None:
    """The seq of an event, if it is in some log."""
    write_now(session)
    found = run_sql(session, "select seq from class_event where id = %s", (event_id,)).fetchone()
    return int(found[0]) if found else None


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
        "body": event.body.model_dump(mode="json", exclude_defaults=True),
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
    return [ClassEvent.of_line(class_id, line.data) for line in lines_after(session, class_id, seq, limit)]


def lines_after(session: Session, class_id: UUID, seq: int, limit: int = 500) -> list[LogLine]:
    """`events_after` for browsers: the same events, put together by the database, as a class may have thousands."""
    write_now(session)
    rows = run_sql(session, _LINES, (class_id, seq, limit))
    return [LogLine(row[0], Kind(row[1]), UUID(row[2]) if row[2] else None, row[3]) for row in rows]
