"""Attachments and signed statements, by requirement code."""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from hashlib import sha256, sha512

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from jwt.api_jws import PyJWS
from xapi_store import GONE, Store, attachment, changed, mixed, statement

from app.records.lrs.shapes import SIGNATURE

WORDS, PICTURE = b"words of a note\n", bytes(range(256)) + b"\r\n--not-the-boundary\r\n"


def noted(*parts: bytes, **changes: object) -> dict:
    return {**statement(), "attachments": [attachment(part, fileUrl=GONE, **changes) for part in parts]}


def parts_of(reply) -> list[tuple[dict, bytes]]:
    head = f"Content-Type: {reply.headers['content-type']}\r\n\r\n".encode()
    whole = message_from_bytes(head + reply.content)
    return [(dict(part.items()), part.get_payload(decode=True)) for part in whole.get_payload()]


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_00127_00130_00167_there_and_back(store: Store, version: str, method: str) -> None:
    sent = noted(WORDS, PICTURE)
    params = {"statementId": sent["id"]} if method == "PUT" else {}
    reply = store.as_version(version).send(method, "statements", params, **mixed(sent, WORDS, PICTURE))
    assert reply.status_code in (200, 204), reply.text
    told = store.get(statementId=sent["id"], attachments="true")
    statements, *files = parts_of(told)
    assert statements[0]["Content-Type"] == "application/json"
    assert json.loads(statements[1])["id"] == sent["id"]
    assert {headers["X-Experience-API-Hash"]: content for headers, content in files} == {
        sha256(one).hexdigest(): one for one in (WORDS, PICTURE)
    }
    assert all(headers["Content-Transfer-Encoding"] == "binary" for headers, _ in files)


def test_00128_00133_a_batch_shares_its_parts(store: Store) -> None:
    batch = [noted(WORDS), noted(WORDS, PICTURE), statement()]
    assert store.send("POST", "statements", **mixed(batch, WORDS, PICTURE)).status_code == 200


def test_00132_other_hashes_of_the_family(store: Store) -> None:
    long = sha512(WORDS).hexdigest()
    sent = noted(WORDS, sha2=long)
    assert store.send("POST", "statements", **mixed(sent, WORDS, hashes=[long])).status_code == 200


OTHER = sha256(b"other").hexdigest()
BAD = {
    "00127 plain text": lambda: {"content": json.dumps(statement()), "headers": {"Content-Type": "text/plain"}},
    "00127 a form of parts": lambda: {
        "content": mixed(noted(WORDS), WORDS)["content"],
        "headers": {"Content-Type": "multipart/form-data; boundary=abcd"},
    },
    "00128 a part too many": lambda: mixed(statement(), WORDS),
    "00129 no part and no fileUrl": lambda: {"json": noted(WORDS)},
    "00130 no boundary at the end": lambda: mixed(noted(WORDS), WORDS, ending=""),
    "00131 no boundary in the header": lambda: {
        "content": mixed(noted(WORDS), WORDS)["content"],
        "headers": {"Content-Type": "multipart/mixed"},
    },
    "00131 another boundary": lambda: {
        "content": mixed(noted(WORDS), WORDS)["content"],
        "headers": {"Content-Type": "multipart/mixed; boundary=efgh"},
    },
    "00132 a hash that nothing has": lambda: mixed(noted(WORDS), WORDS, hashes=[OTHER]),
    "00132 no hash": lambda: mixed(noted(WORDS), WORDS, hashes=[""]),
    "00132 other bytes under the hash": lambda: mixed(noted(b"other"), WORDS, hashes=[OTHER]),
    "00133 statements in the second part": lambda: mixed(noted(WORDS), json.dumps(statement()).encode()),
    "00134 a first part of another type": lambda: mixed(noted(WORDS), WORDS, first_type="text/plain"),
    "00135 a part that is not binary": lambda: mixed(noted(WORDS), WORDS, encoding=""),
    "00135 a part in base64": lambda: mixed(noted(WORDS), WORDS, encoding="Content-Transfer-Encoding: base64\r\n"),
    "only half sent": lambda: {
        "content": mixed(noted(WORDS), WORDS)["content"][:-60],
        "headers": {"Content-Type": "multipart/mixed; boundary=abcd"},
    },
    "nothing at all": lambda: {"content": b"", "headers": {"Content-Type": "multipart/mixed; boundary=abcd"}},
}


@pytest.mark.parametrize("code", BAD)
def test_what_is_refused(store: Store, code: str) -> None:
    reply = store.send("POST", "statements", **BAD[code]())
    assert reply.status_code == 400, reply.text


def test_bytes_go_only_with_the_statement_they_came_with(store: Store) -> None:
    """Whoever knows a hash does not get at the bytes."""
    assert store.send("POST", "statements", **mixed(noted(PICTURE), PICTURE)).status_code == 200
    claimed = {**statement(), "attachments": [attachment(PICTURE)]}
    assert store.post(claimed).status_code == 200
    assert len(parts_of(store.get(statementId=claimed["id"], attachments="true"))) == 1


KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "school.example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


def signed(sent: dict, payload: object, algorithm: str = "RS256", **headers: object) -> dict:
    """A request with a statement and a signature over a payload."""
    words = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    key = KEY if algorithm.startswith("RS") else "secret" * 12
    token = PyJWS().encode(words, key, algorithm, headers=headers or None).encode()
    return _with(sent, token)


def _with(sent: dict, token: bytes, **changes: object) -> dict:
    own = attachment(token, usageType=SIGNATURE, contentType="application/octet-stream", fileUrl=GONE)
    return mixed({**sent, "attachments": [changed(own, changes)]}, token)


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
@pytest.mark.parametrize("chain", [[], [KEY]])
def test_00115_00116_00117_signed_statements(store: Store, algorithm: str, chain: list) -> None:
    sent = statement(result__duration="PT1.239S")
    headers = {"x5c": [certificate(key) for key in chain]} if chain else {}
    payload = changed(sent, {"result__duration": "PT1.231S", "timestamp": "2031-04-01T14:00:00.123+02:00"})
    reply = store.send("POST", "statements", **signed(sent, payload, algorithm, **headers))
    assert reply.status_code == 200, reply.text
    assert len(parts_of(store.get(statementId=sent["id"], attachments="true"))) == 2


SENT = statement()
BAD_SIGNATURES = {
    "00115 no signature at all": lambda: _with(SENT, b"these are words"),
    "00115 a signature without its part": lambda: {
        "json": {**SENT, "attachments": [attachment(usageType=SIGNATURE, contentType="application/octet-stream")]}
    },
    "00115 a signature of another type": lambda: _with(SENT, jwt.encode({}, KEY, "RS256").encode(), contentType="a/b"),
    "00116 another statement": lambda: signed(SENT, statement()),
    "00116 what is no statement": lambda: signed(SENT, {"sub": "sam"}),
    "00116 what is no JSON": lambda: signed(SENT, b"words"),
    "00117 a shared secret": lambda: signed(SENT, SENT, "HS256"),
    "00117 no algorithm": lambda: _with(SENT, b"eyJhbGciOiJub25lIn0." + b"e30" + b"."),
    "a certificate of another key": lambda: signed(SENT, SENT, x5c=[certificate(OTHER_KEY)]),
    "a certificate that is none": lambda: signed(SENT, SENT, x5c=["bm9uZQ=="]),
    "a certificate that is no text": lambda: signed(SENT, SENT, x5c=7),
}


@pytest.mark.parametrize("code", BAD_SIGNATURES)
def test_signatures_that_do_not_hold(store: Store, code: str) -> None:
    reply = store.send("POST", "statements", **BAD_SIGNATURES[code]())
    assert reply.status_code == 400, reply.text
    assert store.get(statementId=SENT["id"]).status_code == 404
