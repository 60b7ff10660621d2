"""What is known of an agent or an activity, gathered from statements when somebody asks."""

from collections.abc import Iterator
from uuid import UUID

import orjson
from pydantic import JsonValue
from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from app.records.lrs import keys
from app.records.lrs.credentials import need
from app.records.lrs.models import StatementLink
from app.records.lrs.querying import visible
from app.records.lrs.schema import Client, Scope
from app.records.lrs.shapes import IDENTIFIERS
from app.records.lrs.telling import definitions, merged
from app.records.lrs.values import Json
from app.records.models import StatementRow

NEWEST = 100
"""Statements in which names and definitions are looked for."""
_READING = (Scope.ALL_READ, Scope.READ, Scope.READ_MINE, Scope.PROFILE, Scope.STATE)


def person_of(session: Session, client: Client, agent: Json) -> Json:
    """The Person of an agent: its identifier, and every name it has in the newest statements that the client sees."""
    need(client, *_READING)
    key = keys.agent_key(agent)
    names = [agent["name"]] if "name" in agent else []
    for statement in _newest(session, client, key):
        for one in keys.agents(statement):
            if "name" in one and keys.identifier(one) and keys.agent_key(one) == key and one["name"] not in names:
                names.append(one["name"])
    person: Json = {"objectType": "Person"}
    if names:
        person["name"] = names
    person.update({name: [agent[name]] for name in IDENTIFIERS if name in agent})
    return person


def activity_of(session: Session, client: Client, iri: str) -> Json:
    """The full activity, with all that is known of its definition."""
    need(client, *_READING)
    told: Json = {"objectType": "Activity", "id": iri}
    key = keys.activity_key(iri)
    definition: JsonValue = definitions(session, [told]).get(key) or _told_by_statements(session, client, key, iri)
    if definition:
        told["definition"] = definition
    return told


def _told_by_statements(session: Session, client: Client, key: UUID, iri: str) -> Json:
    """What classes say of an activity stands in their statements alone."""
    known: Json = {}
    for statement in _newest(session, client, key):
        for one in keys.activities(statement):
            definition = one.get("definition")
            if one.get("id") == iri and type(definition) is dict:
                known = merged(definition, known)
    return known


def _newest(session: Session, client: Client, key: UUID) -> Iterator[Json]:
    query = (
        select(cast(StatementRow.document, Text))
        .join(StatementLink, StatementLink.statement_id == StatementRow.id)
        .where(StatementLink.key == key, *visible(client))
        .order_by(StatementLink.stored_at.desc())
        .limit(NEWEST)
    )
    for document in session.scalars(query):
        yield orjson.loads(document)
