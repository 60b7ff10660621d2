"""State, profiles, agents, activities and about, by requirement code. What holds for all documents is tried on each."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from xapi_store import IDA, SAM, Store, statement

STATE, AGENT, ACTIVITY = "activities/state", "agents/profile", "activities/profile"
NAMES = {STATE: "stateId", AGENT: "profileId", ACTIVITY: "profileId"}
EACH = pytest.mark.parametrize("path", [STATE, AGENT, ACTIVITY])
BOTH = pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
NEW = {"If-None-Match": "*"}


def place(path: str) -> dict:
    """Parameters of a document that is not there yet."""
    who = {"agent": {**SAM, "mbox": f"mailto:{uuid4()}@a.example"}}
    what = {"activityId": f"https://a.example/{uuid4()}"}
    return {NAMES[path]: str(uuid4()), **({} if path == ACTIVITY else who), **({} if path == AGENT else what)}


def names(store: Store, path: str, params: dict, **more: str):
    rest = {name: value for name, value in params.items() if name != NAMES[path]}
    return store.get(path, **rest, **more)


@EACH
@BOTH
def test_00187_to_00192_00230_00259_00269_00271_to_00274_00282_00285_to_00293_00311_a_document(
    store: Store, path: str, version: str
) -> None:
    store, params = store.as_version(version), place(path)
    reply = store.send("PUT", path, params, {**NEW, "Content-Type": "image/x-odd"}, content=b"\x00raw")
    assert reply.status_code == 204, reply.text
    told = store.get(path, **params)
    assert (told.status_code, told.content, told.headers["Content-Type"]) == (200, b"\x00raw", "image/x-odd")
    assert store.send("DELETE", path, params).status_code == 204
    assert store.get(path, **params).status_code == 404
    assert store.send("POST", path, params, json={"a": 1}).status_code == 204
    assert store.get(path, **params).json() == {"a": 1}


@EACH
def test_00193_00195_00221_00222_00268_00270_00275_00289_00294_00303_names_of_documents(
    store: Store, path: str
) -> None:
    params = place(path)
    other = {**params, NAMES[path]: "another"}
    before = (datetime.now(UTC) - timedelta(minutes=1)).isoformat().replace("+00:00", "Z")
    for one in (params, other):
        store.send("POST", path, one, json={})
    assert set(names(store, path, params).json()) == {params[NAMES[path]], "another"}
    assert set(names(store, path, params, since=before).json()) == {params[NAMES[path]], "another"}
    assert names(store, path, params, since="2100-01-01T00:00:00Z").json() == []
    assert names(store, path, place(path)).json() == []


@EACH
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_00206_to_00215_00261_to_00267_00296_to_00302_what_is_needed(store: Store, path: str, method: str) -> None:
    for missing in place(path):
        if missing == NAMES[path] and (method == "GET" or (method == "DELETE" and path == STATE)):
            continue
        params = {name: value for name, value in place(path).items() if name != missing}
        reply = store.send(method, path, params, NEW if method == "PUT" else {}, content=b"{}")
        assert reply.status_code == 400, missing
        assert missing in reply.json()["error"]


@EACH
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("agent", "not JSON"),
        ("agent", "true"),
        ("agent", {"name": "nobody"}),
        ("activityId", "no-iri"),
        ("registration", "no-uuid"),
        ("Agent", SAM),
        ("colour", "red"),
    ],
    ids=str,
)
def test_00196_to_00203_00224_to_00226_00255_to_00258_00276_00277_00304_to_00307_00324_00325_what_is_refused(
    store: Store, path: str, method: str, name: str, value: object
) -> None:
    reply = store.send(method, path, {**place(path), name: value}, NEW if method == "PUT" else {}, content=b"{}")
    assert reply.status_code == 400


@EACH
def test_00204_00205_00223_00260_00295_since_is_a_time_and_for_names_alone(store: Store, path: str) -> None:
    params = {**place(path), "since": "2031-04-01T12:00:00Z"}
    for method in ("GET", "PUT", "POST", "DELETE"):
        assert store.send(method, path, params, content=b"{}").status_code == 400
    assert names(store, path, place(path), since="not a time").status_code == 400


def test_00194_00216_to_00220_00227_00228_registrations(store: Store) -> None:
    params = place(STATE)
    classes = [str(uuid4()), str(uuid4())]
    for registration in (*classes, None):
        own = {**params, **({"registration": registration} if registration else {})}
        assert store.send("PUT", STATE, own, NEW, json={"of": registration}).status_code == 204
        assert store.get(STATE, **own).json() == {"of": registration}
    rest = {name: value for name, value in params.items() if name != "stateId"}
    assert store.send("DELETE", STATE, {**rest, "registration": classes[0]}).status_code == 204
    assert store.get(STATE, **rest, registration=classes[0]).json() == []
    assert store.get(STATE, **rest, registration=classes[1]).json() == [params["stateId"]]
    assert store.send("DELETE", STATE, rest).status_code == 204
    assert store.get(STATE, **rest).json() == []


@EACH
def test_00183_00184_00231_00233_00234_00279_00280_00283_00308_00310_00312_documents_are_joined_at_their_top(
    store: Store, path: str
) -> None:
    params = place(path)
    for part in ({"car": "MKX", "deep": {"a": 1}}, {"type": "SUV", "deep": {"b": 2}}):
        assert store.send("POST", path, params, json=part).status_code == 204
    assert store.get(path, **params).json() == {"car": "MKX", "type": "SUV", "deep": {"b": 2}}


@EACH
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((b'{"a": 1}', "application/json"), (b"words", "text/plain")),
        ((b"words", "text/plain"), (b'{"a": 1}', "application/json")),
        ((b'{"a": 1}', "application/json"), (b"{not json", "application/json")),
        ((b'{"a": 1}', "application/json"), (b"[1]", "application/json")),
        ((b"[1]", "application/json"), (b'{"a": 1}', "application/json")),
    ],
    ids=["not JSON", "not JSON before", "broken", "no object", "no object before"],
)
def test_00229_00232_00278_00281_00309_00313_what_cannot_be_joined(
    store: Store, path: str, first: tuple[bytes, str], second: tuple[bytes, str]
) -> None:
    params = place(path)
    store.send("PUT", path, params, {**NEW, "Content-Type": first[1]}, content=first[0])
    reply = store.send("POST", path, params, {"Content-Type": second[1]}, content=second[0])
    assert reply.status_code == 400
    assert store.get(path, **params).content == first[0]


@EACH
def test_00235_00284_00314_a_new_document_that_says_json_is_json(store: Store, path: str) -> None:
    reply = store.send("POST", path, place(path), {"Content-Type": "application/json"}, content=b"{broken")
    assert reply.status_code == 400


@EACH
@BOTH
def test_00322_00323_etags(store: Store, path: str, version: str) -> None:
    store, params = store.as_version(version), place(path)
    store.send("PUT", path, params, NEW, json={"a": 1})
    told = store.get(path, **params)
    etag = told.headers["ETag"]
    assert etag.startswith('"')
    assert len(etag) == 42
    assert told.headers["Last-Modified"].endswith("GMT")
    assert store.send("PUT", path, params, NEW, json={"a": 2}).status_code == 412
    for method in ("PUT", "POST", "DELETE"):
        assert store.send(method, path, params, {"If-Match": '"1234"'}, json={"a": 2}).status_code == 412
    assert store.get(path, **params).json() == {"a": 1}
    careless = store.send("PUT", path, params, json={"a": 2})
    assert careless.status_code == (204 if path == STATE and version == "1.0.3" else 409)
    etag = store.get(path, **params).headers["ETag"]
    assert store.send("PUT", path, params, {"If-Match": etag}, json={"a": 3}).status_code == 204
    assert store.get(path, **params).json() == {"a": 3}
    etag = store.get(path, **params).headers["ETag"]
    assert store.send("DELETE", path, params, {"If-Match": f"W/{etag}"}).status_code == 204


def test_00273_00287_a_new_profile_of_1_0_3_needs_a_condition(store: Store) -> None:
    for path in (AGENT, ACTIVITY):
        assert store.as_version("1.0.3").send("PUT", path, place(path), json={}).status_code == 400
        assert store.send("PUT", path, place(path), json={}).status_code == 204


IDENTIFIERS = {
    "00239 00244 mbox": ("mbox", f"mailto:{uuid4()}@a.example"),
    "00240 mbox_sha1sum": ("mbox_sha1sum", "0" * 24 + uuid4().hex[:16]),
    "00241 openid": ("openid", f"https://a.example/{uuid4()}"),
    "00242 account": ("account", {"homePage": "https://a.example", "name": str(uuid4())}),
}


@pytest.mark.parametrize("code", IDENTIFIERS)
def test_00236_00237_00238_00245_00248_a_person(store: Store, code: str) -> None:
    name, value = IDENTIFIERS[code]
    for own in ("Sam", "Samuel"):
        store.stored(actor={"name": own, name: value})
    told = store.get("agents", agent={name: value})
    assert told.status_code == 200
    person = told.json()
    assert person == {"objectType": "Person", "name": person["name"], name: [value]}
    assert set(person["name"]) == {"Sam", "Samuel"}


def test_00243_00246_00247_00249_an_agent_is_needed(store: Store) -> None:
    assert store.get("agents").status_code == 400
    for agent in ("not JSON", {"objectType": "Agent"}, {**SAM, **IDA}, {"mbox": "sam"}):
        assert store.get("agents", agent=agent).status_code == 400
    assert store.get("agents", agent={"mbox": "mailto:never@a.example"}).json()["mbox"] == ["mailto:never@a.example"]


def test_00250_to_00254_an_activity(store: Store) -> None:
    iri = f"https://a.example/{uuid4()}"
    assert store.get("activities").status_code == 400
    assert store.get("activities", activityId="no-iri").status_code == 400
    assert store.get("activities", activityId=iri).json() == {"objectType": "Activity", "id": iri}
    store.stored(object={"id": iri, "definition": {"name": {"en": "Leaf"}}})
    store.stored(object={"id": iri, "definition": {"name": {"fr": "Feuille"}, "description": {"en": "Green"}}})
    told = store.get("activities", activityId=iri).json()
    assert told["definition"] == {"name": {"en": "Leaf", "fr": "Feuille"}, "description": {"en": "Green"}}


@pytest.mark.parametrize("version", ["", "1.0.3", "2.0.0"])
def test_00315_to_00320_about(store: Store, version: str) -> None:
    reply = store.as_version(version).send("GET", "about", auth=None)
    assert reply.status_code == 200
    assert reply.json()["version"] == ["1.0.3", "2.0.0"]
    assert reply.headers["X-Experience-API-Version"]


HEADS = ["statements", "about", "agents", "activities", STATE, AGENT, ACTIVITY]


@pytest.mark.parametrize("path", HEADS)
def test_00125_00126_head_is_get_without_a_body(store: Store, path: str) -> None:
    store.stored()
    needed = {"agents": ["agent"], "activities": ["activityId"]}.get(path, list(place(path)) if path in NAMES else [])
    params = {name: value for name, value in place(STATE).items() if name in needed and name != NAMES.get(path)}
    got, headed = store.get(path, **params), store.send("HEAD", path, params)
    assert got.status_code == headed.status_code == 200
    skipped = {"x-experience-api-consistent-through", "date"}
    told = {name: value for name, value in got.headers.items() if name not in skipped}
    assert {name: value for name, value in headed.headers.items() if name not in skipped} == told
    assert store.send("HEAD", "statements", {"statementId": str(uuid4())}).status_code == 404


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_00148_00336_requests_in_a_form(store: Store) -> None:
    old = store.as_version("1.0.3")
    sent = statement()
    said = {"X-Experience-API-Version": "1.0.3", "Content-Type": "application/json"}

    def ask(path: str, method: str, **fields: str):
        return old.as_version("").send("POST", path, {"method": method}, FORM, data={**said, **fields})

    assert ask("statements", "PUT", statementId=sent["id"], content=json.dumps(sent)).status_code == 204
    assert ask("statements", "GET", statementId=sent["id"]).json()["id"] == sent["id"]
    assert ask("statements", "POST", content=json.dumps(statement())).status_code == 200
    state = {name: value if isinstance(value, str) else json.dumps(value) for name, value in place(STATE).items()}
    assert ask(STATE, "PUT", **state, content='{"a": "é"}').status_code == 204
    assert ask(STATE, "GET", **state).json() == {"a": "é"}
    assert ask(STATE, "DELETE", **state).status_code == 204
    assert ask("agents", "GET", agent=json.dumps(SAM)).json()["objectType"] == "Person"
    assert ask("statements", "PUT", statementId=sent["id"]).status_code == 400, "the content is missing"
    assert ask("statements", "BREW").status_code == 400
    more = {"method": "GET", "limit": "1"}
    assert old.send("POST", "statements", more, FORM, data={}).status_code == 400, "parameters beside the method"
    assert store.send("POST", "statements", {"method": "GET"}, FORM, data={}).status_code == 400, "not in 2.0.0"


@pytest.mark.parametrize("auth", [None, ("nobody", "wrong"), ("", "")])
@pytest.mark.parametrize("path", ["statements", STATE, AGENT, ACTIVITY, "agents", "activities"])
def test_00334_00335_who_asks(store: Store, path: str, auth: tuple[str, str] | None) -> None:
    reply = store.send("GET", path, place(STATE), auth=auth)
    assert reply.status_code == 401
    assert reply.headers["WWW-Authenticate"].startswith("Basic")
    assert store.send("GET", "statements", auth=(store.auth[0], "wrong")).status_code == 401
