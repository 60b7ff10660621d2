"""The class log: the only place that writes events, and the state beside them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.db import new_id, now
from app.base.errors import NotFound
from app.base.queue import ring_after_commit
from app.base.stream import publish_after_commit
from app.classroom.folding import apply
from app.classroom.models import ClassSession, EventRow
from app.classroom.schema import Body, ClassEvent, Draft, Kind, Voice
from app.classroom.state import ClassState


def topic(class_id: UUID) -> str:
    """The live stream of a class."""
    return f"class:{class_id}"


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
        self.session.add(
            EventRow(
                class_id=event.class_id,
                seq=event.seq,
                id=event.id,
                at=event.at,
                kind=event.kind.value,
                voice=event.voice.value if event.voice else None,
                person_id=event.person_id,
                body=event.body.model_dump(mode="json", exclude_defaults=True),
            )
        )
        publish_after_commit(self.session, topic(self.row.id), "event", event)
        return event

    def wake(self, at: datetime | None = None) -> None:
        """Ask for the class's next turn: now, by a doorbell, or at a later time, by the clock."""
        self.row.due_at = at or now()
        if at is None:
            ring_after_commit(self.session, "live.turn", self.row.id)


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
