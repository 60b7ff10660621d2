"""What a course has gathered, in numbers: for those who teach or research in it, and without anybody's words."""

from uuid import UUID

from sqlalchemy import case, func, literal, literal_column, select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.models import Enrolment, Person
from app.accounts.schema import CourseRole, Who
from app.alignment.signals.keeping import examples_of
from app.alignment.signals.models import TurnSignal
from app.alignment.signals.schema import Gathered, SignalCount
from app.classroom.models import ClassSession, EventRow, GuardPair, held_in
from app.classroom.schema import Kind
from app.lessons.models import Lesson, LessonEdit
from app.records.privacy.consent import consented
from app.records.privacy.schema import Purpose

STAFF = (CourseRole.INSTRUCTOR, CourseRole.RESEARCHER)


def gathered(session: Session, who: Who, course_id: UUID) -> Gathered:
    """The course's signals and examples in numbers. NotFound for all but its instructors and researchers."""
    accounts.require(session, who, course_id, *STAFF)
    learns = (Enrolment.course_id == course_id) & (Enrolment.role == CourseRole.STUDENT.value)
    people = select(func.count()).select_from(Enrolment).where(learns)
    allowing = people.join(Person, Person.id == Enrolment.person_id).where(
        consented(Purpose.ALIGNMENT, Enrolment.person_id, Enrolment.course_id)
    )
    newest = (
        select(func.max(TurnSignal.at))
        .join(ClassSession, ClassSession.id == TurnSignal.class_id)
        .where(held_in(course_id))
    )
    return Gathered(
        signals=_signals(session, course_id),
        examples=examples_of(session, course_id),
        people=session.scalar(people) or 0,
        consenting=session.scalar(allowing) or 0,
        newest=session.scalar(newest),
    )


def _signals(session: Session, course_id: UUID) -> list[SignalCount]:
    here = held_in(course_id)
    said = (
        select(TurnSignal.kind, TurnSignal.value, func.count())
        .join(ClassSession, ClassSession.id == TurnSignal.class_id)
        .where(here)
        .group_by(TurnSignal.kind, TurnSignal.value)
    )
    told = (
        select(literal("in other words"), func.coalesce(EventRow.body["cause"].astext, ""), func.count())
        .join(ClassSession, ClassSession.id == EventRow.class_id)
        .where(here, EventRow.kind == Kind.RETOLD.value)
        .group_by(literal_column("2"))
    )
    kept_back = (
        select(literal("kept back"), GuardPair.reason, func.count())
        .join(ClassSession, ClassSession.id == GuardPair.class_id)
        .where(here)
        .group_by(GuardPair.reason)
    )
    made = case((LessonEdit.verdict == "edited", "edited"), else_="rewriting " + LessonEdit.verdict)
    edited = (
        select(made, LessonEdit.kind, func.count())
        .join(Lesson, Lesson.id == LessonEdit.lesson_id)
        .where(Lesson.course_id == course_id)
        .group_by(literal_column("1"), LessonEdit.kind)
    )
    found = [row for query in (said, told, kept_back, edited) for row in session.execute(query)]
    return [SignalCount(kind=kind, value=value, count=count) for kind, value, count in sorted(found)]
