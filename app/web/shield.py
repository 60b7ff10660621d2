"""What goes around every response and request: security headers, and a limit on what is sent to us.

Pure ASGI: a response's chunks pass through one by one, so that live streams are never held back.
"""

import os
import re

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.base.settings import get_settings

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Referrer-Policy is not "no-referrer": browsers would then send `Origin: null` with our own forms.
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
FORM_BYTES = 2 * 2**20
RECORD_BYTES = 16 * 2**20
"""A batch of statements with its attachments, or a document."""
_UPLOAD = re.compile(r"/courses/[^/]+/lessons")
_BANK = re.compile(r"/courses/[^/]+/exchange/questions")
BANK_BYTES = 100 * 2**20


def body_limit(path: str) -> tuple[int, str]:
    """How many bytes may be posted to a path, and the sentence for more."""
    if path.startswith("/xapi/"):
        return RECORD_BYTES, f"That is more than {RECORD_BYTES // 2**20} MB, the most that is taken at once. Send less."
    if _BANK.fullmatch(path):
        return BANK_BYTES + 2**16, f"A question bank may have {BANK_BYTES // 2**20} MB. Export it in parts."
    if path == "/exchange/courses":
        most = get_settings().course_bytes
        return (
            most + 2**16,
            f"A course may have {most // 2**20} MB. Your operator can bring it in from the command line.",
        )
    if not _UPLOAD.fullmatch(path):
        return FORM_BYTES, "That is more than can be sent at once. Shorten it and send it again."
    limit = get_settings().upload_bytes
    sentence = f"This file is larger than {limit // 2**20} MB, the most a deck may have."
    return limit + 2**16, f"{sentence} Make its pictures smaller or split it."


class Shield:
    """Middleware: adds HEADERS where a response has none of its own, and stops bodies over their limit with 413."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if get_settings().secure_cookies:
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        await self.app(scope, _limited(scope["path"], receive), guarded)


def _limited(path: str, receive: Receive) -> Receive:
    limit, sentence = body_limit(path)
    seen = 0

    async def next_message() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen <= limit:
            return message
        # A browser shows our answer only once it has sent all it wanted to, so the rest is read and dropped.
        while message.get("more_body") and seen < 4 * limit:
            message = await receive()
            seen += len(message.get("body", b""))
        raise HTTPException(413, sentence)

    return next_message


class KeptFiles(StaticFiles):
    """Static files: kept for ever under an address with their stamp (`?v=`), else checked again each time."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file with its cache rule."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        stamped = scope.get("query_string", b"").startswith(b"v=")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if stamped else "no-cache"
        return response
