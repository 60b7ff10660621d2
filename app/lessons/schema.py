"""The documents of a lesson: teaching actions and scripts."""

from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field


class ActionKind(StrEnum):
    """The three teaching actions of MAIC (arXiv 2409.03512, section 3): show a page, say something, ask."""

    SHOW = "show"
    SAY = "say"
    ASK = "ask"


class TeachingAction(BaseModel):
    """One step of a lesson: kind, words (empty for show), its page, and the passages it rests on."""

    kind: ActionKind
    page: int
    text: str = ""
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


class PageDraft(BaseModel):
    """What the author model is asked for, for one page; also the JSON schema of its reply."""

    say: list[str] = Field(min_length=1, max_length=4)
    ask: str = ""
