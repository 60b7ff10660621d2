"""The class state: what has come of the log. `folding.apply` and `folding.fold` make it, and nothing else does.

Empty lists are made by factories here and in events: pydantic copies a plain `[]` by `copy.deepcopy`, which was half
of what reading a state took.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field

from app.classroom.schema import AGENTS, Activity, Gate, How, Intent, Mode, Verdict, Voice


class Status(StrEnum):
    """Whether the class goes on by itself, stands, or is over."""

    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


class Line(BaseModel):
    """Something said, as the agents remember it. `action` is the script action it performed, if it did."""

    seq: int
    voice: Voice
    text: str
    page: int
    asks: bool = False
    person: UUID | None = None
    intent: Intent | None = None
    verdict: Verdict | None = None
    action: int | None = None


class Question(BaseModel):
    """A student's words that want an answer. `kept` since the model was gone; `again_at` is when to try again.

    `replies_to` is the question they reply to, `action` the script action that asked it, `failures` how many answers to
    it were judged not right before. `item`: the version of the bank's question it answers, `graded`: how code did.
    """

    seq: int
    text: str
    page: int
    person: UUID | None = None
    intent: Intent = Intent.QUESTION
    named: Voice | None = None
    replies_to: str = ""
    action: int | None = None
    gate: bool = False
    failures: int = 0
    item: UUID | None = None
    graded: Verdict | None = None
    tries: int = 0
    kept: bool = False
    failed_at: datetime | None = None


class OpenAsk(BaseModel):
    """A question put to the students, still open. `nudged`: help was offered after a silence. `is_talk`: it is there to
    be discussed and has no right answer; `spoken` classmates have said something to it, those in `silent` had nothing
    fit to say. `item`: it goes on about a question of the bank that was answered wrongly.
    """

    seq: int
    text: str
    since: datetime
    action: int | None = None
    gate: bool = False
    failures: int = 0
    nudged: bool = False
    is_talk: bool = False
    spoken: int = 0
    silent: list[Voice] = Field(default_factory=list)
    item: UUID | None = None


HAND_SECONDS = 60.0
"""How long who was given the floor has to speak."""


class Hand(BaseModel):
    """A raised hand. `invited`: its owner was given the floor."""

    person: UUID | None
    since: datetime
    invited: bool = False

    def is_over(self, at: datetime) -> bool:
        """Whether its owner was given the floor and let the time for speaking pass."""
        return self.invited and self.since + timedelta(seconds=HAND_SECONDS) < at


class OpenTurn(BaseModel):
    """A claimed turn: somebody is about to speak or speaking. `prepared`: not before what was said last was read."""

    turn: UUID
    voice: Voice
    page: int
    answers: int | None = None
    since: datetime
    prepared: bool = False


class Exchange(BaseModel):
    """Something a student said and what came of it, both cut short."""

    seq: int
    said: str
    answer: str = ""
    verdict: Verdict | None = None


class Chapter(BaseModel):
    """What was done on one page: the last exchanges, and how many there were."""

    page: int
    exchanges: list[Exchange] = Field(default_factory=list)
    count: int = 0


class Progress(BaseModel):
    """What somebody has shown at a gate: questions answered or let pass, right ones, and by component how many right
    ones in a row. `passed`: how they came through.
    """

    asked: int = 0
    right: int = 0
    in_a_row: dict[str, int] = Field(default_factory=dict)
    passed: How | None = None


class GateState(Gate):
    """A gate and who came how far at it. `done`: versions of the questions that were put there."""

    done: list[UUID] = Field(default_factory=list)
    people: dict[UUID, Progress] = Field(default_factory=dict)


class ItemState(BaseModel):
    """The question of the bank that was put last at a gate (its place in `gates`). `words`: it with its options.

    `answered`: who has; `told`: what was right is known.
    """

    seq: int
    gate: int
    version: UUID
    words: str
    since: datetime
    components: list[str]
    is_open: bool = True
    answered: list[UUID] = Field(default_factory=list)
    nudged: bool = False
    told: bool = False


class ClassState(BaseModel):
    """What has come of the log. `cursor` is the index of the next script action; pages count from 1.

    `hand` is up first or has the floor, `hands` come after it in the order in which they were raised.
    `hold_until`: the student asked for a moment. `floor`: the instructor who speaks with the teacher's voice. `served`:
    who was answered last, the fair order of a shared class. `economy`: 0 as usual, 1 fewer classmates, 2 shorter turns,
    3 the script only. `passed`: script actions whose gate is open, `gate_rounds`: how often the present one came to its
    solution. `chapters`: what was done on the last pages, the present page last. `abuses`: how often somebody was
    abusive, `muted`: until when they cannot write. `gates`: those of the lesson's sections; `item`: what was last asked
    at one. `offers`: some answers are put in two ways, to choose between.
    """

    seq: int = 0
    seed: int = 0
    status: Status = Status.RUNNING
    page: int = 0
    pages: int = 0
    cursor: int = 0
    cast: list[Voice] = Field(default_factory=lambda: list(AGENTS))
    activity: Activity = Activity.NORMAL
    weak: list[str] = Field(default_factory=list)
    mode: Mode = Mode.CONTINUOUS
    speed: float = 1.0
    open_turn: OpenTurn | None = None
    pending: list[Question] = Field(default_factory=list)
    open_ask: OpenAsk | None = None
    gates: list[GateState] = Field(default_factory=list)
    item: ItemState | None = None
    passed: list[int] = Field(default_factory=list)
    gate_rounds: int = 0
    hand: Hand | None = None
    hands: list[Hand] = Field(default_factory=list)
    hold_until: datetime | None = None
    recent: list[Line] = Field(default_factory=list)
    chatter: int = 0
    quiet_since: datetime | None = None
    last_length: int = 0
    skip: bool = False
    closing: bool = False
    greeting: str = ""
    people: dict[UUID, str] = Field(default_factory=dict)
    served: list[UUID] = Field(default_factory=list)
    floor: UUID | None = None
    whispers: list[str] = Field(default_factory=list)
    economy: int = 0
    abuses: dict[UUID, int] = Field(default_factory=dict)
    muted: dict[UUID, datetime] = Field(default_factory=dict)
    model_gone: bool = False
    offers: bool = False
    chapters: list[Chapter] = Field(default_factory=list)
    ended_because: str = ""
