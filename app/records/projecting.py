"""The job that turns a class log into statements, and into what is remembered of a learner.

Cursor and statements move in one transaction, so it may run twice, be killed or run beside itself.
"""

from collections.abc import Iterator
from functools import partial
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base.db import run_sql, unit_of_work
from app.base.settings import get_settings
from app.classroom.models import ClassSession
from app.classroom.schema import ClassEvent
from app.classroom.service import events_after, remember, tells_of_a_learner
from app.records.lrs.laying import lay, relay, row_of
from app.records.lrs.schema import NewStatement
from app.records.models import Projection
from app.records.privacy.consent import agreed
from app.records.privacy.schema import Purpose
from app.records.schema import Statement
from app.records.statements import Setting, learner_of, statement_of

BATCH = 200

_SETTING = """
    select c.person_id, c.course_id, course.title, c.lesson_id, lesson.title, c.is_shared,
           array(select person_id from class_person p where p.class_id = c.id and p.is_instructor)
    from class_session c join course on course.id = c.course_id join lesson on lesson.id = c.lesson_id
    where c.id = %s and not c.is_preview
"""
_LOCK = """
    insert into projection (class_id, seq) values (%s, 0)
    on conflict (class_id) do update set seq = projection.seq returning seq
"""
_MOVE = "update projection set seq = %s where class_id = %s"
_IDS = "select seq, id from class_event where class_id = %s and seq = any(%s)"


def project(class_id: UUID) -> int:
    """Make statements of the class's new events, in batches of a transaction each. Returns how many were stored."""
    stored = 0
    while True:
        with unit_of_work() as session:
            seen, new = project_batch(session, class_id)
        stored += new
        if seen < BATCH:
            return stored


def project_batch(session: Session, class_id: UUID, again: bool = False) -> tuple[int, int]:
    """One batch: how many events were read, and how many statements were stored: the new ones, and with `again` those
    that differ from what was stored.
    """
    setting = _setting(session, class_id)
    if setting is None:
        return 0, 0
    events = events_after(session, class_id, _lock(session, class_id), BATCH)
    if not events:
        return 0, 0
    rows = [_row(event, statement, setting) for event, statement in _told(session, events, setting)]
    stored = relay(session, rows) if again else lay(session, rows)
    if any(tells_of_a_learner(event) for event in events):
        remember(session, class_id, partial(agreed, session, Purpose.TEACHING))
    run_sql(session, _MOVE, (events[-1].seq, class_id))
    return len(events), len(stored)


def overdue(session: Session) -> list[UUID]:
    """Classes whose log is ahead of their statements, for the clock."""
    query = (
        select(ClassSession.id)
        .outerjoin(Projection, Projection.class_id == ClassSession.id)
        .where(ClassSession.last_seq > func.coalesce(Projection.seq, 0), ~ClassSession.is_preview)
        .order_by(ClassSession.created_at)
        .limit(500)
    )
    return list(session.scalars(query))


def rebuild(class_id: UUID) -> int:
    """Make a class's statements anew from its log, in one transaction. Returns how many were missing or different.

    None are, unless what makes statements has changed since; those that are the same keep their place in the store.
    """
    with unit_of_work() as session:
        if _setting(session, class_id) is None:
            return 0
        _lock(session, class_id)
        run_sql(session, _MOVE, (0, class_id))
        changed = 0
        while True:
            seen, stored = project_batch(session, class_id, again=True)
            changed += stored
            if seen < BATCH:
                return changed


def _lock(session: Session, class_id: UUID) -> int:
    """The seq up to which there are statements, locked until the transaction ends."""
    found = run_sql(session, _LOCK, (class_id,)).fetchone()
    return int(found[0]) if found else 0


def _setting(session: Session, class_id: UUID) -> Setting | None:
    """What statements say about the class; None for a preview, which leaves none."""
    found = run_sql(session, _SETTING, (class_id,)).fetchone()
    if found is None:
        return None
    person_id, course_id, course, lesson_id, lesson, is_shared, instructors = found
    return Setting(
        home=get_settings().public_url.rstrip("/"),
        class_id=class_id,
        person_id=person_id,
        course_id=course_id,
        course_title=course,
        lesson_id=lesson_id,
        lesson_title=lesson,
        is_shared=is_shared,
        instructors=frozenset(instructors),
    )


def _told(session: Session, events: list[ClassEvent], setting: Setting) -> Iterator[tuple[ClassEvent, Statement]]:
    """Each event with its statement; what an event answers may lie before the batch."""
    answered = _ids_of(session, setting.class_id, {event.body.answers for event in events if event.body.answers})
    for event in events:
        yield event, statement_of(event, setting, answered.get(event.body.answers or 0))


def _ids_of(session: Session, class_id: UUID, seqs: set[int]) -> dict[int, UUID]:
    return dict(run_sql(session, _IDS, (class_id, list(seqs))).fetchall()) if seqs else {}


def _row(event: ClassEvent, statement: Statement, setting: Setting) -> NewStatement:
    return row_of(
        statement,
        registration=setting.class_id,
        course_id=setting.course_id,
        class_id=setting.class_id,
        seq=event.seq,
        person_id=learner_of(event, setting),
    )
