"""The documents of tests: how they are planned, sat, marked and reported."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, JsonValue

from app.assessment.schema import Item, ItemCard, ItemView, Kind, Response
from app.base.text import Storable


class Purpose(StrEnum):
    """What a test is for."""

    PRE = "pre"
    POST = "post"
    QUIZ = "quiz"
    PRACTICE = "practice"


class Feedback(StrEnum):
    """When a student learns what was right. With MARKS, only the marks, and never what was right."""

    AT_ONCE = "at_once"
    AFTER_SUBMIT = "after_submit"
    AFTER_CLOSE = "after_close"
    MARKS = "marks"


class Standing(StrEnum):
    """Where an answer stands: saved but not given yet, waiting for the model, waiting for the instructor, graded, or
    to a question that was withdrawn."""

    SAVED = "saved"
    WAITING = "waiting"
    QUEUED = "queued"
    GRADED = "graded"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """What came of a wish to save an answer. All but SAVED and ANSWERED left the answer as it was."""

    SAVED = "saved"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    STALE = "stale"
    LATE = "late"
    OVER = "over"


class PaperPlan(BaseModel):
    """What an instructor sets about a test. `minutes` and `sittings` 0: no limit. Times are aware."""

    title: Storable
    purpose: Purpose = Purpose.QUIZ
    module_id: UUID | None = None
    feedback: Feedback | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    minutes: int = 0
    sittings: int = 1
    weight: float = 1.0


class PaperView(PaperPlan):
    """A test as its instructor sees it."""

    id: UUID
    course_id: UUID
    published: bool
    items: list[ItemCard] = []
    item_count: int = 0
    points: float = 0.0
    taken: int = 0


class PaperLine(BaseModel):
    """A published test in a student's list. `sitting_id` is the one that is under way; `last_id` the last one ended.

    `state` is "soon", "open", "going" (a sitting is under way), "done" (no sitting left) or "closed".
    """

    id: UUID
    module_id: UUID | None
    title: str
    purpose: Purpose
    opens_at: datetime | None
    closes_at: datetime | None
    minutes: int
    sittings: int
    taken: int
    items: int
    state: str
    sitting_id: UUID | None = None
    last_id: UUID | None = None


class Question(BaseModel):
    """A question of a sitting with what was saved of its answer; `revision` 0 when nothing was."""

    view: ItemView
    response: Response = Response()
    revision: int = 0
    standing: Standing = Standing.SAVED
    withdrawn: bool = False


class SittingView(BaseModel):
    """A sitting that is under way, as its student sees it. `seconds_left` is None without a limit."""

    id: UUID
    paper_id: UUID
    course_id: UUID
    title: str
    purpose: Purpose
    feedback: Feedback
    number: int
    started_at: datetime
    due_at: datetime | None
    submitted_at: datetime | None
    seconds_left: float | None
    questions: list[Question] = []


class Saved(BaseModel):
    """What came of saving an answer: the sentence is for the student. `revision` is the saved answer's; with STALE,
    `response` is what is saved."""

    outcome: Outcome
    sentence: str
    revision: int
    response: Response | None = None


class CriterionMark(BaseModel):
    """The marks for one criterion of a rubric and the words of the answer that earned them."""

    name: str
    points: float
    mark: float
    quote: str = ""


class Verdict(BaseModel):
    """What a student may know of one of their answers, `given` in words. Marks are None while there are none;
    `right_answer` and `explanation` are empty while they must not be known."""

    view: ItemView
    attempt_id: UUID | None = None
    response: Response
    given: str = ""
    standing: Standing
    raw: float | None = None
    points: float
    graded_by: str = ""
    right_answer: str = ""
    explanation: str = ""
    criteria: list[CriterionMark] = []
    reason: str = ""


class Result(BaseModel):
    """A sitting that has ended. `raw` of `points` counts what is graded; `open` answers are still to be marked.

    `shown` says whether what was right may be known; where not, `why_not` says when it will be.
    """

    id: UUID
    paper_id: UUID
    course_id: UUID
    title: str
    purpose: Purpose
    person: str
    person_id: UUID
    number: int
    submitted_at: datetime | None
    verdicts: list[Verdict]
    raw: float
    points: float
    open: int
    shown: bool
    why_not: str = ""


class GradeView(BaseModel):
    """One marking in an answer's history. `by` is code, model, instructor or withdrawal."""

    number: int
    by: str
    person: str = ""
    state: Standing
    raw: float | None
    criteria: list[CriterionMark] = []
    confidence: float | None = None
    reason: str = ""
    model: str = ""
    at: datetime


class AnswerView(BaseModel):
    """An answer as an instructor marks it: the item with its key, the words, and every marking so far, newest last."""

    id: UUID
    course_id: UUID
    sitting_id: UUID
    test: str
    person: str
    person_id: UUID
    item_id: UUID
    item: Item
    response: Response
    standing: Standing
    raw: float | None
    points: float
    graded_by: str
    answered_at: datetime | None
    history: list[GradeView] = []


class GradeRecord(BaseModel):
    """One marking out of an answer's history, the first with `number` 1. `raw` is None where no marks were given."""

    id: UUID
    number: int
    by: str
    state: Standing
    raw: float | None
    at: datetime


class AttemptRecord(BaseModel):
    """An answer for the learner record. It comes again, with a higher `change`, whenever its marks change.

    `id` stays the same. `response` has option ids with their words. `success` is None while nobody has graded it, and
    for withdrawn questions; `scaled` is 0 to 1; `graded_by` is code, model, instructor, withdrawal or "". `grades` is
    the whole history, the newest last; `began` and `submitted` are the sitting's.
    """

    change: int
    id: UUID
    person: UUID
    course: UUID
    module: UUID | None
    test: UUID
    test_title: str
    purpose: Purpose
    item: UUID
    version: int
    version_id: UUID
    kind: Kind
    stem: str
    components: list[str]
    answered_at: datetime
    response: JsonValue
    response_text: str
    raw: float | None
    max: float
    scaled: float | None
    success: bool | None
    standing: Standing
    graded_by: str
    seconds: float
    sitting: UUID
    began: datetime
    submitted: datetime | None
    grades: list[GradeRecord] = []
