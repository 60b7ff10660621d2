"""The cast: who the agents are. Each is a file in `members/`; a course may leave some out and change their words.

The four behaviours a member serves are MAIC's (arXiv 2409.03512, after Schwanke 1981): teaching and initiation, in-
depth discussion, emotional companionship, classroom management.
"""

import tomllib
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, Field

from app.base.text import Storable
from app.classroom.schema import AGENTS, CLASSMATES, Voice

MEMBERS = Path(__file__).parent / "members"


class Speech(BaseModel):
    """How a browser's voice should sound: which of its voices, pitch and rate (1 is normal)."""

    pick: int = 0
    pitch: float = 1.0
    rate: float = 1.0


class Member(BaseModel):
    """An agent of the class. `sentences` and `tokens` bound what it says in one turn; `adapter` is its model role."""

    voice: Voice
    name: str
    duty: str
    persona: str
    duties: list[str]
    behaviours: list[str]
    actions: list[str]
    sentences: int
    tokens: int
    adapter: str
    speech: Speech = Speech()


class Choice(BaseModel):
    """What a course's instructor chose for one member. Empty words mean the file's own."""

    voice: Voice
    on: bool = True
    name: Storable = Field(default="", max_length=40)
    persona: Storable = Field(default="", max_length=400)
    sentences: int = Field(default=0, ge=0, le=12)


Cast = dict[Voice, Member]


@lru_cache
def full_cast() -> Cast:
    """All six, as their files have them."""
    return {
        voice: Member(voice=voice, **tomllib.loads((MEMBERS / f"{voice.value}.toml").read_text("utf-8")))
        for voice in AGENTS
    }


def chosen_cast(choices: list[Choice]) -> Cast:
    """The cast of a course: the files, with what its instructor chose laid over them."""
    chosen = {choice.voice: choice for choice in choices}
    return {
        voice: _laid_over(member, chosen.get(voice))
        for voice, member in full_cast().items()
        if voice not in chosen or chosen[voice].on
    }


def _laid_over(member: Member, choice: Choice | None) -> Member:
    if choice is None:
        return member
    changed: dict[str, str | int] = {}
    if choice.name:
        changed["name"] = choice.name
    if choice.persona:
        changed["persona"] = choice.persona
    if choice.sentences:
        changed |= {"sentences": choice.sentences, "tokens": max(40, 40 * choice.sentences)}
    return member.model_copy(update=changed)


def lead(cast: list[Voice]) -> Voice:
    """Who gives the lesson: the teacher, or the tutor of a one-to-one class."""
    return Voice.TEACHER if Voice.TEACHER in cast or not cast else Voice.TUTOR


def helper(cast: list[Voice]) -> Voice:
    """Who answers: the tutor, or the teacher of a class without one."""
    return Voice.TUTOR if Voice.TUTOR in cast or not cast else Voice.TEACHER


def classmates(cast: list[Voice]) -> list[Voice]:
    """The classmates in the room."""
    return [voice for voice in CLASSMATES if voice in cast]
