"""Conversations as a chat model is given them, and what makes two of them the same."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from app.alignment.schema import Message
from app.base.prompts import fill

PROMPTS = Path(__file__).parent / "prompts"
_WORD = re.compile(r"[^\W_]+")
_SENTENCE = re.compile(r"[.!?\n]+")
SHORTEST_TAIL = 30
"""The end of a conversation with fewer letters than this may be anybody's."""
TAIL = 160
SHORTEST_SENTENCE = 60
"""A sentence with so many letters is hardly said twice by chance."""


def opening(topic: str = "", problem: str = "") -> Message:
    """The system message of a tutor."""
    return Message(role="system", content=fill(PROMPTS, "tutor.txt.j2", topic=topic, problem=problem))


def labelled(system: Message) -> Message:
    """The same, for a tutor that also says its labels."""
    return system.model_copy(update={"content": f"{system.content}\n{fill(PROMPTS, 'labelled.txt.j2')}"})


def talk(turns: Iterable[tuple[bool, str]]) -> list[Message]:
    """Messages of turns, each (whether the tutor speaks, words); turns of one voice in a row become one message."""
    found: list[Message] = []
    for is_tutor, text in turns:
        role = "assistant" if is_tutor else "user"
        if not text.strip():
            continue
        if found and found[-1].role == role:
            text = f"{found[-1].content}\n{text.strip()}"
            found.pop()
        found.append(Message.model_validate({"role": role, "content": text.strip()}))
    return found


def answer(text: str) -> list[Message]:
    """A tutor's turn."""
    return [Message(role="assistant", content=text)]


def normal(text: str) -> str:
    """Words without case, punctuation and space, for comparing."""
    return "".join(_WORD.findall(text.lower()))


def spoken(prompt: list[Message]) -> str:
    """What was said, without the system message."""
    return "\n".join(one.content for one in prompt if one.role != "system")


def key_of(*parts: str) -> str:
    """A short name for texts that come to the same when compared."""
    return hashlib.sha256("\x1f".join(normal(one) for one in parts).encode()).hexdigest()[:24]


def traces(text: str) -> set[str]:
    """Keys of a text by which it is known again in another source: its end, and its long sentences."""
    whole = normal(text)
    ends = {f"end/{key_of(whole[-TAIL:])}"} if len(whole) >= SHORTEST_TAIL else set()
    sentences = (normal(one) for one in _SENTENCE.split(text))
    return ends | {f"says/{key_of(one)}" for one in sentences if len(one) >= SHORTEST_SENTENCE}
