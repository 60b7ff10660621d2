"""Signed statements: an attachment that is a JSON web signature over the statement itself."""

import base64
import binascii

import jwt
import orjson
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.api_jws import PyJWS
from pydantic import JsonValue

from app.records.lrs.checking import check
from app.records.lrs.sameness import same
from app.records.lrs.shapes import SIGNATURE
from app.records.lrs.values import Flaw, Json

ALGORITHMS = ["RS256", "RS384", "RS512"]


def check_signatures(statement: Json, files: dict[str, bytes], version: str) -> None:
    """Every signature of a statement holds. `files` are the parts that came with it, by SHA-2. Raises Flaw."""
    attachments = statement.get("attachments")
    for one in attachments if type(attachments) is list else []:
        if type(one) is dict and one.get("usageType") == SIGNATURE:
            content = files.get(str(one["sha2"]).lower())
            if content is None:
                raise Flaw("the signature itself must come with the statement, as a part of its own.")
            _holds(statement, content, version)


def _holds(statement: Json, content: bytes, version: str) -> None:
    token = content.strip()
    try:
        header = PyJWS().get_unverified_header(token)
        if header.get("alg") not in ALGORITHMS:
            raise Flaw(f"a signature must use one of {', '.join(ALGORITHMS)}.")
        chain = header.get("x5c")
        payload = _payload(token, str(chain[0]) if chain else "")
        signed = orjson.loads(payload)
    except (jwt.PyJWTError, orjson.JSONDecodeError, ValueError, TypeError, KeyError) as error:
        raise Flaw(f"the signature does not hold: {error}.") from error
    if type(signed) is not dict or not same(check(_unsigned(signed), version), _unsigned(statement)):
        raise Flaw("what is signed is not this statement.")


def _payload(token: bytes, certificate: str) -> bytes:
    """What is signed; checked against the certificate where the signature brings one."""
    if not certificate:
        return bytes(PyJWS().decode_complete(token, options={"verify_signature": False})["payload"])
    try:
        key = x509.load_der_x509_certificate(base64.b64decode(certificate, validate=True)).public_key()
    except (binascii.Error, UnsupportedAlgorithm, InvalidSignature) as error:
        raise ValueError("its certificate cannot be read") from error
    if not isinstance(key, RSAPublicKey):
        raise ValueError("its certificate is not for RSA")
    return bytes(PyJWS().decode_complete(token, key, algorithms=ALGORITHMS)["payload"])


def _unsigned(statement: Json) -> Json:
    """The statement without its signatures."""
    held = statement.get("attachments")
    kept: list[JsonValue] = [one for one in held if not _is_signature(one)] if type(held) is list else []
    rest: Json = {name: value for name, value in statement.items() if name != "attachments"}
    return {**rest, "attachments": kept} if kept else rest


def _is_signature(attachment: JsonValue) -> bool:
    return type(attachment) is dict and attachment.get("usageType") == SIGNATURE
