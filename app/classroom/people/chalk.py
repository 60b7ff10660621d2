"""What an instructor in a class writes on the board and points at on the slide, and what stands on the board."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.errors import Conflict, NotFound
from app.classroom.models import EventRow
from app.classroom.people.instructing import instructors_log
from app.classroom.people.opening import person_in
from app.classroom.schema import Body, Draft, Kind
from app.lessons.schema import BoardItem, Region


def write_board(session: Session, who: Who, class_id: UUID, item: BoardItem) -> int:
    """An instructor who has the floor writes on the board; returns the seq. NotFound for students and strangers."""
    log = instructors_log(session, who, class_id)
    if log.state.floor != who.id:
        raise Conflict("Take the floor first, then write on the board.")
    body = Body(page=max(1, log.state.page), board=item, name=who.name)
    event = log.append(Draft(kind=Kind.BOARD, person_id=who.id, body=body))
    log.tell_records()
    return event.seq


def spotlight(session: Session, who: Who, class_id: UUID, region: Region | None) -> int:
    """An instructor points at a place on the slide, or at none any more; returns the seq. NotFound for others."""
    log = instructors_log(session, who, class_id)
    body = Body(page=max(1, log.state.page), region=region, name=who.name)
    event = log.append(Draft(kind=Kind.SPOTLIGHT, person_id=who.id, body=body))
    log.tell_records()
    return event.seq


def board_item(session: Session, who: Who, class_id: UUID, seq: int) -> BoardItem:
    """What was written on the board at a seq, for somebody in the class."""
    person_in(session, who, class_id)
    row = session.get(EventRow, (class_id, seq))
    item = Body.model_validate(row.body).board if row and row.kind == Kind.BOARD.value else None
    if item is None:
        raise NotFound
    return item
