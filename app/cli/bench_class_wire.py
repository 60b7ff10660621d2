"""The load driver's side of the wire: HTTP/1.1 by hand, because a comfortable client would cost as much as the server.

`Wire` is one kept connection; a reply's body goes on piece by piece to whoever sent the request, so that ordinary
replies, class pages' event streams and a model's streamed words all come through the same few lines.
"""

import asyncio
import json
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

from pydantic import BaseModel, JsonValue

from app.base.errors import AppError


class Kept(BaseModel):
    """Who a connection is: the cookie and the csrf word of one student's sign-in."""

    token: str = ""
    csrf: str = ""


class Wire(asyncio.Protocol):
    """One connection to a server, for one request at a time."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.transport: asyncio.Transport | None = None
        self.waiting = b""
        self.status = 0
        self.left = -1
        self.chunked = False
        self.take: Callable[[bytes], None] = lambda piece: None
        self.done: asyncio.Future[int] = self.loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one by what it does

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits for a reply waits in vain."""
        self.transport = None
        if not self.done.done():
            self.done.set_exception(AppError("The server closed a connection in the middle of a reply."))
            self.done.exception()

    def send(self, request: bytes, take: Callable[[bytes], None]) -> "asyncio.Future[int]":
        """Send a request; `take` gets its body piece by piece, the future the status when the reply is whole."""
        if self.transport is None:
            raise AppError("The server closed a connection.")
        self.take, self.status, self.left = take, 0, -1
        self.done = self.loop.create_future()
        self.transport.write(request)
        return self.done

    def close(self) -> None:
        """Leave."""
        if not self.done.done():
            self.done.cancel()
        if self.transport is not None:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Head first, then the body in either of its two forms."""
        self.waiting = self.waiting + data if self.waiting else data
        if not self.status and not self._head():
            return
        if self.chunked:
            self._chunks()
            return
        piece, self.waiting = self.waiting, b""
        self.left -= len(piece)
        self.take(piece)
        if self.left <= 0:
            self._end()

    def _head(self) -> bool:
        end = self.waiting.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = self.waiting[:end].lower()
        self.waiting = self.waiting[end + 4 :]
        self.status = int(head[9:12])
        self.chunked = b"transfer-encoding: chunked" in head
        self.left = int(head.partition(b"content-length:")[2].split(b"\r", 1)[0] or 0)
        return True

    def _chunks(self) -> None:
        data, at = self.waiting, 0
        while (end := data.find(b"\r\n", at)) >= 0:
            size = int(data[at:end], 16)
            if len(data) < end + 4 + size:
                break
            if size:
                self.take(data[end + 2 : end + 2 + size])
            at = end + 4 + size
            if not size:
                self.waiting = data[at:]
                self._end()
                return
        self.waiting = data[at:]

    def _end(self) -> None:
        if not self.done.done():
            self.done.set_result(self.status)


class Site:
    """A server's address, and requests to it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host, self.port, self.path = parts.hostname or "127.0.0.1", parts.port or 80, parts.path.rstrip("/")

    async def connect(self) -> Wire:
        """A connection of one's own."""
        _, wire = await asyncio.get_running_loop().create_connection(Wire, self.host, self.port)
        return wire

    def get(self, path: str, kept: Kept) -> bytes:
        """A GET request."""
        return self._head("GET", path, kept) + b"\r\n"

    def post(self, path: str, kept: Kept, document: JsonValue) -> bytes:
        """A POST request with a JSON body."""
        body = json.dumps(document).encode()
        told = f"content-type: application/json\r\ncontent-length: {len(body)}\r\nx-csrf-token: {kept.csrf}\r\n\r\n"
        return self._head("POST", path, kept) + told.encode() + body

    def _head(self, method: str, path: str, kept: Kept) -> bytes:
        cookie = f"cookie: lyceum_session={kept.token}\r\n" if kept.token else ""
        return (
            f"{method} {self.path}{path} HTTP/1.1\r\nhost: {self.host}:{self.port}\r\n"
            f"accept: application/json\r\n{cookie}"
        ).encode()


class Lines:
    """Cuts server-sent events out of a body's pieces and hands on (name, data) of each that has data."""

    def __init__(self, take: Callable[[bytes, bytes], None]) -> None:
        self.take = take
        self.rest = b""

    def __call__(self, piece: bytes) -> None:
        """One more piece of the body."""
        *blocks, self.rest = (self.rest + piece).split(b"\n\n")
        for block in blocks:
            at = block.find(b"data: ")
            if at >= 0:
                name = block[:at].partition(b"event: ")[2].rstrip(b"\n")
                self.take(name, block[at + 6 :])
