"""A transport for httpx2 that costs little for each arriving word: HTTP/1.1 over asyncio, for plain `http` servers.

httpx2's own pays several layers for every piece of a body. A model server sends a piece for every token, so here what
arrives is only put aside, and handed on as one when the reader comes for it. Connections are kept and used again.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator

import httpx2

KEPT_SECONDS = 4.0
"""How long an idle connection is kept: less than servers commonly do, so that none is used as it is being closed."""
_PLAIN = frozenset((b"host", b"content-length", b"transfer-encoding", b"connection"))


class Line(asyncio.Protocol):
    """One connection, for one request at a time."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.transport: asyncio.Transport | None = None
        self.buffer = bytearray()
        self.waiter: asyncio.Future[None] | None = None
        self.idle_since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        if isinstance(transport, asyncio.Transport):
            self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake the reader to the end."""
        self.transport = None
        self._wake()

    def data_received(self, data: bytes) -> None:
        """Put aside what came."""
        self.buffer += data
        self._wake()

    def _wake(self) -> None:
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    async def more(self) -> None:
        """Wait until more has come. Raises httpx2.RemoteProtocolError when the connection ended instead."""
        if self.transport is None:
            raise httpx2.RemoteProtocolError("the server closed the connection in the middle of a reply")
        self.waiter = self.loop.create_future()
        try:
            await self.waiter
        finally:
            self.waiter = None

    def take(self, size: int) -> bytes:
        """Remove this many bytes from the buffer."""
        taken = bytes(self.buffer[:size])
        del self.buffer[:size]
        return taken

    async def until(self, mark: bytes) -> bytes:
        """Everything up to and with the mark."""
        while (end := self.buffer.find(mark)) < 0:
            await self.more()
        return self.take(end + len(mark))

    def close(self) -> None:
        """Leave at once; the server notices and stops working."""
        if self.transport is not None:
            self.transport.abort()


class Body(httpx2.AsyncByteStream):
    """A reply's body as it comes. Read to its end, the connection is kept; left earlier, it is closed."""

    def __init__(self, line: Line, headers: httpx2.Headers, keep: "Transport") -> None:
        self.line, self.keep = line, keep
        self.chunked = "chunked" in headers.get("transfer-encoding", "")
        self.length = int(headers["content-length"]) if "content-length" in headers else None
        self.stays = "close" not in headers.get("connection", "").lower()
        self.whole = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = self._chunks() if self.chunked else self._counted() if self.length is not None else self._rest()
        async for piece in pieces:
            yield piece
        self.whole = True

    async def _chunks(self) -> AsyncIterator[bytes]:
        line = self.line
        while True:
            found, ended = self._whole_chunks()
            if found:
                yield found
            if ended:
                return
            await line.more()

    def _whole_chunks(self) -> tuple[bytes, bool]:
        """The content of every chunk that is whole, and whether the last one was among them."""
        buffer, at, found = self.line.buffer, 0, bytearray()
        ended = False
        while not ended and (end := buffer.find(b"\r\n", at)) >= 0:
            size = int(bytes(buffer[at:end]).partition(b";")[0], 16)
            if len(buffer) < end + size + 4:
                break
            found += buffer[end + 2 : end + 2 + size]
            at, ended = end + size + 4, not size
        del buffer[:at]
        return bytes(found), ended

    async def _counted(self) -> AsyncIterator[bytes]:
        left = self.length or 0
        while left > 0:
            if not self.line.buffer:
                await self.line.more()
            piece = self.line.take(left)
            left -= len(piece)
            yield piece

    async def _rest(self) -> AsyncIterator[bytes]:
        self.stays = False
        while self.line.transport is not None or self.line.buffer:
            if self.line.buffer:
                yield self.line.take(len(self.line.buffer))
            elif self.line.transport is not None:
                await self._last()

    async def _last(self) -> None:
        """Wait for more, or for the end of the connection, which here is the end of the reply."""
        try:
            await self.line.more()
        except httpx2.RemoteProtocolError:
            return

    async def aclose(self) -> None:
        """Keep the connection for the next request, or close it."""
        self.keep.give_back(self.line, self.whole and self.stays)


class Transport(httpx2.AsyncBaseTransport):
    """Requests to plain http servers, each on a connection of its own while it lasts. For one event loop."""

    def __init__(self) -> None:
        self.idle: dict[tuple[str, int], list[Line]] = defaultdict(list)
        self.address: dict[Line, tuple[str, int]] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; returns as soon as the head of the reply is there."""
        body = await request.aread()
        line = await self._line(request)
        answered = False
        try:
            if line.transport is None:
                raise httpx2.ConnectError("the connection was closed", request=request)
            line.transport.write(_head(request, len(body)) + body)
            status, headers = _read(await line.until(b"\r\n\r\n"))
            answered = True
        finally:
            if not answered:
                self.give_back(line, False)
        return httpx2.Response(status, headers=headers, stream=Body(line, headers, self), request=request)

    async def _line(self, request: httpx2.Request) -> Line:
        """An idle connection to the request's server, or a new one."""
        address = (request.url.host, request.url.port or 80)
        loop = asyncio.get_running_loop()
        idle = self.idle[address]
        while idle:
            line = idle.pop()
            if line.transport is not None and loop.time() - line.idle_since < KEPT_SECONDS:
                return line
            self.give_back(line, False)
        patience = request.extensions.get("timeout", {}).get("connect")
        try:
            async with asyncio.timeout(patience):
                _, line = await loop.create_connection(Line, *address)
        except TimeoutError as error:
            raise httpx2.ConnectTimeout("the server cannot be reached", request=request) from error
        except OSError as error:
            raise httpx2.ConnectError(str(error), request=request) from error
        self.address[line] = address
        return line

    def give_back(self, line: Line, keep: bool) -> None:
        """The end of a request on this connection."""
        if keep and line.transport is not None and not line.buffer and line in self.address:
            line.idle_since = line.loop.time()
            self.idle[self.address[line]].append(line)
            return
        self.address.pop(line, None)
        line.close()


def _head(request: httpx2.Request, length: int) -> bytes:
    sent = [(name, value) for name, value in request.headers.raw if name.lower() not in _PLAIN]
    sent += [(b"Host", request.url.netloc), (b"Content-Length", str(length).encode())]
    lines = b"".join(b"%b: %b\r\n" % pair for pair in sent)
    return b"%b %b HTTP/1.1\r\n%b\r\n" % (request.method.encode(), request.url.raw_path, lines)


def _read(head: bytes) -> tuple[int, httpx2.Headers]:
    """Status and headers. Raises httpx2.RemoteProtocolError for what is no HTTP."""
    first, *lines = head[:-4].split(b"\r\n")
    words = first.split(b" ", 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        raise httpx2.RemoteProtocolError("the server does not speak HTTP")
    pairs = [(name.strip(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
    return int(words[1]), httpx2.Headers(pairs)
