"""The verbs of the live class, for the web, the workers and the rooms above."""

import time
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.base.db import new_id, now, unit_of_work
from app.base.errors import Busy, Conflict, Invalid, NotFound
from app.base.queue import ring_after_commit
from app.base.settings import get_settings
from app.base.stream import flag_is_up, set_flag
from app.base.text import clean_text
from app.classroom.log import OpenLog, events_after
from app.classroom.models import ClassSession, EventRow
from app.classroom.scene import lesson_of
from app.classroom.schema import (
    CLASSMATES,
    Activity,
    Body,
    ClassSummary,
    ClassView,
    Control,
    Draft,
    Kind,
    Voice,
)
from app.classroom.speaking import opening_prompt
from app.classroom.state import ClassState, Status
from app.classroom.turn import take_turn
from app.inference import service as inference
from app.inference.schema import Role
from app.lessons import service as lessons
from app.lessons.models import Lesson
from app.lessons.schema import ActionKind

__all__ = [
    "access_class",
    "classes_of",
    "control",
    "due",
    "events_after",
    "open_class",
    "present",
    "say",
    "set_activity",
    "state",
    "take_turn",
    "warm",
]

MAY_ATTEND = (CourseRole.STUDENT, CourseRole.INSTRUCTOR)
"""Students, and instructors who want to see their lesson as a student does."""
LONGEST_WORDS = 2000
MOST_PENDING = 5
READ_AHEAD_SECONDS = 3.0


def open_class(session: Session, who: Who, lesson_id: UUID, pace: float | None = None) -> UUID:
    """The student's class on the newest approved version: the unfinished one, or a new one.

    Raises NotFound for strangers and Conflict while nothing is approved.
    """
    course_id = session.scalar(select(Lesson.course_id).where(Lesson.id == lesson_id))
    if course_id is None:
        raise NotFound
    accounts.require(session, who, course_id, *MAY_ATTEND)
    version_id = lessons.latest_version(session, lesson_id)
    if version_id is None:
        raise Conflict("This lesson is not open yet: its instructor has not approved it.")
    unfinished = session.scalar(
        select(ClassSession.id)
        .where(
            ClassSession.person_id == who.id,
            ClassSession.version_id == version_id,
            ClassSession.ended_at.is_(None),
        )
        .order_by(ClassSession.created_at.desc())
    )
    return unfinished or _start(session, who, course_id, lesson_id, version_id, pace)


def _start(session: Session, who: Who, course_id: UUID, lesson_id: UUID, version_id: UUID, pace: float | None) -> UUID:
    row = ClassSession(
        id=new_id(),
        course_id=course_id,
        lesson_id=lesson_id,
        version_id=version_id,
        person_id=who.id,
        pace=get_settings().pace if pace is None else min(max(pace, 0.0), 4.0),
        state=ClassState().model_dump(mode="json"),
        last_seq=0,
    )
    session.add(row)
    session.flush()
    log = OpenLog(session, row)
    script = lessons.script(session, version_id)
    body = Body(pages=len(script.pages), activity=Activity.NORMAL)
    log.append(Draft(kind=Kind.STARTED, person_id=who.id, body=body))
    session.flush()
    return row.id


def access_class(session: Session, who: Who, class_id: UUID) -> ClassView:
    """The class, for the student who attends it. Anybody else gets NotFound."""
    row = _mine(session, who, class_id)
    lesson = lesson_of(session, row)
    return ClassView(
        id=row.id,
        course_id=row.course_id,
        course_title=lesson.course_title,
        lesson_id=row.lesson_id,
        version_id=row.version_id,
        material_id=lesson.script.material_id,
        title=lesson.script.title,
        page_titles=[page.title for page in lesson.script.pages],
        model=inference.model_name(Role.TUTOR),
        ended=row.ended_at is not None,
        last_seq=row.last_seq,
    )


def _mine(session: Session, who: Who, class_id: UUID) -> ClassSession:
    row = session.get(ClassSession, class_id)
    if row is None or row.person_id != who.id:
        raise NotFound
    return row


def _open(session: Session, who: Who, class_id: UUID) -> OpenLog:
    _mine(session, who, class_id)
    log = OpenLog.lock(session, class_id)
    if log.state.status is Status.ENDED:
        raise Conflict("This class is over. You can attend the lesson again from the course page.")
    return log


def say(session: Session, who: Who, class_id: UUID, text: str, key: str = "") -> int:
    """The student says something; returns its seq. The same `key` again returns the same seq and adds nothing."""
    words = clean_text(text).strip()
    if not words:
        raise Invalid("Write something first.")
    if len(words) > LONGEST_WORDS:
        raise Invalid(
            f"That is {len(words):,} characters; a question may have {LONGEST_WORDS:,}. Shorten it and send again."
        )
    log = _open(session, who, class_id)
    event_id = uuid5(class_id, key[:200]) if key else new_id()
    if known := session.scalar(select(EventRow.seq).where(EventRow.id == event_id)):
        return known
    if len(log.state.pending) >= MOST_PENDING:
        raise Busy(f"{MOST_PENDING} of your questions are still waiting. Let them be answered first.")
    _interrupt_classmate(log)
    body = Body(text=words, page=max(1, log.state.page))
    event = log.append(Draft(kind=Kind.ASKED, voice=Voice.STUDENT, person_id=who.id, body=body), event_id)
    _attended(log)
    ring_after_commit(session, "records.project", class_id)
    return event.seq


def _interrupt_classmate(log: OpenLog) -> None:
    """A classmate who is about to speak steps back when the student does: the student comes first."""
    opened = log.state.open_turn
    if opened and opened.voice in CLASSMATES:
        set_flag(f"cancel:{opened.turn}", 120)


def _attended(log: OpenLog) -> None:
    """Somebody acted: the class is attended and wants a turn, unless one is being spoken."""
    set_flag(f"present:{log.row.id}", get_settings().absence_seconds)
    if log.state.open_turn is None:
        log.wake()


def control(session: Session, who: Who, class_id: UUID, verb: Control) -> None:
    """Pause, resume, continue, one page back or forward, end. What is so already is left as it is."""
    log = _open(session, who, class_id)
    state = log.state
    if verb is Control.PAUSE and state.status is Status.RUNNING:
        log.append(Draft(kind=Kind.PAUSED, person_id=who.id))
    elif verb is Control.RESUME and state.status is Status.PAUSED:
        log.append(Draft(kind=Kind.RESUMED, person_id=who.id))
    elif verb is Control.CONTINUE:
        _continue(log, who)
    elif verb in (Control.BACK, Control.FORWARD):
        _turn_page(session, log, who, verb)
    elif verb is Control.END:
        _end(log, who)
        return
    _attended(log)
    ring_after_commit(session, "records.project", class_id)


def _continue(log: OpenLog, who: Who) -> None:
    if log.state.status is Status.PAUSED:
        log.append(Draft(kind=Kind.RESUMED, person_id=who.id))
    if not log.state.skip:
        log.append(Draft(kind=Kind.SKIPPED, person_id=who.id))


def _turn_page(session: Session, log: OpenLog, who: Who, verb: Control) -> None:
    """Show the neighbouring page and go on from its first line."""
    script = lesson_of(session, log.row).script
    target = log.state.page + (1 if verb is Control.FORWARD else -1)
    if not 1 <= target <= len(script.pages):
        raise Conflict("This is the last page." if target > 1 else "This is the first page.")
    number = script.pages[target - 1].page
    index = next(at for at, one in enumerate(script.actions) if one.kind is ActionKind.SHOW and one.page == number)
    _interrupt_classmate(log)
    body = Body(page=number, action=index, cause=verb.value)
    log.append(Draft(kind=Kind.PAGE, person_id=who.id, body=body))
    ring_after_commit(session, "live.warm", log.row.id)


def _end(log: OpenLog, who: Who) -> None:
    if log.state.open_turn:
        set_flag(f"cancel:{log.state.open_turn.turn}", 120)
    log.append(Draft(kind=Kind.ENDED, person_id=who.id, body=Body(cause="left")))
    log.row.ended_at, log.row.due_at = now(), None
    ring_after_commit(log.session, "records.project", log.row.id)


def set_activity(session: Session, who: Who, class_id: UUID, activity: Activity) -> None:
    """How much the classmates say from now on."""
    log = _open(session, who, class_id)
    if activity is not log.state.activity:
        log.append(Draft(kind=Kind.ACTIVITY, person_id=who.id, body=Body(activity=activity)))
    _attended(log)


def state(session: Session, class_id: UUID) -> ClassState:
    """The served state: the fold of the log up to its last event."""
    row = session.get(ClassSession, class_id)
    if row is None:
        raise NotFound
    return ClassState.model_validate(row.state)


def classes_of(session: Session, who: Who, lesson_id: UUID | None = None) -> list[ClassSummary]:
    """The person's own classes, newest first."""
    query = select(ClassSession).where(ClassSession.person_id == who.id).order_by(ClassSession.created_at.desc())
    if lesson_id:
        query = query.where(ClassSession.lesson_id == lesson_id)
    return [
        ClassSummary(
            id=row.id,
            lesson_id=row.lesson_id,
            started_at=row.created_at,
            ended_at=row.ended_at,
            page=ClassState.model_validate(row.state).page,
            pages=ClassState.model_validate(row.state).pages,
        )
        for row in session.scalars(query.limit(200))
    ]


def present(class_id: UUID) -> None:
    """Somebody is looking at the class; one that stood still for want of an audience goes on."""
    was = flag_is_up(f"present:{class_id}")
    set_flag(f"present:{class_id}", get_settings().absence_seconds)
    if was:
        return
    with unit_of_work() as session:
        log = OpenLog.lock(session, class_id)
        if log.row.due_at is None and log.state.status is Status.RUNNING:
            log.wake()


def due(session: Session, moment: datetime | None = None) -> list[UUID]:
    """Classes that want attention: a turn is due, or a claim has shown no sign of life in time."""
    query = select(ClassSession.id).where(ClassSession.due_at <= (moment or now())).order_by(ClassSession.due_at)
    return list(session.scalars(query.limit(500)))


def warm(class_id: UUID) -> None:
    """Have the model read the shown page, then the next one, before anybody asks about them.

    The next page too, because the first question often comes with the page, when reading it would be too late; but a
    little later and only in a quiet moment, so that it takes nothing from a question that came with this page.
    """
    _warm_page(class_id, 0)
    time.sleep(READ_AHEAD_SECONDS)
    _warm_page(class_id, 1)


def _warm_page(class_id: UUID, ahead: int) -> None:
    """Have the model read the page `ahead` of the shown one; a page to come only while nobody speaks or waits."""
    with unit_of_work() as session:
        row = session.get(ClassSession, class_id)
        if row is None:
            return
        lesson = lesson_of(session, row)
        found = ClassState.model_validate(row.state)
    page = lesson.pages.get(max(1, found.page) + ahead)
    is_busy = bool(found.pending or found.open_turn)
    if page and not (ahead and is_busy):
        inference.warm(Role.TUTOR, opening_prompt(lesson.course_title, lesson.script.title, page))
