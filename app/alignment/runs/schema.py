"""Documents of training runs: recipes, orders, progress, manifests. They are what app and trainers share."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.alignment.schema import Draft, Role, alignment_folder
from app.base.files import write_whole

ORDER = "recipe.json"
PROGRESS = "progress.jsonl"
CHECKPOINTS = "checkpoints"
ADAPTER = "adapter"
MANIFEST = "manifest.json"
OUTCOME = "outcome.json"
CANCEL = "cancel"
SAMPLES = "samples.jsonl"
DRAFTS = "drafts.jsonl"
REFINED = "refined.jsonl"
ANSWERS = "answers.jsonl"
WORDS = (SAMPLES, REFINED, ANSWERS)
"""Files of a run that copy words of its set, or answer them."""
LEARNERS, BASE_STUDENT = "learners", "base"
"""Students that read drafts: learners that follow rules, and the model that training starts from."""


class Method(StrEnum):
    """How a model is trained, or asked."""

    SFT = "sft"
    DPO = "dpo"
    IPO = "ipo"
    KTO = "kto"
    REWARD = "reward"
    GRPO = "grpo"
    SAMPLE = "sample"
    """Not a training: a model's own turns on the contexts of a set, from which pairs are made."""
    DRAFT = "draft"
    """Not a training: a model's own explanations with what students are worth in an exam after reading each."""
    ILF = "ilf"
    SAMI = "sami"


class State(StrEnum):
    """Where a run stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Whether something is still to happen without anybody's doing."""
        return self in (State.WAITING, State.RUNNING)


class Lora(BaseModel):
    """A low-rank adapter: rank, scale (alpha / rank), dropout, the names of the matrices it changes, and in how many
    blocks, counted from the top (0: in all). With few, the pass back ends early, which is most of the time on a CPU."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rank: int = Field(16, ge=1, le=256)
    alpha: int = Field(32, ge=1, le=1024)
    dropout: float = Field(0.0, ge=0.0, lt=1.0)
    blocks: int = Field(0, ge=0)
    layers: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class Curriculum(BaseModel):
    """A cyclical curriculum: each epoch sees a share of the examples, from `start` to `end` and back by factor `step`,
    drawn without replacement by 1 / loss, so that easy ones come first and often."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: float = Field(0.25, gt=0.0, le=1.0)
    end: float = Field(1.0, gt=0.0, le=1.0)
    step: float = Field(2.0, gt=1.0)


class Training(BaseModel):
    """The settings of one run. Lengths in tokens; 0 examples: all; `sources` empty: of every source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    examples: int = Field(0, ge=0)
    held: int = Field(32, ge=0)
    """How many held-back lines are scored at the end."""
    sources: tuple[str, ...] = ()
    epochs: float = Field(1.0, gt=0.0, le=100.0)
    batch: int = Field(4, ge=1, le=512)
    accumulate: int = Field(1, ge=1, le=512)
    rate: float = Field(2e-4, gt=0.0, le=1.0)
    warmup: float = Field(0.1, ge=0.0, le=1.0)
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    decay: float = Field(0.0, ge=0.0, le=1.0)
    tokens: int = Field(256, ge=32, le=32768)
    """Of prompt and answer together: the beginning of a longer conversation is left out, never a word of an answer."""
    seed: int = Field(7, ge=0, lt=2**31)
    beta: float = Field(0.1, gt=0.0)
    smoothing: float = Field(0.0, ge=0.0, lt=0.5)
    liked: float = Field(1.0, gt=0.0)
    disliked: float = Field(1.0, gt=0.0)
    """KTO's weights of liked and disliked turns."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    lora: Lora = Lora()
    curriculum: Curriculum | None = None
    log_every: int = Field(1, ge=1)
    save_every: int = Field(20, ge=1)
    answer: int = Field(64, ge=4, le=4096)
    """How long a turn may be that the model makes itself (GRPO, samples)."""
    temperature: float = Field(0.3, ge=0.0, le=5.0)
    group: int = Field(4, ge=2, le=64)
    """GRPO: turns for each context; drafts, refinements (ILF), principles (SAMI): so many for each."""
    leak: float = Field(1.0, ge=0.0)
    untidy: float = Field(0.5, ge=0.0)
    """GRPO: what is taken off for telling the answer, and for a turn that is no turn."""
    drafts: Literal["explanation", "lesson"] = "explanation"
    """What is drafted: an explanation of a problem, examined on its near variants; or words for a page of a lesson,
    examined on the questions of the bank that tell learners apart best."""
    students: tuple[str, ...] = Field((BASE_STUDENT,), min_length=1)
    """Who reads drafts and sits the exam: "learners", "base", or other base models by name."""
    exam: int = Field(4, ge=1, le=50)
    """Questions of an exam."""
    principles: tuple[str, ...] = ()
    """SAMI: what the agent is to be held to; empty: the principles of its role (principles.toml)."""


class Recipe(BaseModel):
    """A recipe file (TOML): a base, what all runs share, and what differs by method, in the order they are run."""

    model_config = ConfigDict(extra="forbid")

    name: str
    about: str = ""
    base: str
    role: Role = Role.TUTOR
    methods: tuple[Method, ...] = (Method.SFT, Method.DPO, Method.IPO, Method.KTO, Method.REWARD)
    threads: int = Field(0, ge=0)
    """Processor threads of training; 0: as many as there are."""
    set: str = ""
    """The recipe of the data set that a loop builds; empty: that of the same name."""
    pairs: Literal["set", "disagreement", "drafts"] = "set"
    """Which pairs a loop trains preferences on: those of the set, those by label disagreement, or drafts of which
    students had more than of others."""
    margin: float = Field(0.1, ge=0.0, lt=1.0)
    """By how much the marks of two drafts must differ to make a pair."""
    sizes: dict[str, int] | Literal["tiny"] = {}
    """How much a loop asks of each system when it evaluates; see `align evaluate --sizes`."""
    training: dict[Method, Training]

    @model_validator(mode="after")
    def _is_whole(self) -> "Recipe":
        self.set = self.set or self.name
        missing = [one.value for one in self.methods if one not in self.training]
        if missing:
            raise ValueError(f"there is no section for {', '.join(missing)}")
        return self


class Order(BaseModel):
    """What one run is to do; with the set's hash and the base's it is all that is needed to repeat it."""

    id: UUID
    method: Method
    base: str
    role: Role = Role.TUTOR
    set: str
    """Content hash of the data set; its first twelve letters name its folder."""
    parent: UUID | None = None
    """The run whose adapter this one goes on from, and whose model is the reference."""
    recipe: str = ""
    threads: int = 0
    training: Training

    @property
    def folder(self) -> Path:
        """Where the run lies."""
        return run_folder(self.id)


class Progress(BaseModel):
    """A line of progress.jsonl. `margin`: reward of the chosen minus that of the rejected turn."""

    step: int
    steps: int
    at: datetime
    phase: Literal["train", "held"] = "train"
    loss: float | None = None
    reward_margin: float | None = None
    reward: float | None = None
    accuracy: float | None = None
    lr: float | None = None
    epoch: float | None = None


class Outcome(BaseModel):
    """How the child ended: with an adapter, on request, or with a sentence that says what to do."""

    state: Literal["done", "cancelled", "failed"]
    sentence: str = ""


class BaseModelId(BaseModel):
    """The model a run stands on."""

    name: str
    sha256: str


class RunManifest(BaseModel):
    """What is needed to repeat a run, and what came of it. Seconds by kind of work; metrics of the end by name."""

    run: UUID
    method: Method
    role: Role
    base: BaseModelId
    set: str
    parent: UUID | None
    recipe: str
    training: Training
    seed: int
    versions: dict[str, str]
    threads: int
    devices: int
    precision: str
    started: datetime
    ended: datetime
    seconds: dict[str, float]
    seconds_per_example: float | None = None
    examples: int
    left_out: dict[str, int] = {}
    steps: int
    resumed_at: int = 0
    metrics: dict[str, float] = {}
    adapter: str = ""
    """SHA-256 of the adapter's two files, one after the other."""
    command: str


class Sample(BaseModel):
    """A turn that a model made on the context of a set's line `id`."""

    id: str
    reply: str


def run_folder(run_id: UUID) -> Path:
    """Where a run lies."""
    return alignment_folder("runs", str(run_id))


def write_order(order: Order) -> Path:
    """Make a run's folder and put the order in it; returns the folder."""
    write_whole(order.folder / ORDER, order.model_dump_json(indent=2).encode())
    return order.folder


class Drafted(BaseModel):
    """What was asked for, the mean mark of students who read nothing, and the drafts of which they learnt most and
    least."""

    asked: str
    unread: float
    most: Draft
    least: Draft


class RunView(BaseModel):
    """A run as pages and commands show it. `withdrawn_at`: since when its set holds words that were taken back."""

    id: UUID
    order: Order
    state: State
    problem: str
    asked_by: str
    parent: UUID | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    step: int
    steps: int
    loss: float | None
    margin: float | None
    manifest: RunManifest | None
    cancel_asked: bool
    withdrawn_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.state.is_open
