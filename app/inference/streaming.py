"""A streamed reply at little cost: LangChain words the request, and the lines of the reply are read as they are.

LangChain and the OpenAI client build and merge half a dozen validated objects for every token, and some more for every
request and piece that they hand on, which at thirty tokens a second and stream is most of what a class costs.
Here words are handed on at the end of a sentence, and otherwise once a second. Once a first sentence is out, the wire
is looked at a few times a second, not at every token, and the tokens wait in the kernel meanwhile: each would wake the
loop otherwise.
"""

import asyncio
import json
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any, cast

import aiohttp
import orjson
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

HOLD_SECONDS = 1.0
"""How long words may wait for the end of their sentence before they are handed on."""
LOOK_SECONDS = 0.2
"""How often the wire is looked at once a sentence was handed on."""
MOST_AT_ONCE = 1 << 16
"""Bytes taken off the wire at once. By size and not "what is there", which leaves what came while reading paused."""
_END = re.compile(r'(?:[.!?)]|…|”|\\n|\\"|\\u2026|\\u201d)"'.encode())
"""How words that end a sentence look in JSON. Found elsewhere, they only have words handed on early."""
_HALF = re.compile("[\ud800-\udfff]")


class Refused(Exception):
    """The server answered with this status instead of words."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


@dataclass
class Piece:
    """Words of a reply, and what the server told beside them: tokens read, said and found in its cache, milliseconds of
    reading, and why the reply ended; zero and empty where it told nothing.
    """

    words: str = ""
    finished: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    read_ms: float = 0


class Gathered:
    """What came since words were last handed on. Lines are read when their words are wanted, all at once."""

    def __init__(self) -> None:
        self.unread: list[bytes] = []
        self.words: list[str] = []
        self.piece = Piece()
        self.last = 0.0
        self.has_end = False

    def add(self, line: bytes) -> None:
        """Take in one line of the stream."""
        if line.startswith(b"data:") and (data := line[5:].strip()) != b"[DONE]":
            self.unread.append(data)
            self.has_end = self.has_end or _END.search(data) is not None

    def is_due(self) -> bool:
        """Whether to hand on what there is: the first words, a sentence's end, or words that waited long enough."""
        if not self.last:
            self._read()
            return bool(self.words)
        return bool(self.unread) and (self.has_end or time.monotonic() - self.last >= HOLD_SECONDS)

    def hand_on(self) -> Piece:
        """Everything gathered. Raises ValueError and its like when it is not the protocol."""
        self._read()
        piece, self.piece = self.piece, Piece()
        piece.words = _joined(self.words)
        self.words, self.last, self.has_end = [], time.monotonic(), False
        return piece

    def _read(self) -> None:
        for document in _documents(b"[" + b",".join(self.unread) + b"]"):
            self._take(document)
        self.unread = []

    def _take(self, document: dict[str, Any]) -> None:
        if error := document.get("error"):
            raise ValueError(f"the server sent an error instead of words: {error}")
        if told := document.get("usage"):
            self._count(told)
        if told := document.get("timings"):
            self.piece.read_ms = told.get("prompt_ms") or 0
        for choice in document.get("choices") or ():
            if words := (choice.get("delta") or {}).get("content"):
                self.words.append(words)
            self.piece.finished = choice.get("finish_reason") or self.piece.finished

    def _count(self, told: dict[str, Any]) -> None:
        self.piece.tokens_in = told.get("prompt_tokens") or 0
        self.piece.tokens_out = told.get("completion_tokens") or 0
        self.piece.tokens_cached = (told.get("prompt_tokens_details") or {}).get("cached_tokens") or 0


def _documents(data: bytes) -> list[dict[str, Any]]:
    """A list of JSON documents. Half an emoji, cut between two tokens, is JSON for Python's own reader alone."""
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        found = json.loads(data)
    return cast(list[dict[str, Any]], found)


def _joined(words: list[str]) -> str:
    """Words as one text, with halves of an emoji made one."""
    text = "".join(words)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if _HALF.search(text) else text


class Chat(ChatOpenAI):
    """LangChain's chat model with a frugal way to stream; it keeps llama.cpp's own timings too."""

    async def pieces(
        self, wire: aiohttp.ClientSession, messages: list[tuple[str, Any]], proxy: str | None = None, **given: Any
    ) -> AsyncGenerator[Piece, None]:
        """The reply as it comes, by way of a proxy (its URL) if need be; `given` is what LangChain's own methods take.

        Raises Refused, ValueError and its like for what is not the protocol, and aiohttp's errors.
        """
        payload = self._get_request_payload(messages, stream=True, stream_options={"include_usage": True}, **given)
        extra = payload.pop("extra_body", None) or {}
        body = orjson.dumps({**payload, **extra})
        async with wire.post(self._address(), data=body, headers=self._head(), proxy=proxy) as reply:
            if reply.status >= 400:
                raise Refused(reply.status)
            gathered, has_spoken = Gathered(), False
            async for lines in _lines(reply.content.iter_chunked(MOST_AT_ONCE)):
                for line in lines:
                    gathered.add(line)
                if gathered.is_due():
                    has_spoken = has_spoken or gathered.has_end
                    yield gathered.hand_on()
                if has_spoken and not reply.content.at_eof():
                    await _rest(reply)
            yield gathered.hand_on()

    def _address(self) -> str:
        return f"{(self.openai_api_base or '').rstrip('/')}/chat/completions"

    def _head(self) -> dict[str, str]:
        key = self.openai_api_key
        words = key.get_secret_value() if isinstance(key, SecretStr) else ""
        return {"content-type": "application/json", "authorization": f"Bearer {words}"}


async def _rest(reply: aiohttp.ClientResponse) -> None:
    """Leave the wire alone until the next look; once the reply is all there, it may be another reply's already."""
    connection = reply.connection.protocol if reply.connection else None
    if connection is not None:
        connection.pause_reading()
    try:
        await asyncio.sleep(LOOK_SECONDS)
    finally:
        if connection is not None:
            connection.resume_reading()


async def _lines(pieces: AsyncIterator[bytes]) -> AsyncGenerator[list[bytes], None]:
    """The whole lines of each piece of a body; a last line without an end counts too."""
    rest = b""
    async for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield whole
    if rest:
        yield [rest]
