"""Documents of signals."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from app.alignment.schema import Message, Role


class Thumb(StrEnum):
    """What somebody thinks of a line; NONE takes an earlier word back."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


class Choice(StrEnum):
    """Which of two ways to put a line helps more."""

    FIRST = "first"
    SECOND = "second"
    ALIKE = "alike"


REASONS = {
    Thumb.UP: ("clear", "made me think", "good example"),
    Thumb.DOWN: ("wrong", "not clear", "gave the answer away", "not what I asked", "too long"),
}
"""The short lists to choose a reason from; anything else is said in own words."""


class SignalView(BaseModel):
    """A person's own word on a line, for their page."""

    seq: int
    kind: str
    value: str
    reason: str = ""
    words: str = ""
    upper: str = ""


class ExampleKind(StrEnum):
    """Where an example comes from."""

    THUMB = "thumb"
    CHOICE = "choice"
    EDIT = "edit"
    REFUSED = "refused"
    """A rewriting that somebody refused: the words from before are preferred to it, and nobody made them of it."""
    GUARD = "guard"
    LEAK = "leak"
    OUTCOME = "outcome"


class Outcome(BaseModel):
    """The learner's next independent answer on the same thing, and how likely a right one was before."""

    right: bool
    predicted: float

    @property
    def surprise(self) -> float:
        """What came minus what was to be expected, -1 to 1: an easy question rewards nobody."""
        return float(self.right) - self.predicted


class Content(BaseModel):
    """What an example says: a pair where both `chosen` and `rejected` are there, else a turn with its `label`."""

    prompt: list[Message]
    chosen: str = ""
    rejected: str = ""
    completion: str = ""
    label: bool | None = None
    reason: str = ""
    outcome: Outcome | None = None


class Example(BaseModel):
    """An example before it is kept."""

    id: UUID
    kind: ExampleKind
    role: Role
    course_id: UUID
    class_id: UUID | None
    person_id: UUID
    content: Content
    sources: list[str]
    model: str = ""
    adapter: str = ""
    prompt_hash: str = ""


class SignalCount(BaseModel):
    """How many signals of a kind a course has gathered, and how many became examples of those who allow it."""

    kind: str
    value: str
    count: int


class Gathered(BaseModel):
    """What a course has gathered."""

    signals: list[SignalCount] = []
    examples: dict[str, int] = {}
    people: int = 0
    consenting: int = 0
    newest: datetime | None = None
