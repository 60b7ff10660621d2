"""One subscription to Redis for a whole event loop: channels come and go while messages arrive.

The client's own subscription object is not made for being used from several tasks at once. What is needed of the
protocol is little: commands go out as they are given, and each answer is an array of three (kind, channel, data).
"""

import asyncio
import ssl
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from redis.exceptions import ConnectionError as Away

Take = Callable[[str, str, str], None]
"""Called with kind ("subscribe", "message", ...), channel and data of each answer."""


class Answers:
    """Cuts whole answers out of what arrives. Only arrays of three, as subscriptions give them, and simple strings."""

    def __init__(self, take: Take) -> None:
        self.take = take
        self.buffer = b""

    def feed(self, data: bytes) -> None:
        """More bytes. Raises Away when they are an error or no answer of a subscription."""
        self.buffer += data
        at = 0
        while (found := self._answer(at)) is not None:
            parts, at = found
            if len(parts) >= 3:
                self.take(parts[0], parts[1], parts[2])
        self.buffer = self.buffer[at:]

    def _answer(self, at: int) -> tuple[list[str], int] | None:
        head = self._line(at)
        if head is None:
            return None
        mark, word, at = head
        if mark in b"+:":
            return [], at
        if mark not in b"*>":
            raise Away(f"Redis answered {word.decode(errors='replace')}")
        parts = []
        for _ in range(int(word)):
            part = self._part(at)
            if part is None:
                return None
            parts.append(part[0])
            at = part[1]
        return parts, at

    def _part(self, at: int) -> tuple[str, int] | None:
        head = self._line(at)
        if head is None:
            return None
        mark, word, at = head
        if mark != b"$":
            return word.decode(), at
        size = max(0, int(word))
        end = at + size + (2 if int(word) >= 0 else 0)
        return None if len(self.buffer) < end else (self.buffer[at : at + size].decode(), end)

    def _line(self, at: int) -> tuple[bytes, bytes, int] | None:
        end = self.buffer.find(b"\r\n", at)
        return None if end < 0 else (self.buffer[at : at + 1], self.buffer[at + 1 : end], end + 2)


class StreamLine:
    """A connected subscription."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, take: Take) -> None:
        self.reader, self.writer = reader, writer
        self.answers = Answers(take)

    @classmethod
    async def open(cls, url: str, take: Take, seconds: float = 2.0) -> "StreamLine":
        """Connect to a redis:// or rediss:// URL. Raises OSError, TimeoutError among them, when it is away."""
        parts = urlsplit(url)
        tls = ssl.create_default_context() if parts.scheme == "rediss" else None
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(parts.hostname or "localhost", parts.port or 6379, ssl=tls)
        line = cls(reader, writer, take)
        if parts.password:
            line._send("AUTH", *(unquote(word) for word in (parts.username, parts.password) if word))
        return line

    def subscribe(self, *channels: str) -> None:
        """Listen to channels too; each is confirmed by an answer of the kind "subscribe"."""
        self._send("SUBSCRIBE", *channels)

    def unsubscribe(self, channel: str) -> None:
        """Listen to a channel no more."""
        self._send("UNSUBSCRIBE", channel)

    def _send(self, *words: str) -> None:
        parts = [b"$%d\r\n%b\r\n" % (len(word.encode()), word.encode()) for word in words]
        self.writer.write(b"*%d\r\n%b" % (len(parts), b"".join(parts)))

    async def read(self, quiet_seconds: float) -> None:
        """Hand out answers until the connection ends, which raises Away; a silent one is asked for a sign of life."""
        asked = False
        while True:
            try:
                async with asyncio.timeout(quiet_seconds):
                    data = await self.reader.read(65536)
            except TimeoutError:
                if asked:
                    raise Away("Redis gives no sign of life") from None
                asked = True
                self._send("PING")
                continue
            if not data:
                raise Away("Redis closed the connection")
            asked = False
            self.answers.feed(data)

    def close(self) -> None:
        """Leave."""
        self.writer.close()
