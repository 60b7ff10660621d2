"""Lessons: the editor where a deck's script is watched, edited and approved, and the door into a class."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.accounts.schema import CourseRole
from app.analysis.learners import service as learners
from app.classroom import service as classroom
from app.courses import service as courses
from app.courses.schema import MaterialStatus, Page
from app.inference import service as inference
from app.inference.schema import Role
from app.lessons import service as lessons
from app.lessons.schema import LessonView
from app.web.access import Changer, Db, Person
from app.web.learning import personal_version, prepare
from app.web.lesson_actions import changed, deck_page, page_in
from app.web.lesson_runs import run_page
from app.web.pages import go, show

router = APIRouter()

TEACHING = (CourseRole.INSTRUCTOR,)


@router.get("/lessons/{lesson_id}.json")
def lesson_json(session: Db, who: Person, lesson_id: UUID) -> LessonView:
    """The lesson as it stands for this person, for the editor's script and for `teach`."""
    return lessons.access_lesson(session, who, lesson_id)


@router.get("/lessons/{lesson_id}")
def lesson_page(request: Request, session: Db, who: Person, lesson_id: UUID) -> Response:
    """For an instructor the editor: each page's picture beside its words. For a student what the lesson holds."""
    lesson = lessons.access_lesson(session, who, lesson_id)
    course = courses.access_course(session, who, lesson.course_id)
    if course.role is not CourseRole.INSTRUCTOR:
        return show(request, "lessons/outline.html", lesson=lesson, course=course)
    return show(
        request,
        "lessons/editor.html",
        lesson=lesson,
        course=course,
        material=courses.access_material(session, who, lesson.material_id),
        sources=_sources(session, lesson),
        history=lessons.history(session, lesson_id),
        author=inference.known_model(Role.AUTHOR),
        approval=approval_words(lesson),
        checked=lessons.checked(session, lesson),
        run_page=run_page(session, lesson_id),
        rewrites=lessons.rewrites(session, lesson_id),
    )


@router.get("/lessons/{lesson_id}/pages/{number}")
def one_page(request: Request, session: Db, who: Person, lesson_id: UUID, number: int) -> Response:
    """One page of the editor by itself, which the script puts in when the page is written."""
    lesson, page = page_in(session, who, lesson_id, number)
    source, checked = deck_page(session, lesson, number), lessons.checked(session, lesson, number).get(number)
    asked = lessons.rewrites(session, lesson_id, number).get(number, [])
    return show(request, "lessons/one.html", lesson=lesson, page=page, source=source, checked=checked, rewrites=asked)


def approval_words(lesson: LessonView) -> str:
    """What stands between the lesson and its approval, as a sentence."""
    if not lesson.total:
        return "The deck is being read; its pages appear here one by one."
    if lesson.material_status is not MaterialStatus.READY:
        return f"The deck is still being read: {lesson.total} pages so far."
    if lesson.written < lesson.total:
        return f"{lesson.written} of {lesson.total} pages are written. You can approve when all are."
    if not lesson.approvable:
        return f"Students attend version {lesson.version}. Nothing has changed since you approved it."
    plain = [str(page.number) for page in lesson.pages if page.fallback and not page.edited]
    if plain:
        return f"All {lesson.total} pages are ready. Made from the page itself, so look twice: {', '.join(plain)}."
    return f"All {lesson.total} pages are ready. Read them once more, then approve."


def _sources(session: Session, lesson: LessonView) -> dict[int, Page]:
    """The pages of the deck, by number."""
    return {page.number: page for page in courses.pages(session, lesson.material_id)}


@router.post("/lessons/{lesson_id}/pages/{number}/rewrite")
def rewrite_page(request: Request, session: Db, who: Changer, lesson_id: UUID, number: int) -> Response:
    """Have one page written again."""
    page_in(session, who, lesson_id, number)
    lessons.rewrite_page(session, lesson_id, number, who.id)
    return changed(request, session, who, lesson_id, number, "page-again")


@router.post("/lessons/{lesson_id}/approve")
def approve(session: Db, who: Changer, lesson_id: UUID) -> Response:
    """Freeze the script as a version that students attend."""
    lessons.access_lesson(session, who, lesson_id, *TEACHING)
    lessons.approve(session, who, lesson_id)
    return go(f"/lessons/{lesson_id}", "approved")


@router.post("/lessons/{lesson_id}/attend")
def attend(session: Db, who: Changer, lesson_id: UUID, pace: Annotated[float | None, Form()] = None) -> Response:
    """Open a class of the lesson, or go back into the one that is not finished."""
    known = learners.known_values(session, who.id, lesson_id)
    weak = learners.weak_points(known)
    own = personal_version(session, who, lesson_id)
    class_id = classroom.open_class(session, who, lesson_id, pace, weak, own, known)
    if own:
        prepare(session, who, lessons.access_lesson(session, who, lesson_id).course_id, after=lesson_id)
    return go(f"/classes/{class_id}")


@router.post("/lessons/{lesson_id}/preview")
def preview(session: Db, who: Changer, lesson_id: UUID, pace: Annotated[float | None, Form()] = None) -> Response:
    """Play the draft as a student would meet it, in a class that leaves no records."""
    return go(f"/classes/{classroom.open_preview(session, who, lesson_id, pace)}")
