"""Finding statements: filters, order, pages, formats, by requirement code."""

from uuid import uuid4

import pytest
from xapi_store import GONE, LOOSE, THE_THING, Store, statement, within

VOIDED = "http://adlnet.gov/expapi/verbs/voided"


def somebody() -> dict:
    return {"objectType": "Agent", "mbox": f"mailto:{uuid4()}@a.example"}


def something() -> dict:
    return {"objectType": "Activity", "id": f"https://a.example/{uuid4()}"}


def about(statement_id: str, **changes: object) -> dict:
    return statement(object={"objectType": "StatementRef", "id": statement_id}, context=GONE, **changes)


AGENT_PLACES = {
    "00181 actor": (lambda who: {"actor": who}, True),
    "00181 object": (lambda who: {"object": who, "context": GONE}, True),
    "00181 member of a group": (lambda who: {"actor": {"objectType": "Group", "member": [who]}}, True),
    "00176 instructor": (lambda who: {"context__instructor": who}, False),
    "00176 member of the team": (lambda who: {"context__team": {"objectType": "Group", "member": [who]}}, False),
    "00176 inner actor": (lambda who: {"object": within(actor=who)["object"], "context": GONE}, False),
    "00176 inner instructor": (
        lambda who: {"object": within(context__instructor=who)["object"], "context": GONE},
        False,
    ),
    "00176 agent around": (
        lambda who: {"context": {"contextAgents": [{"objectType": "contextAgent", "agent": who}]}},
        False,
    ),
}
ACTIVITY_PLACES = {
    "00179 object": (lambda what: {"object": what}, True),
    "00177 parent": (lambda what: {"context__contextActivities": {"parent": what}}, False),
    "00177 grouping": (lambda what: {"context__contextActivities": {"grouping": [what]}}, False),
    "00177 category": (lambda what: {"context__contextActivities": {"category": [what]}}, False),
    "00177 other": (lambda what: {"context__contextActivities": {"other": [what]}}, False),
    "00177 inner object": (lambda what: {"object": within(object=what)["object"], "context": GONE}, False),
}


@pytest.mark.parametrize("place", AGENT_PLACES)
def test_agent(store: Store, place: str) -> None:
    change, direct = AGENT_PLACES[place]
    who = somebody()
    wanted = store.stored(**change(who))["id"]
    assert store.found(agent={**who, "name": "by any name"}) == ([wanted] if direct else [])
    assert store.found(agent=who, related_agents="true") == [wanted]


@pytest.mark.parametrize("place", ACTIVITY_PLACES)
def test_activity(store: Store, place: str) -> None:
    change, direct = ACTIVITY_PLACES[place]
    what = something()
    wanted = store.stored(**change(what))["id"]
    assert store.found(activity=what["id"]) == ([wanted] if direct else [])
    assert store.found(activity=what["id"], related_activities="true") == [wanted]


def test_00164_00178_00180_filters_together(store: Store) -> None:
    who, what, verb, class_id = somebody(), something(), f"https://a.example/{uuid4()}", str(uuid4())
    both = store.stored(actor=who, object=what, verb={"id": verb}, context__registration=class_id)["id"]
    store.stored(actor=who, object=what)
    store.stored(actor=who, verb={"id": verb})
    store.stored(object=what, verb={"id": verb})
    assert store.found(verb=verb, agent=who, activity=what["id"]) == [both]
    assert store.found(registration=class_id.upper()) == [both]
    assert store.found(registration=class_id, agent=somebody()) == []
    assert len(store.found(agent=who)) == 3


def test_00166_00173_00174_00175_order_and_bounds(store: Store) -> None:
    who = somebody()
    reply = store.post([statement(actor=who) for _ in range(5)])
    ids = reply.json()
    times = [store.get(statementId=one).json()["stored"] for one in ids]
    assert times == sorted(set(times))
    assert store.found(agent=who) == ids[::-1]
    assert store.found(agent=who, ascending="true") == ids
    assert store.found(agent=who, limit="2") == ids[:2:-1]
    assert store.found(agent=who, limit="0") == ids[::-1]
    assert store.found(agent=who, since=times[1], ascending="true") == ids[2:], "since itself is not told"
    assert store.found(agent=who, until=times[1], ascending="true") == ids[:2], "until itself is"
    assert store.found(agent=who, since=times[1], until=times[3], ascending="true") == ids[2:4]


@pytest.mark.parametrize("ascending", ["true", "false"])
def test_00108_00109_00110_00111_00112_00113_00114_00154_pages(store: Store, ascending: str) -> None:
    who = somebody()
    ids = store.post([statement(actor=who) for _ in range(7)]).json()
    found: list[str] = []
    reply = store.get(agent=who, limit="3", ascending=ascending, format="ids")
    while True:
        page = reply.json()
        assert set(page) == {"statements", "more"}
        assert all(one["actor"] == who and "display" not in one["verb"] for one in page["statements"])
        found += [one["id"] for one in page["statements"]]
        store.stored(actor=who)  # what comes meanwhile disturbs no page
        if not page["more"] or len(found) >= len(ids):
            break
        assert page["more"].startswith("/xapi/statements?")
        reply = store.get(**dict([page["more"].partition("?")[2].split("=")]))
        assert reply.status_code == 200
    assert found[:7] == (ids if ascending == "true" else ids[::-1])


def test_00162_00163_what_voids_is_found_by_what_it_voids(store: Store) -> None:
    who = somebody()
    voided = store.stored(actor=who)["id"]
    void = about(voided, verb={"id": VOIDED})
    store.post(void)
    assert store.found(agent=who) == [void["id"]]


def test_00162_references_are_followed_from_one_to_the_next(store: Store) -> None:
    who, what = somebody(), something()
    first = store.stored(actor=who, object=what)["id"]
    second, third = about(first), None
    store.post(second)
    third = about(second["id"])
    store.post(third)
    for params in ({"agent": who}, {"activity": what["id"]}, {"agent": who, "activity": what["id"]}):
        assert store.found(**params) == [third["id"], second["id"], first]
    assert store.found(agent=who, limit="1") == [third["id"]]
    assert store.found(agent=who, verb="https://a.example/never") == []


def test_00162_references_that_come_before_their_target(store: Store) -> None:
    who, first, second = somebody(), statement(), None
    first["actor"] = who
    second = about(first["id"])
    third = about(second["id"])
    for sent in (third, second, first):
        assert store.post(sent).status_code == 200
    assert set(store.found(agent=who)) == {first["id"], second["id"], third["id"]}


WORDS = {"en": "read", "en-GB": "has read", "de": "las"}


@pytest.mark.parametrize(
    ("languages", "chosen"),
    [
        ("de", "de"),
        ("en-GB", "en-GB"),
        ("en-US, de;q=0.5", "en"),
        ("fr;q=0.9, de;q=0.8", "de"),
        ("fr", None),
        ("", None),
    ],
)
def test_00169_00172_canonical(store: Store, languages: str, chosen: str | None) -> None:
    what = {**something(), "definition": {**THE_THING["definition"], "name": WORDS, "description": WORDS}}
    known = store.stored(object=what, verb__display=WORDS)["id"]
    reply = store.get(statementId=known, format="canonical", headers={"Accept-Language": languages})
    for told in (reply.json()["verb"]["display"], reply.json()["object"]["definition"]["name"]):
        assert len(told) == 1
        assert set(told) <= set(WORDS)
        assert chosen is None or set(told) == {chosen}


def test_00169_canonical_tells_what_others_said_of_an_activity(store: Store) -> None:
    what = something()
    store.stored(object={**what, "definition": {"name": {"en": "Leaf"}, "type": "https://a.example/old"}})
    store.stored(object={**what, "definition": {"name": {"de": "Blatt"}, "type": "https://a.example/new"}})
    bare = store.stored(object=what)["id"]
    told = store.get(statementId=bare, format="canonical", headers={"Accept-Language": "de"}).json()
    assert told["object"]["definition"] == {"name": {"de": "Blatt"}, "type": "https://a.example/new"}
    assert store.get(statementId=bare, format="exact").json()["object"] == what


def test_00168_00170_exact_is_as_it_was_sent(store: Store) -> None:
    sent = statement()
    store.post(sent)
    for params in ({}, {"format": "exact"}):
        told = store.get(statementId=sent["id"], **params).json()
        assert {name: told[name] for name in sent} == sent


def test_00171_ids_only(store: Store) -> None:
    sent = statement(object=within(actor=LOOSE, object=THE_THING)["object"], context=GONE)
    store.post(sent)
    told = store.get(statementId=sent["id"], format="ids").json()
    assert told["actor"] == {"objectType": "Agent", "mbox": sent["actor"]["mbox"]}
    assert told["verb"] == {"id": sent["verb"]["id"]}
    assert told["object"]["object"] == {"id": THE_THING["id"]}
    assert all("name" not in one for one in told["object"]["actor"]["member"])


def test_00161_00165_00167_json_unless_attachments_are_wanted(store: Store) -> None:
    known = store.stored()["id"]
    for params in ({}, {"attachments": "false"}, {"statementId": known}):
        assert store.get(**params).headers["Content-Type"] == "application/json"
    assert store.get(attachments="true").headers["Content-Type"].startswith("multipart/mixed; boundary=")
