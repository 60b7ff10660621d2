"""The xAPI statements of answers as a release may tell them: put together anew from known fields, as those of classes.

An answer's words are in its statement only where the release tells words, and scrubbed.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import and_, select, tuple_

from app.assessment.documents import Purpose
from app.assessment.items import component_names
from app.assessment.models import Paper, Sitting
from app.base.db import unit_of_work
from app.records.answers import INTERACTION
from app.records.models import StatementRow
from app.records.profile import EXTENSION
from app.records.release.answers import scrubbed, sitters, told_sittings
from app.records.release.columns import Row, Value
from app.records.release.scope import Scope
from app.records.release.xapi import HOME, PROFILE, activity, actor_of
from app.records.statements import TYPE, VERB, plain

VERBS = (VERB["answered"], VERB["scored"], VERB["completed"])
PAGE = 1000
GRADERS = ("code", "model", "instructor", "withdrawal")
IN_WORDS = ("fill-in", "long-fill-in")
_PURPOSES = tuple(one.value for one in Purpose)
_DURATION = re.compile(r"PT\d+(?:\.\d+)?S")
_MARKS = ("scaled", "raw", "min", "max")


@dataclass(frozen=True)
class Stored:
    """A statement as it lies in the database, with its sitting. `item_id` is None for that a test was handed in."""

    id: UUID
    verb: str
    at: datetime
    document: dict[str, Any]
    person_id: UUID
    sitting_id: UUID
    paper_id: UUID
    course_id: UUID
    item_id: UUID | None


def answer_statements(scope: Scope) -> Iterator[list[Row]]:
    """The statements of all answers of a release, a learner at a time, each learner's in the order of time."""
    for person in sitters(scope):
        last: Stored | None = None
        while True:
            found, components = _read(scope, person, last)
            if found:
                yield [_told(scope, one, components.get(one.item_id, []) if one.item_id else []) for one in found]
                scope.beat(len(found))
            if len(found) < PAGE:
                break
            last = found[-1]


def _read(scope: Scope, person: UUID, last: Stored | None) -> tuple[list[Stored], dict[UUID, list[str]]]:
    query = (
        select(StatementRow, Sitting.id, Paper.id, Paper.course_id)
        .join(Sitting, Sitting.id == StatementRow.registration)
        .join(Paper, Paper.id == Sitting.paper_id)
        .where(
            StatementRow.person_id == person,
            StatementRow.class_id.is_(None),
            StatementRow.credential_id.is_(None),
            StatementRow.verb.in_(VERBS),
            StatementRow.at <= scope.cut,
            and_(Sitting.person_id == person, told_sittings(scope)),
        )
        .order_by(StatementRow.at, StatementRow.id)
        .limit(PAGE)
    )
    if last:
        query = query.where(tuple_(StatementRow.at, StatementRow.id) > (last.at, last.id))
    with unit_of_work() as session:
        found = [
            Stored(row.id, row.verb, row.at, row.document, person, sitting, paper, course, _item(row.document))
            for row, sitting, paper, course in session.execute(query)
        ]
        return found, component_names(session, {one.item_id for one in found if one.item_id})


def _item(document: dict[str, Any]) -> UUID | None:
    """The item that the statement is about."""
    kind = document["object"].get("definition", {}).get("type")
    return UUID(document["object"]["id"].rsplit("/", 1)[-1]) if kind == TYPE["question"] else None


def _told(scope: Scope, one: Stored, components: list[str]) -> Row:
    document = _document(scope, one)
    context: dict[str, Any] = document["context"]
    result = _result(scope, one.document)
    if result:
        document["result"] = result
    if answer := one.document["context"].get("statement"):
        context["statement"] = {"objectType": "StatementRef", "id": scope.names.thing("statement", UUID(answer["id"]))}
    context["extensions"] = {EXTENSION + name: value for name, value in _extensions(one, components).items()}
    return _row(scope, one, document)


def _document(scope: Scope, one: Stored) -> dict[str, Any]:
    names = scope.names
    test = activity(f"{HOME}/tests/{names.thing('test', one.paper_id)}", TYPE["assessment"])
    course = activity(f"{HOME}/courses/{names.thing('course', one.course_id)}", TYPE["course"])
    item = activity(f"{HOME}/items/{names.thing('item', one.item_id)}", TYPE["question"]) if one.item_id else None
    if item and (kind := _interaction(one.document)):
        item["definition"]["interactionType"] = kind
    return {
        "id": names.thing("statement", one.id),
        "actor": {"objectType": "Agent", "account": actor_of(scope, one.document)},
        "verb": {"id": one.verb, "display": {"en": plain(one.verb)}},
        "object": item or test,
        "context": {
            "registration": names.thing("sitting", one.sitting_id),
            "platform": "Lyceum",
            "contextActivities": {"parent": [test if item else course], "grouping": [course], "category": [PROFILE]},
        },
        "timestamp": (one.at + scope.shift_of_person(one.person_id)).isoformat(),
    }


def _interaction(document: dict[str, Any]) -> str | None:
    kind = document["object"].get("definition", {}).get("interactionType")
    return kind if kind in INTERACTION.values() else None


def _result(scope: Scope, document: dict[str, Any]) -> dict[str, JsonValue]:
    """What came of it, as far as it is known and told: marks, success, completion, duration, and words if they are."""
    given = document.get("result") or {}
    found: dict[str, JsonValue] = {}
    score = {name: given.get("score", {}).get(name) for name in _MARKS}
    if all(isinstance(value, int | float) for value in score.values()):
        found["score"] = score
    for name in ("success", "completion"):
        if isinstance(given.get(name), bool):
            found[name] = given[name]
    if _DURATION.fullmatch(str(given.get("duration"))):
        found["duration"] = given["duration"]
    if _interaction(document) in IN_WORDS and (words := scrubbed(scope, str(given.get("response") or ""))):
        found["response"] = words
    return found


def _extensions(one: Stored, components: list[str]) -> dict[str, JsonValue]:
    given = one.document["context"].get("extensions", {})
    version, purpose, grader = (given.get(EXTENSION + name) for name in ("item-version", "purpose", "graded-by"))
    found: dict[str, JsonValue] = {"role": "student"}
    if isinstance(version, int):
        found["item-version"] = version
    if components:
        found["components"] = [*components]
    if purpose in _PURPOSES:
        found["purpose"] = purpose
    if grader in GRADERS:
        found["graded-by"] = grader
    if given.get(EXTENSION + "withdrawn") is True:
        found["withdrawn"] = True
    return found


def _row(scope: Scope, one: Stored, document: dict[str, Any]) -> Row:
    result = document.get("result", {})
    found: dict[str, Value] = {
        "statement_id": document["id"],
        "sitting_id": document["context"]["registration"],
        "at": one.at + scope.shift_of_person(one.person_id),
        "actor": document["actor"]["account"]["name"],
        "role": "student",
        "verb": document["verb"]["display"]["en"],
        "verb_iri": one.verb,
        "object_type": "question" if one.item_id else "assessment",
        "object_id": document["object"]["id"],
        "completed": result.get("completion"),
        "scaled": result.get("score", {}).get("scaled"),
        "success": result.get("success"),
        "reply_to": document["context"].get("statement", {}).get("id"),
        "reply_withheld": False,
        "statement": json.dumps(document, ensure_ascii=False, separators=(",", ":")),
    }
    return found
