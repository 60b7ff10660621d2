"""Documents of evaluation: what the child process is to compute, what it answers, and the report."""

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from app.alignment.evaluation.statistics import Comparison, Estimate
from app.alignment.schema import Message, Role

JOB = "job.json"
ANSWERS = "answers.jsonl"
OUTCOME = "outcome.json"
SET = "set"
"""The file that names the set whose held-back part was asked about; empty where it was no set."""
HEARD = "heard.json"
"""System -> seconds, of the systems whose answers are all there."""
PARENT = "LYCEUM_PARENT"
"""The variable that tells a child who waits for it."""
BASE = "base"


class System(BaseModel):
    """What is compared: a name, and the folder of its PEFT adapter (None: the base alone)."""

    model_config = ConfigDict(frozen=True)

    name: str
    adapter: Path | None = None


class Scored(BaseModel):
    """A completion whose log-probability is asked."""

    id: str
    prompt: list[Message]
    completion: str


class Asked(BaseModel):
    """A prompt whose greedy answer is asked."""

    id: str
    prompt: list[Message]
    tokens: int = 48


class TalkWish(BaseModel):
    """A conversation with a scripted attacker or a simulated learner about the bank's problem of this seed."""

    id: str
    kind: Literal["attack", "learner"]
    family: str = ""
    seed: int
    turns: int
    tokens: int = 40


class ExamWish(BaseModel):
    """An exam for a student model that has read the answer `of` to the bank's problem of this seed."""

    id: str
    of: str
    seed: int
    questions: int


class Job(BaseModel):
    """What the child computes for every system. `threads` 0: as many as there are."""

    base: str
    systems: list[System]
    scored: list[Scored] = []
    asked: list[Asked] = []
    talks: list[TalkWish] = []
    exams: list[ExamWish] = []
    batch: int = 8
    longest: int = 768
    """Tokens of a prompt that are read: the oldest are left out."""
    threads: int = 0

    @property
    def expected(self) -> int:
        """How many answers there will be."""
        return len(self.systems) * (len(self.scored) + len(self.asked) + len(self.talks) + len(self.exams))


class ScoredAnswer(BaseModel):
    """Sum of the log-probabilities (natural) of a completion's tokens, and how many tokens that are."""

    kind: Literal["scored"] = "scored"
    system: str
    id: str
    total: float
    tokens: int


class AskedAnswer(BaseModel):
    """A greedy answer."""

    kind: Literal["asked"] = "asked"
    system: str
    id: str
    text: str


class TalkAnswer(BaseModel):
    """A conversation that was held. `leaked_at`: the tutor's turn that gave the answer away, 0 for none; `gain` of the
    masked post-test, None for attacks."""

    kind: Literal["talk"] = "talk"
    system: str
    id: str
    lines: list[Message]
    leaked_at: int = 0
    gain: float | None = None


class ExamAnswer(BaseModel):
    """The student's mark after reading: how much of its belief lies on the right numbers, 0 to 1."""

    kind: Literal["exam"] = "exam"
    system: str
    id: str
    mark: float


class RewardJob(BaseModel):
    """Pairs that a reward model is to score."""

    base: str
    adapter: Path
    pairs: list["RewardPair"]
    batch: int = 8
    longest: int = 768
    threads: int = 0

    @property
    def expected(self) -> int:
        """How many answers there will be."""
        return len(self.pairs)


class RewardPair(BaseModel):
    """Two turns on one context, the first preferred by people."""

    id: str
    conversation: str
    prompt: list[Message]
    chosen: str
    rejected: str


class RewardAnswer(BaseModel):
    """What a reward model gave both turns."""

    id: str
    chosen: float
    rejected: float


class ChildOutcome(BaseModel):
    """How the child ended: done, or with a sentence."""

    done: bool
    sentence: str = ""
    seconds: dict[str, float] = {}
    base_sha256: str = ""


class Report(BaseModel):
    """Systems side by side. `figures`: system -> metric -> estimate; `against`: system -> metric -> its difference to
    the first system. `talks` and `turns` are examples for people to read."""

    made_at: datetime
    title: str
    role: Role = Role.TUTOR
    base: str
    base_sha256: str = ""
    set: str = ""
    command: str = ""
    figures: dict[str, dict[str, Estimate]]
    against: dict[str, dict[str, Comparison]] = {}
    turns: list["Turns"] = []
    notes: list[str] = []
    seconds: dict[str, float] = {}


class Turns(BaseModel):
    """What each system said on one context."""

    context: list[Message]
    said: dict[str, str]
    wanted: str = ""
