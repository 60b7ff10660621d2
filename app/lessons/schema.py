"""The documents of a lesson: teaching actions and scripts, what the author model is asked for, and what people see."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue, TypeAdapter, model_validator

from app.base.text import Storable
from app.courses.description import Description
from app.courses.schema import MaterialStatus
from app.courses.schema import Region as Region


class ActionKind(StrEnum):
    """The kinds of teaching action, after the function set of MAIC (arXiv 2409.03512, section 3). The set is closed."""

    SHOW = "show"
    SAY = "say"
    SPOTLIGHT = "spotlight"
    ASK = "ask"
    DISCUSS = "discuss"
    BOARD = "board"
    PAUSE = "pause"
    SUMMARISE = "summarise"


SCHEMA_VERSION = 2
"""Of scripts. 1: show, say and ask only. Raise it when a kind or a field changes its meaning, and mend `_upgraded`."""


class BoardKind(StrEnum):
    """What can stand on the board."""

    TEXT = "text"
    FORMULA = "formula"
    CODE = "code"
    TABLE = "table"


class BoardItem(BaseModel):
    """Something written on the board. `text` is the source (LaTeX for a formula, rows of | cells for a table)."""

    kind: BoardKind
    text: Storable
    language: str = ""


class Action(BaseModel):
    """What every teaching action has: its page, counted from 1, and the passages it rests on, the nearest first."""

    page: int
    passages: list[UUID] = []

    @property
    def words(self) -> str:
        """What the teacher says aloud with it; "" where nothing is said."""
        return ""


class Worded(Action):
    """An action that is said aloud."""

    text: str

    @property
    def words(self) -> str:
        """What the teacher says aloud with it."""
        return self.text


class Show(Action):
    """Turn to the page. A page's actions begin with it; a table among the page's words comes to the board with it."""

    kind: Literal[ActionKind.SHOW] = ActionKind.SHOW


class Say(Worded):
    """The teacher says one to three sentences about the page."""

    kind: Literal[ActionKind.SAY] = ActionKind.SAY


class Spotlight(Action):
    """Point at a place on the page's picture until the next spotlight or page: a region, or, without one, where the
    first passage stands. Nothing is said and nobody waits; where the place is not known, nothing is shown.
    """

    kind: Literal[ActionKind.SPOTLIGHT] = ActionKind.SPOTLIGHT
    region: Region | None = None

    @model_validator(mode="after")
    def _points_somewhere(self) -> "Spotlight":
        if self.region is None and not self.passages:
            raise ValueError("a spotlight needs a region or a passage")
        return self


class Ask(Worded):
    """Ask the students, and wait for an answer, which is judged. With a `gate` the class waits until it was answered
    rightly. `item` is the question of the item bank it was taken from; `text` then holds its words.
    """

    kind: Literal[ActionKind.ASK] = ActionKind.ASK
    gate: bool = False
    item: UUID | None = None


class Discuss(Worded):
    """Put something to the class that has no right answer: a classmate or two say what they think, and the student is
    waited for as after a question, without being judged.
    """

    kind: Literal[ActionKind.DISCUSS] = ActionKind.DISCUSS


class Board(Action):
    """Write on the board: `form` says what `text` is. Nothing is said and nobody waits."""

    kind: Literal[ActionKind.BOARD] = ActionKind.BOARD
    form: BoardKind
    text: Storable
    language: str = ""

    @property
    def item(self) -> BoardItem:
        """What stands on the board afterwards."""
        return BoardItem(kind=self.form, text=self.text, language=self.language)


class Pause(Worded):
    """Stop for questions: the teacher says so, waits a little for somebody to ask, and goes on."""

    kind: Literal[ActionKind.PAUSE] = ActionKind.PAUSE


class Summarise(Worded):
    """The teacher sums up what was taught since the last summary; it is recorded as a summary."""

    kind: Literal[ActionKind.SUMMARISE] = ActionKind.SUMMARISE


Spoken = Say | Ask | Discuss | Pause | Summarise
"""The actions that are said aloud."""

TeachingAction = Annotated[Show | Spotlight | Board | Spoken, Field(discriminator="kind")]
"""One step of a lesson: words and actions are one stream."""

ACTIONS: TypeAdapter[list[TeachingAction]] = TypeAdapter(list[TeachingAction])
"""Reads the actions of a page from what is stored, and stores them."""


class PageState(StrEnum):
    """Where the writing of one page stands."""

    WAITING = "waiting"
    WRITING = "writing"
    READY = "ready"


class ScriptPage(BaseModel):
    """The actions of one page. `fallback` marks words made from the page itself, with the reason."""

    page: int
    title: str = ""
    actions: list[TeachingAction] = []
    fallback: bool = False
    reason: str = ""


class SectionGate(BaseModel):
    """A gate at the end of a section, whose last page is `page`: the class is held there until each student has shown
    that they know the components, by `in_a_row` right answers one after the other about each, and at most for `most`
    questions.
    """

    page: int
    title: str
    components: list[str]
    in_a_row: int = 2
    most: int = 6


class LessonScript(BaseModel):
    """A whole lesson: what `approve` freezes and a class follows. Older frozen scripts are read as they were meant."""

    schema_version: int = Field(SCHEMA_VERSION, ge=1, le=SCHEMA_VERSION)
    lesson_id: UUID
    material_id: UUID
    title: str
    pages: list[ScriptPage]
    gates: list[SectionGate] = []

    @model_validator(mode="before")
    @classmethod
    def _upgraded(cls, document: JsonValue) -> JsonValue:
        """A frozen script in today's form. Version 1 did not say that it was, and its kinds mean what they meant."""
        if isinstance(document, dict) and document.get("schema_version", 1) == 1:
            return {**document, "schema_version": SCHEMA_VERSION}
        return document

    @property
    def actions(self) -> list[TeachingAction]:
        """All teaching actions in order; a class's cursor is an index into this list."""
        return [action for page in self.pages for action in page.actions]


class PageWords(BaseModel):
    """What the author model is asked for on most pages, sentence by sentence; also the JSON schema of its reply."""

    say: list[str] = Field(min_length=1, max_length=7)


class PageDraft(PageWords):
    """The same with a question to the student, asked for on every third page."""

    ask: str


class Interpreted(BaseModel):
    """What the model is asked for on a page that is taught in another language than it is written in: the title, and a
    sentence for each point; also the JSON schema of its reply.
    """

    title: str
    say: list[str] = Field(min_length=1, max_length=7)


class InterpretedWithQuestion(Interpreted):
    """The same with a question to the student."""

    ask: str


class Written(BaseModel):
    """How one page came out: its actions, and whether they are a fallback and why."""

    actions: list[TeachingAction]
    fallback: bool = False
    reason: str = ""
    call_id: UUID | None = None


class PageProgress(BaseModel):
    """One entry (kind "page") of the stream topic `lesson:ID`: a page moved on, and how far the lesson is."""

    lesson_id: UUID
    number: int
    status: PageState
    fallback: bool = False
    written: int
    total: int


class LessonPageView(BaseModel):
    """One page of a lesson as its editor shows it. `revision` must come back with an edit; `shown` is its description;
    `rewriting` has the states of rewritings that were asked for and are not settled.

    Somebody who may not edit sees number and title only, from the approved version.
    """

    number: int
    title: str
    status: PageState
    fallback: bool = False
    reason: str = ""
    revision: int = 0
    actions: list[TeachingAction] = []
    edited: bool = False
    rewriting: str = ""
    shown: Description | None = None


class LessonView(BaseModel):
    """A lesson and where it stands. `version` is the newest approved one's number, 0 for none.

    `approvable`: all pages are written and differ from the newest approved version.
    """

    id: UUID
    title: str
    course_id: UUID
    module_id: UUID
    material_id: UUID
    material_status: MaterialStatus
    problem: str = ""
    pages: list[LessonPageView] = []
    version: int = 0
    written: int = 0
    total: int = 0
    approvable: bool = False
    at_once: bool = True

    @property
    def is_reading(self) -> bool:
        """Whether its pages are still to come: the deck is not read, or was just now and no page is open yet."""
        status = self.material_status
        return not self.pages if status is MaterialStatus.READY else status is not MaterialStatus.FAILED


class LessonSummary(BaseModel):
    """One line of a course page. `status` is waiting, writing, ready (to approve), approved or failed (its deck)."""

    id: UUID
    module_id: UUID
    title: str
    status: str
    version: int
    material_id: UUID


class VersionLine(BaseModel):
    """An approved version in a list: its number, when it was approved, and by whom."""

    number: int
    at: datetime
    by: str
