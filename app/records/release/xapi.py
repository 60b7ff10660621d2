"""An xAPI statement as a release may tell it: put together anew from known fields, so that nothing unknown slips in."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import JsonValue

from app.classroom.schema import AGENTS, Intent, Kind, Mode, TutorAction, Verdict
from app.records.profile import EXTENSION
from app.records.release.columns import Row, Value
from app.records.release.logs import CAUSES, HIDDEN_INTENTS
from app.records.release.scope import ClassRow, Scope
from app.records.statements import CATEGORY, RESPONDED, TYPE, VERBS, plain

HOME = "https://lyceum.example/release"
"""The home page of pseudonyms: a name, not an address."""
KNOWN_VERBS = frozenset(VERBS.values()) | {RESPONDED}
PROFILE = CATEGORY.model_dump(mode="json", by_alias=True, exclude_none=True)
NAMED = {iri: name for name, iri in TYPE.items()}
"""What the types of activities are called."""
_ROLES = {voice.value for voice in AGENTS} | {"student", "instructor", "class"}
_WORDS: dict[str, set[str]] = {
    "kind": {kind.value for kind in Kind},
    "role": _ROLES,
    "cause": set(CAUSES),
    "intent": {one.value for one in Intent} - set(HIDDEN_INTENTS),
    "named": {voice.value for voice in AGENTS},
    "verdict": {one.value for one in Verdict},
    "tutor-action": {one.value for one in TutorAction},
    "chosen-by": {"rule", "model", "fallback"},
    "mode": {one.value for one in Mode},
}
"""Extensions that hold one word of a known set."""
_NUMBERS = ("seq", "page", "action", "answers", "pages", "speed", "heard")
_TRUTHS = ("asks", "fallback")
_ALWAYS = ("seq", "kind", "role")


@dataclass(frozen=True)
class Stored:
    """A statement as it lies in the database, with its class."""

    id: UUID
    seq: int
    verb: str
    at: datetime
    document: dict[str, Any]
    row: ClassRow


def told_statement(scope: Scope, stored: Stored, shut: set[int]) -> Row | None:
    """The statement as a row, its `statement` the xAPI document as one line of JSON; None where it may not be told.

    `shut` holds the seqs of the class's events that are not told: a reply to one of them keeps its structure only.
    """
    actor = actor_of(scope, stored.document)
    if actor is None or stored.verb not in KNOWN_VERBS:
        return None
    told = _extensions(stored.document)
    veiled = told.get("answers") in shut
    if veiled:
        told = {name: value for name, value in told.items() if name in _ALWAYS}
    thing = _object(scope, stored)
    at = stored.at + scope.shift_of(stored.row)
    reply = None if veiled else _reply(scope, stored.document)
    completed = None if veiled else _completion(stored.document)
    document = _document(scope, stored, actor, thing, at)
    if completed is not None:
        document["result"] = {"completion": completed}
    context: dict[str, Any] = document["context"]
    if reply:
        context["statement"] = {"objectType": "StatementRef", "id": reply}
    context["extensions"] = {EXTENSION + name: value for name, value in told.items()}
    return _row(document, told, at, completed, reply, veiled)


def _document(
    scope: Scope, stored: Stored, actor: dict[str, str], thing: dict[str, Any], at: datetime
) -> dict[str, Any]:
    lesson, course = (
        scope.names.thing("lesson", stored.row.lesson_id),
        scope.names.thing("course", stored.row.course_id),
    )
    return {
        "id": scope.names.thing("statement", stored.id),
        "actor": {"objectType": "Agent", "account": actor},
        "verb": {"id": stored.verb, "display": {"en": plain(stored.verb)}},
        "object": thing,
        "context": {
            "registration": scope.names.thing("class", stored.row.id),
            "platform": "Lyceum",
            "contextActivities": {
                "parent": [activity(f"{HOME}/lessons/{lesson}", TYPE["lesson"])],
                "grouping": [activity(f"{HOME}/courses/{course}", TYPE["course"])],
                "category": [PROFILE],
            },
        },
        "timestamp": at.isoformat(),
    }


def _row(
    document: dict[str, Any],
    told: dict[str, JsonValue],
    at: datetime,
    completed: bool | None,
    reply: str | None,
    veiled: bool,
) -> Row:
    actor = document["actor"]["account"]["name"]
    kind = document["object"]["definition"]["type"]
    page, seq, role = (told.get(name) for name in ("page", "seq", "role"))
    found: dict[str, Value] = {
        "statement_id": document["id"],
        "class_id": document["context"]["registration"],
        "seq": seq if isinstance(seq, int) else None,
        "at": at,
        "actor": actor,
        "role": role if isinstance(role, str) else None,
        "verb": document["verb"]["display"]["en"],
        "verb_iri": document["verb"]["id"],
        "object_type": NAMED[kind],
        "object_id": document["object"]["id"],
        "page": page if isinstance(page, int) else None,
        "completed": completed,
        "reply_to": reply,
        "reply_withheld": veiled,
        "statement": json.dumps(document, ensure_ascii=False, separators=(",", ":")),
    }
    return found


def actor_of(scope: Scope, document: dict[str, Any]) -> dict[str, str] | None:
    """The account of a person in the release or of an agent; None for anybody else."""
    name = str(document["actor"].get("account", {}).get("name", ""))
    if name.startswith("agent:"):
        return {"homePage": HOME, "name": name} if name[6:] in _ROLES else None
    try:
        person = UUID(name)
    except ValueError:
        return None
    return {"homePage": HOME, "name": scope.pseudonym(person)} if person in scope.roster else None


def _object(scope: Scope, stored: Stored) -> dict[str, Any]:
    """The page, the words or the class that it is about."""
    here = f"{HOME}/classes/{scope.names.thing('class', stored.row.id)}"
    known = str(stored.document["object"].get("definition", {}).get("type", ""))
    kind = next((name for name in ("page", "utterance") if TYPE[name] == known), "class")
    if kind == "page":
        page = stored.document["context"]["extensions"].get(EXTENSION + "page")
        number = page if isinstance(page, int) else 0
        lesson = scope.names.thing("lesson", stored.row.lesson_id)
        return activity(f"{HOME}/lessons/{lesson}#page-{number}", TYPE["page"])
    if kind == "utterance":
        name = scope.names.thing("utterance", stored.document["object"]["id"])
        return activity(f"{here}#{name}", TYPE["utterance"])
    return activity(here, TYPE["class"])


def activity(iri: str, kind: str) -> dict[str, Any]:
    """An activity; its name says what kind of thing it is, as titles are not told."""
    name = NAMED[kind].capitalize()
    return {"objectType": "Activity", "id": iri, "definition": {"type": kind, "name": {"en": name}}}


def _reply(scope: Scope, document: dict[str, Any]) -> str | None:
    found = document["context"].get("statement")
    return scope.names.thing("statement", UUID(found["id"])) if found else None


def _completion(document: dict[str, Any]) -> bool | None:
    found = document.get("result", {}).get("completion")
    return found if isinstance(found, bool) else None


def _extensions(document: dict[str, Any]) -> dict[str, JsonValue]:
    """The extensions that may be told, by their short names, each checked to be what it ought to be."""
    given = document["context"].get("extensions", {})
    found: dict[str, JsonValue] = {}
    for name in ("seq", "kind", "role", *_NUMBERS[1:], *_TRUTHS, *list(_WORDS)[2:]):
        value = given.get(EXTENSION + name)
        number = name in _NUMBERS and isinstance(value, int | float) and not isinstance(value, bool)
        truth = name in _TRUTHS and isinstance(value, bool)
        if number or truth or (isinstance(value, str) and value in _WORDS.get(name, ())):
            found[name] = value
    return found
