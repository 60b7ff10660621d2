"""The log of a class, as tests look at it."""

from uuid import UUID

from app.base.db import unit_of_work
from app.classroom import service as classroom
from app.classroom.log.folding import fold
from app.classroom.schema import ClassEvent


def log_of(class_id: UUID) -> list[ClassEvent]:
    """All events up to the state that is served, which is what they fold to."""
    with unit_of_work() as session:
        state = classroom.state(session, class_id)  # first, as the class may go on in another thread
        events = [event for event in classroom.events_after(session, class_id, 0) if event.seq <= state.seq]
    assert fold(events) == state
    return events
