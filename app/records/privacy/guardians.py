"""Guardians' words about minors, as an instructor of the course writes them down."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.models import Enrolment, Person
from app.accounts.schema import CourseRole, Who
from app.base.db import now
from app.base.errors import Invalid
from app.base.text import clean_text
from app.records.privacy.audit import note
from app.records.privacy.models import GuardianConsent
from app.records.privacy.schema import GUARDED, GuardianLine, GuardianWord, Purpose, What, Word

LONGEST_GUARDIAN = 120


def write_down(session: Session, who: Who, course_id: UUID, word: GuardianWord, address: str = "") -> None:
    """Keep what a guardian said about a student of the course. NotFound for all but its instructors, and Invalid
    for somebody who does not learn in it, without a name, or on a day to come.
    """
    accounts.require(session, who, course_id, CourseRole.INSTRUCTOR)
    guardian = " ".join(clean_text(word.guardian).split())
    if not 1 <= len(guardian) <= LONGEST_GUARDIAN:
        raise Invalid(f"Write down the guardian's name, in at most {LONGEST_GUARDIAN} characters.")
    if word.said_on > now().date():
        raise Invalid("That day is still to come. Write down the day on which the guardian said it.")
    if word.purpose not in GUARDED or word.person_id not in _students(session, course_id):
        raise Invalid("This is no student of the course, or nothing that a guardian is asked about.")
    session.add(
        GuardianConsent(
            person_id=word.person_id,
            course_id=course_id,
            purpose=word.purpose.value,
            granted=word.granted,
            guardian=guardian,
            said_on=word.said_on,
            recorded_by=who.id,
        )
    )
    details = f"{word.purpose.value}: {'yes' if word.granted else 'no'}"
    note(
        session,
        who,
        What.GUARDIAN,
        person_id=word.person_id,
        course_id=course_id,
        details=details,
        address=address,
    )


def _students(session: Session, course_id: UUID) -> dict[UUID, str]:
    query = (
        select(Person.id, Person.name)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.course_id == course_id, Enrolment.role == CourseRole.STUDENT.value)
        .order_by(Person.name)
    )
    return dict(session.execute(query).all())


def guardians_words(session: Session, course_id: UUID) -> list[GuardianLine]:
    """The course's students by name, with what their guardians said last."""
    lines = {one: GuardianLine(person_id=one, person=name) for one, name in _students(session, course_id).items()}
    query = select(GuardianConsent).where(GuardianConsent.course_id == course_id).order_by(GuardianConsent.at)
    for row in session.scalars(query):
        if row.person_id in lines:
            purpose = Purpose(row.purpose)
            word = Word(at=row.at, purpose=purpose, granted=row.granted, guardian=row.guardian)
            lines[row.person_id].words[purpose] = word
    return list(lines.values())
