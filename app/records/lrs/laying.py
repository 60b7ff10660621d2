"""Storing rows: statements with their links, in one command that never waits for another writer in a circle.

Rows are laid down in the order of their ids, so that two batches with ids in common queue up; links are a statement's
own, and definitions are only added. Nothing that two writers share is ever changed.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import orjson
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from app.records.lrs import keys
from app.records.lrs.models import StatementLink
from app.records.lrs.schema import NewStatement
from app.records.lrs.values import Json
from app.records.models import StatementRow
from app.records.schema import Statement

_COLUMNS = "id, course_id, class_id, seq, person_id, credential_id, verb, registration, target, voids, document"
_LAY = text(f"""
WITH given AS MATERIALIZED (
    SELECT one.*, statement_timestamp() + one.n * interval '1 microsecond' AS stored_at
    FROM json_to_recordset(CAST(:rows AS json)) AS one (
        n int, id uuid, course_id uuid, class_id uuid, seq int, person_id uuid, credential_id uuid, verb text,
        at timestamptz, registration uuid, target uuid, voids uuid, document jsonb, direct uuid[], related uuid[])
), laid AS (
    INSERT INTO statement ({_COLUMNS}, at, stored_at)
    SELECT {_COLUMNS}, coalesce(at, stored_at), stored_at FROM given ORDER BY id
    ON CONFLICT (id) DO NOTHING RETURNING id
), linked AS (
    INSERT INTO statement_link (key, direct, stored_at, statement_id)
    SELECT one.key, one.direct, given.stored_at, given.id
    FROM given JOIN laid USING (id), LATERAL (
        SELECT unnest(given.direct) AS key, true AS direct UNION ALL SELECT unnest(given.related), false) AS one
    ORDER BY 1
)
SELECT id FROM laid
""")
_REFER = text("""
INSERT INTO statement_reference (statement_id, target_id)
SELECT DISTINCT one.id, other.id
FROM (SELECT CAST(:id AS uuid) AS id UNION SELECT statement_id FROM statement_reference WHERE target_id = :id) AS one,
     (SELECT CAST(:target AS uuid) AS id UNION
      SELECT target_id FROM statement_reference WHERE statement_id = :target) AS other
WHERE one.id <> other.id
ORDER BY 1, 2 ON CONFLICT DO NOTHING
""")
_DEFINE = text("""
INSERT INTO activity_definition (key, digest, definition, stored_at)
SELECT key, digest, definition, statement_timestamp()
FROM json_to_recordset(CAST(:rows AS json)) AS one (key uuid, digest uuid, definition jsonb)
ORDER BY key, digest ON CONFLICT DO NOTHING
""")


def row_of(
    statement: Statement,
    registration: UUID,
    course_id: UUID,
    person_id: UUID | None,
    class_id: UUID | None = None,
    seq: int | None = None,
) -> NewStatement:
    """A statement of ours as a row with its keys."""
    document = statement.document()
    direct, related = keys.links(document)
    return NewStatement(
        id=statement.id,
        verb=statement.verb.id,
        document=document,
        direct=direct,
        related=related,
        at=statement.timestamp,
        registration=registration,
        course_id=course_id,
        class_id=class_id,
        seq=seq,
        person_id=person_id,
    )


def lay(session: Session, rows: Sequence[NewStatement]) -> set[UUID]:
    """Store statements, those whose id is there already left out; the ids of the new ones.

    The transaction must have its number before (`pg_current_xact_id`, or any change): Consistent-Through trusts that
    whoever stores is seen doing so from before the time that the statements carry.
    """
    for at, row in enumerate(rows):
        row.n = at
    new = set(session.scalars(_LAY, {"rows": orjson.dumps(rows).decode()}))
    for row in rows:
        if row.target and row.id in new:
            session.execute(_REFER, {"id": row.id, "target": row.target})
    return new


def define(session: Session, activities: Iterable[Json]) -> None:
    """Keep the definitions that activities were given."""
    found: dict[tuple[UUID, UUID], Json] = {}
    for activity in activities:
        definition = activity.get("definition")
        if type(definition) is dict and definition:
            words = orjson.dumps(definition, option=orjson.OPT_SORT_KEYS).decode()
            found[keys.activity_key(str(activity["id"])), keys.key_of(words)] = definition
    if found:
        rows = [{"key": key, "digest": digest, "definition": held} for (key, digest), held in found.items()]
        session.execute(_DEFINE, {"rows": orjson.dumps(rows).decode()})


def relay(session: Session, rows: Sequence[NewStatement]) -> set[UUID]:
    """Store statements over what their ids had before; the ids of those that are new or differ.

    One that differs keeps its time and is linked anew; one that is the same is left alone.
    """
    new = lay(session, rows)
    known = select(StatementRow).where(StatementRow.id.in_([row.id for row in rows if row.id not in new]))
    held = {row.id: row for row in session.scalars(known)}
    changed = [row for row in rows if row.id in held and held[row.id].document != _as_stored(row.document)]
    unlink(session, [row.id for row in changed])
    for row in changed:
        _change(session, held[row.id], row)
    return new | {row.id for row in changed}


def _as_stored(document: Json) -> Json:
    read: Json = orjson.loads(orjson.dumps(document))
    return read


def _change(session: Session, old: StatementRow, row: NewStatement) -> None:
    old.document, old.verb, old.person_id, old.registration = row.document, row.verb, row.person_id, row.registration
    old.at = row.at or old.at
    links = [(key, True) for key in row.direct] + [(key, False) for key in row.related]
    for key, direct in links:
        session.add(StatementLink(key=key, direct=direct, stored_at=old.stored_at, statement_id=old.id))


def unlink(session: Session, ids: Sequence[UUID]) -> None:
    """Take statements out of the index; for those whose documents change or go. Reads the whole index, so it is for
    rare acts, many at a time.
    """
    if ids:
        session.execute(delete(StatementLink).where(StatementLink.statement_id.in_(ids)))
