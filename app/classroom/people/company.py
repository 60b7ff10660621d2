"""Several people in one class: opening it for a course, joining, leaving, and who may steer.

Students join by an event that everybody sees. Instructors watch without one: watching changes nothing about the class,
so it is no part of its log. That they watch is shown to the students by who is here.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.models import Person
from app.accounts.schema import CourseRole, Who
from app.base.db import new_id
from app.base.errors import Conflict, NotFound
from app.base.settings import get_settings
from app.base.stream import clear_flag
from app.classroom.log.state import ClassState, Status
from app.classroom.log.writing import OpenLog, state_of
from app.classroom.models import ClassPerson, ClassSession, held_in
from app.classroom.people.opening import MAY_ATTEND, open_lesson, open_log, person_in, start
from app.classroom.people.presence import go_away, instructor_is_here, missing_since, who_is_here
from app.classroom.schema import Body, Control, Draft, Kind, PersonHere, SharedClass
from app.lessons.models import Lesson

FOR_ALL = (Control.HAND, Control.INTERRUPT)
"""What every student may do at any time, whoever leads."""
OVER = "This class is over. You can attend the lesson again from the course page."
LED = (
    "An instructor is in the class and leads it: pausing, turning pages and the pace are theirs. You can ask, and "
    "raise your hand."
)
NOT_YOURS = "This class belongs to everybody in it, so only an instructor ends it. You can leave it."


def open_shared(session: Session, who: Who, lesson_id: UUID) -> UUID:
    """An instructor opens a class for everybody of the course, or comes into the open one.

    Raises NotFound for everybody else and Conflict while nothing is approved.
    """
    course_id, version_id = open_lesson(session, who, lesson_id, CourseRole.INSTRUCTOR)
    # Two instructors at once must come into one class: the second waits here and then finds the first one's.
    session.scalar(select(Lesson.id).where(Lesson.id == lesson_id).with_for_update(key_share=True))
    found = session.scalar(
        select(ClassSession.id).where(
            ClassSession.lesson_id == lesson_id, ClassSession.is_shared, ClassSession.ended_at.is_(None)
        )
    )
    if found:
        _take_place(session, who, found, is_instructor=True)
        return found
    row = ClassSession(
        id=new_id(),
        course_id=course_id,
        lesson_id=lesson_id,
        version_id=version_id,
        person_id=who.id,
        pace=get_settings().pace,
        state=ClassState().model_dump(mode="json"),
        last_seq=0,
        is_shared=True,
    )
    start(session, who, row, is_instructor=True)
    return row.id


def join(session: Session, who: Who, class_id: UUID) -> None:
    """Take a place: as a student in an open shared class, or as an instructor of the course in any class of it.

    Twice is once. Raises NotFound for anybody else, and Conflict once the class is over.
    """
    row = session.get(ClassSession, class_id)
    if row is None:
        raise NotFound
    is_instructor = accounts.require(session, who, row.course_id, *MAY_ATTEND) is CourseRole.INSTRUCTOR
    if not (row.is_shared or is_instructor or row.person_id == who.id):
        raise NotFound
    if row.ended_at:
        raise Conflict(OVER)
    _take_place(session, who, class_id, is_instructor=is_instructor)
    arrive(OpenLog.lock(session, class_id, who.id), who)


def _take_place(session: Session, who: Who, class_id: UUID, is_instructor: bool) -> None:
    place = insert(ClassPerson).values(class_id=class_id, person_id=who.id, is_instructor=is_instructor)
    session.execute(place.on_conflict_do_nothing())


def arrive(log: OpenLog, who: Who) -> None:
    """A student who comes into a shared class, or comes back by doing something, is in it from now on."""
    if log.row.is_shared and not log.place and who.id not in log.state.people:
        log.append(Draft(kind=Kind.JOINED, person_id=who.id, body=Body(name=who.name)))
        log.tell_records()


def leave(session: Session, who: Who, class_id: UUID) -> None:
    """Go out of a class. A shared one goes on; an instructor who had the floor gives it back."""
    person_in(session, who, class_id)
    log = OpenLog.lock(session, class_id)
    go_away(class_id, who.id)
    if log.state.status is Status.ENDED:
        return
    if log.state.floor == who.id:
        log.append(Draft(kind=Kind.RELEASED, person_id=who.id, body=Body(name=who.name, cause="left")))
        log.wake()
    if log.row.is_shared and who.id in log.state.people:
        log.append(Draft(kind=Kind.LEFT, person_id=who.id, body=Body(name=log.state.people[who.id])))
        hold_nobody(log)
        log.tell_records()


def hold_nobody(log: OpenLog) -> None:
    """Somebody left: at a gate the others may have waited for nobody else."""
    if not log.state.people:
        clear_flag(f"present:{log.row.id}")  # an empty class stands, at a gate too
    elif log.state.item:
        log.wake()


def attended(session: Session) -> list[UUID]:
    """The open shared classes that have students in them."""
    query = select(ClassSession.id).where(
        ClassSession.is_shared, ClassSession.ended_at.is_(None), ClassSession.state.has_key("people")
    )
    return list(session.scalars(query))


def see_off(session: Session, class_id: UUID) -> None:
    """Who closed the page of a shared class without a word, and has been missing for as long as an absence takes, has
    left. They are in it again once they come back.
    """
    missing = missing_since(class_id, state_of(session, class_id).people)
    gone = [one for one, seconds in missing.items() if seconds >= get_settings().absence_seconds]
    if not gone:
        return
    log = OpenLog.lock(session, class_id)
    for one in gone:
        if log.state.status is not Status.ENDED and one in log.state.people:
            log.append(Draft(kind=Kind.LEFT, person_id=one, body=Body(name=log.state.people[one], cause="away")))
    hold_nobody(log)
    log.tell_records()


def come_back(session: Session, who: Who, class_id: UUID) -> None:
    """Somebody who opens the page of a shared class again is in it again."""
    row = session.get(ClassSession, class_id)
    if row is None or not row.is_shared or row.ended_at or who.id in state_of(session, class_id).people:
        return
    log = OpenLog.lock(session, class_id, who.id)
    if log.place is not None and log.state.status is not Status.ENDED:
        arrive(log, who)


def shared_classes(session: Session, who: Who, course_id: UUID) -> list[SharedClass]:
    """The open shared classes of a course, newest first; none for those who may not attend."""
    if accounts.role_in(session, who, course_id) not in MAY_ATTEND:
        return []
    rows = session.execute(
        select(ClassSession, Lesson.title)
        .join(Lesson, Lesson.id == ClassSession.lesson_id)
        .where(held_in(course_id), ClassSession.is_shared, ClassSession.ended_at.is_(None))
        .order_by(ClassSession.created_at.desc())
    )
    return [_shared(row, title, who) for row, title in rows]


def _shared(row: ClassSession, title: str, who: Who) -> SharedClass:
    people = ClassState.model_validate(row.state).people
    return SharedClass(
        id=row.id,
        lesson_id=row.lesson_id,
        title=title,
        started_at=row.created_at,
        people=len(people),
        here=len((who_is_here(row.id) or set()) & set(people)),
        is_in=who.id in people,
    )


def people(session: Session, class_id: UUID) -> list[PersonHere]:
    """Who is in a class, instructors first, then by name; those who left a shared class are not."""
    row = session.get_one(ClassSession, class_id)
    named = ClassState.model_validate(row.state).people
    here = who_is_here(class_id) or set()
    query = (
        select(ClassPerson.person_id, ClassPerson.is_instructor, Person.name)
        .join(Person, Person.id == ClassPerson.person_id)
        .where(ClassPerson.class_id == class_id)
        .order_by(ClassPerson.is_instructor.desc(), Person.name)
    )
    return [
        PersonHere(id=one.person_id, name=one.name, is_instructor=one.is_instructor, is_here=one.person_id in here)
        for one in session.execute(query)
        if one.is_instructor or one.person_id in named or not row.is_shared
    ]


# ------------------------------------------------------------------------------------------------- who may do what


def students_log(session: Session, who: Who, class_id: UUID) -> OpenLog:
    """The log, for a student who says or does something of their own."""
    log = open_log(session, who, class_id)
    if log.place:
        raise Conflict("You are here as an instructor. Speak aloud or whisper in the instructor's box instead.")
    arrive(log, who)
    return log


def steering_log(session: Session, who: Who, class_id: UUID, verb: Control | None = None) -> OpenLog:
    """The log, for somebody who may steer the class now: instructors always, the student of an individual class always,
    and in a shared class every student while no instructor is there; only instructors end a shared one.

    Raises NotFound for strangers and Conflict for those who may not now.
    """
    if verb in FOR_ALL:
        return students_log(session, who, class_id)
    log = open_log(session, who, class_id)
    if log.row.is_shared and not log.place:
        if verb is Control.END:
            raise Conflict(NOT_YOURS)
        if instructor_is_here(session, class_id):
            raise Conflict(LED)
        arrive(log, who)
    return log
