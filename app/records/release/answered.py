"""The xAPI statements of answers as a release may tell them: put together anew from known fields, as those of classes.

An answer's words are in its statement only where the release tells words, and scrubbed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
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
from app.records.release.columns import Row
from app.records.release.scope import Scope
from app.records.release.xapi import HOME, account, activity, reply_of, row_of, type_of, verb_of
from app.records.schema import Activity, Context, ContextActivities, Result, Statement
from app.records.statements import CATEGORY, TYPE, VERB

VERBS = (VERB["answered"], VERB["scored"], VERB["completed"])
PAGE = 1000
GRADERS = ("code", "model", "instructor", "withdrawal")
IN_WORDS = ("fill-in", "long-fill-in")
_PURPOSES = tuple(one.value for one in Purpose)
_DURATION = re.compile(r"PT\d+(?:\.\d+)?S")


@dataclass(frozen=True)
class Stored:
    """A statement as it lies in the database, with its sitting. `item_id` is None for that a test was handed in."""

    id: UUID
    verb: str
    at: datetime
    statement: Statement
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
        found = [_stored(row, person, sitting, paper, course) for row, sitting, paper, course in session.execute(query)]
        return found, component_names(session, {one.item_id for one in found if one.item_id})


def _stored(row: StatementRow, person: UUID, sitting: UUID, paper: UUID, course: UUID) -> Stored:
    given = Statement.model_validate(row.document)
    item = UUID(given.object.id.rsplit("/", 1)[-1]) if type_of(given.object) == TYPE["question"] else None
    return Stored(row.id, row.verb, row.at, given, person, sitting, paper, course, item)


def _told(scope: Scope, one: Stored, components: list[str]) -> Row:
    names = scope.names
    made = Statement(
        id=names.thing("statement", one.id),
        actor=account(scope.pseudonym(one.person_id)),
        verb=verb_of(one.verb),
        object=_item(scope, one, one.item_id) if one.item_id else _test(scope, one),
        result=_result(scope, one.statement),
        context=Context(
            registration=names.thing("sitting", one.sitting_id),
            context_activities=_places(scope, one),
            statement=reply_of(scope, one.statement),
            extensions={EXTENSION + name: value for name, value in _extensions(one, components).items()},
        ),
        timestamp=one.at + scope.shift_of_person(one.person_id),
    )
    result = made.result or Result()
    return {
        **row_of(made),
        "sitting_id": str(made.context.registration),
        "role": "student",
        "scaled": result.score.scaled if result.score else None,
        "success": result.success,
    }


def _item(scope: Scope, one: Stored, item_id: UUID) -> Activity:
    iri = f"{HOME}/items/{scope.names.thing('item', item_id)}"
    return activity(iri, TYPE["question"], _interaction(one.statement))


def _test(scope: Scope, one: Stored) -> Activity:
    return activity(f"{HOME}/tests/{scope.names.thing('test', one.paper_id)}", TYPE["assessment"])


def _places(scope: Scope, one: Stored) -> ContextActivities:
    course = activity(f"{HOME}/courses/{scope.names.thing('course', one.course_id)}", TYPE["course"])
    parent = _test(scope, one) if one.item_id else course
    return ContextActivities(parent=[parent], grouping=[course], category=[CATEGORY])


def _interaction(given: Statement) -> str | None:
    kind = given.object.definition.interaction_type if given.object.definition else None
    return kind if kind in INTERACTION.values() else None


def _result(scope: Scope, given: Statement) -> Result | None:
    """What came of it, as far as it is told: marks, success, completion, duration, and words if they are."""
    if given.result is None:
        return None
    known = given.result
    words = scrubbed(scope, known.response or "") if _interaction(given) in IN_WORDS else None
    told = Result(
        score=known.score,
        success=known.success,
        response=words,
        completion=known.completion,
        duration=known.duration if _DURATION.fullmatch(known.duration or "") else None,
    )
    return None if told == Result() else told


def _extensions(one: Stored, components: list[str]) -> dict[str, JsonValue]:
    given = one.statement.context.extensions
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
