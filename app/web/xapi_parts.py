"""multipart/mixed: statements with the bytes of their attachments, read and written."""

from collections.abc import Iterable
from hashlib import new
from secrets import token_hex

import orjson
from starlette.datastructures import Headers

from app.records.lrs.values import Flaw, Json

HASH = "x-experience-api-hash"
JSON = "application/json"
_ALGORITHMS = {56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}


def read_parts(content_type: str, body: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The JSON of the first part, and the others by their SHA-2 in lower case. Raises Flaw."""
    parts = list(_split(body, _boundary(content_type)))
    if not parts:
        raise Flaw("the first part must hold the statements.")
    headers, statements = parts[0]
    if headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise Flaw(f"the first part must have the type {JSON}.")
    files: dict[str, bytes] = {}
    for headers, content in parts[1:]:
        files[_checked_hash(headers, content)] = content
    return statements, files


def _boundary(content_type: str) -> bytes:
    for word in content_type.split(";")[1:]:
        name, _, value = word.strip().partition("=")
        if name.lower() == "boundary" and value.strip('"'):
            return b"--" + value.strip('"').encode("latin-1", "replace")
    raise Flaw("multipart/mixed needs a boundary in the Content-Type.")


def _split(body: bytes, mark: bytes) -> Iterable[tuple[Headers, bytes]]:
    pieces = (b"\r\n" + body).split(b"\r\n" + mark)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise Flaw("the parts do not begin and end with the boundary of the Content-Type.")
    for piece in pieces[1:-1]:
        line, _, rest = piece.partition(b"\r\n")
        if line.strip():
            raise Flaw("a boundary stands alone on its line.")
        head, blank, content = (b"\r\n" + rest).partition(b"\r\n\r\n")
        if not blank:
            raise Flaw("a part needs an empty line between its headers and its content.")
        yield _headers(head), content


def _headers(head: bytes) -> Headers:
    raw = []
    for line in head.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if colon:
            raw.append((name.strip().lower(), value.strip()))
    return Headers(raw=raw)


def _checked_hash(headers: Headers, content: bytes) -> str:
    given = headers.get(HASH, "").lower()
    algorithm = _ALGORITHMS.get(len(given))
    if algorithm is None:
        raise Flaw("every part after the first needs its SHA-2 in this header.").within("X-Experience-API-Hash")
    if headers.get("content-transfer-encoding", "").lower() != "binary":
        raise Flaw("every part after the first must say: binary.").within("Content-Transfer-Encoding")
    if new(algorithm, content).hexdigest() != given:
        raise Flaw(f"is not the {algorithm} of the part's content.").within("X-Experience-API-Hash")
    return given


def write_parts(answer: Json, statements: list[Json], files: dict[str, bytes]) -> tuple[bytes, str]:
    """An answer with the attachments of its statements: the body and its Content-Type."""
    boundary = token_hex(24)
    types = {str(one["sha2"]).lower(): str(one["contentType"]) for each in statements for one in _attachments(each)}
    body = [_part(boundary, {"Content-Type": JSON}, orjson.dumps(answer))]
    for sha2, content in files.items():
        told = {
            "Content-Type": types.get(sha2, "application/octet-stream"),
            "Content-Transfer-Encoding": "binary",
            "X-Experience-API-Hash": sha2,
        }
        body.append(_part(boundary, told, content))
    return b"".join([*body, f"--{boundary}--\r\n".encode()]), f"multipart/mixed; boundary={boundary}"


def _attachments(statement: Json) -> list[Json]:
    found: list[Json] = []
    for one in (statement, statement.get("object")):
        held = one.get("attachments") if type(one) is dict else None
        found += [each for each in held if type(each) is dict] if type(held) is list else []
    return found


def _part(boundary: str, headers: dict[str, str], content: bytes) -> bytes:
    lines = "".join(f"{name}: {' '.join(value.split())}\r\n" for name, value in headers.items())
    return f"--{boundary}\r\n{lines}\r\n".encode() + content + b"\r\n"
