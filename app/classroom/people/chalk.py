"""What people write on the boards of a class and rub out, and where an instructor points on the slide.

The class has one board, for who has the floor; each student has one of their own.
"""

from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.errors import Conflict, NotFound
from app.classroom.models import EventRow
from app.classroom.people.company import students_log
from app.classroom.people.instructing import instructors_log
from app.classroom.people.opening import person_in
from app.classroom.schema import Body, Draft, Kind
from app.classroom.stage.own_board import MOST_ITEMS, standing
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


def write_own(session: Session, who: Who, class_id: UUID, item: BoardItem) -> int:
    """A student writes on their own board; returns the seq. Conflict where it is full or the class is over. Nobody is
    woken: it is asked about in words.
    """
    log = students_log(session, who, class_id)
    if len(standing(session, class_id, who.id)) >= MOST_ITEMS:
        raise Conflict(f"Your board has room for {MOST_ITEMS} things. Rub something out first.")
    body = Body(page=max(1, log.state.page), board=item)
    event = log.append(Draft(kind=Kind.OWN_BOARD, person_id=who.id, body=body))
    log.tell_records()
    return event.seq


def rub_out(session: Session, who: Who, class_id: UUID, seq: int) -> None:
    """A student rubs something off their own board; what does not stand there any more stays off it. NotFound for what
    they did not write.
    """
    log = students_log(session, who, class_id)
    row = session.get(EventRow, (class_id, seq))
    if row is None or row.kind != Kind.OWN_BOARD.value or row.person_id != who.id:
        raise NotFound
    if seq in standing(session, class_id, who.id):
        body = Body(page=Body.model_validate(row.body).page, answers=seq)
        log.append(Draft(kind=Kind.RUBBED, person_id=who.id, body=body))
        log.tell_records()


def board_item(session: Session, who: Who, class_id: UUID, seq: int) -> BoardItem:
    """What was written on a board at a seq: on the class's for somebody in it, on a student's for that student."""
    person_in(session, who, class_id)
    row = session.get(EventRow, (class_id, seq))
    if row is None or row.kind not in (Kind.BOARD.value, Kind.OWN_BOARD.value):
        raise NotFound
    item = Body.model_validate(row.body).board
    is_seen = row.kind == Kind.BOARD.value or row.person_id == who.id
    if item is None or not is_seen:
        raise NotFound
    return item
