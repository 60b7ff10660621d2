"""The lesson of a class and its agents, as they were when it was opened; a process reads each once."""

from collections.abc import Iterator
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.assessment import service as assessment
from app.base.languages import LANGUAGES, language_of
from app.classroom.models import ClassSession
from app.classroom.stage.cast import Cast, Member
from app.courses import service as courses
from app.courses.models import Course
from app.courses.schema import Page, Passage
from app.inference import adapters
from app.lessons import service as lessons
from app.lessons.schema import Ask, LessonScript

MOST_KEPT = 64
"""How many lessons a process keeps; the one read first goes first."""
MOST_CASTS = 1000


class Lesson(BaseModel):
    """An approved lesson as a class needs it; never changes, so a worker keeps it. `language`: what is spoken in it."""

    script: LessonScript
    course_title: str
    language: str = "English"
    pages: dict[int, Page]
    keys: dict[UUID, str] = {}
    """What is right about the questions of the bank that the script asks, by item; no student's page is given these."""

    @property
    def passages(self) -> Iterator[Passage]:
        """All of its passages."""
        return (passage for page in self.pages.values() for passage in page.passages)


_lessons: dict[UUID, Lesson] = {}


def lesson_of(session: Session, row: ClassSession) -> Lesson:
    """The class's lesson version with its pages, read once a process and version."""
    if row.version_id not in _lessons:
        script = lessons.script(session, row.version_id)
        pages = {page.number: page for page in courses.pages(session, script.material_id)}
        title = session.scalar(select(Course.title).where(Course.id == row.course_id)) or ""
        words = "\n".join(f"{page.title}\n{page.text}" for page in pages.values())
        code = courses.teaching_language(session, row.course_id) or language_of(words)
        _make_room(_lessons, MOST_KEPT)
        _lessons[row.version_id] = Lesson(
            script=script,
            course_title=title,
            language=LANGUAGES.get(code, "English"),
            pages=pages,
            keys=_keys(session, script),
        )
    return _lessons[row.version_id]


def _keys(session: Session, script: LessonScript) -> dict[UUID, str]:
    asked = {one.item for one in script.actions if isinstance(one, Ask) and one.item}
    return {one: assessment.right_of(session, one) for one in asked}


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


def _make_room(kept: dict[UUID, Lesson] | dict[UUID, Cast], most: int) -> None:
    """Forget what was read first, where there is more than is to be kept."""
    while len(kept) >= most:
        kept.pop(next(iter(kept)), None)
