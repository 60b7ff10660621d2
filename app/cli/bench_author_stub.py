"""A stand-in for an author's model server, exact in its timing: 16 streams, the first token of each after 100 ms, then
50 tokens a second.

    python -m app.cli.bench_author_stub --port 8901

It speaks the protocol as `bench_class_stub` does and fills the form that a request binds it to: the numbered points of
the prompt one by one, so that what it says holds against the page. Who comes while 16 streams are open waits. GET
/stats says how many requests and tokens there were, and how many streams were open at once.
"""

import asyncio
import json
import re
from collections import deque

from pydantic import BaseModel, Field, JsonValue

from app.cli.bench_class_stub import HEAD, Connection, Message, ending_of, main, piece

FIRST_SECONDS = 0.1
TOKENS_PER_SECOND = 50.0
STREAMS = 16
MOST_TOKENS = 400

POINT = re.compile(r"^\d+\. (.+)$", re.MULTILINE)
TITLE = re.compile(r"^Now: (.+)$", re.MULTILINE)


class JsonSchema(BaseModel):
    """The form of a reply."""

    tree: dict[str, JsonValue] = Field(default_factory=dict, alias="schema")


class ResponseFormat(BaseModel):
    """How a request binds its reply."""

    json_schema: JsonSchema = JsonSchema()


class Request(BaseModel):
    """What a request asks for, as far as it matters here."""

    messages: list[Message]
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    response_format: ResponseFormat = ResponseFormat()


class Filler:
    """Fills a form with the sentences of a prompt, each used once until all were."""

    def __init__(self, words: str, tree: dict[str, JsonValue]) -> None:
        title = TITLE.search(words)
        named = [f"{title[1]} is what we look at now."] if title else []
        self.sentences: list[str] = [*named, *(str(one) for one in POINT.findall(words))] or [
            words.strip().splitlines()[-1]
        ]
        self.definitions = tree.get("$defs", {})
        self.used = 0

    def fill(self, tree: JsonValue) -> JsonValue:
        """A value that a schema allows."""
        if not isinstance(tree, dict):
            return None
        if isinstance(name := tree.get("$ref"), str) and isinstance(self.definitions, dict):
            return self.fill(self.definitions.get(name.rpartition("/")[2]))
        for choice in ("enum", "anyOf", "oneOf"):
            if isinstance(found := tree.get(choice), list) and found:
                return found[0] if choice == "enum" else self.fill(found[0])
        return self._typed(tree)

    def _typed(self, tree: dict[str, JsonValue]) -> JsonValue:
        kind = tree.get("type")
        if kind == "object":
            parts = tree.get("properties")
            return {name: self.fill(part) for name, part in parts.items()} if isinstance(parts, dict) else {}
        if kind == "array":
            count = tree.get("minItems")
            return [self.fill(tree.get("items")) for _ in range(count if isinstance(count, int) else 2)]
        if kind in ("integer", "number"):
            return 0
        return False if kind == "boolean" else self._sentence()

    def _sentence(self) -> str:
        found = self.sentences[self.used % len(self.sentences)]
        self.used += 1
        return found


class Places:
    """The streams of all connections, and what was asked and said so far."""

    open, most, calls, tokens = 0, 0, 0, 0
    line: "deque[asyncio.Future[None]]" = deque()

    @classmethod
    async def take(cls) -> None:
        """Wait for a stream."""
        if cls.open >= STREAMS:
            cls.line.append(asyncio.get_running_loop().create_future())
            await cls.line[-1]
        cls.open += 1
        cls.most = max(cls.most, cls.open)

    @classmethod
    def give(cls) -> None:
        """Leave a stream to the next."""
        cls.open -= 1
        if cls.line:
            cls.line.popleft().set_result(None)


class Author(Connection):
    """One client's connection."""

    first_seconds = FIRST_SECONDS
    tokens_per_second = TOKENS_PER_SECOND

    def _answer(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"get /stats"):
            told = {"calls": Places.calls, "tokens": Places.tokens, "most": Places.most}
            self._send_document(json.dumps(told))
        elif head.startswith(b"post"):
            self.task = self.loop.create_task(self._write_page(Request.model_validate_json(body)))
        else:
            super()._answer(head, body)

    async def _write_page(self, request: Request) -> None:
        turn = request.messages[-1].content
        tree = request.response_format.json_schema.tree
        text = json.dumps(Filler(turn, tree).fill(tree)) if tree else turn
        limit = request.max_completion_tokens or request.max_tokens or MOST_TOKENS
        tokens = re.findall(r"\s*\S+", text)[:limit]
        read = sum(len(one.content.split()) for one in request.messages)
        Places.calls, Places.tokens = Places.calls + 1, Places.tokens + len(tokens)
        await Places.take()
        try:
            self._write(HEAD)
            due = self.loop.time() + self.first_seconds
            self.loop.call_at(due, self._speak, [piece(one) for one in tokens], 0, due, ending_of(read, len(tokens)))
            await asyncio.sleep(due + (len(tokens) - 1) / self.tokens_per_second - self.loop.time())
        finally:
            Places.give()


if __name__ == "__main__":
    main(Author)
