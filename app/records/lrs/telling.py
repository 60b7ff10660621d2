"""Statements as they are told: whole, by ids alone, or in the reader's language with what is known of activities."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.records.lrs import keys
from app.records.lrs.models import ActivityDefinition
from app.records.lrs.schema import Format
from app.records.lrs.shapes import IDENTIFIERS
from app.records.lrs.values import Json, written

_MAPS = ("name", "description")
_LISTS = ("choices", "scale", "source", "target", "steps")


def complete(document: Json, stored: datetime, authority: Json) -> Json:
    """A stored document with what the store itself says of it."""
    told = dict(document)
    told.setdefault("version", "1.0.0")
    told.setdefault("timestamp", written(stored))
    told["stored"] = written(stored)
    told["authority"] = authority
    return told


def formatted(session: Session, statements: Sequence[Json], wanted: Format, languages: Sequence[str]) -> None:
    """Put statements into a format, in place. `languages` are the reader's, the dearest first."""
    if wanted is Format.IDS:
        for one in statements:
            _ids_only(one)
    elif wanted is Format.CANONICAL:
        known = definitions(session, (held for one in statements for held in keys.activities(one)))
        for one in statements:
            _canonical(one, known, languages)


def _ids_only(statement: Json) -> None:
    for agent in list(keys.agents(statement)):
        kept = {name: agent[name] for name in ("objectType", "member", *IDENTIFIERS) if name in agent}
        if keys.identifier(agent):
            kept.pop("member", None)
        _become(agent, kept)
    for activity in keys.activities(statement):
        _become(activity, {"id": activity["id"]})
    for verb in _verbs(statement):
        _become(verb, {"id": verb["id"]})


def _become(held: Json, kept: Json) -> None:
    held.clear()
    held.update(kept)


def _verbs(statement: Json) -> Iterable[Json]:
    for one in (statement, statement.get("object")):
        verb = one.get("verb") if type(one) is dict else None
        if type(verb) is dict:
            yield verb


def definitions(session: Session, activities: Iterable[Json]) -> dict[UUID, Json]:
    """What is known of activities, by key: all definitions they were given, the later over the earlier."""
    wanted = {keys.activity_key(str(one["id"])) for one in activities}
    query = (
        select(ActivityDefinition.key, ActivityDefinition.definition)
        .where(ActivityDefinition.key.in_(wanted))
        .order_by(ActivityDefinition.stored_at)
    )
    found: dict[UUID, Json] = {}
    for key, definition in session.execute(query) if wanted else ():
        found[key] = merged(found.get(key, {}), definition)
    return found


def merged(old: Json, new: Json) -> Json:
    """A definition with another over it; languages and extensions are joined."""
    joined = dict(old)
    for name, held in new.items():
        before = old.get(name)
        if name in (*_MAPS, "extensions") and type(before) is dict and type(held) is dict:
            joined[name] = {**before, **held}
        else:
            joined[name] = held
    return joined


def _canonical(statement: Json, known: dict[UUID, Json], languages: Sequence[str]) -> None:
    for activity in keys.activities(statement):
        definition = known.get(keys.activity_key(str(activity["id"])))
        own = activity.get("definition")
        if definition or type(own) is dict:
            activity["definition"] = _in_language(definition or own, languages)
    for verb in _verbs(statement):
        if "display" in verb:
            verb["display"] = one_language(verb["display"], languages)
    for attachment in _attachments(statement):
        for name in ("display", "description"):
            if name in attachment:
                attachment[name] = one_language(attachment[name], languages)


def _attachments(statement: Json) -> list[Json]:
    held = statement.get("attachments")
    return [one for one in held if type(one) is dict] if type(held) is list else []


def _in_language(definition: JsonValue, languages: Sequence[str]) -> JsonValue:
    if type(definition) is not dict:
        return definition
    told = dict(definition)
    for name in _MAPS:
        if name in told:
            told[name] = one_language(told[name], languages)
    for name in _LISTS:
        parts = told.get(name)
        if type(parts) is list:
            told[name] = [_in_language(part, languages) for part in parts]
    return told


def one_language(held: JsonValue, languages: Sequence[str]) -> JsonValue:
    """A language map cut down to the one entry that suits the reader best."""
    if type(held) is not dict or len(held) < 2:
        return held
    known = {tag.lower(): tag for tag in held}
    for wanted in languages:
        close = (tag for low, tag in known.items() if low.startswith(f"{wanted}-") or wanted.startswith(f"{low}-"))
        tag = known.get(wanted) or next(close, "")
        if tag:
            return {tag: held[tag]}
    tag = "und" if "und" in held else next(iter(held))
    return {tag: held[tag]}
