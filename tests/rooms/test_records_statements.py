"""Statements: pure, deterministic, and what the standard asks of them."""

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from app.base.text import clean_tree
from app.classroom.schema import Activity, Body, ClassEvent, Kind, Source, Voice
from app.records.profile import profile
from app.records.schema import Statement
from app.records.statements import CATEGORY, LEARNERS, RESPONDED, VERBS, Setting, statement_of

HERE = Setting("http://127.0.0.1:8000", uuid4(), uuid4(), uuid4(), "Biology", uuid4(), "Cells")
ALLOWED = {"id", "actor", "verb", "object", "result", "context", "timestamp"}

JSON_TYPES = {"integer": int, "string": str, "boolean": bool, "number": (int, float), "array": list}


def breaches(document: dict[str, Any]) -> list[str]:
    """What in a statement the published profile does not know, or knows with another type."""
    agreed = profile()
    extensions = {one.iri: one.schema_type for one in agreed.extensions.values()}
    types = {one.iri for one in agreed.types.values()} | {CATEGORY.definition.type if CATEGORY.definition else ""}
    around = document["context"]["contextActivities"]
    found = [] if document["verb"]["id"] in {one.iri for one in agreed.verbs.values()} else [document["verb"]["id"]]
    things = [document["object"], *(one for side in around.values() for one in side)]
    found += [one["definition"]["type"] for one in things if one["definition"]["type"] not in types]
    for iri, value in document["context"]["extensions"].items():
        if iri not in extensions or not isinstance(value, JSON_TYPES[extensions[iri]]):
            found.append(f"{iri} = {value!r}")
    return found + ([] if around["category"][0]["id"] == agreed.iri else ["no category"])


def test_the_profile_is_a_whole_document_without_doubles() -> None:
    document = profile().document()
    assert (document["@context"], document["type"]) == ("https://w3id.org/xapi/profiles/context", "Profile")
    ids = [one["id"] for part in ("concepts", "templates") for one in document[part]]
    assert len(ids) == len(set(ids))
    assert all(is_iri(one) for one in ids)
    assert {one["verb"] for one in document["templates"]} >= {*VERBS.values(), RESPONDED}
    assert all(one["inScheme"] == document["versions"][0]["id"] for one in document["concepts"])
    assert [one for one in document["concepts"] if not one["definition"]["en"]] == []


bodies = st.builds(
    Body,
    text=st.text(max_size=60),
    page=st.integers(0, 9),
    turn=st.none() | st.uuids(),
    action=st.none() | st.integers(0, 9),
    answers=st.none() | st.integers(1, 9),
    asks=st.booleans(),
    cause=st.sampled_from(["", "script", "finished", "left"]),
    sources=st.lists(st.builds(Source, passage_id=st.uuids(), page=st.integers(1, 9), text=st.text(max_size=9))),
    fallback=st.booleans(),
    model=st.sampled_from(["", "stub-model"]),
    activity=st.none() | st.sampled_from(list(Activity)),
)
events = st.builds(
    ClassEvent,
    class_id=st.just(HERE.class_id),
    seq=st.integers(1, 10_000),
    id=st.uuids(),
    at=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    kind=st.sampled_from(list(Kind)),
    voice=st.none() | st.sampled_from(list(Voice)),
    person_id=st.none() | st.just(HERE.person_id),
    body=bodies,
)


def is_iri(text: str) -> bool:
    parts = urlsplit(text)
    return bool(parts.scheme and parts.netloc) and not re.search(r"\s", text)


@given(events, st.none() | st.uuids())
def test_any_event_makes_a_statement_the_standard_accepts(event: ClassEvent, answers: UUID | None) -> None:
    statement = statement_of(event, HERE, answers)
    document = statement.document()
    assert set(document) <= ALLOWED
    assert None not in document.values()
    account = document["actor"]["account"]
    assert is_iri(account["homePage"])
    assert account["name"]
    assert set(document["actor"]) <= {"objectType", "name", "account"}
    assert is_iri(document["verb"]["id"])
    assert is_iri(document["object"]["id"])
    assert is_iri(document["object"]["definition"]["type"])
    assert all(is_iri(key) for key in document["context"]["extensions"])
    assert document["context"]["registration"] == str(HERE.class_id)
    assert datetime.fromisoformat(document["timestamp"]) == event.at
    assert breaches(document) == []
    assert Statement.model_validate(document) == statement


@given(events)
def test_the_same_event_is_the_same_statement(event: ClassEvent) -> None:
    one, two = (statement_of(event, HERE, None) for _ in range(2))
    assert json.dumps(clean_tree(one.document())) == json.dumps(clean_tree(two.document()))


@given(events, events)
def test_two_events_are_two_statements(one: ClassEvent, two: ClassEvent) -> None:
    ids = {statement_of(event, HERE, None).id for event in (one, two)}
    assert len(ids) == len({one.id, two.id})


@given(events)
def test_learners_are_ids_and_agents_say_their_role(event: ClassEvent) -> None:
    account = statement_of(event, HERE, None).actor.account
    if event.kind in LEARNERS or (event.person_id and event.kind in (Kind.TURN, Kind.SAID)):
        assert account.name == str(HERE.person_id)
    else:
        assert account.name == f"agent:{event.voice.value if event.voice else 'class'}"


def test_every_kind_of_event_has_a_verb() -> None:
    assert set(VERBS) == set(Kind)
