"""A lesson as it goes out: page by page its picture, its words, and what the teacher says and asks."""

from contextlib import suppress
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.base.errors import Conflict, NotFound
from app.base.formulas import plain
from app.courses import service as courses
from app.courses.limits import LAID_OUT
from app.courses.schema import DeckKind, Page, Region
from app.courses.upload import deck_path, pictures_folder
from app.lessons.models import Lesson
from app.lessons.schema import ActionKind, Ask, Board, BoardItem, Discuss, LessonScript, ScriptPage, Spoken, Spotlight
from app.lessons.versions import draft_script, newest

NOTHING = "There is nothing to take out yet: the lesson has no written page. Wait for its pages, or write them."
LEADS = {ActionKind.ASK: "Question", ActionKind.DISCUSS: "To discuss", ActionKind.SUMMARISE: "In short"}
ON_BOARD = "On the board"
DRAFT = "This is the draft: no version of the lesson is approved yet."


class Said(BaseModel):
    """A line of the lesson, or what is written on the board with it. `asks` where the class is asked or talks; `lead`
    is what stands before it where it is read; `region` what is pointed at on the picture meanwhile.
    """

    text: str
    asks: bool = False
    lead: str = ""
    board: BoardItem | None = None
    region: Region | None = None


class Leaf(BaseModel):
    """One page. `picture` is its picture's file, None where there is none; sizes are in points."""

    number: int
    title: str
    text: str = ""
    notes: str = ""
    picture: Path | None = None
    width: float = 960
    height: float = 540
    said: list[Said] = []


class Book(BaseModel):
    """A lesson. `deck` is a PPTX to put notes into, None where the deck was none; `version` 0 is the draft."""

    title: str
    course: str
    version: int
    leaves: list[Leaf]
    deck: Path | None = None


def gather(session: Session, lesson_id: UUID, course: str) -> Book:
    """The newest approved version, or the draft where there is none; for a caller who has checked who asks.

    Raises Conflict where nothing is written yet.
    """
    lesson = session.get(Lesson, lesson_id)
    if lesson is None:
        raise NotFound
    version = newest(session, lesson_id)
    script = LessonScript.model_validate(version.script) if version else draft_script(session, lesson)
    if not script.actions:
        raise Conflict(NOTHING)
    pages = {page.number: page for page in courses.pages(session, lesson.material_id)}
    return Book(
        title=script.title,
        course=course,
        version=version.number if version else 0,
        leaves=[_leaf(session, lesson.material_id, one, pages.get(one.page)) for one in script.pages],
        deck=_deck(session, lesson.material_id),
    )


def _leaf(session: Session, material_id: UUID, told: ScriptPage, page: Page | None) -> Leaf:
    leaf = Leaf(number=told.page, title=told.title, said=_said(told, page))
    if page is None:
        return leaf
    found = None
    if page.has_picture:
        with suppress(NotFound):
            found = courses.picture(session, material_id, page.number).path
    sizes = {"width": page.width or leaf.width, "height": page.height or leaf.height}
    return leaf.model_copy(update={"text": page.text, "notes": page.notes, "picture": found, **sizes})


def _said(told: ScriptPage, page: Page | None) -> list[Said]:
    """What is said and written on a page, in order."""
    found: list[Said] = []
    region: Region | None = None
    for one in told.actions:
        if isinstance(one, Spotlight):
            region = one.region or _place(one, page)
        elif isinstance(one, Board):
            found.append(Said(text=one.text, lead=ON_BOARD, board=one.item, region=region))
        elif isinstance(one, Spoken) and one.text:
            asks = isinstance(one, (Ask, Discuss))
            found.append(Said(text=plain(one.text), asks=asks, lead=LEADS.get(one.kind, ""), region=region))
    return found


def _place(action: Spotlight, page: Page | None) -> Region | None:
    passage = next((one for one in page.passages if one.id in action.passages), None) if page else None
    return courses.place_of(passage.text, page.lines) if page and passage else None


def _deck(session: Session, material_id: UUID) -> Path | None:
    kind = courses.material_kind(session, material_id)
    path = deck_path(material_id, kind) if kind is DeckKind.PPTX else pictures_folder(material_id) / LAID_OUT
    return path if kind is not DeckKind.PDF and path.is_file() else None
