"""Documents that leave the courses room."""

from enum import StrEnum
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, Field

from app.accounts.schema import CourseRole
from app.base.text import Storable


class DeckKind(StrEnum):
    """What a deck is, by its bytes and not by its name; only of plain text the name says more. Documents without pages
    are laid out as slides."""

    PDF = "pdf"
    PPTX = "pptx"
    DOCX = "docx"
    HTML = "html"
    MARKDOWN = "md"
    TEXT = "txt"


class MaterialStatus(StrEnum):
    """Where the reading of a deck stands."""

    WAITING = "waiting"
    READING = "reading"
    READY = "ready"
    FAILED = "failed"


class Region(BaseModel):
    """A part of a page's picture, in shares of its width and height from the top left corner (0 to 1)."""

    left: float = Field(ge=0, le=1)
    top: float = Field(ge=0, le=1)
    width: float = Field(ge=0, le=1)
    height: float = Field(ge=0, le=1)


class PlacedLine(BaseModel):
    """Some words of a page, and where its picture shows them."""

    text: Storable
    region: Region


class ReadPage(BaseModel):
    """One page as the reader child process hands it over.

    `text` holds every word of the page in reading order, the title's first; `picture` is a file name in the
    pictures folder; sizes are in points. `problem` says what could not be read of this page, and may stand
    beside words or a picture that could. `lines`: where the picture shows which words, as far as that is known.
    """

    number: int
    text: str = ""
    notes: str = ""
    title: str = ""
    picture: str = ""
    width: float = 0
    height: float = 0
    problem: str = ""
    lines: list[PlacedLine] = []


class ReaderLine(BaseModel):
    """One line of the reader child's output: the page count first, then pages as they are done.

    A line with `problem` and no page refuses the deck as a whole.
    """

    pages: int = 0
    page: ReadPage | None = None
    problem: str = ""


class Passage(BaseModel):
    """A stretch of a page's words or notes (at most about 480 characters) that an utterance can rest on.

    `score` (0 to 1) says how well it answers the query it was found by; 0 where there was none. `described`: a
    model saw it on the page's picture.
    """

    id: UUID
    page: int
    text: str
    described: bool = False
    score: float = 0.0


class Page(BaseModel):
    """One page of a deck with its passages. `has_picture` says whether a picture can be fetched.

    `text` is every word on the page in reading order and begins with the title's; sizes are in points.
    """

    id: UUID
    number: int
    title: str
    text: str
    notes: str
    has_picture: bool
    width: float
    height: float
    problem: str
    passages: list[Passage] = []
    lines: list[PlacedLine] = []


class ModuleView(BaseModel):
    """A chapter of a course."""

    id: UUID
    title: str
    position: int


class CourseView(BaseModel):
    """A course as one person sees it: `role` is what that person is in it, `language` the code of the one it is taught
    in, "" for that of its decks.
    """

    id: UUID
    title: str
    summary: str
    language: str = ""
    role: CourseRole
    modules: list[ModuleView] = []


class MaterialView(BaseModel):
    """An uploaded deck and where its reading stands; also what is published while it is read.

    `problem` is a sentence for the instructor: why nothing could be read, or which pages could not.
    `page_count` is 0 until the reader has counted.
    """

    id: UUID
    course_id: UUID
    filename: str
    kind: DeckKind
    status: MaterialStatus
    problem: str = ""
    page_count: int = 0
    pages_read: int = 0


class PicturePath(BaseModel):
    """Where a page's picture lies and what it is."""

    path: Path
    media_type: str
