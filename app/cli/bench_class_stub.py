"""A stand-in for a model server, exact in its timing: first token after 100 ms, then 30 tokens a second and stream.

    python -m app.cli.bench_class_stub --port 8900

It speaks as much of the OpenAI protocol as a class needs: GET /v1/models and /health, POST /v1/chat/completions. One
process and one thread; some hundred streams cost it a small part of a core. A token is a word with the space before
it; a reply is a few whole sentences, chosen by a checksum of the last message. Token k is due k / 30 s after the first
on an absolute schedule, so that a late token does not push back the next.
"""

import argparse
import asyncio
import json
import zlib
from collections.abc import Callable
from typing import cast

import uvloop
from pydantic import BaseModel

from app.base.console import say

FIRST_SECONDS = 0.1
TOKENS_PER_SECOND = 30.0
REPLY_TOKENS = 60
SENTENCES = (
    "A plant takes in light and turns it into food.",
    "The number on the left tells us how many groups there are.",
    "When two forces are equal and opposite, nothing moves.",
    "A good question is often worth more than a quick answer.",
    "Look first at what stays the same, then at what changes.",
    "Water boils sooner on a mountain because the air is thinner.",
    "Every fraction is a division that has not been carried out yet.",
    "The heart pumps blood around the body about once a minute.",
    "To compare two things, measure them in the same unit.",
    "An example shows that something can happen, not that it must.",
    "A map leaves out most of the world so that we can find our way.",
    "If the answer surprises you, check the question again.",
    "Sound needs air to travel, but light does not.",
    "The slope tells us how fast one thing grows as the other does.",
    "A cell is small, yet it holds the plan of the whole body.",
    "We write down what we know before we look for what we want.",
)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
PIECE = '{"id":"stub","object":"chat.completion.chunk","created":0,"model":"stub-model","choices":'


class Message(BaseModel):
    """One message of a request."""

    role: str
    content: str


class Request(BaseModel):
    """What a request asks for, as far as it matters here."""

    messages: list[Message]
    stream: bool = False
    max_tokens: int | None = None
    max_completion_tokens: int | None = None


def reply_to(words: str, limit: int) -> list[str]:
    """The tokens of the reply to these words: whole sentences, about REPLY_TOKENS, cut only by `limit`."""
    at = zlib.crc32(words.encode("utf-8", "replace"))
    found: list[str] = []
    while len(found) < REPLY_TOKENS:
        found += SENTENCES[at % len(SENTENCES)].split()
        at += 1
    return [word if number == 0 else f" {word}" for number, word in enumerate(found[:limit])]


def _chunk(data: str) -> bytes:
    line = f"data: {data}\n\n".encode()
    return b"%x\r\n%b\r\n" % (len(line), line)


def piece(word: str) -> bytes:
    return _chunk(f'{PIECE}[{{"index":0,"delta":{{"content":{json.dumps(word)}}},"finish_reason":null}}]}}')


def ending_of(read: int, spoken: int) -> bytes:
    usage = f'{{"prompt_tokens":{read},"completion_tokens":{spoken},"total_tokens":{read + spoken}}}'
    return (
        _chunk(f'{PIECE}[{{"index":0,"delta":{{}},"finish_reason":"stop"}}]}}')
        + _chunk(f'{PIECE}[],"usage":{usage}}}')
        + _chunk("[DONE]")
        + b"0\r\n\r\n"
    )


class Connection(asyncio.Protocol):
    """One client's connection; its requests come one after another."""

    first_seconds = FIRST_SECONDS
    tokens_per_second = TOKENS_PER_SECOND

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.waiting = b""
        self.transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast(asyncio.WriteTransport, transport)  # uvloop's is one by what it does

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more is sent."""
        self.transport = None

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        self.waiting += data
        while (end := self.waiting.find(b"\r\n\r\n")) >= 0:
            head = self.waiting[:end].lower()
            length = int(head.partition(b"content-length:")[2].split(b"\r", 1)[0] or 0)
            if len(self.waiting) < end + 4 + length:
                return
            body = self.waiting[end + 4 : end + 4 + length]
            self.waiting = self.waiting[end + 4 + length :]
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"post"):
            self._chat(Request.model_validate_json(body))
        else:
            self._send_document('{"object":"list","status":"ok","data":[{"id":"stub-model","object":"model"}]}')

    def _chat(self, request: Request) -> None:
        limit = request.max_completion_tokens or request.max_tokens or REPLY_TOKENS
        tokens = reply_to(request.messages[-1].content, limit)
        read = sum(len(one.content.split()) for one in request.messages)
        due = self.loop.time() + self.first_seconds
        if request.stream:
            self._write(HEAD)
            self.loop.call_at(
                due, self._speak, [piece(token) for token in tokens], 0, due, ending_of(read, len(tokens))
            )
        else:
            text = json.dumps("".join(tokens))
            choice = f'{{"index":0,"finish_reason":"stop","message":{{"role":"assistant","content":{text}}}}}'
            counts = f'{{"prompt_tokens":{read},"completion_tokens":{len(tokens)},"total_tokens":{read + len(tokens)}}}'
            about = '"id":"stub","object":"chat.completion","created":0,"model":"stub-model"'
            whole = f'{{{about},"choices":[{choice}],"usage":{counts}}}'
            self.loop.call_at(due + len(tokens) / self.tokens_per_second, self._send_document, whole)

    def _speak(self, pieces: list[bytes], at: int, began: float, ending: bytes) -> None:
        """Send the piece that is due, with those that are overdue, and come back for the next."""
        if self.transport is None:
            return
        ready = min(len(pieces), max(at, int((self.loop.time() - began) * self.tokens_per_second + 1e-6)) + 1)
        self._write(b"".join(pieces[at:ready]))
        if ready == len(pieces):
            self._write(ending)
        else:
            self.loop.call_at(began + ready / self.tokens_per_second, self._speak, pieces, ready, began, ending)

    def _send_document(self, text: str) -> None:
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(text.encode())}\r\n\r\n"
        self._write((head + text).encode())

    def _write(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(data)


async def serve(
    port: int, ready: Callable[[int], None] = lambda port: None, kind: type[Connection] = Connection
) -> None:
    """Serve on 127.0.0.1 until cancelled; `ready` is told the port."""
    server = await asyncio.get_running_loop().create_server(kind, "127.0.0.1", port, backlog=1024)
    ready(server.sockets[0].getsockname()[1])
    async with server:
        await server.serve_forever()


def main(kind: type[Connection] = Connection) -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    chosen = parser.parse_args()
    uvloop.run(serve(chosen.port, lambda port: say(f"stub model at http://127.0.0.1:{port}/v1"), kind))


if __name__ == "__main__":
    main()
