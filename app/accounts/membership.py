"""Who belongs to which course: enrolment, join codes, and the question "may this person do that"."""

import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.accounts.models import Enrolment, JoinCode, Person
from app.accounts.schema import CodeView, CourseRole, PersonView, SiteRole, Who
from app.base.db import now
from app.base.errors import Invalid, NotFound

# No letters or digits that look alike, so that a code can be read from a blackboard.
ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


def enrol(session: Session, course_id: UUID, person_id: UUID, role: CourseRole) -> bool:
    """Make the person a member; somebody who already is one keeps their role. True when newly enrolled."""
    row = insert(Enrolment).values(course_id=course_id, person_id=person_id, role=role.value)
    done = session.execute(row.on_conflict_do_nothing().returning(Enrolment.id))
    return done.scalar_one_or_none() is not None


def role_in(session: Session, who: Who, course_id: UUID) -> CourseRole | None:
    """What the person is in the course; an admin is an instructor everywhere."""
    if who.role is SiteRole.ADMIN:
        return CourseRole.INSTRUCTOR
    role = session.scalar(select(Enrolment.role).where(Enrolment.course_id == course_id, Enrolment.person_id == who.id))
    return CourseRole(role) if role else None


def require(session: Session, who: Who, course_id: UUID, *roles: CourseRole) -> CourseRole:
    """The person's role in the course. Raises NotFound for strangers and for roles not among `roles` (if given)."""
    role = role_in(session, who, course_id)
    if role is None or (roles and role not in roles):
        raise NotFound
    return role


def my_courses(session: Session, who: Who) -> list[tuple[UUID, CourseRole]]:
    """The courses the person belongs to, newest membership first."""
    rows = session.execute(
        select(Enrolment.course_id, Enrolment.role)
        .where(Enrolment.person_id == who.id)
        .order_by(Enrolment.created_at.desc())
    )
    return [(course_id, CourseRole(role)) for course_id, role in rows]


def people(session: Session, course_id: UUID) -> list[PersonView]:
    """The course's members, by name."""
    rows = session.execute(
        select(Person.id, Person.name, Person.email, Enrolment.role)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.course_id == course_id)
        .order_by(Person.name)
    )
    return [PersonView(id=one.id, name=one.name, email=one.email, role=CourseRole(one.role)) for one in rows]


def new_code(session: Session, course_id: UUID, days: int = 30, seats: int = 200) -> str:
    """A fresh join code, open for `days` and `seats` students."""
    if not 1 <= days <= 366 or not 1 <= seats <= 10_000:
        raise Invalid("A join code is open for 1 to 366 days and 1 to 10,000 seats.")
    code = "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(2))
    session.add(JoinCode(code=code, course_id=course_id, seats=seats, expires_at=now() + timedelta(days=days)))
    session.flush()
    return code


def codes(session: Session, course_id: UUID) -> list[CodeView]:
    """The course's join codes, newest first."""
    rows = session.scalars(select(JoinCode).where(JoinCode.course_id == course_id).order_by(JoinCode.created_at.desc()))
    moment = now()
    return [
        CodeView(
            code=row.code,
            expires_at=row.expires_at,
            seats=row.seats,
            taken=row.taken,
            open=row.expires_at > moment and row.taken < row.seats,
        )
        for row in rows
    ]


def close_code(session: Session, course_id: UUID, code: str) -> None:
    """End a code now. Raises NotFound when it is not this course's."""
    ended = session.execute(
        update(JoinCode)
        .where(JoinCode.course_id == course_id, JoinCode.code == code)
        .values(expires_at=now())
        .returning(JoinCode.code)
    )
    if ended.scalar_one_or_none() is None:
        raise NotFound


def _as_written(typed: str) -> str:
    """A code as it is kept, of what somebody typed: with or without the hyphen, in any case, with spaces."""
    signs = "".join(sign for sign in typed[:80].upper() if sign.isalnum())
    return f"{signs[:4]}-{signs[4:]}"


def take_seat(session: Session, person_id: UUID, code: str) -> UUID:
    """Enrol the person as a student by a code and count the seat; returns the course.

    The code's row is locked, so that the last seat is given once. Raises Invalid with the reason.
    """
    row = session.scalar(select(JoinCode).where(JoinCode.code == _as_written(code)).with_for_update())
    if row is None:
        raise Invalid("This join code is not known. Check it with your instructor.")
    if row.expires_at <= now():
        raise Invalid("This join code has expired. Ask your instructor for a new one.")
    member = session.scalar(
        select(Enrolment.id).where(Enrolment.course_id == row.course_id, Enrolment.person_id == person_id)
    )
    if member is None and row.taken >= row.seats:
        raise Invalid("All seats of this join code are taken. Ask your instructor for a new one.")
    if enrol(session, row.course_id, person_id, CourseRole.STUDENT):
        row.taken += 1
    return row.course_id
