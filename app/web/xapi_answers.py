"""Answers of /xapi: JSON in the standard's own terms."""

from datetime import UTC, datetime
from email.utils import format_datetime

import orjson
from fastapi.responses import Response
from pydantic import JsonValue

VERSION = "X-Experience-API-Version"
THROUGH = "X-Experience-API-Consistent-Through"
JSON = "application/json"


def json_answer(value: JsonValue, modified: datetime | None = None, etag: str = "") -> Response:
    """A value as JSON, with when it last changed and its ETag where they are known."""
    return content_answer(orjson.dumps(value), JSON, modified, etag)


def content_answer(content: bytes, content_type: str, modified: datetime | None = None, etag: str = "") -> Response:
    """Bytes of a type. The type goes out as it came in, without a character set of our choosing."""
    headers = {"Content-Type": content_type}
    if modified:
        headers["Last-Modified"] = format_datetime(modified.astimezone(UTC), usegmt=True)
    if etag:
        headers["ETag"] = f'"{etag}"'
    return Response(content, headers=headers)


def done() -> Response:
    """204: it is done, and there is nothing to say."""
    return Response(status_code=204)


def refusal(sentence: str, status: int) -> Response:
    """Trouble as JSON, `{"error": sentence}`."""
    headers = {"WWW-Authenticate": 'Basic realm="xAPI", charset="UTF-8"'} if status == 401 else {}
    return Response(orjson.dumps({"error": sentence}), status, headers, media_type=JSON)
