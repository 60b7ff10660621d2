"""Clients' credentials: a name and a key that may be seen, and a secret that is shown once."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.base.db import now
from app.base.errors import AppError, Invalid, NotFound
from app.base.settings import get_settings
from app.courses.models import Course
from app.records.lrs.models import Credential
from app.records.lrs.schema import Client, CredentialView, NewKey, Scope
from app.records.lrs.values import Json

LONGEST_NAME = 80
_KNOWN = (Credential.id, Credential.name, Credential.key)
_CHECKED = (Credential.secret_hash, Credential.scopes, Credential.course_id)


class Unknown(AppError):
    """Nobody is known by this key and secret."""

    status = 401


class Forbidden(AppError):
    """Somebody known may not do this."""

    status = 403


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def add_credential(
    session: Session, name: str, scopes: list[Scope], course_id: UUID | None = None, by: UUID | None = None
) -> NewKey:
    """A new credential; its secret is in the answer and nowhere else. Raises Invalid."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise Invalid(f"Give the client a name of at most {LONGEST_NAME} characters.")
    if not scopes:
        raise Invalid("Say at least one thing that the client may do.")
    if course_id and session.get(Course, course_id) is None:
        raise Invalid("There is no such course.")
    key, secret = secrets.token_hex(12), secrets.token_urlsafe(32)
    words = sorted({scope.value for scope in scopes})
    session.add(
        Credential(name=name, key=key, secret_hash=_digest(secret), scopes=words, course_id=course_id, created_by=by)
    )
    session.flush()
    return NewKey(name=name, key=key, secret=secret)


def scopes_of(words: Iterable[str]) -> list[Scope]:
    """Scopes by their names. Raises Invalid."""
    given = [word.strip() for word in words if word.strip()]
    if unknown := [word for word in given if word not in list(Scope)]:
        raise Invalid(f"There is no scope {unknown[0]}; the scopes are {', '.join(Scope)}.")
    return [Scope(word) for word in given]


def credentials(session: Session, by: UUID | None = None) -> list[CredentialView]:
    """Credentials, the newest first, the revoked ones too; those that one person made, or all."""
    query = (
        select(Credential, Course.title, Person.name)
        .outerjoin(Course, Course.id == Credential.course_id)
        .outerjoin(Person, Person.id == Credential.created_by)
        .order_by(Credential.created_at.desc())
    )
    if by:
        query = query.where(Credential.created_by == by)
    return [
        CredentialView(
            id=row.id,
            name=row.name,
            key=row.key,
            scopes=row.scopes,
            course=course or "",
            created_by=person or "",
            created_at=row.created_at,
            revoked_at=row.revoked_at,
        )
        for row, course, person in session.execute(query)
    ]


def revoke_credential(session: Session, key: str, by: UUID | None = None) -> str:
    """End a credential for good, by its key; returns its name. Its statements stay. With `by` only one that this
    person made. Raises NotFound.
    """
    row = session.scalar(select(Credential).where(Credential.key == key))
    if row is None or (by and row.created_by != by):
        raise NotFound(f"There is no key {key}.")
    row.revoked_at = row.revoked_at or now()
    return row.name


def client_of(session: Session, key: str, secret: str, writes: bool) -> Client:
    """Who asks. Raises Unknown.

    With `writes` the transaction is given its number in the same command, before the clock is read (see `lay`).
    """
    extra = [func.pg_current_xact_id()] if writes else []
    query = select(*extra, func.clock_timestamp(), *_KNOWN, *_CHECKED).where(
        Credential.key == key, Credential.revoked_at.is_(None)
    )
    found = session.execute(query).first()
    if found is None or not compare_digest(found.secret_hash, _digest(secret)):
        raise Unknown("Send the key and the secret of a client as HTTP Basic; this pair is not known, or revoked.")
    began: datetime = found[len(extra)]
    return Client(
        id=found.id,
        name=found.name,
        key=found.key,
        scopes=frozenset(map(Scope, found.scopes)),
        course_id=found.course_id,
        began=began,
    )


def need(client: Client, *scopes: Scope) -> None:
    """Raises Forbidden unless the client was granted one of these."""
    if not client.may(*scopes):
        raise Forbidden(f"This client may not do that; it needs one of: {', '.join([*scopes, Scope.ALL])}.")


def home() -> str:
    """The address of this installation, as accounts name it."""
    return get_settings().public_url.rstrip("/")


def authority_of(name: str, key: str) -> Json:
    """The agent that answers for what a client has written."""
    return {"objectType": "Agent", "name": name, "account": {"homePage": f"{home()}/xapi", "name": key}}


def own_authority() -> Json:
    """The agent that answers for what classes have become."""
    return authority_of("Lyceum", "lyceum")


def authority_key(agent: Json) -> str:
    """The key of the client whose authority an agent is; "" for any other agent."""
    account = agent.get("account")
    is_ours = type(account) is dict and account.get("homePage") == f"{home()}/xapi"
    return str(account.get("name")) if is_ours and type(account) is dict else ""
