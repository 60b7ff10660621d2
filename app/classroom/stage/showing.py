"""What is shown: a page with the table that stands on it."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.queue import ring_after_commit
from app.classroom.log.writing import OpenLog
from app.classroom.models import EventRow
from app.classroom.schema import Body, Draft, Kind
from app.classroom.stage.board import table_on
from app.classroom.stage.cast import lead
from app.classroom.stage.lesson import lesson_of
from app.lessons.schema import Board


def show_page(session: Session, log: OpenLog, body: Body, person_id: UUID | None = None) -> None:
    """Turn to a page; a table on it comes to the board once a class, unless the script writes there itself."""
    log.append(Draft(kind=Kind.PAGE, person_id=person_id, body=body))
    ring_after_commit(session, "live.warm", log.row.id)
    lesson = lesson_of(session, log.row)
    page = lesson.pages.get(body.page)
    is_planned = any(isinstance(one, Board) and one.page == body.page for one in lesson.script.actions)
    table = table_on(page.text) if page and not is_planned else None
    if table and not _is_written(session, log, body.page):
        written = Body(page=body.page, board=table, cause="script")
        log.append(Draft(kind=Kind.BOARD, voice=lead(log.state.cast), body=written))


def _is_written(session: Session, log: OpenLog, page: int) -> bool:
    query = select(EventRow.seq).where(
        EventRow.class_id == log.row.id,
        EventRow.kind == Kind.BOARD.value,
        EventRow.body["cause"].astext == "script",
        EventRow.body["page"].as_integer() == page,
    )
    return session.scalar(query.limit(1)) is not None
