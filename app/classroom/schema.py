"""Documents of the live class: who is in it, what happens, and what has come of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from app.base.text import Storable


class Voice(StrEnum):
    """Who can be heard in a class."""

    TEACHER = "teacher"
    TUTOR = "tutor"
    THINKER = "thinker"
    CURIOUS = "curious"
    CLOWN = "clown"
    STUDENT = "student"


CLASSMATES = (Voice.CURIOUS, Voice.THINKER, Voice.CLOWN)


class Activity(StrEnum):
    """How much the classmates say."""

    OFF = "off"
    LOW = "low"
    NORMAL = "normal"
    LIVELY = "lively"


class Kind(StrEnum):
    """What can happen in a class."""

    STARTED = "class.started"
    PAGE = "page.shown"
    ASKED = "student.said"
    TURN = "turn.started"
    SAID = "turn.said"
    WITHDRAWN = "turn.withdrawn"
    NOTICE = "notice"
    PAUSED = "class.paused"
    RESUMED = "class.resumed"
    SKIPPED = "class.continued"
    ACTIVITY = "activity.set"
    ENDED = "class.ended"


class Source(BaseModel):
    """A passage something said rests on: its id, its page, and its words."""

    passage_id: UUID
    page: int
    text: Storable


class Body(BaseModel):
    """What an event says beyond its kind. Each kind fills the fields it needs, the rest stay empty.

    `turn` names a claimed turn; `action` the index of the script action it performs; `answers` the seq of the
    student's words it answers; `asks` marks a question put to the student; `cause` says why, in one word.
    """

    text: Storable = ""
    page: int = 0
    turn: UUID | None = None
    action: int | None = None
    answers: int | None = None
    asks: bool = False
    cause: str = ""
    sources: list[Source] = []
    fallback: bool = False
    model: str = ""
    call_id: UUID | None = None
    activity: Activity | None = None
    pages: int = 0


class ClassEvent(BaseModel):
    """One line of the class log. `seq` counts from 1 without gaps within a class."""

    class_id: UUID
    seq: int
    id: UUID
    at: datetime
    kind: Kind
    voice: Voice | None = None
    person_id: UUID | None = None
    body: Body = Body()


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
    BACK = "back"
    FORWARD = "forward"
    END = "end"


class ClassView(BaseModel):
    """What a page needs to know of a class besides its state and log."""

    id: UUID
    course_id: UUID
    course_title: str
    lesson_id: UUID
    version_id: UUID
    material_id: UUID
    title: str
    page_titles: list[str]
    model: str
    ended: bool
    last_seq: int


class ClassSummary(BaseModel):
    """One class in a list of a student's classes."""

    id: UUID
    lesson_id: UUID
    started_at: datetime
    ended_at: datetime | None
    page: int
    pages: int
