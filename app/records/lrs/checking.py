"""Statements of the two versions of the standard, checked: `check` raises Flaw with the way to what is wrong."""

import re

from pydantic import JsonValue

from app.records.lrs import shapes, values
from app.records.lrs.shapes import VOIDED, Check, Shape, kind_of
from app.records.lrs.values import Flaw, Json

ONE, TWO = "1.0.3", "2.0.0"
_VERSION = re.compile(r"1\.0(\.\d+)?|2\.0(\.\d+)?")


def _version(value: JsonValue) -> None:
    if type(value) is not str or not _VERSION.fullmatch(value):
        raise Flaw("must be 1.0.x or 2.0.x.")


def _about_activities(statement: Json) -> None:
    context = statement.get("context")
    if type(context) is dict and kind_of(statement.get("object"), "Activity") != "Activity":
        for name in ("revision", "platform"):
            if name in context:
                raise Flaw("only a statement about an activity has it.").within(name).within("context")


def _voids_rightly(statement: Json) -> None:
    verb, thing = statement.get("verb"), statement.get("object")
    if type(verb) is dict and verb.get("id") == VOIDED and kind_of(thing, "Activity") != "StatementRef":
        raise Flaw("a voiding statement names the voided one by a StatementRef.").within("object")


def _objects(*kinds: tuple[str, Check]) -> Check:
    known = dict(kinds)

    def of(value: JsonValue) -> None:
        check = known.get(kind_of(value, "Activity"))
        if check is None:
            raise Flaw(f"must be one of: {', '.join(known)}.").within("objectType")
        check(value)

    return of


def _statement(context: Shape) -> Shape:
    """The shape of a statement whose contexts have this shape, and in it that of a statement within a statement."""
    simple = (
        ("Activity", shapes.activity),
        ("Agent", shapes.agent),
        ("Group", shapes.group),
        ("StatementRef", shapes.reference),
    )
    said: dict[str, Check] = {"actor": shapes.actor, "verb": shapes.verb}
    more: dict[str, Check] = {
        "result": shapes.result,
        "context": context,
        "timestamp": values.timestamp,
        "attachments": shapes.listed(shapes.attachment),
    }
    inner = Shape(
        "a statement within a statement",
        {"objectType": shapes.one_of("SubStatement"), **said, "object": _objects(*simple)},
        more,
        _about_activities,
    )
    own: dict[str, Check] = {
        "id": values.uuid,
        "stored": values.timestamp,
        "authority": shapes.authority,
        "version": _version,
    }
    return Shape(
        "a statement",
        {**said, "object": _objects(*simple, ("SubStatement", inner))},
        {**own, **more},
        _about_activities,
        _voids_rightly,
    )


_SHAPES = {ONE: _statement(shapes.context_of_one), TWO: _statement(shapes.context_of_two)}


def check(statement: JsonValue, version: str) -> Json:
    """The statement, known to be right under version ONE or TWO. Raises Flaw."""
    _SHAPES[version](statement)
    if type(statement) is not dict:
        raise Flaw("must be an object.")
    return statement
