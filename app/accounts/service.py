"""The verbs of the accounts room: sign-up, sign-in, and the questions others ask about people."""

import hashlib
import re
import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.accounts import throttle
from app.accounts.erasing import (
    bury,
    close_account,
    erase_person,
    is_last_admin,
    name_and_address,
    old_sign_ins,
    prove,
    remove_sign_ins,
    teaches_alone,
)
from app.accounts.membership import (
    close_code,
    codes,
    enrol,
    my_courses,
    new_code,
    people,
    require,
    role_in,
    take_seat,
)
from app.accounts.models import Person, SignIn
from app.accounts.passwords import hash_password, is_dated, matches
from app.accounts.schema import SiteRole, Who
from app.base.db import new_id, now, run_sql, write_now
from app.base.errors import AppError, Conflict, Invalid, NotFound

__all__ = [
    "add_locked",
    "add_person",
    "bury",
    "close_account",
    "close_code",
    "codes",
    "enrol",
    "erase_person",
    "find_person",
    "is_last_admin",
    "join",
    "my_courses",
    "name_and_address",
    "new_code",
    "old_sign_ins",
    "open_sign_in",
    "people",
    "person_as_who",
    "prove",
    "remove_sign_ins",
    "require",
    "role_in",
    "sign_in",
    "sign_out",
    "sign_up",
    "teaches_alone",
    "who_is",
]

SIGN_IN_DAYS = 14
LOCKED = "locked"
"""Stands where a password's hash would, and is the hash of none."""
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,180}\.[^@\s.]{2,60}")


def _email(text: str) -> str:
    email = text.strip().lower()
    if not _ADDRESS.fullmatch(email):
        raise Invalid("That is not an e-mail address. It should look like name@school.edu.")
    return email


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 1 <= len(name) <= 80:
        raise Invalid("Give a name of 1 to 80 characters; classmates and agents will call you by it.")
    return name


def add_person(session: Session, email: str, name: str, password: str, role: SiteRole) -> UUID:
    """A new account. Raises Invalid for bad input and Conflict when the address is taken."""
    return _add(session, email, name, hash_password(password), role)


def add_locked(session: Session, email: str, name: str, role: SiteRole) -> UUID:
    """A new account that nobody can sign in to: no password fits it. Raises like `add_person`."""
    return _add(session, email, name, LOCKED, role)


def _add(session: Session, email: str, name: str, password_hash: str, role: SiteRole) -> UUID:
    row = insert(Person).values(
        id=new_id(), email=_email(email), name=_name(name), password_hash=password_hash, role=role.value
    )
    made = session.execute(row.on_conflict_do_nothing(index_elements=["email"]).returning(Person.id))
    person_id = made.scalar_one_or_none()
    if person_id is None:
        raise Conflict("There is an account with this e-mail address already. Sign in instead.")
    return person_id


def find_person(session: Session, email: str) -> UUID | None:
    """The account with this address, if there is one."""
    return session.scalar(select(Person.id).where(Person.email == email.strip().lower()))


def person_as_who(session: Session, person_id: UUID) -> Who:
    """Somebody as they are when a job of theirs is done, without a sign-in. NotFound where there is nobody."""
    row = session.get(Person, person_id)
    if row is None:
        raise NotFound
    return Who(id=row.id, name=row.name, email=row.email, role=SiteRole(row.role))


def sign_up(session: Session, email: str, name: str, password: str, code: str) -> UUID:
    """A new student account by a course's join code; returns the person. Raises Invalid or Conflict."""
    person_id = add_person(session, email, name, password, SiteRole.STUDENT)
    take_seat(session, person_id, code)
    return person_id


def join(session: Session, who: Who, code: str) -> UUID:
    """Join another course by its code; returns the course."""
    return take_seat(session, who.id, code)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def sign_in(session: Session, email: str, password: str, address: str) -> str:
    """A fresh session token for the cookie. Wrong address and wrong password answer alike, and are throttled."""
    email = email.strip().lower()[:320]
    throttle.check(email, address)
    person = session.scalar(select(Person).where(Person.email == email))
    if not matches(password, person.password_hash if person else None) or person is None:
        throttle.record_failure(email, address)
        raise AppError("The e-mail address or the password is wrong.", status=403)
    throttle.forget(email, address)
    if is_dated(person.password_hash):
        person.password_hash = hash_password(password)
    return open_sign_in(session, person.id)


def open_sign_in(session: Session, person_id: UUID) -> str:
    """A fresh session token for somebody whose identity is proven (just signed up, or by password)."""
    session.execute(delete(SignIn).where(SignIn.person_id == person_id, SignIn.expires_at <= now()))
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            token_hash=_digest(token),
            person_id=person_id,
            csrf=secrets.token_urlsafe(24),
            expires_at=now() + timedelta(days=SIGN_IN_DAYS),
        )
    )
    return token


_WHO_IS = """
    select person.id, person.name, person.email, person.role, sign_in.csrf
    from person join sign_in on sign_in.person_id = person.id
    where sign_in.token_hash = %s and sign_in.expires_at > %s
"""


def who_is(session: Session, token: str) -> Who | None:
    """The person a session token belongs to, or nobody when it is unknown or over."""
    if not token:
        return None
    write_now(session)
    session.flush()
    found = run_sql(session, _WHO_IS, (_digest(token), now())).fetchone()
    if found is None:
        return None
    person_id, name, email, role, csrf = found
    return Who(id=person_id, name=name, email=email, role=SiteRole(role), csrf=csrf)


def sign_out(session: Session, token: str) -> None:
    """End the session of this token."""
    session.execute(delete(SignIn).where(SignIn.token_hash == _digest(token)))
