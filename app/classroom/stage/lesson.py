"""The lesson of a class and its agents, as they were when it was opened; a process reads each once."""

from collections.abc import Iterator
from functools import cached_property
from time import monotonic
from typing import NamedTuple
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.languages import LANGUAGES, language_of
from app.classroom.models import ClassSession
from app.classroom.stage.cast import Cast, Member
from app.courses import service as courses
from app.courses.models import Course
from app.courses.schema import Page, Passage
from app.inference import adapters
from app.lessons import service as lessons
from app.lessons.schema import LessonScript, Say, Summarise

MOST_KEPT = 64
"""How many lessons a process keeps; the one read first goes first."""
FRESH_SECONDS = 60.0
"""For how long a course's language is taken to be what it was: an instructor may change it."""
MOST_CASTS = 1000


class Lesson(BaseModel):
    """An approved lesson as a class needs it. All but its `language` never changes, so that a worker keeps it."""

    script: LessonScript
    course_title: str
    language: str = "English"
    pages: dict[int, Page]

    @property
    def passages(self) -> Iterator[Passage]:
        """All of its passages."""
        return (passage for page in self.pages.values() for passage in page.passages)

    @cached_property
    def approved(self) -> tuple["Told", ...]:
        """What the script says, without its questions."""
        known = {one.id: one for one in self.passages}
        said = [one for one in self.script.actions if isinstance(one, (Say, Summarise))]
        rests = [(one, next((known[each] for each in one.passages if each in known), None)) for one in said]
        return tuple(Told(one.page, one.text, passage) for one, passage in rests if passage)


class Told(NamedTuple):
    """A line of the approved script on a page, and the passage it rests on."""

    page: int
    text: str
    passage: Passage


class _Kept(NamedTuple):
    """A lesson, the language of its deck, and until when (in the process's own seconds) its language holds."""

    lesson: Lesson
    deck_language: str
    until: float


_lessons: dict[UUID, _Kept] = {}


def lesson_of(session: Session, row: ClassSession) -> Lesson:
    """The class's lesson version with its pages, read once a process and version; its language once a minute."""
    kept = _lessons.get(row.version_id) or _read(session, row)
    if kept.until <= monotonic():
        code = courses.teaching_language(session, row.course_id) or kept.deck_language
        lesson = kept.lesson.model_copy(update={"language": LANGUAGES.get(code, "English")})
        kept = _Kept(lesson, kept.deck_language, monotonic() + FRESH_SECONDS)
        if row.version_id not in _lessons:
            _make_room(_lessons, MOST_KEPT)
        _lessons[row.version_id] = kept
    return kept.lesson


def _read(session: Session, row: ClassSession) -> _Kept:
    """The lesson from the database, without its language yet."""
    script = lessons.script(session, row.version_id)
    pages = {page.number: page for page in courses.pages(session, script.material_id)}
    title = session.scalar(select(Course.title).where(Course.id == row.course_id)) or ""
    words = "\n".join(f"{page.title}\n{page.text}" for page in pages.values())
    return _Kept(Lesson(script=script, course_title=title, pages=pages), language_of(words), until=0.0)


_casts: dict[UUID, Cast] = {}


def cast_of(session: Session, row: ClassSession) -> Cast:
    """The agents of this class, as they were when it was opened; that never changes, so a process keeps it."""
    if row.id not in _casts:
        listed = row.cast or session.scalars(select(ClassSession.cast).where(ClassSession.id == row.id)).one()
        members = [Member.model_validate(member) for member in listed]
        _make_room(_casts, MOST_CASTS)
        _casts[row.id] = {member.voice: member for member in members}
    return _casts[row.id]


def adapter_of(session: Session, row: ClassSession, role: str) -> str:
    """The adapter that speaks for a role in this class: the one it was given, unless that was rolled back."""
    return adapters.speaker(session, role, str(row.adapters.get(role, "")))


def _make_room(kept: dict[UUID, _Kept] | dict[UUID, Cast], most: int) -> None:
    """Forget what was read first, where there is more than is to be kept."""
    while len(kept) >= most:
        kept.pop(next(iter(kept)), None)
