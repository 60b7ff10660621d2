"""Documents of notes, and of a class as it is seen from inside."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from app.base.text import Storable
from app.classroom.schema import ClassEvent


class PageNotes(BaseModel):
    """A page that was shown, in the notes: the note taker's lines, or a line of the script (`is_script`)."""

    page: int
    title: str
    lines: list[str] = []
    is_script: bool = False


class OwnNotes(BaseModel):
    """What somebody wrote for themselves. `revision` must come back with a change."""

    text: Storable = ""
    revision: int = 0
    changed_at: datetime | None = None


class Notes(BaseModel):
    """The notes of a class as one person sees them: what all see, and their own. `taker` is the note taker's name."""

    pages: list[PageNotes] = []
    own: OwnNotes = OwnNotes()
    taker: str = ""


class NoteKind(StrEnum):
    """What a learner's note is about."""

    HELPED = "helped"
    HARD = "hard"


class LearnerNoteView(BaseModel):
    """A long-term note as its learner sees it."""

    id: UUID
    kind: NoteKind
    text: Storable
    course_id: UUID
    course: str
    lesson: str
    class_id: UUID
    page: int
    changed_at: datetime
    is_own: bool = False


class CallView(BaseModel):
    """What a turn's request to a model took."""

    model: str
    outcome: str
    tokens_in: int
    tokens_out: int
    tokens_cached: int
    first_token_ms: int
    total_ms: int


class GuardView(BaseModel):
    """What the guard refused, why, and what was shown instead."""

    reason: str
    refused: str
    shown: str


class InsideLine(BaseModel):
    """A line of a class's log as an instructor looks into it: the event, and how its turn came about."""

    event: ClassEvent
    name: str = ""
    chosen: str = ""
    system: str = ""
    words: str = ""
    call: CallView | None = None
    guards: list[GuardView] = []


class Inside(BaseModel):
    """A stretch of a class's log from inside. `following` is the seq to go on after, 0 at the end."""

    class_id: UUID
    course_id: UUID
    course_title: str
    title: str
    student: str
    last_seq: int
    lines: list[InsideLine] = []
    following: int = 0
