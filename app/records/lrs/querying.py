"""Finding statements. Pages run along the time of storing and the id, so that none is told twice and none is missed.

A page is read from one index: that of an agent's or activity's links, or of the statements themselves. Statements
about other statements are found by what they are about, too; those are looked up apart and mixed in.
"""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from pydantic import ValidationError
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    Text,
    cast,
    exists,
    select,
    text,
    tuple_,
    union,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from app.base.errors import Invalid
from app.records.lrs.credentials import authority_of, need, own_authority
from app.records.lrs.models import Attachment, Credential, StatementAttachment, StatementLink, StatementReference
from app.records.lrs.schema import Client, Found, Query, Scope
from app.records.lrs.telling import complete, formatted
from app.records.models import StatementRow

MOST = 100
"""Statements on a page at most, and where no limit is given."""
_THROUGH = text("""
SELECT least(statement_timestamp(), min(xact_start)) FROM pg_stat_activity
WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
""")
Place = tuple[datetime, UUID]


def consistent_through(session: Session) -> datetime:
    """Everything stored up to this time can be read: no transaction that stores is older."""
    found: datetime = session.scalar(_THROUGH)
    return found - timedelta(microseconds=1)


def find(session: Session, client: Client, query: Query, languages: Sequence[str] = ()) -> Found:
    """A page of statements, the newest first unless `ascending`. Raises Forbidden."""
    need(client, Scope.READ, Scope.READ_MINE, Scope.ALL_READ)
    limit = min(query.limit or MOST, MOST)
    page = _page(client, query, limit + 1)
    order = (page.c.stored_at, page.c.id) if query.ascending else (page.c.stored_at.desc(), page.c.id.desc())
    rows = list(
        session.execute(
            _told()
            .add_columns(StatementRow.stored_at, StatementRow.id)
            .join(page, page.c.id == StatementRow.id)
            .order_by(*order)
        )
    )
    after = (rows[limit - 1].stored_at, rows[limit - 1].id) if len(rows) > limit else None
    return _found(session, query, rows[:limit], after, languages)


def find_one(
    session: Session, client: Client, statement_id: UUID, voided: bool, query: Query, languages: Sequence[str] = ()
) -> Found:
    """One statement by its id; an empty page where there is none, or where it is voided and `voided` does not ask for
    such, or the other way round. Raises Forbidden.
    """
    need(client, Scope.READ, Scope.READ_MINE, Scope.ALL_READ)
    own = StatementRow.__table__.alias("own")
    hidden = _is_voided(own)
    seen = select(own.c.id).where(own.c.id == statement_id, hidden if voided else ~hidden, *visible(client, own))
    rows = list(
        session.execute(_told().add_columns(StatementRow.stored_at, StatementRow.id).where(StatementRow.id.in_(seen)))
    )
    return _found(session, query, rows, None, languages)


def _told() -> Select[str, str, str]:
    return select(cast(StatementRow.document, Text).label("document"), Credential.name, Credential.key).outerjoin(
        Credential, Credential.id == StatementRow.credential_id
    )


def _found(session: Session, query: Query, rows: Sequence, after: Place | None, languages: Sequence[str]) -> Found:  # type: ignore[type-arg]
    told = []
    for row in rows:
        authority = authority_of(row.name, row.key) if row.key else own_authority()
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


def _page(client: Client, query: Query, limit: int) -> FromClause:
    """Times and ids of a page."""
    plain = _limited(_matching(client, query), query, limit)
    if not (query.agent or query.authority or query.activity or query.verb or query.registration):
        return plain.subquery("page")
    about = _limited(_about_matching(client, query), query, limit)
    both = union(select(plain.subquery()), select(about.subquery())).subquery()
    order = (both.c.stored_at, both.c.id) if query.ascending else (both.c.stored_at.desc(), both.c.id.desc())
    return select(both).order_by(*order).limit(limit).subquery("page")


def _matching(client: Client, query: Query) -> Select[datetime, UUID]:
    """Statements that match by themselves."""
    row = StatementRow.__table__.alias("own")
    links = _links(query)
    place = links[0] if links else row
    name = "statement_id" if links else "id"
    chosen = select(place.c.stored_at, place.c[name].label("id"))
    if links:
        chosen = chosen.join(row, row.c.id == place.c[name])
        for other in links[1:]:
            met = (other.c.stored_at == place.c.stored_at) & (other.c.statement_id == place.c.statement_id)
            chosen = chosen.join(other, met)
    return chosen.where(*_plain(query, row), ~_is_voided(row), *visible(client, row))


def _about_matching(client: Client, query: Query) -> Select[datetime, UUID]:
    """Statements whose object is one that matches, itself voided or not, or so on from one to the next."""
    row, target = StatementRow.__table__.alias("own"), StatementRow.__table__.alias("target")
    met = (
        exists(StatementReference.statement_id)
        .where(StatementReference.statement_id == row.c.id, StatementReference.target_id == target.c.id)
        .where(*_plain(query, target), *visible(client, target))
    )
    for link in _links(query):
        met = met.where(link.c.statement_id == target.c.id, link.c.stored_at == target.c.stored_at)
    return select(row.c.stored_at, row.c.id).where(
        row.c.target.is_not(None), met, ~_is_voided(row), *visible(client, row)
    )


def _plain(query: Query, row: FromClause) -> list[ColumnElement[bool]]:
    conditions = []
    if query.verb:
        conditions.append(row.c.verb == query.verb)
    if query.registration:
        conditions.append(row.c.registration == query.registration)
    if query.authority:
        conditions.append(row.c.credential_id == query.authority)
    return conditions


def _links(query: Query) -> list[FromClause]:
    """A relation of links for each of agent and activity. Both halves are in order, so that Postgres can merge them."""
    asked = ((query.agent, query.related_agents), (query.activity, query.related_activities))
    return [_links_of(key, related) for key, related in asked if key]


def _links_of(key: UUID, related: bool) -> FromClause:
    def half(direct: bool) -> Select[datetime, UUID]:
        return select(StatementLink.stored_at, StatementLink.statement_id).where(
            StatementLink.key == key, StatementLink.direct.is_(direct)
        )

    halves: Select[datetime, UUID] | CompoundSelect[datetime, UUID] = (
        union_all(half(True), half(False)) if related else half(True)
    )
    return halves.subquery()


def _is_voided(row: FromClause) -> ColumnElement[bool]:
    """Another statement voids it; one that itself voids cannot be voided."""
    voiding = aliased(StatementRow)
    return row.c.voids.is_(None) & exists(voiding.id).where(voiding.voids == row.c.id)


def visible(client: Client, row: FromClause) -> list[ColumnElement[bool]]:
    """What a client may see: all, or its own; of its course where it is bound to one."""
    conditions = []
    if client.course_id:
        conditions.append(row.c.course_id == client.course_id)
    if not client.may(Scope.READ, Scope.ALL_READ):
        conditions.append(row.c.credential_id == client.id)
    return conditions


def _limited(chosen: Select[datetime, UUID], query: Query, limit: int) -> Select[datetime, UUID]:
    stored, own = chosen.selected_columns
    if query.since:
        chosen = chosen.where(stored > query.since)
    if query.until:
        chosen = chosen.where(stored <= query.until)
    if query.after:
        here = tuple_(stored, own)
        chosen = chosen.where(here > query.after if query.ascending else here < query.after)
    order = (stored, own) if query.ascending else (stored.desc(), own.desc())
    return chosen.order_by(*order).limit(limit)


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
