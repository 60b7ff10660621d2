"""Documents of data sets: what was imported, what a recipe asks for, what a set came to."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.alignment.schema import Line, PairLine, Role, SftLine, UnpairedLine
from app.base.text import Storable

PROBLEMS = "problems.jsonl"


class Format(StrEnum):
    """The formats that can be imported."""

    BRIDGE = "bridge"
    MRBENCH = "mrbench"
    CIMA = "cima"
    GSM8K = "gsm8k"
    PLAIN = "plain"


class Origin(BaseModel):
    """Where data of a format come from, and what its authors allow."""

    title: str
    licence: str
    link: str = ""


ORIGINS = {
    Format.BRIDGE: Origin(
        title="Bridge: novices' turns to struggling learners, with experts' decisions and rewrites (Wang et al., 2024)",
        licence="MIT",
        link="arXiv 2310.10648",
    ),
    Format.MRBENCH: Origin(
        title="Pairs ranked by the human labels of MRBench (Maurya et al., 2025; Petukhova and Kochmar, 2026)",
        licence="CC BY-SA 4.0",
        link="arXiv 2412.09416, arXiv 2603.24375",
    ),
    Format.CIMA: Origin(
        title="CIMA: prepositions in Italian, several tutors' replies to each learner (Stasaski et al., 2020)",
        licence="CC BY 2.5",
        link="doi 10.18653/v1/2020.bea-1.5",
    ),
    Format.GSM8K: Origin(title="GSM8K: word problems with solutions (Cobbe et al., 2021)", licence="MIT"),
    Format.PLAIN: Origin(title="", licence=""),
}


class Problem(BaseModel):
    """A problem with its answer, for what a model can do and what it gives away."""

    model_config = ConfigDict(extra="forbid")

    id: str
    conversation: str
    source: str
    question: Storable
    answer: Storable
    solution: Storable = ""


class Dropped(BaseModel):
    """What was left out for one reason: how often, and where first (at most three places)."""

    reason: str
    count: int = 0
    places: list[str] = []


class SourceFile(BaseModel):
    """A file that was imported."""

    name: str
    sha256: str
    bytes: int


class Source(BaseModel):
    """An imported source: its files, what its authors allow, what was taken and what was not."""

    name: str
    format: Format
    title: str
    licence: str
    link: str = ""
    files: list[SourceFile] = []
    taken: dict[str, int] = {}
    conversations: int = 0
    dropped: list[Dropped] = []

    @property
    def left_out(self) -> int:
        """How many lines were left out."""
        return sum(one.count for one in self.dropped)


class Imported(BaseModel):
    """What a reader made of files, before it is kept. `files` says for each id which file it came from."""

    source: Source
    sft: list[SftLine] = []
    pairs: list[PairLine] = []
    unpaired: list[UnpairedLine] = []
    problems: list[Problem] = []
    files: dict[str, str] = {}

    @property
    def lines(self) -> list[Line]:
        """All lines."""
        return [*self.sft, *self.pairs, *self.unpaired]


# ------------------------------------------------------------------------------------------------------- the recipe


class Counts(BaseModel):
    """So many lines of each kind."""

    model_config = ConfigDict(extra="forbid")

    sft: int = Field(0, ge=0)
    pairs: int = Field(0, ge=0)
    unpaired: int = Field(0, ge=0)
    problems: int = Field(0, ge=0)


class SourceWish(BaseModel):
    """A source that a recipe takes from: imported under this name, or shipped as a `file` beside the recipe.

    `most` and `most_held` bound what is taken (0: nothing of it). Conversations of files that match one of `held_files`
    (as *dev*) are held back.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    file: str = ""
    most: Counts = Counts(sft=10**6, pairs=10**6, unpaired=10**6)
    most_held: Counts = Counts(sft=10**6, pairs=10**6, unpaired=10**6)
    held_files: list[str] = []


CLASSES = "classes"
"""The source that is this installation's own classes; nothing can be imported under its name."""


class Recipe(BaseModel):
    """How a set is made. The same recipe on the same inputs gives the same set, to the letter.

    `labelled`: turns whose labels are known say them (`labelling.py`). `history`: so many messages of a conversation
    at most, the newest. `unpair`: both halves of each pair also as single turns. `balance`: as many pairs with the
    longer turn chosen as refused, so that length tells nothing. `signals`, or a source named "classes" with bounds of
    its own: examples from this installation's classes, at most `most_per_learner` of a kind.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    title: str = Field(min_length=1, max_length=200)
    role: Role = Role.TUTOR
    seed: int = 20240211
    held_share: float = Field(0.2, ge=0.0, le=0.9)
    labelled: bool = True
    history: int = Field(8, ge=1, le=100)
    prompt_characters: int = Field(4000, ge=200)
    turn_characters: int = Field(1500, ge=20)
    most_per_conversation: int = Field(0, ge=0)
    unpair: bool = False
    balance: bool = False
    signals: bool = False
    most_per_learner: int = Field(20, ge=1)
    sources: list[SourceWish] = []

    @property
    def takes_classes(self) -> bool:
        """Whether examples from classes go in."""
        return self.signals or any(one.name == CLASSES for one in self.sources)


# ---------------------------------------------------------------------------------------------------------- the set


class Lengths(BaseModel):
    """Characters of chosen and refused turns: means, who is longer how often, and the share of pairs alike in length
    (the shorter at least 0.8 of the longer).
    """

    pairs: int = 0
    chosen_mean: float = 0.0
    rejected_mean: float = 0.0
    chosen_longer: float = 0.0
    rejected_longer: float = 0.0
    matched: float = 0.0


class Leakage(BaseModel):
    """The check that nothing is in both parts. `joined`: conversations of different names that share their words and
    were therefore kept together; `both` and `texts` must be 0.
    """

    groups: int = 0
    joined: int = 0
    both: int = 0
    texts: int = 0


class SourceShare(BaseModel):
    """What a set has of one source."""

    name: str
    title: str
    licence: str
    link: str = ""
    files: list[SourceFile] = []
    taken: dict[str, int] = {}
    conversations: int = 0


class SetManifest(BaseModel):
    """What a frozen set is. `hash` is the SHA-256 over the recipe and all lines; `examples` are the ids of the examples
    from classes that are in it; `disagreement` says in what sampled turns differed (`sampling.py`).
    """

    hash: str = ""
    name: str
    title: str
    role: Role
    parent: str = ""
    recipe: Recipe
    counts: dict[str, int]
    conversations: dict[str, int]
    sources: list[SourceShare]
    lengths: dict[str, Lengths]
    leakage: Leakage
    dropped: list[Dropped] = []
    labels: dict[str, dict[str, dict[str, int]]] = {}
    disagreement: dict[str, dict[str, int]] = {}
    examples: list[UUID] = []
    files: dict[str, str] = {}


class SetView(BaseModel):
    """A set as pages and commands show it. `is_whole`: its files are there; a set that held words of somebody who took
    them back has a manifest only.
    """

    manifest: SetManifest
    made_at: datetime
    withdrawn_at: datetime | None = None
    is_whole: bool = True
