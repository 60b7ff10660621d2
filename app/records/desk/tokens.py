"""Tokens by which a person's programs read: random, kept as a hash, for named courses, for a while, revocable."""

import hashlib
import logging
import secrets
from datetime import timedelta
from uuid import UUID

import redis
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.models import Person
from app.accounts.schema import SiteRole, Who
from app.base.db import now
from app.base.errors import AppError, Busy, Conflict, Invalid, NotFound
from app.base.queue import get_redis
from app.records.desk.models import DeskToken
from app.records.desk.reading import reader_of
from app.records.desk.schema import DESK, Reader, TokenView

log = logging.getLogger(__name__)

BEGINNING = "lyceum_"
LONGEST_NAME = 60
MOST_DAYS = 366
MOST_OPEN = 20
A_MINUTE = 120
"""How many questions one token may ask in a minute."""
_USED_AGAIN = timedelta(minutes=1)


class NotKnown(AppError):
    """A program that did not show a token that is open."""

    status = 401

    def __init__(self) -> None:
        super().__init__(
            "Send a token that is open, as “Authorization: Bearer TOKEN”. You make one on the desk page; this one is "
            "missing, unknown, over or taken back."
        )


def new_token(session: Session, who: Who, name: str, courses: list[UUID], days: int) -> str:
    """A fresh token; its secret is returned this once. NotFound for a course where `who` has no place at the desk."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid(f"Give the token a name of 1 to {LONGEST_NAME} characters, such as the program that uses it.")
    if not courses:
        raise Invalid("Choose at least one course that the token may read.")
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(f"A token is open for 1 to {MOST_DAYS} days.")
    for course_id in courses:
        accounts.require(session, who, course_id, *DESK)
    if _open_tokens(session, who) >= MOST_OPEN:
        raise Conflict(f"You have {MOST_OPEN} open tokens; take one back first.")
    secret = BEGINNING + secrets.token_urlsafe(32)
    named = sorted({str(course_id) for course_id in courses})
    expires = now() + timedelta(days=days)
    session.add(DeskToken(token_hash=_digest(secret), person_id=who.id, name=name, courses=named, expires_at=expires))
    session.flush()
    return secret


def _open_tokens(session: Session, who: Who) -> int:
    query = select(func.count()).where(
        DeskToken.person_id == who.id, DeskToken.revoked_at.is_(None), DeskToken.expires_at > now()
    )
    return session.scalar(query) or 0


def my_tokens(session: Session, who: Who) -> list[TokenView]:
    """The person's tokens, newest first."""
    query = select(DeskToken).where(DeskToken.person_id == who.id).order_by(DeskToken.created_at.desc())
    return [
        TokenView(
            id=row.id,
            name=row.name,
            courses=[UUID(one) for one in row.courses],
            created_at=row.created_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
            used_at=row.used_at,
            is_open=row.revoked_at is None and row.expires_at > now(),
        )
        for row in session.scalars(query.limit(200))
    ]


def revoke(session: Session, who: Who, token_id: UUID) -> None:
    """Take a token back now. NotFound when it is not the person's own."""
    row = session.get(DeskToken, token_id)
    if row is None or row.person_id != who.id:
        raise NotFound
    row.revoked_at = row.revoked_at or now()


def reader_by(session: Session, secret: str, course_id: UUID) -> Reader:
    """Whom a program reads for, in a course.

    Raises NotKnown without an open token, Busy after too many questions, NotFound for a course that the token does not
    name or in which its owner has no place at the desk any more.
    """
    found = session.execute(
        select(DeskToken, Person)
        .join(Person, Person.id == DeskToken.person_id)
        .where(DeskToken.token_hash == _digest(secret), DeskToken.revoked_at.is_(None), DeskToken.expires_at > now())
    ).first()
    if found is None:
        raise NotKnown
    row, person = found
    _count(row.id)
    if row.used_at is None or row.used_at < now() - _USED_AGAIN:
        row.used_at = now()
    if str(course_id) not in row.courses:
        raise NotFound
    who = Who(id=person.id, name=person.name, email=person.email, role=SiteRole(person.role))
    return reader_of(session, who, course_id)


def _count(token_id: UUID) -> None:
    """Raise Busy when this token asked too often within the minute."""
    key = f"desk:{token_id}:{now():%H%M}"
    try:
        pipe = get_redis().pipeline()
        pipe.incr(key)
        pipe.expire(key, 120)
        asked = int(pipe.execute()[0])
    except redis.RedisError as error:
        log.warning("questions to the desk are not counted while the broker is away: %s", error)
        return
    if asked > A_MINUTE:
        raise Busy(f"A token may ask {A_MINUTE} times a minute. Wait a minute, or ask for more records at once.")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def erase_person(session: Session, person_id: UUID) -> None:
    """Delete a person's tokens. The codes they gave stay, under the random id that is left of them."""
    session.execute(delete(DeskToken).where(DeskToken.person_id == person_id))
