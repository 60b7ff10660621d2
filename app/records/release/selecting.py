"""Who and what a release is about: the classes and people of a spec, and the one place that asks for consent."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.accounts.models import Enrolment
from app.accounts.schema import CourseRole
from app.assessment.documents import Standing
from app.assessment.models import Attempt, Paper, Sitting
from app.classroom.models import ClassPerson, ClassSession, EventRow
from app.classroom.schema import PRIVATE, Kind
from app.records.privacy.consent import consented
from app.records.privacy.schema import Purpose
from app.records.release.models import ReleasePerson
from app.records.release.schema import Quasi, ReleaseSpec

PersonColumn = ColumnElement[UUID | None] | InstrumentedAttribute[UUID | None] | InstrumentedAttribute[UUID]
CourseColumn = ColumnElement[UUID] | InstrumentedAttribute[UUID]

MEASURES = {
    "acts": "things done or said",
    "questions": "count",
    "words": "words written",
    "classes": "count",
    "tests": "sittings",
    "score": "mean share of the points, 0 to 1",
}
"""What is counted of a learner, and its unit. Who has no marks has no score, and does not count in its mean."""


def allowed(person: PersonColumn, course: CourseColumn) -> ColumnElement[bool]:
    """The condition that the person of a column allows research with their records of a course, when the query runs."""
    return consented(Purpose.RESEARCH, person, course)


def included(release_id: UUID, person: PersonColumn, course: CourseColumn) -> ColumnElement[bool]:
    """The condition that the person of a column is in the release with the course of another, and still allows it."""
    place = exists().where(
        ReleasePerson.release_id == release_id, ReleasePerson.person_id == person, ReleasePerson.course_id == course
    )
    return and_(place, allowed(person, course))


def chosen(spec: ReleaseSpec, cut: datetime) -> ColumnElement[bool]:
    """The condition on classes that they are in the spec's courses and began in its days, before the cut."""
    here = ClassSession.course_id.in_(spec.courses) & ~ClassSession.is_preview
    return and_(here, _in_days(ClassSession.created_at, spec, cut))


def sat(spec: ReleaseSpec, cut: datetime) -> ColumnElement[bool]:
    """The same condition on sittings, joined with their tests."""
    return and_(Paper.course_id.in_(spec.courses), _in_days(Sitting.started_at, spec, cut))


def _in_days(column: InstrumentedAttribute[datetime], spec: ReleaseSpec, cut: datetime) -> ColumnElement[bool]:
    found = [column <= cut]
    if spec.since:
        found.append(column >= datetime.combine(spec.since, time(), UTC))
    if spec.until:
        found.append(column < datetime.combine(spec.until, time(), UTC) + timedelta(days=1))
    return and_(*found)


@dataclass
class Candidate:
    """Somebody in the selection: whether an instructor, in which of the courses they allow it, and their figures."""

    is_instructor: bool = False
    courses: set[UUID] = field(default_factory=set)
    allowed: set[UUID] = field(default_factory=set)
    taken: set[UUID] = field(default_factory=set)
    first: datetime | None = None
    acts: int = 0
    questions: int = 0
    words: int = 0
    classes: int = 0
    tests: int = 0
    marks: float = 0.0
    marked: int = 0

    @property
    def score(self) -> float | None:
        """The mean share of the points over the answers that have marks; None without any."""
        return self.marks / self.marked if self.marked else None

    def measure(self, name: str) -> float | None:
        """One of MEASURES."""
        return {
            "acts": self.acts,
            "questions": self.questions,
            "words": self.words,
            "classes": self.classes,
            "tests": self.tests,
            "score": self.score,
        }[name]

    def raw(self, shift: timedelta) -> dict[Quasi, str | int | datetime | None]:
        """Their quasi-identifiers as they are; times moved as everything of theirs is."""
        return {
            Quasi.ROLE: "instructor" if self.is_instructor else "student",
            Quasi.COURSES: len(self.taken & self.allowed),
            Quasi.FIRST_ACTIVE: self.first + shift if self.first else None,
            Quasi.ACTIVITY: self.acts,
        }


def candidates(session: Session, spec: ReleaseSpec, cut: datetime) -> dict[UUID, Candidate]:
    """Everybody of the selection: enrolled students and instructors, and whoever was in one of its classes
    or took one of its tests."""
    found: defaultdict[UUID, Candidate] = defaultdict(Candidate)
    for person, course, is_instructor, may in session.execute(_enrolled(spec)):
        _note(found[person], course, is_instructor, may)
    for person, course, is_instructor, may, classes, first in session.execute(_attended(spec, cut)):
        there = found[person]
        _note(there, course, is_instructor, may)
        if may:
            there.taken.add(course)
            there.first = min(there.first or first, first)
            there.classes += classes
    for actor, course, acts, questions, words in session.execute(_acts(spec, cut)):
        one = found.get(actor) if actor else None
        if one and course in one.allowed:
            one.acts, one.questions, one.words = one.acts + acts, one.questions + questions, one.words + (words or 0)
    for person, course, may, tests, marks, marked in session.execute(_tested(spec, cut)):
        there = found[person]
        _note(there, course, False, may)
        if may:
            there.tests, there.marks, there.marked = (
                there.tests + tests,
                there.marks + (marks or 0),
                there.marked + marked,
            )
    return dict(found)


def _note(one: Candidate, course: UUID, is_instructor: bool, may: bool) -> None:
    one.courses.add(course)
    one.is_instructor |= is_instructor
    if may:
        one.allowed.add(course)


def _enrolled(spec: ReleaseSpec) -> Select[UUID, UUID, bool, bool]:
    teaches = Enrolment.role == CourseRole.INSTRUCTOR.value
    return select(
        Enrolment.person_id, Enrolment.course_id, teaches, allowed(Enrolment.person_id, Enrolment.course_id)
    ).where(Enrolment.course_id.in_(spec.courses), Enrolment.role != CourseRole.RESEARCHER.value)


def _attended(spec: ReleaseSpec, cut: datetime) -> Select[UUID, UUID, bool, bool, int, datetime]:
    places = (
        select(
            ClassPerson.person_id,
            ClassSession.course_id,
            func.bool_or(ClassPerson.is_instructor).label("leads"),
            func.count(ClassPerson.class_id.distinct()).label("classes"),
            func.min(ClassPerson.joined_at).label("first"),
        )
        .join(ClassSession, ClassSession.id == ClassPerson.class_id)
        .where(chosen(spec, cut))
        .group_by(ClassPerson.person_id, ClassSession.course_id)
        .subquery()
    )
    may = allowed(places.c.person_id, places.c.course_id)
    return select(places.c.person_id, places.c.course_id, places.c.leads, may, places.c.classes, places.c.first)


def _acts(spec: ReleaseSpec, cut: datetime) -> Select[UUID | None, UUID, int, int, int | None]:
    said = EventRow.kind == Kind.ASKED.value
    words = func.regexp_count(EventRow.body["text"].astext, r"\S+")
    return (
        select(
            EventRow.person_id,
            ClassSession.course_id,
            func.count(),
            func.count().filter(said),
            func.sum(words).filter(said),
        )
        .join(ClassSession, ClassSession.id == EventRow.class_id)
        .where(
            chosen(spec, cut),
            EventRow.at <= cut,
            EventRow.person_id.is_not(None),
            EventRow.kind.not_in([kind.value for kind in PRIVATE]),
        )
        .group_by(EventRow.person_id, ClassSession.course_id)
    )


def _tested(spec: ReleaseSpec, cut: datetime) -> Select[UUID, UUID, bool, int, float | None, int]:
    """Sittings and marks by person and course. An answer counts by its marks now."""
    graded = and_(Attempt.answered_at <= cut, Attempt.state == Standing.GRADED.value)
    places = (
        select(
            Sitting.person_id,
            Paper.course_id,
            func.count(Sitting.id.distinct()).label("tests"),
            func.sum(Attempt.raw / func.nullif(Attempt.points, 0)).filter(graded).label("marks"),
            func.count(Attempt.id).filter(graded).label("marked"),
        )
        .join(Paper, Paper.id == Sitting.paper_id)
        .outerjoin(Attempt, Attempt.sitting_id == Sitting.id)
        .where(sat(spec, cut))
        .group_by(Sitting.person_id, Paper.course_id)
        .subquery()
    )
    may = allowed(places.c.person_id, places.c.course_id)
    return select(places.c.person_id, places.c.course_id, may, places.c.tests, places.c.marks, places.c.marked)


def in_the_open(release_id: UUID) -> ColumnElement[bool]:
    """The condition on classes that they may be told of: somebody's own who is in the release, or shared with one."""
    own = included(release_id, ClassSession.person_id, ClassSession.course_id)
    there = exists().where(
        ClassPerson.class_id == ClassSession.id, included(release_id, ClassPerson.person_id, ClassSession.course_id)
    )
    return or_(and_(~ClassSession.is_shared, own), and_(ClassSession.is_shared, there))
