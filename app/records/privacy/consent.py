"""Who allowed what: a person's own word, and in a course with minors a guardian's word beside it."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.accounts import service as accounts
from app.accounts.models import Enrolment, Person
from app.accounts.schema import CourseRole, Who
from app.classroom import service as classroom
from app.classroom.models import CoursePolicy
from app.courses.models import Course
from app.records.privacy.models import Consent, GuardianConsent
from app.records.privacy.schema import GUARDED, Choice, Purpose, Word
from app.records.privacy.wording import newest

Ids = (
    ColumnElement[UUID | None] | ColumnElement[UUID] | InstrumentedAttribute[UUID | None] | InstrumentedAttribute[UUID]
)


def declare(session: Session, person_id: UUID, purpose: Purpose, granted: bool, text_version: int) -> None:
    """Keep a person's word on a purpose. Their earlier words stay in the history.

    Who does not allow teaching any more is forgotten at once: the notes about them, and who watches their classes.
    """
    _hold_still(session, [person_id])
    session.add(Consent(person_id=person_id, purpose=purpose.value, granted=granted, text_version=text_version))
    if purpose is Purpose.TEACHING and not granted:
        classroom.keep_to_themselves(session, person_id)


def answer_all(session: Session, person_id: UUID, *yes: Purpose) -> None:
    """Answer every question of consent under the present texts, with yes to these: for students made by commands."""
    for purpose in Purpose:
        declare(session, person_id, purpose, purpose in yes, newest(purpose).version)


def _hold_still(session: Session, people: Iterable[UUID], shared: bool = False) -> None:
    """No word of these people changes until this transaction is over, or, `shared`, while others only rely on it."""
    query = select(Person.id).where(Person.id.in_(list(people))).order_by(Person.id)
    session.execute(query.with_for_update(read=shared, key_share=not shared))


def consented(purpose: Purpose, person_id: Ids, course_id: Ids | None = None) -> ColumnElement[bool]:
    """The condition that the person of a column stands by a purpose at the moment the query runs; no word means no.

    In a course with minors, research and alignment need a guardian's word as well. Without a course, or where its
    column is empty, that of every such course the person learns in.
    """
    said = (
        select(Consent.granted)
        .where(Consent.person_id == person_id, Consent.purpose == purpose.value)
        .order_by(Consent.at.desc(), Consent.id.desc())
        .limit(1)
        .correlate_except(Consent)
    )
    own = said.scalar_subquery().is_(True)
    return own & ~_held_back(purpose, person_id, course_id) if purpose in GUARDED else own


def _held_back(purpose: Purpose, person_id: Ids, course_id: Ids | None) -> ColumnElement[bool]:
    """The condition that a guardian's yes is missing in the course, or in one of the person's."""
    guardian = (
        select(GuardianConsent.granted)
        .where(
            GuardianConsent.person_id == person_id,
            GuardianConsent.course_id == CoursePolicy.course_id,
            GuardianConsent.purpose == purpose.value,
        )
        .order_by(GuardianConsent.at.desc(), GuardianConsent.id.desc())
        .limit(1)
        .correlate_except(GuardianConsent)
    )
    learns = (
        select(Enrolment.id)
        .where(
            Enrolment.person_id == person_id,
            Enrolment.course_id == CoursePolicy.course_id,
            Enrolment.role == CourseRole.STUDENT.value,
        )
        .correlate_except(Enrolment)
        .exists()
    )
    here = learns if course_id is None else (CoursePolicy.course_id == course_id) | (course_id.is_(None) & learns)
    minors = select(CoursePolicy.course_id).where(
        CoursePolicy.with_minors, here, guardian.scalar_subquery().is_not(True)
    )
    return minors.correlate_except(CoursePolicy).exists()


def standing(session: Session, person_id: UUID, course_id: UUID | None = None) -> dict[Purpose, bool]:
    """What may be done with a person's records at present, for each purpose; in one course where given."""
    person, course = _value(person_id), _value(course_id) if course_id else None
    query = select(*(consented(purpose, person, course) for purpose in Purpose))
    return dict(zip(Purpose, session.execute(query).one(), strict=True))


def _value(one: UUID) -> ColumnElement[UUID]:
    return literal(one, Uuid())


def agreed(session: Session, purpose: Purpose, people: Iterable[UUID]) -> set[UUID]:
    """Those of these people who stand by a purpose; nobody's word changes until this transaction is over."""
    known = set(people)
    _hold_still(session, known, shared=True)
    query = select(Person.id).where(Person.id.in_(known), consented(purpose, Person.id))
    return set(session.scalars(query))


def choices(session: Session, person_id: UUID) -> list[Choice]:
    """The switches as they stand, under the present texts."""
    said = _newest_words(session, person_id)
    found = []
    for purpose in Purpose:
        wording, word = newest(purpose), said.get(purpose)
        found.append(
            Choice(
                wording=wording,
                granted=bool(word and word.granted),
                asked=bool(word and word.text_version == wording.version),
                held_by=held_by(session, person_id, purpose),
            )
        )
    return found


def _newest_words(session: Session, person_id: UUID) -> dict[Purpose, Consent]:
    query = select(Consent).where(Consent.person_id == person_id).order_by(Consent.at, Consent.id)
    return {Purpose(row.purpose): row for row in session.scalars(query)}


def held_by(session: Session, person_id: UUID, purpose: Purpose) -> list[str]:
    """Titles of the courses in which this person's yes does not count, for want of a guardian's."""
    if purpose not in GUARDED:
        return []
    learns = (Enrolment.person_id == person_id) & (Enrolment.role == CourseRole.STUDENT.value)
    query = (
        select(Course.title)
        .join(Enrolment, (Enrolment.course_id == Course.id) & learns)
        .where(_held_back(purpose, _value(person_id), Course.id))
        .order_by(Course.title)
    )
    return list(session.scalars(query))


def must_ask(session: Session, who: Who, course_id: UUID) -> bool:
    """Whether somebody who learns in a course has yet to be asked, or asked again as a text has changed."""
    if accounts.role_in(session, who, course_id) is not CourseRole.STUDENT:
        return False
    said = _newest_words(session, who.id)
    return any(purpose not in said or said[purpose].text_version != newest(purpose).version for purpose in Purpose)


def history(session: Session, person_id: UUID) -> list[Word]:
    """Every word of a person and of their guardians, newest first."""
    own = session.scalars(select(Consent).where(Consent.person_id == person_id))
    words = [Word.model_validate(row, from_attributes=True) for row in own]
    guardians = session.execute(
        select(GuardianConsent, Course.title)
        .join(Course, Course.id == GuardianConsent.course_id)
        .where(GuardianConsent.person_id == person_id)
    )
    for row, course in guardians:
        word = Word(at=row.at, purpose=Purpose(row.purpose), granted=row.granted, guardian=row.guardian, course=course)
        words.append(word)
    return sorted(words, key=lambda word: word.at, reverse=True)
