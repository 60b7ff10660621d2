"""The steps of a lesson's pages: added, changed, moved and removed; and undo and redo."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from app.accounts.schema import CourseRole, Who
from app.base.errors import NotFound
from app.courses import service as courses
from app.courses.schema import Page
from app.lessons import service as lessons
from app.lessons.draft.changes import ChangeView, History
from app.lessons.schema import LessonPageView, LessonView
from app.web.access import Changer, Db, Person, Sent
from app.web.lesson_forms import StepForm, action_of, kind_of, sent_step, step_of
from app.web.pages import go, show, wants_json
from app.web.trouble import form

router = APIRouter()

TEACHING = (CourseRole.INSTRUCTOR,)
Number = Annotated[int, Form()]


def page_in(session: Session, who: Who, lesson_id: UUID, number: int) -> tuple[LessonView, LessonPageView]:
    """The lesson and one of its pages, for its instructors. Raises NotFound."""
    lesson = lessons.access_lesson(session, who, lesson_id, *TEACHING)
    found = next((one for one in lesson.pages if one.number == number), None)
    if found is None:
        raise NotFound
    return lesson, found


def deck_page(session: Session, lesson: LessonView, number: int) -> Page:
    """The page of the deck that a page of the lesson is about."""
    return next(one for one in courses.pages(session, lesson.material_id) if one.number == number)


def changed(
    request: Request, session: Session, who: Who, lesson_id: UUID, number: int, notice: str, at: int = 0
) -> Response:
    """After a change to one page: that page as JSON for the script, with the place of the step; else back to it."""
    if wants_json(request):
        _, page = page_in(session, who, lesson_id, number)
        return JSONResponse({**page.model_dump(mode="json"), "at": at})
    return go(f"/lessons/{lesson_id}#page-{number}", notice)


@router.get("/lessons/{lesson_id}/pages/{number}/new")
def new_action(
    request: Request, session: Db, who: Person, lesson_id: UUID, number: int, kind: str, at: Annotated[int, Query()] = 0
) -> Response:
    """The form of a new step of a kind, at a place of the page; the last one without."""
    lesson, page = page_in(session, who, lesson_id, number)
    place = at if 0 < at <= len(page.actions) else len(page.actions)
    step = StepForm(kind=kind_of(kind))
    values = _values(session, who, lesson, page, step, place, True)
    return show(request, "lessons/step.html", status=200, trouble="", **values)


def _values(
    session: Session, who: Who, lesson: LessonView, page: LessonPageView, step: StepForm, at: int, is_new: bool
) -> dict[str, object]:
    there = page.actions[at] if not is_new and 0 < at < len(page.actions) else None
    return {
        "lesson": lesson,
        "course": courses.access_course(session, who, lesson.course_id),
        "page": page,
        "source": deck_page(session, lesson, page.number),
        "step": step,
        "there": step_of(there) if there and step_of(there) != step else None,
        "at": at,
        "is_new": is_new,
    }


@router.post("/lessons/{lesson_id}/pages/{number}/actions")
def add_action(
    request: Request, session: Db, who: Changer, lesson_id: UUID, number: int, sent: Sent, revision: Number, at: Number
) -> Response:
    """Keep a new step."""
    lesson, page = page_in(session, who, lesson_id, number)
    step = sent_step(sent)
    with form("lessons/step.html", **_values(session, who, lesson, page, step, at, True)):
        action = action_of(step, number, deck_page(session, lesson, number).passages, None)
        at = lessons.add_action(session, who, lesson_id, number, revision, at, action)
    return changed(request, session, who, lesson_id, number, "step-added", at)


@router.post("/lessons/{lesson_id}/pages/{number}/actions/{at}")
def change_action(
    request: Request, session: Db, who: Changer, lesson_id: UUID, number: int, at: int, sent: Sent, revision: Number
) -> Response:
    """Keep a step as it was changed."""
    lesson, page = page_in(session, who, lesson_id, number)
    step = sent_step(sent)
    with form("lessons/step.html", **_values(session, who, lesson, page, step, at, False)):
        old = page.actions[at] if 0 < at < len(page.actions) else None
        action = action_of(step, number, deck_page(session, lesson, number).passages, old)
        lessons.change_action(session, who, lesson_id, number, revision, at, action)
    return changed(request, session, who, lesson_id, number, "page-saved", at)


@router.post("/lessons/{lesson_id}/pages/{number}/actions/{at}/remove")
def remove_action(
    request: Request, session: Db, who: Changer, lesson_id: UUID, number: int, at: int, revision: Number
) -> Response:
    """Take a step out."""
    page_in(session, who, lesson_id, number)
    lessons.remove_action(session, who, lesson_id, number, revision, at)
    return changed(request, session, who, lesson_id, number, "step-removed", at)


@router.post("/lessons/{lesson_id}/pages/{number}/actions/{at}/move")
def move_action(
    request: Request, session: Db, who: Changer, lesson_id: UUID, number: int, at: int, revision: Number, to: Number
) -> Response:
    """Put a step in another place."""
    page_in(session, who, lesson_id, number)
    place = lessons.move_action(session, who, lesson_id, number, revision, at, to)
    return changed(request, session, who, lesson_id, number, "step-moved", place)


@router.post("/lessons/{lesson_id}/pages/{number}/actions/{at}/over")
def move_to_page(
    request: Request,
    session: Db,
    who: Changer,
    lesson_id: UUID,
    number: int,
    at: int,
    revision: Number,
    to: Number,
    to_revision: int,
) -> Response:
    """Put a page's first step at the end of the page before, or its last at the beginning of the page after; for the
    script, the page that it left with the place where it stands on the other.
    """
    page_in(session, who, lesson_id, number)
    place = lessons.move_to_page(session, who, lesson_id, number, revision, at, to, to_revision)
    reply = changed(request, session, who, lesson_id, number, "", place)
    return reply if wants_json(request) else go(f"/lessons/{lesson_id}#page-{to}", "step-moved")


@router.get("/lessons/{lesson_id}/history.json")
def history(session: Db, who: Person, lesson_id: UUID) -> History:
    """What undo and redo would do, for the editor's script."""
    lessons.access_lesson(session, who, lesson_id, *TEACHING)
    return lessons.history(session, lesson_id)


@router.post("/lessons/{lesson_id}/undo")
def undo(request: Request, session: Db, who: Changer, lesson_id: UUID) -> Response:
    """Take the newest change back."""
    lessons.access_lesson(session, who, lesson_id, *TEACHING)
    return _undone(request, lesson_id, lessons.undo(session, who, lesson_id), "undone")


@router.post("/lessons/{lesson_id}/redo")
def redo(request: Request, session: Db, who: Changer, lesson_id: UUID) -> Response:
    """Make the change again that was undone last."""
    lessons.access_lesson(session, who, lesson_id, *TEACHING)
    return _undone(request, lesson_id, lessons.redo(session, who, lesson_id), "redone")


def _undone(request: Request, lesson_id: UUID, change: ChangeView, notice: str) -> Response:
    if wants_json(request):
        return JSONResponse({**change.model_dump(mode="json"), "words": change.words})
    return go(f"/lessons/{lesson_id}#page-{change.pages[0]}", notice)
