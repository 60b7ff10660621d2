"""A client of /xapi for tests, and statements to send."""

import json
from copy import deepcopy
from hashlib import sha256
from uuid import uuid4

from starlette.testclient import TestClient

from app.base.db import unit_of_work
from app.main import create_app
from app.records.lrs import service as lrs
from app.records.lrs.schema import Scope

GONE = object()
"""In `changed`: takes the property away."""
VERB = "https://school.example/verbs/read"
THING = "https://school.example/things/1"
SAM = {"objectType": "Agent", "name": "Sam", "mbox": "mailto:sam@school.example"}
IDA = {"objectType": "Agent", "name": "Ida", "account": {"homePage": "https://school.example", "name": "ida"}}
TEAM = {"objectType": "Group", "name": "Owls", "mbox": "mailto:owls@school.example", "member": [SAM, IDA]}
LOOSE = {"objectType": "Group", "member": [SAM, IDA]}
THE_THING = {
    "objectType": "Activity",
    "id": THING,
    "definition": {
        "type": "https://school.example/types/page",
        "name": {"en": "Page one", "de": "Seite eins"},
        "description": {"en": "A page"},
        "moreInfo": "https://school.example/more",
        "extensions": {"https://school.example/e": None},
    },
}


class Store:
    """A client with its own credential. `version` is the header it sends, "" for none."""

    def __init__(self, key: str, secret: str, version: str = "2.0.0") -> None:
        self.browser = TestClient(create_app(), raise_server_exceptions=True)
        self.auth = (key, secret)
        self.version = version

    def as_version(self, version: str) -> "Store":
        """The same client, speaking another version."""
        other = Store(*self.auth, version=version)
        other.browser = self.browser
        return other

    def send(self, method: str, path: str, params: dict | None = None, headers: dict | None = None, **rest):
        """Any request; objects among the parameters are sent as JSON."""
        plain = {name: value if isinstance(value, str) else json.dumps(value) for name, value in (params or {}).items()}
        told = {"X-Experience-API-Version": self.version} if self.version else {}
        auth = rest.pop("auth", self.auth)
        return self.browser.request(
            method, f"/xapi/{path}", params=plain, headers={**told, **(headers or {})}, auth=auth, **rest
        )

    def get(self, path: str = "statements", headers: dict | None = None, **params):
        """GET with parameters."""
        return self.send("GET", path, params, headers)

    def post(self, body: object, **rest):
        """POST statements."""
        return self.send("POST", "statements", json=body, **rest)

    def put(self, body: dict, statement_id: str | None = None):
        """PUT one statement."""
        return self.send("PUT", "statements", {"statementId": statement_id or body["id"]}, json=body)

    def stored(self, **changes: object) -> dict:
        """A statement, stored and read again."""
        sent = statement(**changes)
        reply = self.post(sent)
        assert reply.status_code == 200, reply.text
        return self.get(statementId=reply.json()[0]).json()

    def found(self, **params: object) -> list[str]:
        """The ids of the first page that a query finds."""
        reply = self.get(**params)
        assert reply.status_code == 200, reply.text
        return [one["id"] for one in reply.json()["statements"]]


def open_store(*scopes: Scope, version: str = "2.0.0") -> Store:
    """A client with a new credential, by default for all."""
    with unit_of_work() as session:
        made = lrs.add_credential(session, "Tests", list(scopes or [Scope.ALL]))
    return Store(made.key, made.secret, version)


def statement(**changes: object) -> dict:
    """A whole statement with a new id; `changes` as for `changed`."""
    made = {
        "id": str(uuid4()),
        "actor": SAM,
        "verb": {"id": VERB, "display": {"en": "read"}},
        "object": THE_THING,
        "result": {
            "score": {"scaled": 0.5, "raw": 5, "min": 0, "max": 10},
            "success": True,
            "completion": True,
            "response": "yes",
            "duration": "PT1M30S",
            "extensions": {"https://school.example/e": {}},
        },
        "context": {
            "registration": str(uuid4()),
            "instructor": IDA,
            "team": TEAM,
            "contextActivities": {"parent": [{"id": "https://school.example/courses/1"}]},
            "revision": "3",
            "platform": "Lyceum",
            "language": "en-GB",
            "statement": {"objectType": "StatementRef", "id": str(uuid4())},
            "extensions": {"https://school.example/e": ""},
        },
        "timestamp": "2031-04-01T12:00:00.123Z",
    }
    return changed(made, changes)


def changed(held: dict, changes: dict[str, object]) -> dict:
    """A copy with properties replaced or, where the value is GONE, taken away; names with __ lead inwards."""
    made = deepcopy(held)
    for way, value in changes.items():
        *inward, last = way.split("__")
        place = made
        for name in inward:
            place = place[int(name) if isinstance(place, list) else name]
        if value is GONE:
            del place[last]
        else:
            place[int(last) if isinstance(place, list) else last] = deepcopy(value)
    return made


def within(**changes: object) -> dict:
    """A statement about a statement, the inner one changed."""
    inner = statement(**{"id": GONE})
    return statement(object=changed({"objectType": "SubStatement", **inner}, changes), context=GONE)


def attachment(content: bytes = b"words", **changes: object) -> dict:
    """An attachment's description."""
    made = {
        "usageType": "https://school.example/uses/notes",
        "display": {"en": "Notes"},
        "description": {"en": "What was noted"},
        "contentType": "text/plain",
        "length": len(content),
        "sha2": sha256(content).hexdigest(),
        "fileUrl": "https://school.example/notes.txt",
    }
    return changed(made, changes)


def mixed(statements: object, *parts: bytes, boundary: str = "abcd", **odd: object) -> dict:
    """A multipart body and its headers, for `Store.send`. `odd`: first_type, hashes, encoding, ending."""
    pieces = [(f"Content-Type: {odd.get('first_type', 'application/json')}", json.dumps(statements).encode())]
    hashes = odd.get("hashes") or [sha256(part).hexdigest() for part in parts]
    encoding = odd.get("encoding", "Content-Transfer-Encoding: binary\r\n")
    for part, own in zip(parts, hashes, strict=True):
        pieces.append((f"Content-Type: text/plain\r\n{encoding}X-Experience-API-Hash: {own}", part))
    body = b"".join(f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n" for head, content in pieces)
    body += str(odd.get("ending", f"--{boundary}--\r\n")).encode()
    return {"content": body, "headers": {"Content-Type": f"multipart/mixed; boundary={boundary}"}}
