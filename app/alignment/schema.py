"""Documents that all of alignment speaks: the lines of data sets, the labels of a tutoring turn, where files lie.

A set is a folder of JSON lines (UTF-8). Each file comes twice, as `NAME.jsonl` for training and `held_NAME.jsonl` held
back; no conversation is in both. Labels are those of arXiv 2402.05000: what the learner's words are worth, what the
tutor does about it, and where the problem stands.
"""

import operator
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.base.errors import Invalid
from app.base.files import write_whole
from app.base.settings import get_settings
from app.base.text import Storable

ACTIONS = {
    "a": ("1", "2"),
    "b": ("3",),
    "c": ("4", "5"),
    "d": ("6",),
    "e": ("7",),
    "f": ("8", "9", "10", "11"),
    "g": ("12",),
}
"""The actions that each evaluation allows."""
STATES = ("w", "x", "y", "z")
SCAFFOLDING = ("1", "4")
TELLING = ("2", "5")
"""Actions on a wrong and on a partly right answer: the hint, and the solution in its place."""

MANIFEST = "manifest.json"
CARD = "card.md"
SFT = "sft.jsonl"
PAIRS = "pairs.jsonl"
UNPAIRED = "unpaired.jsonl"
HELD = "held_"


class Role(StrEnum):
    """Whose words an example is about; each role has its own adapters and gates."""

    TUTOR = "tutor"
    TEACHER = "teacher"
    CLASSMATE = "classmate"


class Message(BaseModel):
    """One turn as a chat model is given it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["system", "user", "assistant"]
    content: Storable


class Labels(BaseModel):
    """What a tutor's turn says of itself; "" where it is not known."""

    model_config = ConfigDict(frozen=True)

    evaluation: Literal["", "a", "b", "c", "d", "e", "f", "g"] = ""
    action: Literal["", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"] = ""
    state: Literal["", "w", "x", "y", "z"] = ""

    @property
    def is_whole(self) -> bool:
        """Whether all three are known and the action belongs to the evaluation."""
        return bool(self.state) and self.action in ACTIONS.get(self.evaluation, ())


class Line(BaseModel):
    """What every line of a set has. `conversation` is what splits must not cut."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1)
    conversation: str = Field(min_length=1)
    source: str = Field(min_length=1)
    role: Role = Role.TUTOR
    prompt: list[Message] = Field(min_length=1)


class SftLine(Line):
    """A turn to imitate."""

    completion: list[Message] = Field(min_length=1)
    evaluation: Literal["", "a", "b", "c", "d", "e", "f", "g"] = ""
    action: Literal["", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"] = ""
    state: Literal["", "w", "x", "y", "z"] = ""

    @property
    def labels(self) -> Labels:
        """The three labels together."""
        return Labels(evaluation=self.evaluation, action=self.action, state=self.state)


class PairLabels(BaseModel):
    """The labels of both sides of a pair."""

    chosen: Labels = Labels()
    rejected: Labels = Labels()


class PairLine(Line):
    """Two turns on one context, the first preferred to the second. `edited`: the first is what somebody made of the
    second."""

    chosen: list[Message] = Field(min_length=1)
    rejected: list[Message] = Field(min_length=1)
    labels: PairLabels = PairLabels()
    edited: bool = Field(False, exclude_if=operator.not_)

    @model_validator(mode="after")
    def _differ(self) -> "PairLine":
        if self.chosen == self.rejected:
            raise ValueError("chosen and rejected are the same words")
        return self


class UnpairedLine(Line):
    """A turn that was liked, or not; `feedback` is what was said of it."""

    completion: list[Message] = Field(min_length=1)
    label: bool
    feedback: Storable = Field("", exclude_if=operator.not_)


class Draft(BaseModel):
    """A text that a model wrote, and by student the mark (0 to 1) of the exam after reading it."""

    text: Storable
    marks: dict[str, float]

    @property
    def score(self) -> float:
        """Mean mark over the students."""
        return sum(self.marks.values()) / len(self.marks)


class Drafts(Line):
    """Drafts on one context; `before`: the students' marks without reading anything."""

    held: bool = False
    before: dict[str, float]
    drafts: list[Draft]


LINES: dict[str, type[Line]] = {SFT: SftLine, PAIRS: PairLine, UNPAIRED: UnpairedLine}
L = TypeVar("L", bound=Line)
M = TypeVar("M", bound=BaseModel)


def read_lines(path: Path, kind: type[M]) -> Iterator[M]:
    """The lines of one file of a set; a file that is not there has none."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            yield _line(path, kind, number, line)


def _line(path: Path, kind: type[M], number: int, line: str | bytes) -> M:
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(one) for one in problem["loc"])
        raise Invalid(f"{path.name}, line {number}: {where}: {problem['msg']}.") from error


def written_lines(path: Path, kind: type[M], *, cut: bool = False) -> list[M]:
    """The lines of a file that grows line by line. Where whoever writes it was killed, the last may be half a line: it
    is not there yet, and with `cut` it goes from the file, so that the next begins where it should.
    """
    if not path.exists():
        return []
    written = path.read_bytes()
    whole, half = written[: written.rfind(b"\n") + 1], written[written.rfind(b"\n") + 1 :]
    if half and cut:
        write_whole(path, whole)
    return [_line(path, kind, number, line) for number, line in enumerate(whole.splitlines(), 1)]


def alignment_folder(*parts: str) -> Path:
    """A path under the alignment folder of the data folder; parts are hashes, ids and fixed names."""
    return get_settings().data.joinpath("alignment", *parts)


def set_folder(content_hash: str) -> Path:
    """Where the set with this hash lies; the first twelve letters name the folder."""
    return alignment_folder("sets", content_hash[:12])
