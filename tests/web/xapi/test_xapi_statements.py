"""The statements resource: writing, the answers, and what a stored statement is afterwards, by requirement code."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from xapi_store import GONE, IDA, SAM, THING, Store, statement, within

from app.records.lrs.values import moment

VOIDED = "http://adlnet.gov/expapi/verbs/voided"


def voiding(statement_id: str) -> dict:
    return statement(verb={"id": VOIDED}, object={"objectType": "StatementRef", "id": statement_id}, context=GONE)


def test_00002_numbers_come_back_as_they_were(store: Store) -> None:
    score = {"scaled": 0.12123434, "raw": 12.125, "min": 0.12123434, "max": 45.45}
    assert store.stored(result__score=score)["result"]["score"] == score


@pytest.mark.parametrize(
    "params",
    [
        {"statementId": "wrong"},
        {"voidedStatementId": "wrong"},
        {"agent": "wrong"},
        {"agent": {"name": "nobody in particular"}},
        {"verb": "school.example/verb"},
        {"activity": "school.example/thing"},
        {"registration": "wrong"},
        {"since": "yesterday"},
        {"until": "2031-13-01T00:00:00Z"},
        {"limit": "-1"},
        {"limit": "many"},
        {"ascending": "maybe"},
        {"related_agents": "1"},
        {"attachments": "yes"},
        {"format": "short"},
        {"more": "not-a-token"},
    ],
    ids=str,
)
def test_00012_00006_parameters_are_checked_like_statements(store: Store, params: dict) -> None:
    assert store.get(**params).status_code == 400


def test_00015_text_is_utf8(store: Store) -> None:
    words = {"ja": "出席した", "pa": "ਹਾਜ਼ਰ", "en": "naïve 🦉"}
    assert store.stored(verb__display=words)["verb"]["display"] == words
    reply = store.send(
        "POST",
        "statements",
        content=json.dumps(statement()).encode("utf-16"),
        headers={"Content-Type": "application/json"},
    )
    assert reply.status_code == 400


def test_00016_00018_00019_00021_voiding(store: Store) -> None:
    voided = store.stored()["id"]
    void = voiding(voided)
    assert store.post(void).status_code == 200
    assert store.get(statementId=voided).status_code == 404
    assert store.get(voidedStatementId=voided).json()["id"] == voided
    assert store.post(voiding(void["id"])).status_code == 200
    assert store.get(statementId=void["id"]).status_code == 200, "what voids cannot be voided"
    assert store.get(voidedStatementId=void["id"]).status_code == 404


def test_00018_a_statement_that_comes_after_its_voiding_is_voided(store: Store) -> None:
    sent = statement()
    assert store.post(voiding(sent["id"])).status_code == 200
    assert store.post(sent).status_code == 200
    assert store.get(statementId=sent["id"]).status_code == 404
    assert store.get(voidedStatementId=sent["id"]).status_code == 200


def test_00026_00146_00147_ids_are_given_and_told_in_order(store: Store) -> None:
    named = statement()
    reply = store.post([statement(id=GONE), named, statement(id=GONE)])
    assert reply.status_code == 200
    first, second, third = reply.json()
    assert second == named["id"]
    assert store.get(statementId=first).status_code == store.get(statementId=third).status_code == 200


def test_00087_00096_a_place_alone_comes_back_in_an_array(store: Store) -> None:
    alone = {"parent": {"id": "https://a.example/1"}, "other": [{"id": "https://a.example/2"}]}
    told = store.stored(context__contextActivities=alone)
    assert told["context"]["contextActivities"]["parent"] == [{"id": "https://a.example/1"}]
    inner = store.stored(**{"object": within(context__contextActivities=alone)["object"], "context": GONE})
    assert inner["object"]["context"]["contextActivities"]["parent"] == [{"id": "https://a.example/1"}]


def test_00097_00023_stored_is_ours_to_say(store: Store) -> None:
    told = store.stored(**{"stored": "2013-05-18T05:32:34.804Z"})
    assert abs(moment(told["stored"]) - datetime.now(UTC)) < timedelta(minutes=5)


def test_00099_the_authority_is_who_has_written(store: Store) -> None:
    told = store.stored()
    assert told["authority"]["account"]["name"] == store.auth[0]
    assert store.stored(**{"authority": IDA})["authority"] == told["authority"]
    found = store.found(agent=told["authority"], related_agents="true", limit="1")
    assert len(found) == 1


def test_00122_00022_times_keep_their_fractions(store: Store) -> None:
    assert store.stored(timestamp="2031-04-01T12:00:00.123456Z")["timestamp"] == "2031-04-01T12:00:00.123456Z"
    told = store.stored(timestamp=GONE)
    assert told["timestamp"] == told["stored"]
    assert store.stored(timestamp="2031-04-01T12:00:00-05:00")["timestamp"].startswith("2031-04-01T17:00:00")


def test_00139_00140_00141_00143_put(store: Store) -> None:
    sent = statement()
    reply = store.put(sent)
    assert (reply.status_code, reply.content) == (204, b"")
    assert store.get(statementId=sent["id"]).json()["actor"] == SAM
    unnamed = statement(id=GONE)
    assert store.put(unnamed, named := str(uuid4())).status_code == 204
    assert store.get(statementId=named).json()["id"] == named


def test_00144_00145_put_needs_the_id(store: Store) -> None:
    assert store.send("PUT", "statements", json=statement()).status_code == 400
    assert store.put(statement(), str(uuid4())).status_code == 400
    assert store.send("PUT", "statements", {"statementId": str(uuid4())}, json=[statement(id=GONE)]).status_code == 400


@pytest.mark.parametrize("way", ["put", "post", "batch"])
def test_00142_00182_an_id_stands_for_one_statement(store: Store, way: str) -> None:
    first = store.stored()
    again = statement(id=first["id"], timestamp=first["timestamp"], context=first["context"])
    other = statement(id=first["id"], verb__id="https://a.example/other")
    send = {"put": store.put, "post": store.post, "batch": lambda one: store.post([statement(), one])}[way]
    assert send(again).status_code in (200, 204), "the same again is well"
    reply = send(other)
    assert reply.status_code == 409
    assert first["id"] in reply.json()["error"]
    assert store.get(statementId=first["id"]).json() == first
    assert store.found(verb=other["verb"]["id"]) == []


def test_00149_nothing_found_is_an_answer(store: Store) -> None:
    reply = store.get(verb="https://a.example/never")
    assert (reply.status_code, reply.json()) == (200, {"statements": [], "more": ""})


@pytest.mark.parametrize("name", ["statementId", "voidedStatementId"])
@pytest.mark.parametrize(
    "other",
    [
        *("agent", "verb", "activity", "registration", "related_activities", "related_agents"),
        *("since", "until", "limit", "ascending"),
    ],
)
def test_00150_00151_an_id_goes_with_no_filter(store: Store, name: str, other: str) -> None:
    known = store.stored()["id"]
    values = {"agent": SAM, "verb": THING, "activity": THING, "registration": known, "limit": "1"}
    value = values.get(other, "2031-04-01T12:00:00Z" if other in ("since", "until") else "true")
    assert store.get(**{name: known, other: value}).status_code == 400


def test_00152_both_ids_at_once_are_refused(store: Store) -> None:
    known = store.stored()["id"]
    assert store.get(statementId=known, voidedStatementId=known).status_code == 400


@pytest.mark.parametrize(
    ("params", "status"),
    [({}, 200), ({"statementId": str(uuid4())}, 404), ({"limit": "x"}, 400)],
    ids=["found", "not found", "refused"],
)
def test_00153_00160_consistent_through(store: Store, params: dict, status: int) -> None:
    reply = store.get(**params)
    assert reply.status_code == status
    assert moment(reply.headers["X-Experience-API-Consistent-Through"]) <= datetime.now(UTC)
    assert "X-Experience-API-Consistent-Through" in store.post(statement()).headers


def test_00155_00156_00157_00158_00159_one_statement(store: Store) -> None:
    told = store.stored()
    assert told["id"] == store.get(statementId=told["id"], format="exact", attachments="false").json()["id"]
    store.post(voiding(told["id"]))
    assert store.get(voidedStatementId=told["id"], format="ids").json()["id"] == told["id"]
    assert store.get(statementId=str(uuid4())).status_code == 404


def test_00182_00326_a_batch_is_stored_whole_or_not_at_all(store: Store) -> None:
    verb = f"https://a.example/{uuid4()}"
    right, wrong = statement(verb={"id": verb}), statement(verb={"id": verb}, actor=GONE)
    reply = store.post([right, wrong])
    assert reply.status_code == 400
    assert reply.json()["error"].startswith("1.actor")
    assert store.found(verb=verb) == []
    twice = statement(verb={"id": verb})
    assert store.post([twice, twice]).status_code == 400
    assert store.found(verb=verb) == []


def test_00330_00332_00333_versions(store: Store) -> None:
    assert store.stored(version="1.0.0")["version"] == "1.0.0"
    assert store.stored(version="2.0.0")["version"] == "2.0.0"
    old = store.as_version("1.0.9")
    reply = old.get()
    assert reply.headers["X-Experience-API-Version"] == "1.0.3"
    assert store.get().headers["X-Experience-API-Version"] == "2.0.0"
    assert old.stored()["version"] == "1.0.0"


@pytest.mark.parametrize("version", ["", "0.9", "0.95", "1.1.0", "2.1.0", "3.0.0", "two"])
@pytest.mark.parametrize("path", ["statements", "activities/state", "agents", "activities", "agents/profile"])
def test_00321_00331_a_version_is_needed(store: Store, version: str, path: str) -> None:
    reply = store.as_version(version).get(path)
    assert reply.status_code == 400
    assert "X-Experience-API-Version" in reply.headers


@pytest.mark.parametrize("version", ["1.0", "1.0.0", "1.0.3", "1.0.9", "2.0", "2.0.0", "2.0.5"])
def test_00331_every_patch_of_a_version_is_spoken(store: Store, version: str) -> None:
    assert store.as_version(version).get().status_code == 200
