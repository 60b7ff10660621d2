"""Whether two statements say the same, by the standard's rules for what may differ.

What the store itself may set or leave out does not count, nor do the words that merely describe (verb display,
activity definitions, names of agents are content and count). Members of a group have no order; one context activity
is the same alone and in an array; times are the same in any zone, durations to a hundredth of a second.
"""

import re

from pydantic import JsonValue

from app.records.lrs import values
from app.records.lrs.keys import identifier
from app.records.lrs.shapes import PLACES
from app.records.lrs.values import Json

_HUNDREDTHS = re.compile(r"([.,]\d\d)\d+(?=S)")
_OWN = ("id", "stored", "authority", "version", "attachments")


def same(one: Json, other: Json) -> bool:
    """Whether two statements of the same id are one."""
    left, right = essence(one), essence(other)
    if "timestamp" not in left or "timestamp" not in right:
        left.pop("timestamp", None)
        right.pop("timestamp", None)
    return left == right


def essence(statement: Json) -> Json:
    """What counts of a statement, in one fixed form."""
    kept = {name: held for name, held in statement.items() if name not in _OWN}
    kept["actor"] = _agent(kept.get("actor"))
    verb = kept.get("verb")
    kept["verb"] = verb.get("id") if type(verb) is dict else None
    kept["object"] = _object(kept.get("object"))
    if type(kept.get("timestamp")) is str:
        kept["timestamp"] = values.moment(kept["timestamp"]).isoformat()
    result = kept.get("result")
    if type(result) is dict and type(result.get("duration")) is str:
        kept["result"] = {**result, "duration": _HUNDREDTHS.sub(r"\1", str(result["duration"]))}
    if type(kept.get("context")) is dict:
        kept["context"] = _context(kept["context"])
    return kept


def _object(thing: JsonValue) -> JsonValue:
    if type(thing) is not dict:
        return thing
    kind = thing.get("objectType", "Activity")
    if kind == "Activity":
        return _activity(thing)
    if kind in ("Agent", "Group"):
        return _agent(thing)
    return essence(thing) if kind == "SubStatement" else _reference(thing)


def _reference(thing: Json) -> Json:
    return {**thing, "id": str(thing.get("id")).lower()}


def _activity(thing: JsonValue) -> JsonValue:
    return f"activity {thing.get('id')}" if type(thing) is dict else thing


def _agent(agent: JsonValue) -> JsonValue:
    if type(agent) is not dict:
        return agent
    members = agent.get("member")
    kept: Json = {"objectType": agent.get("objectType", "Agent"), "is": identifier(agent), "name": agent.get("name")}
    if type(members) is list:
        kept["member"] = sorted((_agent(one) for one in members), key=str)
    return kept


def _context(context: JsonValue) -> JsonValue:
    if type(context) is not dict:
        return context
    kept = dict(context)
    for name in ("instructor", "team"):
        if name in kept:
            kept[name] = _agent(kept[name])
    places = kept.get("contextActivities")
    if type(places) is dict:
        kept["contextActivities"] = {name: _listed(places[name]) for name in PLACES if places.get(name)}
    if type(kept.get("registration")) is str:
        kept["registration"] = str(kept["registration"]).lower()
    return kept


def _listed(value: JsonValue) -> JsonValue:
    held = value if type(value) is list else [value]
    return sorted((_activity(one) for one in held), key=str)
