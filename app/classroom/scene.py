"""Sets the scene of a turn: everything its words depend on, read in one short transaction."""

import re
from functools import lru_cache
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.classroom.director import Act, Move
from app.classroom.models import ClassSession
from app.classroom.schema import Voice
from app.classroom.speaking import Scene
from app.classroom.state import ClassState
from app.courses import service as courses
from app.courses.models import Course
from app.courses.schema import Page, Passage
from app.courses.searching import RELEVANT
from app.lessons import service as lessons
from app.lessons.schema import LessonScript

_HELP = re.compile(
    r"\b(again|simpl\w*|example|explain|understand|confus\w*|lost|mean|repeat|slower|summar\w*|help|hello|hi|hey|"
    r"thanks?|thank you|yes|no|ok|okay|why|this|that|it|here|page|slide)\b",
    re.IGNORECASE,
)


class Lesson(BaseModel):
    """An approved lesson as a class needs it; never changes, so a worker keeps it."""

    script: LessonScript
    course_title: str
    pages: dict[int, Page]


@lru_cache(maxsize=64)
def _kept(version_id: UUID) -> dict[str, Lesson]:
    return {}


def lesson_of(session: Session, row: ClassSession) -> Lesson:
    """The class's lesson version with its pages, read once a process and version."""
    kept = _kept(row.version_id)
    if "lesson" not in kept:
        script = lessons.script(session, row.version_id)
        pages = {page.number: page for page in courses.pages(session, script.material_id)}
        title = session.scalar(select(Course.title).where(Course.id == row.course_id)) or ""
        kept["lesson"] = Lesson(script=script, course_title=title, pages=pages)
    return kept["lesson"]


def set_scene(session: Session, row: ClassSession, state: ClassState, move: Move) -> Scene:
    """The scene for a move that needs a model."""
    lesson = lesson_of(session, row)
    scene = Scene(
        class_id=row.id,
        course=lesson.course_title,
        lesson=lesson.script.title,
        page=lesson.pages[max(1, state.page)],
        voice=move.voice or Voice.TUTOR,
        answers=move.answers,
        recent=state.recent[-4:],
    )
    if move.act is Act.CHAT:
        return scene
    _add_question(session, lesson, state, move, scene)
    return scene


def _add_question(session: Session, lesson: Lesson, state: ClassState, move: Move, scene: Scene) -> None:
    question = next((one for one in state.pending if one.seq == move.answers), None)
    if question is None:
        scene.question = next((line.text for line in state.recent if line.seq == move.answers), "")
        scene.answers = None
        return
    scene.question, scene.asked = question.text, question.replies_to
    scene.page = lesson.pages.get(question.page, scene.page)
    found = courses.search(session, lesson.script.material_id, question.text, limit=3)
    scene.passages = [one for one in found if one.score >= RELEVANT]
    scene.covered = bool(scene.passages or scene.asked or _about_here(question.text, scene.page.passages))


def _about_here(text: str, passages: list[Passage]) -> bool:
    """Whether words without a match elsewhere still speak of the page that is shown: "explain that again"."""
    return bool(passages) and len(text.split()) <= 14 and bool(_HELP.search(text))
