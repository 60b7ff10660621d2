"""Documents of the state, agent profile and activity profile resources: bytes under a name, guarded by ETags."""

from datetime import datetime
from enum import Enum
from hashlib import sha1
from uuid import UUID

import orjson
from pydantic import JsonValue
from sqlalchemy import ColumnElement, delete, select, text
from sqlalchemy.orm import Session

from app.base.db import now
from app.base.errors import AppError, Conflict, NotFound
from app.records.lrs.credentials import need
from app.records.lrs.keys import key_of
from app.records.lrs.models import LrsDocument
from app.records.lrs.schema import Client, Conditions, Document, Scope, Shelf
from app.records.lrs.values import Flaw, Json

STATE, AGENT_PROFILE, ACTIVITY_PROFILE = "state", "agent profile", "activity profile"
JSON = "application/json"
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:place, 7421))")


class Care(Enum):
    """When a request to store a document must say what it expects to find: never, over an existing one, always."""

    NONE = "none"
    EXISTING = "existing"
    ALWAYS = "always"


class Unmet(AppError):
    """The document is not in the state that the request's conditions ask for."""

    status = 412


def _need(client: Client, shelf: Shelf, reads: bool) -> None:
    scope = Scope.STATE if shelf.kind == STATE else Scope.PROFILE
    need(client, scope, *([Scope.ALL_READ] if reads else []))


def _shelf_key(client: Client, shelf: Shelf) -> UUID:
    return key_of(f"shelf {shelf.kind} {client.course_id or ''} {shelf.activity} {shelf.agent}")


def _place(client: Client, shelf: Shelf, name: str) -> UUID:
    return key_of(f"place {_shelf_key(client, shelf)} {shelf.registration or ''} {name}")


def read_document(session: Session, client: Client, shelf: Shelf, name: str) -> Document:
    """One document. Raises NotFound, Forbidden."""
    _need(client, shelf, reads=True)
    row = session.get(LrsDocument, _place(client, shelf, name))
    if row is None:
        raise NotFound("There is no such document.")
    return Document(row.content, row.content_type, row.etag, row.updated_at)


def document_names(session: Session, client: Client, shelf: Shelf, since: datetime | None) -> Document:
    """The names of all documents of a shelf, as a JSON array: of one registration, or of all where none is given."""
    _need(client, shelf, reads=True)
    query = select(LrsDocument.name, LrsDocument.updated_at).where(*_on_shelf(client, shelf))
    if since:
        query = query.where(LrsDocument.updated_at > since)
    rows = list(session.execute(query.order_by(LrsDocument.updated_at, LrsDocument.name)))
    names: list[JsonValue] = list(dict.fromkeys(name for name, _ in rows))
    content = orjson.dumps(names)
    return Document(content, JSON, etag_of(content), rows[-1].updated_at if rows else None)


def _on_shelf(client: Client, shelf: Shelf) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [LrsDocument.shelf == _shelf_key(client, shelf)]
    if shelf.registration:
        conditions.append(LrsDocument.registration == shelf.registration)
    return conditions


def put_document(
    session: Session, client: Client, shelf: Shelf, name: str, given: Document, conditions: Conditions, care: Care
) -> None:
    """Store a document over what was there. Raises Flaw, Unmet, Conflict, Forbidden."""
    row = _locked(session, client, shelf, name)
    if not (conditions.match or conditions.none_match):
        if row and care is not Care.NONE:
            raise Conflict("This document exists. Read it first, and send its ETag as If-Match to replace it.")
        if care is Care.ALWAYS:
            raise Flaw("Send If-None-Match: * for a new document, or If-Match with the ETag of the one to replace.")
    _meets(row, conditions)
    _store(session, client, shelf, name, row, given)


def post_document(
    session: Session, client: Client, shelf: Shelf, name: str, given: Document, conditions: Conditions
) -> None:
    """Store a document; where one is there, and both are JSON objects, join them, the new properties over the old.
    Raises Flaw, Unmet, Forbidden.
    """
    row = _locked(session, client, shelf, name)
    _meets(row, conditions)
    if row is not None:
        old, new = _object(row.content, row.content_type), _object(given.content, given.content_type)
        given = Document(orjson.dumps({**old, **new}), given.content_type)
    elif _is_json(given.content_type):
        _object(given.content, given.content_type)
    _store(session, client, shelf, name, row, given)


def delete_document(session: Session, client: Client, shelf: Shelf, name: str, conditions: Conditions) -> None:
    """Delete a document, if it is there. Raises Unmet, Forbidden."""
    row = _locked(session, client, shelf, name)
    _meets(row, conditions)
    if row is not None:
        session.delete(row)


def delete_documents(session: Session, client: Client, shelf: Shelf) -> None:
    """Delete all documents of a shelf, of one registration or of all. Raises Forbidden."""
    _need(client, shelf, reads=False)
    session.execute(delete(LrsDocument).where(*_on_shelf(client, shelf)))


def _locked(session: Session, client: Client, shelf: Shelf, name: str) -> LrsDocument | None:
    """The document, if any, with nobody else at its place until the transaction ends."""
    _need(client, shelf, reads=False)
    place = _place(client, shelf, name)
    session.execute(_LOCK, {"place": str(place)})
    return session.get(LrsDocument, place)


def _meets(row: LrsDocument | None, conditions: Conditions) -> None:
    if conditions.match and (row is None or not _names(conditions.match, row.etag)):
        raise Unmet("The document is no longer the one that If-Match names. Read it again.")
    if conditions.none_match and row is not None and _names(conditions.none_match, row.etag):
        raise Unmet("There is a document already, and If-None-Match asks for none.")


def _names(header: str, etag: str) -> bool:
    given = [word.strip().removeprefix("W/").strip('"') for word in header.split(",")]
    return "*" in given or etag in given


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == JSON


def _object(content: bytes, content_type: str) -> Json:
    if not _is_json(content_type):
        raise Flaw("Two documents are joined only where both have the type application/json.")
    try:
        held = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise Flaw(f"The document is not JSON: {error}.") from error
    if type(held) is not dict:
        raise Flaw("Two documents are joined only where both are JSON objects.")
    return held


def _store(session: Session, client: Client, shelf: Shelf, name: str, row: LrsDocument | None, given: Document) -> None:
    if row is None:
        row = LrsDocument(
            place=_place(client, shelf, name),
            shelf=_shelf_key(client, shelf),
            agent=key_of(f"agent {shelf.agent}") if shelf.agent else None,
            registration=shelf.registration,
            name=name,
        )
        session.add(row)
    row.content, row.content_type = given.content, given.content_type
    row.etag, row.updated_at = etag_of(given.content), now()


def etag_of(content: bytes) -> str:
    """The ETag of some bytes, without its quotes: their SHA-1, as the first version of the standard wants it."""
    return sha1(content, usedforsecurity=False).hexdigest()
