"""The documents of a lesson: teaching actions and scripts, what the author model is asked for, and what people see."""

from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field

from app.courses.schema import MaterialStatus


class ActionKind(StrEnum):
    """The three teaching actions of MAIC (arXiv 2409.03512, section 3): show a page, say something, ask."""

    SHOW = "show"
    SAY = "say"
    ASK = "ask"


class TeachingAction(BaseModel):
    """One step of a lesson: kind, words (empty for show), its page, and the passages it rests on.

    A question with a `gate` holds the class until it was answered rightly.
    """

    kind: ActionKind
    page: int
    text: str = ""
    gate: bool = False
    passages: list[UUID] = []


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


class LessonScript(BaseModel):
    """A whole lesson: what `approve` freezes and a class follows."""

    lesson_id: UUID
    material_id: UUID
    title: str
    pages: list[ScriptPage]

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
    """One page of a lesson as its editor shows it. `revision` must come back with an edit.

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


class LessonSummary(BaseModel):
    """One line of a course page. `status` is waiting, writing, ready (to approve), approved or failed (its deck)."""

    id: UUID
    module_id: UUID
    title: str
    status: str
    version: int
    material_id: UUID
