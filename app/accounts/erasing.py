"""Closing and erasing an account: who proves it is theirs, who may not go yet, and what is left of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from app.accounts import throttle
from app.accounts.models import Enrolment, Person, SignIn
from app.accounts.passwords import matches
from app.accounts.schema import CourseRole, SiteRole, Who
from app.base.db import now
from app.base.errors import AppError
from app.base.redaction import FORMER

NOBODYS = "erased"
"""No hash of any password, so that none matches it."""


def prove(session: Session, who: Who, password: str, address: str) -> None:
    """Raise an AppError unless this is the signed-in person's password; wrong tries are throttled as sign-ins are."""
    throttle.check(who.email, address)
    kept = session.scalar(select(Person.password_hash).where(Person.id == who.id))
    if not matches(password, kept):
        throttle.record_failure(who.email, address)
        raise AppError("That is not your password. Nothing was changed.", status=403)


def teaches_alone(session: Session, person_id: UUID) -> list[UUID]:
    """The courses whose only instructor this person is."""
    other = aliased(Enrolment)
    others = select(other.id).where(
        other.course_id == Enrolment.course_id,
        other.person_id != person_id,
        other.role == CourseRole.INSTRUCTOR.value,
    )
    query = select(Enrolment.course_id).where(
        Enrolment.person_id == person_id, Enrolment.role == CourseRole.INSTRUCTOR.value, ~others.exists()
    )
    return list(session.scalars(query))


def is_last_admin(session: Session, who: Who) -> bool:
    """Whether nobody else could look after the installation."""
    admins = select(func.count()).where(Person.role == SiteRole.ADMIN.value, Person.id != who.id)
    return who.role is SiteRole.ADMIN and not session.scalar(admins)


def close_account(session: Session, person_id: UUID) -> None:
    """Sign the person out everywhere and let nobody sign in again."""
    session.execute(delete(SignIn).where(SignIn.person_id == person_id))
    session.execute(update(Person).where(Person.id == person_id).values(password_hash=NOBODYS))


def name_and_address(session: Session, person_id: UUID) -> tuple[str, str]:
    """A person's name and e-mail address."""
    name, email = session.execute(select(Person.name, Person.email).where(Person.id == person_id)).one()
    return name, email


def erase_person(session: Session, person_id: UUID) -> None:
    """Leave a tombstone: the row with its random id, and no name, address, password, sign-in or course.

    The address of a tombstone is made of that id, so that nothing is left to compare an address with.
    """
    close_account(session, person_id)
    session.execute(delete(Enrolment).where(Enrolment.person_id == person_id))
    gone = {"email": f"{person_id}@erased.invalid", "name": FORMER, "role": SiteRole.ERASED.value}
    session.execute(update(Person).where(Person.id == person_id).values(**gone))


def bury(session: Session, person_id: UUID) -> bool:
    """Take a tombstone away; False where something of others still names it, which then keeps it."""
    try:
        with session.begin_nested():
            gone = delete(Person).where(Person.id == person_id, Person.role == SiteRole.ERASED.value)
            return bool(session.execute(gone.returning(Person.id)).scalar())
    except IntegrityError:
        return False


def old_sign_ins(session: Session, before: datetime) -> int:
    """How many sign-ins ended before a time."""
    return session.scalar(select(func.count()).where(SignIn.expires_at < min(before, now()))) or 0


def remove_sign_ins(session: Session, before: datetime, most: int) -> int:
    """Remove at most so many sign-ins that ended before a time; returns how many."""
    old = select(SignIn.token_hash).where(SignIn.expires_at < min(before, now())).limit(most)
    gone = session.scalars(delete(SignIn).where(SignIn.token_hash.in_(old)).returning(SignIn.person_id))
    return len(gone.all())
