"""Statements written by a client: checked all, then stored all or none."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

import orjson
from pydantic import JsonValue
from sqlalchemy import Text, cast, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.base.errors import Conflict
from app.records.lrs import keys, values
from app.records.lrs.checking import TWO, check
from app.records.lrs.credentials import Forbidden, need
from app.records.lrs.laying import define, lay
from app.records.lrs.models import Attachment, StatementAttachment
from app.records.lrs.sameness import same
from app.records.lrs.schema import Client, NewStatement, Scope
from app.records.lrs.shapes import PLACES, VOIDED
from app.records.lrs.signing import check_signatures
from app.records.lrs.values import Flaw, Json
from app.records.models import StatementRow


def write(
    session: Session, client: Client, statements: Sequence[JsonValue], version: str, files: dict[str, bytes] | None
) -> list[str]:
    """Store statements and return their ids, in their order.

    `files` are the parts that came with them, by SHA-2 in lower case; None where the request could have none. Raises
    Flaw for a statement that is not right, Conflict where an id is taken by another statement, Forbidden.
    """
    need(client, Scope.WRITE)
    checked = [_checked(one, version, at, len(statements)) for at, one in enumerate(statements)]
    parts = _match_files(checked, files)
    for one in checked:
        check_signatures(one, files or {}, version)
    rows = [_row(one, client, version) for one in checked]
    if len({row.id for row in rows}) < len(rows):
        raise Flaw("two statements of this batch have the same id.")
    _may_void(session, client, rows)
    new = lay(session, rows)
    _compare(session, [row for row in rows if row.id not in new])
    _keep_files(session, [(row.id, sha2) for row, own in zip(rows, parts, strict=True) for sha2 in own], files or {})
    if client.may(Scope.DEFINE):
        define(session, (one for row in rows if row.id in new for one in keys.activities(row.document)))
    return [str(row.document["id"]) for row in rows]


def _checked(statement: JsonValue, version: str, at: int, of: int) -> Json:
    try:
        return check(statement, version)
    except Flaw as flaw:
        if of > 1:
            flaw.within(str(at))
        raise


def _row(statement: Json, client: Client, version: str) -> NewStatement:
    """The statement as it is kept: with an id and a version, its context activities in arrays, without what the store
    tells itself.
    """
    held = {name: value for name, value in statement.items() if name not in ("stored", "authority")}
    held.setdefault("id", str(uuid4()))
    held.setdefault("version", "1.0.0" if version != TWO else TWO)
    _in_arrays(held)
    if version == TWO:
        _all_in_utc(held)
    direct, related = keys.links(held)
    verb, thing = str(_of(held, "verb")["id"]), _of(held, "object")
    target = UUID(str(thing["id"])) if thing.get("objectType") == "StatementRef" else None
    registration = _of(held, "context").get("registration")
    return NewStatement(
        id=UUID(str(held["id"])),
        verb=verb,
        document=held,
        direct=direct,
        related=related,
        at=_at(held.get("timestamp")),
        registration=UUID(str(registration)) if registration else None,
        target=target,
        voids=target if verb == VOIDED else None,
        course_id=client.course_id,
        credential_id=client.id,
    )


def _of(held: Json, name: str) -> Json:
    value = held.get(name)
    return value if type(value) is dict else {}


def _at(value: JsonValue) -> datetime | None:
    return values.moment(value) if value else None


def _in_arrays(held: Json) -> None:
    places = _of(_of(held, "context"), "contextActivities")
    for place in PLACES:
        if type(places.get(place)) is dict:
            places[place] = [places[place]]
    inner = _of(held, "object")
    if inner.get("objectType") == "SubStatement":
        _in_arrays(inner)


def _all_in_utc(held: Json) -> None:
    for one in (held, _of(held, "object")):
        if type(one.get("timestamp")) is str:
            one["timestamp"] = values.in_utc(str(one["timestamp"]))


def _match_files(statements: Sequence[Json], files: dict[str, bytes] | None) -> list[list[str]]:
    """Which parts belong to which statement. Each attachment has a part or an address, each part an attachment.

    The hash decides: clients that count other bytes than they send (the conformance suite does) are not refused.
    """
    found = []
    for statement in statements:
        own = []
        for one in _attachments(statement):
            sha2 = str(one["sha2"]).lower()
            if sha2 in (files or {}):
                own.append(sha2)
            elif "fileUrl" not in one:
                raise Flaw("has neither a part of the request with this hash nor a fileUrl.").within("attachments")
        found.append(sorted(set(own)))
    if strange := set(files or {}) - {sha2 for own in found for sha2 in own}:
        raise Flaw(f"no statement has an attachment with the hash {min(strange)}.")
    return found


def _attachments(statement: Json) -> list[Json]:
    """The attachments of a statement, and those of a statement within."""
    found: list[Json] = []
    for one in (statement, _of(statement, "object")):
        held = one.get("attachments")
        found += [each for each in held if type(each) is dict] if type(held) is list else []
    return found


def _may_void(session: Session, client: Client, rows: Sequence[NewStatement]) -> None:
    """Only its own statements may a client void, unless it may do all; then those of its course, or any."""
    targets = [row.voids for row in rows if row.voids]
    if not targets or (client.may(Scope.ALL) and not client.course_id):
        return
    known = session.execute(
        select(StatementRow.credential_id, StatementRow.course_id).where(StatementRow.id.in_(targets))
    )
    for owner, course_id in known:
        if owner != client.id and not (client.may(Scope.ALL) and course_id == client.course_id):
            raise Forbidden("A client may void only what it has written itself.")


def _compare(session: Session, rows: Sequence[NewStatement]) -> None:
    """Ids that were taken: by the same statement, which is well, or by another."""
    if not rows:
        return
    query = select(StatementRow.id, cast(StatementRow.document, Text))
    held = {
        found: orjson.loads(document)
        for found, document in session.execute(query.where(StatementRow.id.in_([row.id for row in rows])))
    }
    for row in rows:
        if row.id not in held or not same(row.document, held[row.id]):
            raise Conflict(f"Another statement has the id {row.id}; nothing of this request was stored.")


def _keep_files(session: Session, owned: list[tuple[UUID, str]], files: dict[str, bytes]) -> None:
    if not owned:
        return
    wanted = sorted({sha2 for _, sha2 in owned})
    contents = [{"sha2": sha2, "content": files[sha2]} for sha2 in wanted]
    session.execute(insert(Attachment).on_conflict_do_nothing(), contents)
    links = [{"statement_id": statement_id, "sha2": sha2} for statement_id, sha2 in sorted(owned)]
    session.execute(insert(StatementAttachment).on_conflict_do_nothing(), links)
