"""A streamed reply at little cost: LangChain's client, whose words are read off the wire without an object per token.

LangChain and the OpenAI client build and merge half a dozen validated objects for every token, which at thirty tokens a
second and stream is most of what a class costs. Here the client makes the request, with its addresses, keys and errors,
and the lines of the reply are read as they are: words are handed on at the end of a sentence, and otherwise a few times
a second.
"""

import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI

HOLD_SECONDS = 0.2
"""How long words may wait for the end of their sentence before they are handed on."""
ENDS = (".", "!", "?", "…", "\n", '"', "”", ")")


class Gathered:
    """What came since words were last handed on."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.usage: UsageMetadata | None = None
        self.about: dict[str, Any] = {}
        self.last = 0.0

    def add(self, line: bytes) -> None:
        """Take in one line of the stream. Raises ValueError and its like when it is not the protocol."""
        if not line.startswith(b"data:") or (data := line[5:].strip()) == b"[DONE]":
            return
        document = json.loads(data)
        if error := document.get("error"):
            raise ValueError(f"the server sent an error instead of words: {error}")
        if told := document.get("usage"):
            self.usage = _usage(told)
        if told := document.get("timings"):
            self.about["timings"] = told
        for choice in document.get("choices") or ():
            if words := (choice.get("delta") or {}).get("content"):
                self.words.append(words)
            if reason := choice.get("finish_reason"):
                self.about["finish_reason"] = reason

    def is_due(self) -> bool:
        """Whether to hand on what there is: the first words, a sentence's end, or words that waited long enough."""
        if not self.words:
            return False
        return self.words[-1].endswith(ENDS) or time.monotonic() - self.last >= HOLD_SECONDS

    def hand_on(self) -> ChatGenerationChunk:
        """Everything gathered, as LangChain's chunk."""
        message = AIMessageChunk(
            content="".join(self.words), usage_metadata=self.usage, response_metadata=dict(self.about)
        )
        self.words, self.usage, self.about, self.last = [], None, {}, time.monotonic()
        return ChatGenerationChunk(message=message)


def _usage(told: dict[str, Any]) -> UsageMetadata:
    cached = (told.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    return UsageMetadata(
        input_tokens=told.get("prompt_tokens") or 0,
        output_tokens=told.get("completion_tokens") or 0,
        total_tokens=told.get("total_tokens") or 0,
        input_token_details={"cache_read": cached},
    )


class Chat(ChatOpenAI):
    """LangChain's chat model with a frugal `_astream`; it keeps llama.cpp's own timings too."""

    async def _astream(self, messages: Any, stop: Any = None, run_manager: Any = None, **given: Any) -> Any:
        """Chunks of words as they come."""
        given.pop("stream_usage", None)
        payload = self._get_request_payload(
            messages, stop=stop, stream=True, stream_options={"include_usage": True}, **given
        )
        gathered = Gathered()
        async with self.async_client.with_streaming_response.create(**payload) as response:
            async for lines in _lines(response.iter_bytes()):
                for line in lines:
                    gathered.add(line)
                if gathered.is_due():
                    yield gathered.hand_on()
        yield gathered.hand_on()


async def _lines(pieces: AsyncIterator[bytes]) -> AsyncIterator[Iterator[bytes]]:
    """The whole lines of each piece of a body; a last line without an end counts too."""
    rest = b""
    async for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield (line for line in whole if line)
    if rest:
        yield iter([rest])
