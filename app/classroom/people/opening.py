"""Opening a class, coming back to it, and who may see it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import isfinite
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.base.db import new_id, now
from app.base.errors import Conflict, Invalid, NotFound
from app.base.languages import code_of
from app.base.redaction import REMOVED
from app.base.scripts import run_on
from app.base.settings import get_settings
from app.base.text import shorten
from app.classroom.directing.admission import welcome
from app.classroom.directing.policy import policy_of
from app.classroom.log.folding import UNTOLD
from app.classroom.log.hearing import NEEDS_NO_ANSWER
from app.classroom.log.state import ClassState, Status
from app.classroom.log.writing import OpenLog
from app.classroom.models import ClassPerson, ClassSession, EventRow
from app.classroom.schema import Activity, Body, ClassSummary, ClassView, Draft, Gate, Kind, Mode
from app.classroom.speech.phrasing import phrase
from app.classroom.stage.casting import cast_for
from app.classroom.stage.lesson import lesson_of
from app.inference import adapters
from app.inference import service as inference
from app.inference.schema import Role
from app.lessons import service as lessons
from app.lessons.models import Lesson
from app.lessons.personal import service as personal_versions
from app.lessons.schema import LessonScript, Show

MAY_ATTEND = (CourseRole.STUDENT, CourseRole.INSTRUCTOR)
"""Students, and instructors who want to see their lesson as a student does."""
MOST_WEAK = 8
"""A class is opened with so many of the things that a student is not sure of."""
KNOWN = 0.9
"""From this chance on a component counts as known: no gate asks about it."""
SLOWEST = 4.0
"""The most times as long as a reader takes that a class may wait."""
AWAY = timedelta(minutes=20)
"""Who comes back after this long is greeted with what was done."""


def open_class(
    session: Session,
    who: Who,
    lesson_id: UUID,
    pace: float | None = None,
    weak: Sequence[str] = (),
    personal: UUID | None = None,
    known: Mapping[str, float] | None = None,
) -> UUID:
    """The student's class on the newest approved version: the unfinished one, or a new one.

    `weak`: what of the course they are not sure of yet, the least known first. The tutor heeds it in a new class.
    `personal`: the personal version whose words the class says from now on.
    `known`: the chance that they know a component, as far as there is an estimate; gates of a new class heed it.

    Raises NotFound for strangers, Conflict while nothing is approved, and Invalid for a pace that is no number.
    """
    pace = pace_of(pace)
    course_id, version_id = open_lesson(session, who, lesson_id, *MAY_ATTEND)
    session.execute(select(func.pg_advisory_xact_lock(who.id.int % 2**63)))  # two tabs open one class
    unfinished = session.scalar(
        select(ClassSession)
        .where(
            ClassSession.person_id == who.id,
            ClassSession.version_id == version_id,
            ClassSession.ended_at.is_(None),
            ClassSession.is_shared.is_(False),
            ClassSession.is_preview.is_(False),
        )
        .order_by(ClassSession.created_at.desc())
    )
    if personal and not personal_versions.is_of(session, personal, version_id):
        personal = None
    if unfinished:
        unfinished.personal_id = personal
        _greet(session, who, unfinished)
        return unfinished.id
    row = ClassSession(
        id=new_id(),
        course_id=course_id,
        lesson_id=lesson_id,
        version_id=version_id,
        person_id=who.id,
        pace=pace,
        state=ClassState().model_dump(mode="json"),
        last_seq=0,
        personal_id=personal,
    )
    start(session, who, row, weak=weak, known=known)
    return row.id


def pace_of(wanted: float | None) -> float:
    """The pace of a new class: the wanted one within bounds, or the platform's. Raises Invalid for what is no number:
    a class could not even tell when to go on.
    """
    if wanted is None:
        return get_settings().pace
    if not isfinite(wanted):
        raise Invalid(f"The pace is a number from 0 to {SLOWEST:g}: 1 is a reader's, 0 waits for nobody.")
    return min(max(wanted, 0.0), SLOWEST)


def open_lesson(session: Session, who: Who, lesson_id: UUID, *roles: CourseRole) -> tuple[UUID, UUID]:
    """The lesson's course and newest approved version, for somebody in one of these roles."""
    course_id = session.scalar(select(Lesson.course_id).where(Lesson.id == lesson_id))
    if course_id is None:
        raise NotFound
    accounts.require(session, who, course_id, *roles)
    version_id = lessons.latest_version(session, lesson_id)
    if version_id is None:
        raise Conflict("This lesson is not open yet: its instructor has not approved it.")
    return course_id, version_id


def start(
    session: Session,
    who: Who,
    row: ClassSession,
    is_instructor: bool = False,
    weak: Sequence[str] = (),
    known: Mapping[str, float] | None = None,
) -> None:
    """Put a new class down: its cast as the course has it now, its first event, its first person."""
    cast = cast_for(session, row.course_id)
    row.cast = [member.model_dump(mode="json") for member in cast.values()]
    row.adapters = {} if row.is_preview else dict(adapters.assign(session, who.id))
    session.add(row)
    session.flush()
    session.add(ClassPerson(class_id=row.id, person_id=who.id, is_instructor=is_instructor))
    script = lessons.script(session, row.version_id)
    body = Body(
        pages=len(script.pages),
        activity=Activity.NORMAL,
        mode=Mode.CONTINUOUS,
        cast=list(cast),
        name=who.name,
        offers=policy_of(session, row.course_id).offers_choice,
        weak=list(weak)[:MOST_WEAK],
        gates=_gates(script, known or {}),
    )
    log = OpenLog.lock(session, row.id)
    log.append(Draft(kind=Kind.STARTED, person_id=None if is_instructor else who.id, body=body))
    welcome(log)
    session.flush()


def _gates(script: LessonScript, known: Mapping[str, float]) -> list[Gate]:
    """The lesson's gates: before which action they hold, and what has yet to be shown there."""
    shows = [(at, one.page) for at, one in enumerate(script.actions) if isinstance(one, Show)]
    places = {page: place for place, (_, page) in enumerate(shows)}
    found = []
    for gate in (one for one in script.gates if one.page in places):
        following = shows[places[gate.page] + 1 :]
        action = following[0][0] if following else len(script.actions)
        wanted = [name for name in gate.components if known.get(name, 0.0) < KNOWN]
        told = gate.model_dump(exclude={"components"})
        found.append(Gate(**told, action=action, components=wanted, open=not wanted))
    return found


def _greet(session: Session, who: Who, row: ClassSession) -> None:
    """Who comes back after a while is told what was done, from the record."""
    last = session.scalar(select(func.max(EventRow.at)).where(EventRow.class_id == row.id))
    if last is None or now() - last < AWAY:
        return
    log = OpenLog.lock(session, row.id)
    if log.state.page:
        log.append(Draft(kind=Kind.RETURNED, person_id=who.id, body=Body(text=_summary(session, who, log))))
        log.wake()


def _summary(session: Session, who: Who, log: OpenLog) -> str:
    lesson, state = lesson_of(session, log.row), log.state
    words = _own_words(session, who, log.row.id)
    place = {"page": state.page, "pages": state.pages, "title": shorten(lesson.pages[state.page].title, 80)}
    parts = [phrase("back", lesson.language, name=who.name, **place)]
    if words:
        told = {"times": len(words), "words": shorten(words[-1], 140)}
        parts.append(phrase("back_once" if len(words) == 1 else "back_often", lesson.language, **told))
    return run_on([*parts, phrase("back_on", lesson.language)])


def _own_words(session: Session, who: Who, class_id: UUID) -> list[str]:
    """What somebody said in a class that they may be reminded of: no insult and no cry, which are read to nobody later,
    no mere "thanks" or "go on", and nothing that was removed since.
    """
    query = select(EventRow.body).where(
        EventRow.class_id == class_id, EventRow.kind == Kind.ASKED, EventRow.person_id == who.id
    )
    said = map(Body.model_validate, session.scalars(query.order_by(EventRow.seq)))
    return [one.text for one in said if one.text != REMOVED and one.intent not in (*UNTOLD, *NEEDS_NO_ANSWER)]


def person_in(session: Session, who: Who, class_id: UUID) -> ClassPerson:
    """Somebody's place in a class. Raises NotFound for anybody else."""
    found = session.get(ClassPerson, (class_id, who.id))
    if found is None:
        raise NotFound
    return found


def access_class(session: Session, who: Who, class_id: UUID) -> ClassView:
    """The class, for those who are in it. Anybody else gets NotFound."""
    place = person_in(session, who, class_id)
    row = session.get_one(ClassSession, class_id)
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
        language=code_of(lesson.language),
        deck_language=lesson.deck_code or code_of(lesson.language),
        model=inference.known_model(Role.TUTOR),
        ended=row.ended_at is not None,
        last_seq=row.last_seq,
        is_shared=row.is_shared,
        is_preview=row.is_preview,
        is_instructor=place.is_instructor,
    )


def open_log(session: Session, who: Who, class_id: UUID) -> OpenLog:
    """The log of a class that goes on, for somebody in it. Raises NotFound, or Conflict once it is over."""
    log = OpenLog.lock(session, class_id, who.id)
    if log.place is None:
        raise NotFound
    if log.state.status is Status.ENDED:
        raise Conflict("This class is over. You can attend the lesson again from the course page.")
    return log


def classes_of(session: Session, who: Who, lesson_id: UUID | None = None) -> list[ClassSummary]:
    """The classes somebody was in, not only watched, newest first."""
    query = (
        select(ClassSession)
        .join(ClassPerson, ClassPerson.class_id == ClassSession.id)
        .where(ClassPerson.person_id == who.id, ~ClassPerson.is_instructor, ~ClassSession.is_preview)
        .order_by(ClassSession.created_at.desc())
    )
    if lesson_id:
        query = query.where(ClassSession.lesson_id == lesson_id)
    return [_summary_of(row, ClassState.model_validate(row.state)) for row in session.scalars(query.limit(200))]


def _summary_of(row: ClassSession, state: ClassState) -> ClassSummary:
    return ClassSummary(
        id=row.id,
        lesson_id=row.lesson_id,
        started_at=row.created_at,
        ended_at=row.ended_at,
        page=state.page,
        pages=state.pages,
        is_shared=row.is_shared,
    )
