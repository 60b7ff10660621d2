"""Documents of the live class: who is in it, what happens, and what has come of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field

from app.assessment.schema import ItemView
from app.base.text import Storable
from app.lessons.schema import BoardItem, Region


class Voice(StrEnum):
    """Who can be heard in a class."""

    TEACHER = "teacher"
    TUTOR = "tutor"
    THINKER = "thinker"
    CURIOUS = "curious"
    NOTES = "notes"
    CLOWN = "clown"
    STUDENT = "student"


CLASSMATES = (Voice.CURIOUS, Voice.THINKER, Voice.NOTES, Voice.CLOWN)
STAFF = (Voice.TEACHER, Voice.TUTOR)
AGENTS = (*STAFF, *CLASSMATES)


class Activity(StrEnum):
    """How much the classmates say."""

    OFF = "off"
    LOW = "low"
    NORMAL = "normal"
    LIVELY = "lively"


class Mode(StrEnum):
    """Whether the lecture flows on by itself, or pauses for the student after each point (MAIC, section 3.2)."""

    CONTINUOUS = "continuous"
    INTERACTIVE = "interactive"


class Intent(StrEnum):
    """What a student's words want, as `hearing.hear` reads them."""

    QUESTION = "question"
    ANSWER = "answer"
    CONFUSED = "confused"
    STATEMENT = "statement"
    THANKS = "thanks"
    GO_ON = "go-on"
    HOLD_ON = "hold-on"
    SIMPLER = "simpler"
    DEEPER = "deeper"
    EXAMPLE = "example"
    ABUSE = "abuse"
    DISTRESS = "distress"


class Verdict(StrEnum):
    """How a student's answer to an open question was judged."""

    RIGHT = "right"
    PARTLY = "partly"
    WRONG = "wrong"
    UNCLEAR = "unclear"


class TutorAction(StrEnum):
    """What a tutor's turn does: the action set of Sonkar et al. (arXiv 2402.05000), by the numbers of its table."""

    HINT = "1-hint"
    SOLUTION_AFTER_FAILURE = "2-solution-after-failure"
    CONFIRM = "3-confirm"
    CREDIT_AND_HINT = "4-credit-and-hint"
    SOLUTION_AFTER_PARTLY = "5-solution-after-partly"
    CLARIFY = "6-ask-for-clarification"
    REDIRECT = "7-redirect"
    HINT_ON_REQUEST = "8-hint-on-request"
    SOLUTION_ON_REQUEST = "9-solution-on-request"
    ANSWER = "11-answer"
    NONE = "12-none"


SOLUTIONS = (
    TutorAction.SOLUTION_AFTER_FAILURE,
    TutorAction.SOLUTION_AFTER_PARTLY,
    TutorAction.SOLUTION_ON_REQUEST,
)
"""Actions that end the exchange with the answer."""


class Kind(StrEnum):
    """What can happen in a class."""

    STARTED = "class.started"
    PAGE = "page.shown"
    ASKED = "student.said"
    TURN = "turn.started"
    SAID = "turn.said"
    WITHDRAWN = "turn.withdrawn"
    RETOLD = "turn.retold"
    NOTICE = "notice"
    PAUSED = "class.paused"
    RESUMED = "class.resumed"
    SKIPPED = "class.continued"
    ACTIVITY = "activity.set"
    MODE = "mode.set"
    SPEED = "speed.set"
    HAND = "hand.raised"
    CUT = "turn.cut"
    RETURNED = "student.returned"
    JOINED = "person.joined"
    LEFT = "person.left"
    WHISPER = "instructor.whispered"
    FLOOR = "floor.taken"
    RELEASED = "floor.released"
    BOARD = "board.written"
    OWN_BOARD = "own-board.written"
    RUBBED = "own-board.rubbed"
    SPOTLIGHT = "page.spotlit"
    ECONOMY = "economy.set"
    CONCERN = "concern.raised"
    ANSWERED = "item.answered"
    OVER = "item.over"
    PASSED = "gate.passed"
    ENDED = "class.ended"


PRIVATE = (Kind.WHISPER, Kind.CONCERN)
"""Events that only instructors may see."""
OWN = (Kind.OWN_BOARD, Kind.RUBBED)
"""Events that only the person they are about may see: what somebody writes for themselves is nobody else's."""
PERSONAL = (Kind.ANSWERED, Kind.PASSED, *OWN)
"""Events that no other student may see: how somebody answered is theirs and their instructors'."""


class Source(BaseModel):
    """A passage something said rests on: its id, its page, and its words."""

    passage_id: UUID
    page: int
    text: Storable


class How(StrEnum):
    """How somebody came through a gate: known before, shown in class, or without evidence: after as many questions as
    the instructor allowed, or because the bank had no more.
    """

    MASTERY = "mastery"
    EVIDENCE = "evidence"
    BOUND = "bound"
    RAN_OUT = "ran-out"


class Gate(BaseModel):
    """A gate of the lesson as a class begins with it. `action`: the script action before which it holds; `components`
    are those that still want evidence; `open`: all of them were known before.
    """

    action: int
    page: int
    title: Storable
    components: list[Storable]
    in_a_row: int
    most: int
    open: bool = False


class AskedItem(BaseModel):
    """A question of the bank put to the class: what students may see of it, and what it is about."""

    view: ItemView
    components: list[Storable]


class Body(BaseModel):
    """What an event says beyond its kind. Each kind fills the fields it needs, the rest stay empty.

    `turn` names a claimed turn; `action` the index of the script action it performs; `answers` the seq of what it
    answers: an agent's line a student's words, a student's words the question that was open; `asks` marks a question
    put to the student; `cause` says why, in one word; `chosen` who decided on the turn (rule, model, or fallback
    after a model's junk); `heard` how many characters of a cut utterance were heard; `level` a step of economy;
    `gate` a question that holds the class until it was answered rightly; `name` a person's; `prompts` which prompt
    files a model was asked with (`base.prompts.version`); `offers` that answers may be put in two ways; `weak` what
    the student is not sure of yet, the least known first, as it was known when the class began; `personal` the number
    of the approved version of which these are personal words; `gates` those of the lesson; `item` a question of the
    bank.
    """

    text: Storable = ""
    page: int = 0
    turn: UUID | None = None
    action: int | None = None
    answers: int | None = None
    asks: bool = False
    cause: str = ""
    sources: list[Source] = Field(default_factory=list)
    fallback: bool = False
    model: str = ""
    call_id: UUID | None = None
    activity: Activity | None = None
    pages: int = 0
    mode: Mode | None = None
    speed: float = 0.0
    cast: list[Voice] = Field(default_factory=list)
    intent: Intent | None = None
    named: Voice | None = None
    chosen: str = ""
    verdict: Verdict | None = None
    move: TutorAction | None = None
    heard: int = 0
    level: int = 0
    gate: bool = False
    name: Storable = ""
    prompts: str = ""
    board: BoardItem | None = None
    region: Region | None = None
    offers: bool = False
    weak: list[Storable] = Field(default_factory=list)
    personal: int = 0
    gates: list[Gate] = Field(default_factory=list)
    item: AskedItem | None = None


class ClassEvent(BaseModel):
    """One line of the class log. `seq` counts from 1 without gaps within a class."""

    class_id: UUID
    seq: int
    id: UUID
    at: datetime
    kind: Kind
    voice: Voice | None = None
    person_id: UUID | None = None
    body: Body = Field(default_factory=Body)

    def line(self) -> str:
        """The event as it is stored and sent: as JSON, without its class and without what says nothing."""
        return self.model_dump_json(exclude={"class_id"}, exclude_defaults=True)

    @classmethod
    def of_line(cls, class_id: UUID, line: str) -> "ClassEvent":
        """The event of a line. Raises ValidationError for anything else."""
        return cls.model_validate_json(f'{{"class_id":"{class_id}",{line[1:]}')


class OfTurn(BaseModel):
    """Which turn a body belongs to."""

    turn: UUID | None = None


class Outside(BaseModel):
    """What has to be known of a line to pass it on; `person_id` is not passed on with a veiled one."""

    seq: int
    id: UUID
    at: datetime
    kind: Kind
    person_id: UUID | None = None
    body: OfTurn = OfTurn()


def veiled(line: str, own: UUID | None = None) -> str:
    """A line as those see it who may not know it: its seq and kind, and nothing of what it says or about whom. A
    personal one is whole for the person it is about.
    """
    outside = Outside.model_validate_json(line)
    if own and outside.kind in PERSONAL and outside.person_id == own:
        return line
    return outside.model_dump_json(exclude={"body", "person_id"})


class Draft(BaseModel):
    """An event not yet in the log: the log gives it its seq, id and time."""

    kind: Kind
    voice: Voice | None = None
    person_id: UUID | None = None
    body: Body = Body()


class Delta(BaseModel):
    """Words of a turn as they come. `at` is the offset (characters) of `text` within the turn's whole text."""

    turn: UUID
    voice: Voice
    at: int
    text: str


class Control(StrEnum):
    """What a student's buttons ask of the class."""

    PAUSE = "pause"
    RESUME = "resume"
    CONTINUE = "continue"
    INTERRUPT = "interrupt"
    HAND = "hand"
    BACK = "back"
    FORWARD = "forward"
    END = "end"


class Cut(BaseModel):
    """Where somebody broke in: the utterance's seq, and how many of its characters were heard."""

    seq: int
    heard: int


class ClassView(BaseModel):
    """What a page needs to know of a class besides its state and log; `language` and `deck_language`, that of pages and
    passages, are codes.
    """

    id: UUID
    course_id: UUID
    course_title: str
    lesson_id: UUID
    version_id: UUID
    material_id: UUID
    title: str
    page_titles: list[str]
    language: str
    deck_language: str
    model: str
    ended: bool
    last_seq: int
    is_shared: bool = False
    is_preview: bool = False
    is_instructor: bool = False


class PersonHere(BaseModel):
    """Somebody in a class, and whether their page is open now. An instructor in it watches or leads."""

    id: UUID
    name: str
    is_instructor: bool
    is_here: bool


class SharedClass(BaseModel):
    """An open class for everybody of a course. `people` is how many students are in it, `here` those there now."""

    id: UUID
    lesson_id: UUID
    title: str
    started_at: datetime
    people: int
    here: int
    is_in: bool


class ClassSummary(BaseModel):
    """One class in a list of a student's classes."""

    id: UUID
    lesson_id: UUID
    started_at: datetime
    ended_at: datetime | None
    page: int
    pages: int
    is_shared: bool = False
