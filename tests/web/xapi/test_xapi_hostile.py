"""Bad input of all kinds: each is answered with a sentence and a 4xx, and nothing is stored."""

import json
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from xapi_store import GONE, SAM, TEAM, Store, changed, mixed, open_store, statement

from app.base.db import unit_of_work
from app.records.lrs.schema import Scope
from app.records.models import StatementRow

JSON = {"Content-Type": "application/json"}


def count() -> int:
    with unit_of_work() as session:
        return session.scalar(select(func.count()).select_from(StatementRow)) or 0


def nested(deep: int, opens: str = '{"a":', closes: str = "}") -> bytes:
    sent = json.dumps(statement(context__extensions={"https://a.example/e": "HERE"}))
    return sent.replace('"HERE"', opens * deep + "1" + closes * deep).encode()


BODIES = {
    "nothing": b"",
    "half a batch": json.dumps([statement(), statement()]).encode()[:-40],
    "two documents": json.dumps(statement()).encode() * 2,
    "no JSON": b"actor=sam",
    "a number": b"7",
    "a string": b'"statement"',
    "null": b"null",
    "a list of nothing": b"[null]",
    "lists in lists": b"[[{}]]",
    "not a number": json.dumps(statement()).replace("0.5", "NaN").encode(),
    "a number without end": json.dumps(statement()).replace("0.5", "1e999").encode(),
    "half a character": json.dumps(statement()).encode().replace(b'"Sam"', b'"\xff\xfe"'),
    "half a surrogate": json.dumps(statement()).encode().replace(b'"Sam"', b'"\\ud800"'),
    "the character nought": json.dumps(statement(actor__name="a\x00b")).encode(),
    "nought in a key": json.dumps(statement(context__extensions={"https://a.example/\x00": 1})).encode(),
    "a hundred levels": nested(100),
    "a million levels": nested(1_000_000),
    "a million arrays": nested(1_000_000, "[", "]"),
    "a language that never ends": json.dumps(statement(verb__display={"en-" + "a-" * 50_000: "x"})).encode(),
    "a language with nothing": json.dumps(statement(verb__display={"": "x"})).encode(),
    "a language map of maps": json.dumps(statement(verb__display={"en": {"en": "x"}})).encode(),
    "a language map that is a list": json.dumps(statement(verb__display=["en"])).encode(),
    "a duration that never ends": json.dumps(statement(result__duration="P" + "1Y" * 50_000)).encode(),
    "a mailbox that never ends": json.dumps(statement(actor__mbox="mailto:" + "@" * 100_000)).encode(),
    "year 10000": json.dumps(statement(timestamp="10000-01-01T00:00:00Z")).encode(),
    "over the end of time": json.dumps(statement(timestamp="9999-12-31T23:59:59-05:00")).encode(),
    "before the beginning": json.dumps(statement(timestamp="0000-01-01T00:00:00Z")).encode(),
    "prototype": json.dumps({**statement(), "__proto__": {}}).encode(),
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies(store: Store, name: str) -> None:
    before = count()
    reply = store.send("POST", "statements", headers=JSON, content=BODIES[name])
    assert reply.status_code == 400, reply.text
    assert 10 < len(reply.json()["error"]) < 2000
    assert count() == before


@pytest.mark.parametrize("kind", ["", "text/html", "application/xml", "application/jsonp", "multipart/form-data"])
def test_00327_content_types(store: Store, kind: str) -> None:
    reply = store.send("POST", "statements", headers={"Content-Type": kind}, content=json.dumps(statement()))
    assert reply.status_code == 400
    assert "Content-Type" in reply.json()["error"]


def test_00328_fifty_megabytes(store: Store) -> None:
    big = json.dumps(statement(result__response="x" * (50 * 2**20))).encode()
    reply = store.send("POST", "statements", headers=JSON, content=big)
    assert reply.status_code == 413
    assert "16 MB" in reply.json()["error"]
    assert reply.headers["X-Experience-API-Version"]
    assert reply.headers["X-Experience-API-Consistent-Through"]


def test_a_batch_of_too_many(store: Store) -> None:
    reply = store.send("POST", "statements", headers=JSON, content=b"[" + b"{}," * 10_000 + b"{}]")
    assert reply.status_code == 413


def test_large_but_not_too_large(store: Store) -> None:
    told = store.stored(result__response="ü" * 2**20)
    assert len(told["result"]["response"]) == 2**20


@pytest.mark.parametrize("timestamp", ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
def test_clocks_that_are_far_off(store: Store, timestamp: str) -> None:
    told = store.stored(timestamp=timestamp)
    assert told["timestamp"] == timestamp
    assert told["stored"] != timestamp
    assert store.found(until=told["stored"], limit="1") == [told["id"]], "stored decides, not the client's clock"


@pytest.mark.parametrize(
    "words",
    [
        "'; DROP TABLE statement; --",
        "%s %(id)s :key",
        "<script>alert(1)</script>",
        "\u202e\u0007\ufffe",
        "a\u0301" * 500,
        "",
    ],
)
def test_words_come_back_as_they_were(store: Store, words: str) -> None:
    told = store.stored(
        actor__name=words, verb__display={"en": words}, context__extensions={"https://a.example/e": words}
    )
    assert told["actor"]["name"] == told["verb"]["display"]["en"] == words
    assert told["context"]["extensions"] == {"https://a.example/e": words}
    assert store.get(agent={**SAM, "name": words}, limit="1").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "limit=1&limit=2",
        "verb=%00",
        "verb=%ff%fe",
        "agent=" + "%5B" * 5000,
        "statementId=" + "a" * 5000,
        "more=" + "A" * 5000,
        "more=eyJhZ2VudCI6ICJ4In0",
        "&".join(f"x{at}=1" for at in range(500)),
    ],
    ids=lambda query: query[:20],
)
def test_00329_queries(store: Store, query: str) -> None:
    reply = store.browser.get(
        f"/xapi/statements?{query}", auth=store.auth, headers={"X-Experience-API-Version": "2.0.0"}
    )
    assert reply.status_code == 400, reply.text


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Bearer abc", "Basic " + "A" * 5000, "Basic w6TDpA=="])
def test_logins(store: Store, header: str) -> None:
    reply = store.send("GET", "statements", headers={"Authorization": header}, auth=None)
    assert reply.status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("DELETE", "statements", 405), ("PUT", "agents", 405), ("POST", "activities", 405), ("GET", "nowhere", 404)],
)
def test_addresses(store: Store, method: str, path: str, status: int) -> None:
    reply = store.send(method, path, content=b"{}" if method != "GET" else None)
    assert reply.status_code == status
    assert reply.json()["error"]


CONTEXT = {"context__contextActivities": {"parent": {"id": "https://a.example/1"}}}
SAME = {
    "members in another order": ({"actor": TEAM}, {"actor": {**TEAM, "member": TEAM["member"][::-1]}}),
    "a place alone or in an array": (
        CONTEXT,
        {"context__contextActivities": {"parent": [{"id": "https://a.example/1", "objectType": "Activity"}]}},
    ),
    "a time in another zone": ({}, {"timestamp": "2031-04-01T13:00:00.123+01:00"}),
    "no timestamp the second time": ({}, {"timestamp": GONE}),
    "objectType left out": (
        {"actor": {"mbox": "mailto:a@b.c"}},
        {"actor": {"objectType": "Agent", "mbox": "mailto:a@b.c"}},
    ),
    "other words for the verb": ({}, {"verb__display": {"de": "las"}}),
    "an id in capitals": ({}, {"id": str.upper}),
}
OTHER = {
    "another actor": {"actor__mbox": "mailto:other@a.example"},
    "another name": {"actor__name": "Samantha"},
    "another score": {"result__score__raw": 6},
    "another object": {"object__id": "https://a.example/other"},
    "another time": {"timestamp": "2031-04-01T12:00:00.124Z"},
    "another class": {"context__registration": str(uuid4())},
    "no result": {"result": GONE},
    "one extension more": {"context__extensions": {"https://a.example/e": 1}},
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_statement_again(store: Store, name: str) -> None:
    first = statement(**SAME[name][0])
    change = {way: value(first[way]) if callable(value) else value for way, value in SAME[name][1].items()}
    again = changed(first, change)
    assert store.post(first).status_code == 200
    before = count()
    for reply in (store.post(again), store.put(again, first["id"]), store.post([statement(), again])):
        assert reply.status_code in (200, 204), reply.text
    assert count() == before + 1


@pytest.mark.parametrize("name", OTHER)
def test_another_statement_under_the_same_id(store: Store, name: str) -> None:
    first = statement()
    assert store.post(first).status_code == 200
    assert store.post(changed(first, OTHER[name])).status_code == 409
    assert store.put(changed(first, OTHER[name])).status_code == 409


VOIDED = {"id": "http://adlnet.gov/expapi/verbs/voided"}


def test_what_a_client_may_do(store: Store) -> None:
    writer = open_store(Scope.WRITE)
    own = statement(actor__mbox="mailto:own@a.example")
    assert writer.post(own).status_code == 200
    assert writer.get().status_code == 403
    assert writer.send("PUT", "agents/profile", {"agent": SAM, "profileId": "p"}, json={}).status_code == 403
    other = store.stored()
    void = statement(verb=VOIDED, object={"objectType": "StatementRef", "id": other["id"]}, context=GONE)
    assert writer.post(void).status_code == 403, "what others wrote is not its to void"
    reader = open_store(Scope.READ)
    assert reader.post(statement()).status_code == 403
    assert reader.get(statementId=own["id"]).status_code == 200
    mine = open_store(Scope.WRITE, Scope.READ_MINE)
    written = mine.stored()
    assert mine.found() == [written["id"]]
    assert mine.get(statementId=own["id"]).status_code == 404
    about = statement(object={"objectType": "StatementRef", "id": own["id"]}, context=GONE)
    mine.post(about)
    assert mine.found(agent=own["actor"]) == [], "nor by what refers to it"


def test_only_who_may_define_says_what_activities_are_called(store: Store) -> None:
    iri = f"https://a.example/{uuid4()}"
    open_store(Scope.WRITE).post(statement(object={"id": iri, "definition": {"name": {"en": "Mine"}}}))
    store.stored(object={"id": iri, "definition": {"name": {"en": "Ours"}}})
    assert store.get("activities", activityId=iri).json()["definition"]["name"] == {"en": "Ours"}


def test_parts_with_odd_headers(store: Store) -> None:
    sent = mixed(statement())
    sent["content"] = sent["content"].replace(b"Content-Type", b"Content-Type\x00\xff: x\r\nContent-Type")
    assert store.send("POST", "statements", **sent).status_code in (200, 400)
