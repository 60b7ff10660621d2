"""Finding statements. Pages run along the time of storing and the id, so that none is told twice and none is missed."""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import orjson
from pydantic import ValidationError
from sqlalchemy import ColumnElement, select, text
from sqlalchemy.orm import Session

from app.base.errors import Invalid
from app.records.lrs import searching
from app.records.lrs.credentials import authority_of, need, own_authority
from app.records.lrs.models import Attachment, Credential, StatementAttachment
from app.records.lrs.schema import Client, Found, Query, Scope
from app.records.lrs.telling import complete, formatted
from app.records.models import StatementRow

MOST = 100
"""Statements on a page at most, and where no limit is given."""
_THROUGH = text("""
SELECT least(statement_timestamp(), min(xact_start)) FROM pg_stat_activity
WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
""")
_STEADY = text("""
SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_bitmapscan', 'off', true)
""")
"""For this transaction: plan for the very agent or activity that is asked for, and read its links in their order. A
plan for any key, or one made before there are statistics, gathers all links of a popular one and sorts them.
"""
Place = tuple[datetime, UUID]


class _Row(Protocol):
    """A statement as it is read: its document as text, and the name and key of the client that wrote it."""

    id: UUID
    stored_at: datetime
    document: str
    name: str | None
    key: str | None


def consistent_through(session: Session) -> datetime:
    """Everything stored up to this time can be read: no transaction that stores is older."""
    found: datetime = session.scalar(_THROUGH)
    return found - timedelta(microseconds=1)


def find(session: Session, client: Client, query: Query, languages: Sequence[str] = ()) -> Found:
    """A page of statements, the newest first unless `ascending`. Raises Forbidden."""
    need(client, Scope.READ, Scope.READ_MINE, Scope.ALL_READ)
    limit = min(query.limit or MOST, MOST)
    values = {**_values(client, query), "limit": limit + 1}
    session.execute(_STEADY)
    rows: Sequence[_Row] = session.execute(searching.page(_asked(client, query)), values).all()
    after = (rows[limit - 1].stored_at, rows[limit - 1].id) if len(rows) > limit else None
    return _found(session, query, rows[:limit], after, languages)


def find_one(
    session: Session, client: Client, statement_id: UUID, voided: bool, query: Query, languages: Sequence[str] = ()
) -> Found:
    """One statement by its id; an empty page where there is none, or where it is voided and `voided` does not ask for
    such, or the other way round. Raises Forbidden.
    """
    need(client, Scope.READ, Scope.READ_MINE, Scope.ALL_READ)
    asked = _asked(client, query)
    values = {**_values(client, query), "id": statement_id}
    rows: Sequence[_Row] = session.execute(searching.single(voided, asked.course, asked.mine), values).all()
    return _found(session, query, rows, None, languages)


def _asked(client: Client, query: Query) -> searching.Asked:
    def how(key: UUID | None, related: bool) -> str:
        return ("related" if related else "direct") if key else ""

    return searching.Asked(
        agent=how(query.agent, query.related_agents),
        activity=how(query.activity, query.related_activities),
        authority=bool(query.authority),
        verb=bool(query.verb),
        registration=bool(query.registration),
        since=bool(query.since),
        until=bool(query.until),
        after=bool(query.after),
        ascending=query.ascending,
        course=bool(client.course_id),
        mine=not client.may(Scope.READ, Scope.ALL_READ),
    )


def _values(client: Client, query: Query) -> dict[str, object]:
    time, last = query.after or (None, None)
    values = {
        "agent": query.agent,
        "activity": query.activity,
        "authority": query.authority,
        "verb": query.verb,
        "registration": query.registration,
        "since": query.since,
        "until": query.until,
        "after_time": time,
        "after_id": last,
        "course": client.course_id,
        "client": client.id,
    }
    return {name: value for name, value in values.items() if value is not None}


def _found(
    session: Session, query: Query, rows: Sequence[_Row], after: Place | None, languages: Sequence[str]
) -> Found:
    told = []
    for row in rows:
        authority = authority_of(row.name, row.key) if row.name and row.key else own_authority()
        told.append(complete(orjson.loads(row.document), row.stored_at, authority))
    formatted(session, told, query.format, languages)
    files = _files(session, [row.id for row in rows]) if query.attachments else {}
    return Found(told, after, files, max((row.stored_at for row in rows), default=None))


def _files(session: Session, ids: list[UUID]) -> dict[str, bytes]:
    query = (
        select(Attachment.sha2, Attachment.content)
        .join(StatementAttachment, StatementAttachment.sha2 == Attachment.sha2)
        .where(StatementAttachment.statement_id.in_(ids))
    )
    return dict(session.execute(query).all())


def visible(client: Client) -> list[ColumnElement[bool]]:
    """Conditions on statements: what a client may see. Voided ones are among them."""
    conditions: list[ColumnElement[bool]] = []
    if client.course_id:
        conditions.append(StatementRow.course_id == client.course_id)
    if not client.may(Scope.READ, Scope.ALL_READ):
        conditions.append(StatementRow.credential_id == client.id)
    return conditions


def authority_id(session: Session, key: str) -> UUID | None:
    """The client whose key this is, revoked or not."""
    return session.scalar(select(Credential.id).where(Credential.key == key))


def token_of(query: Query, after: Place) -> str:
    """The rest of a query as a word for an address. It grants nothing: who follows it is asked who they are."""
    words = query.model_copy(update={"after": after}).model_dump_json(exclude_defaults=True)
    return base64.urlsafe_b64encode(words.encode()).decode().rstrip("=")


def query_of(token: str) -> Query:
    """The query of such a word. Raises Invalid."""
    try:
        return Query.model_validate_json(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, ValidationError) as error:
        raise Invalid("This address of further statements is not whole; ask again from the beginning.") from error
