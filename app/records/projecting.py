"""The job that turns a class log into statements, and into what is remembered of a learner.

Cursor and statements move in one transaction, so it may run twice, be killed or run beside itself.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.base.db import unit_of_work
from app.base.settings import get_settings
from app.classroom.models import ClassPerson, ClassSession, EventRow
from app.classroom.schema import CLASSMATES, ClassEvent, Intent, Kind
from app.classroom.service import events_after, remember, tells_of_a_learner
from app.courses.models import Course
from app.lessons.models import Lesson
from app.records.lrs.laying import lay, relay, row_of
from app.records.lrs.schema import NewStatement
from app.records.models import Projection
from app.records.privacy.consent import agreed
from app.records.privacy.schema import Purpose
from app.records.schema import Statement
from app.records.statements import Setting, learner_of, statement_of

BATCH = 200
CLOSING = (Kind.SAID, Kind.PAGE, Kind.ASKED, Kind.SKIPPED)
"""After each of these a question to the student is open no more, unless it is itself one."""
ASKING_BACK = (Intent.QUESTION, Intent.SIMPLER, Intent.DEEPER, Intent.EXAMPLE)
"""What answers no question, though one was open."""


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
    cursor = _locked_cursor(session, class_id)
    events = events_after(session, class_id, cursor.seq, BATCH)
    if not events:
        return 0, 0
    rows = [_row(event, statement, setting) for event, statement in _told(session, events, setting)]
    stored = relay(session, rows) if again else lay(session, rows)
    if any(tells_of_a_learner(event) for event in events):
        remember(session, class_id, partial(agreed, session, Purpose.TEACHING))
    cursor.seq = events[-1].seq
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
        _locked_cursor(session, class_id).seq = 0
        changed = 0
        while True:
            seen, stored = project_batch(session, class_id, again=True)
            changed += stored
            if seen < BATCH:
                return changed


def _locked_cursor(session: Session, class_id: UUID) -> Projection:
    session.execute(insert(Projection).values(class_id=class_id, seq=0).on_conflict_do_nothing())
    return session.get_one(Projection, class_id, with_for_update=True, populate_existing=True)


def _setting(session: Session, class_id: UUID) -> Setting | None:
    """What statements say about the class; None for a preview, which leaves none."""
    found = session.execute(
        select(ClassSession, Course.title, Lesson.title)
        .join(Course, Course.id == ClassSession.course_id)
        .join(Lesson, Lesson.id == ClassSession.lesson_id)
        .where(ClassSession.id == class_id, ~ClassSession.is_preview)
    ).first()
    if found is None:
        return None
    row, course, lesson = found
    instructors = select(ClassPerson.person_id).where(ClassPerson.class_id == class_id, ClassPerson.is_instructor)
    return Setting(
        home=get_settings().public_url.rstrip("/"),
        class_id=class_id,
        person_id=row.person_id,
        course_id=row.course_id,
        course_title=course,
        lesson_id=row.lesson_id,
        lesson_title=lesson,
        is_shared=row.is_shared,
        instructors=frozenset(session.scalars(instructors)),
    )


def _told(session: Session, events: list[ClassEvent], setting: Setting) -> Iterator[tuple[ClassEvent, Statement]]:
    """Each event with its statement; what an event answers may lie before the batch."""
    answered = _ids_of(session, setting.class_id, {event.body.answers for event in events if event.body.answers})
    asked = _last_closing(session, setting.class_id, events[0].seq)
    for event in events:
        replies = asked if asked is not None and _is_ask(asked) and _is_reply(event) else None
        answers = replies.id if replies else answered.get(event.body.answers or 0)
        yield event, statement_of(event, setting, answers, replies is not None)
        asked = event if event.kind in CLOSING else asked


def _is_reply(event: ClassEvent) -> bool:
    """Who was asked may ask back; only other words are a reply."""
    return event.kind is Kind.ASKED and event.body.intent not in ASKING_BACK


def _is_ask(event: ClassEvent) -> bool:
    return event.kind is Kind.SAID and event.body.asks and event.voice not in CLASSMATES


def _ids_of(session: Session, class_id: UUID, seqs: Iterable[int | None]) -> dict[int, UUID]:
    query = select(EventRow.seq, EventRow.id).where(EventRow.class_id == class_id, EventRow.seq.in_(list(seqs)))
    return dict(session.execute(query).all())


def _last_closing(session: Session, class_id: UUID, before: int) -> ClassEvent | None:
    kinds = [kind.value for kind in CLOSING]
    seq = session.scalar(
        select(func.max(EventRow.seq)).where(
            EventRow.class_id == class_id, EventRow.seq < before, EventRow.kind.in_(kinds)
        )
    )
    found = events_after(session, class_id, seq - 1, 1) if seq else []
    return found[0] if found else None


def _row(event: ClassEvent, statement: Statement, setting: Setting) -> NewStatement:
    return row_of(
        statement,
        registration=setting.class_id,
        course_id=setting.course_id,
        class_id=setting.class_id,
        seq=event.seq,
        person_id=learner_of(event, setting),
    )
