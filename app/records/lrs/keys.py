"""Keys: what agents and activities are called in the index. A key is half a SHA-256, kept as a UUID.

The same words make the same key in every process, so that nothing needs to be looked up, or locked, to store a
statement. The migration that indexed the first statements makes the same keys in SQL.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from pydantic import JsonValue

from app.records.lrs.shapes import PLACES
from app.records.lrs.values import Json


@lru_cache(maxsize=50_000)
def key_of(words: str) -> UUID:
    """The key of some words."""
    return UUID(bytes=sha256(words.encode()).digest()[:16])


def activity_key(iri: str) -> UUID:
    """The key of an activity."""
    return key_of(f"activity {iri}")


def identifier(agent: Json) -> str:
    """What makes an agent or group who it is, as words; "" for a group without an identifier."""
    account = agent.get("account")
    if type(account) is dict:
        return f"account {account.get('homePage')} {account.get('name')}"
    for name in ("mbox", "mbox_sha1sum", "openid"):
        if name in agent:
            return f"{name} {agent[name]}"
    return ""


def agent_key(agent: Json) -> UUID:
    """The key of an agent or of a group that has an identifier."""
    return key_of(f"agent {identifier(agent)}")


def links(statement: Json) -> tuple[list[UUID], list[UUID]]:
    """Whom and what a statement is about, and whom and what it merely touches: keys, each in one of the two lists.

    The first are found by the filters `agent` and `activity`, both by `related_agents` and `related_activities`.
    """
    direct = set(_own_links(statement))
    related = set(_further_links(statement)) - direct
    return list(direct), list(related)


def _own_links(statement: Json) -> Iterator[UUID]:
    yield from _who(statement.get("actor"))
    thing = statement.get("object")
    if type(thing) is dict:
        kind = thing.get("objectType", "Activity")
        if kind == "Activity":
            yield activity_key(str(thing["id"]))
        elif kind in ("Agent", "Group"):
            yield from _who(thing)


def _further_links(statement: Json) -> Iterator[UUID]:
    context = statement.get("context")
    if type(context) is dict:
        yield from _of_context(context)
    inner = statement.get("object")
    if type(inner) is dict and inner.get("objectType") == "SubStatement":
        yield from _own_links(inner)
        yield from _further_links(inner)


def _of_context(context: Json) -> Iterator[UUID]:
    yield from _who(context.get("instructor"))
    yield from _who(context.get("team"))
    for name, inside in (("contextAgents", "agent"), ("contextGroups", "group")):
        for one in _several(context.get(name)):
            yield from _who(one.get(inside))
    places = context.get("contextActivities")
    if type(places) is dict:
        for place in PLACES:
            for activity in _several(places.get(place)):
                yield activity_key(str(activity["id"]))


def _who(agent: JsonValue) -> Iterator[UUID]:
    """An agent, or a group with its members."""
    if type(agent) is dict:
        if identifier(agent):
            yield agent_key(agent)
        for member in _several(agent.get("member")):
            yield agent_key(member)


def _several(value: JsonValue) -> Iterable[Json]:
    """The objects in an array; one that stands alone; nothing."""
    if type(value) is list:
        return [one for one in value if type(one) is dict]
    return [value] if type(value) is dict else []


def activities(statement: Json) -> Iterator[Json]:
    """Every activity of a statement, where it stands, also those of a statement within."""
    thing = statement.get("object")
    if type(thing) is dict:
        if thing.get("objectType", "Activity") == "Activity":
            yield thing
        elif thing["objectType"] == "SubStatement":
            yield from activities(thing)
    context = statement.get("context")
    places = context.get("contextActivities") if type(context) is dict else None
    for place in PLACES if type(places) is dict else ():
        yield from _several(places.get(place))  # type: ignore[union-attr]


def agents(statement: Json) -> Iterator[Json]:
    """Every agent and group of a statement, where it stands, members after their group."""
    context = statement.get("context")
    held: Json = context if type(context) is dict else {}
    listed = [one.get(name) for name in ("agent", "group") for one in _several(held.get(f"context{name.title()}s"))]
    for agent in (statement.get("actor"), held.get("instructor"), held.get("team"), *listed):
        yield from _with_members(agent)
    thing = statement.get("object")
    if type(thing) is dict and thing.get("objectType") in ("Agent", "Group"):
        yield from _with_members(thing)
    elif type(thing) is dict and thing.get("objectType") == "SubStatement":
        yield from agents(thing)


def _with_members(agent: JsonValue) -> Iterator[Json]:
    if type(agent) is dict:
        yield agent
        yield from _several(agent.get("member"))
