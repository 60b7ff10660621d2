"""The job that turns answers into statements.

Bookmark and statements move in one transaction, so it may run twice, be killed or run beside itself.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.assessment import service as assessment
from app.assessment.documents import AttemptRecord
from app.base.db import take_time, unit_of_work
from app.base.settings import get_settings
from app.courses.models import Course
from app.records.answers import Place, statements_of
from app.records.lrs.laying import lay, relay, row_of
from app.records.lrs.schema import NewStatement
from app.records.models import Bookmark

ANSWERS = "answers"
BATCH = 200


def follow_answers() -> int:
    """Make statements of the answers given or marked since the last time. Returns how many were stored."""
    return _follow(again=False)


def rebuild_answers() -> int:
    """Make the statements of all answers anew. Returns how many were missing or different."""
    with unit_of_work() as session:
        _bookmark(session).change = 0
    return _follow(again=True)


def answers_wait(session: Session) -> bool:
    """Whether there are answers without their statements, for the clock."""
    mark = session.get(Bookmark, ANSWERS)
    return assessment.changes(session) > (mark.change if mark else 0)


def hold_answers(session: Session) -> None:
    """Let no statements of answers be made until this transaction is over: what it changes is read after it."""
    _bookmark(session)


def _follow(again: bool) -> int:
    stored = 0
    while True:
        with unit_of_work() as session:
            mark = _bookmark(session)
            records = assessment.attempts_after(session, mark.change, BATCH)
            if records:
                rows = _rows(session, records)
                stored += len(relay(session, rows) if again else lay(session, rows))
                mark.change = records[-1].change
        if len(records) < BATCH:
            return stored


def _bookmark(session: Session) -> Bookmark:
    take_time(session)
    session.execute(insert(Bookmark).values(name=ANSWERS, change=0).on_conflict_do_nothing())
    return session.get_one(Bookmark, ANSWERS, with_for_update=True, populate_existing=True)


def _rows(session: Session, records: list[AttemptRecord]) -> list[NewStatement]:
    """The statements of these answers, each once: answers of one sitting share that it was handed in."""
    query = select(Course.id, Course.title).where(Course.id.in_({one.course for one in records}))
    titles = dict(session.execute(query).all())
    home = get_settings().public_url.rstrip("/")
    rows: dict[UUID, NewStatement] = {}
    for record in records:
        for statement in statements_of(record, Place(home, titles[record.course])):
            rows[statement.id] = row_of(
                statement, registration=record.sitting, course_id=record.course, person_id=record.person
            )
    return list(rows.values())
