"""Documents of the exchange room."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from app.assessment.banks.schema import Bank


class TransferKind(StrEnum):
    """What is brought in or taken out."""

    QUESTIONS_IN = "questions-in"
    QUESTIONS_OUT = "questions-out"
    COURSE_IN = "course-in"
    COURSE_OUT = "course-out"
    LESSON_OUT = "lesson-out"
    OUTLINE = "outline"


class TransferState(StrEnum):
    """Where it stands. In REVIEW it waits for a person's decision."""

    WAITING = "waiting"
    WORKING = "working"
    REVIEW = "review"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (TransferState.WAITING, TransferState.WORKING)


class QuestionForm(StrEnum):
    """What questions are written in."""

    GIFT = "gift"
    QTI30 = "qti30"
    QTI22 = "qti22"


class LessonForm(StrEnum):
    """What a lesson is written as."""

    PPTX = "pptx"
    PDF = "pdf"
    MARKDOWN = "md"
    HTML = "html"


class Decision(BaseModel):
    """What an instructor wants of a bank: which of its questions (by place in it, from 0), and where to."""

    chosen: list[int]
    module_id: UUID | None = None
    with_components: bool = True
    with_links: bool = False


class QuestionsReport(BaseModel):
    """A bank that was read, what was decided about it, and what came of it."""

    bank: Bank | None = None
    decision: Decision | None = None
    stored: int = 0
    refused: list[str] = []
    links_lesson: UUID | None = None


class FileReport(BaseModel):
    """A file that was made: what it is called, its bytes, and sentences about what is not in it."""

    filename: str = ""
    bytes: int = 0
    notes: list[str] = []


COUNTED = ("module", "deck", "page", "lesson", "approved version", "question", "test")


class CourseReport(BaseModel):
    """A course that was brought in. `counts` says how many there are of each of COUNTED."""

    course_id: UUID | None = None
    title: str = ""
    counts: dict[str, int] = {}
    notes: list[str] = []

    @property
    def lines(self) -> list[tuple[str, int]]:
        """The counts in their order."""
        return [(name, self.counts.get(name, 0)) for name in COUNTED]


class OutlineReport(BaseModel):
    """The outline of a lesson on a topic, in Markdown. `fallback` says why it is no model's, "" where it is one's."""

    pages: int = 8
    wishes: str = ""
    module_id: UUID | None = None
    markdown: str = ""
    fallback: str = ""
    lesson_id: UUID | None = None


Report = QuestionsReport | FileReport | CourseReport | OutlineReport
REPORTS: dict[TransferKind, type[Report]] = {
    TransferKind.QUESTIONS_IN: QuestionsReport,
    TransferKind.QUESTIONS_OUT: FileReport,
    TransferKind.COURSE_IN: CourseReport,
    TransferKind.COURSE_OUT: FileReport,
    TransferKind.LESSON_OUT: FileReport,
    TransferKind.OUTLINE: OutlineReport,
}


class TransferView(BaseModel):
    """A transfer as its page shows it."""

    id: UUID
    course_id: UUID | None
    lesson_id: UUID | None
    kind: TransferKind
    form: str
    name: str
    status: TransferState
    problem: str
    stage: str
    done: int
    total: int
    created_at: datetime
    report: Report

    @property
    def is_open(self) -> bool:
        """Whether a worker is at it, or will be."""
        return self.status in OPEN

    @property
    def has_file(self) -> bool:
        """Whether there is a file to take away."""
        return self.status is TransferState.DONE and isinstance(self.report, FileReport)


class TransferLine(BaseModel):
    """A transfer without its report: for lists, and for the page's script."""

    id: UUID
    kind: TransferKind
    form: str
    name: str
    status: TransferState
    stage: str
    done: int
    total: int
    created_at: datetime
