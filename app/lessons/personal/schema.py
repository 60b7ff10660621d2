"""The documents of personal versions: who a lesson is for, and what became of its lines."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from app.base.languages import LANGUAGES
from app.base.prompts import digest

AS_IT_IS = ""
"""In each field of a profile: no wish."""


class Goal(StrEnum):
    """What somebody learns for."""

    OPEN = ""
    TEST = "test"
    WORK = "work"
    CURIOUS = "curious"
    REFRESH = "refresh"


class Level(StrEnum):
    """What somebody brings along."""

    OPEN = ""
    NEW = "new"
    KNOWS = "knows"


class Depth(StrEnum):
    """How fully somebody wants to be told."""

    OPEN = ""
    BRIEF = "brief"
    FULL = "full"


class Profile(BaseModel):
    """How somebody likes to be taught, in fixed words only: who chose the same shares the same version. `language` is
    a code of `LANGUAGES`, "" for the lesson's own."""

    goal: Goal = Goal.OPEN
    level: Level = Level.OPEN
    depth: Depth = Depth.OPEN
    language: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether nothing is wished, so that the approved words are the right ones."""
        return not (self.goal or self.level or self.depth or self.language)

    @property
    def key(self) -> str:
        """The same for the same wishes."""
        return digest(self.model_dump_json())

    def words(self) -> str:
        """The profile in a line."""
        told = [GOALS.get(self.goal, ""), LEVELS.get(self.level, ""), DEPTHS.get(self.depth, "")]
        told.append(f"in {LANGUAGES[self.language]}" if self.language in LANGUAGES else "")
        return ", ".join(filter(None, told)) or "as the lesson is"


GOALS = {Goal.TEST: "for a test", Goal.WORK: "for work", Goal.CURIOUS: "out of curiosity", Goal.REFRESH: "to refresh"}
LEVELS = {Level.NEW: "new to it", Level.KNOWS: "knows the basics"}
DEPTHS = {Depth.BRIEF: "briefly", Depth.FULL: "fully"}


class LineState(StrEnum):
    """What became of a line: put in other words; left alone, as it is short or only leads over; given back by the model
    as it was; or the approved words stand, because the model's did not pass."""

    REWRITTEN = "rewritten"
    LEFT = "left"
    SAME = "same"
    STANDS = "stands"


class Line(BaseModel):
    """A line of a page: which action of the script, what was approved, what is said, and why that stands."""

    action: int
    before: str
    text: str
    state: LineState
    why: str = ""


class PersonalState(StrEnum):
    """Where a personal version stands. Off: an instructor took it out of use."""

    WAITING = "waiting"
    WRITING = "writing"
    READY = "ready"
    OFF = "off"


class PersonalView(BaseModel):
    """A personal version and how far it is. `number` is the approved version's; pages `done` of `total`."""

    id: UUID
    lesson_id: UUID
    lesson: str
    number: int
    profile: Profile
    model: str
    state: PersonalState
    done: int
    total: int
    rewritten: int
    left: int
    same: int
    stands: int
    made_at: datetime


class PageLines(BaseModel):
    """A page of a personal version."""

    page: int
    lines: list[Line]
