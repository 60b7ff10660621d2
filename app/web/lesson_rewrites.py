"""Rewritings of a lesson's words: asked for with an instruction, shown as a diff, accepted, refused, called off."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from app.accounts.schema import CourseRole
from app.lessons import service as lessons
from app.web.access import Changer, Db
from app.web.lesson_actions import changed, page_in

router = APIRouter()

TEACHING = (CourseRole.INSTRUCTOR,)


@router.post("/lessons/{lesson_id}/pages/{number}/rewrites")
def ask(
    request: Request,
    session: Db,
    who: Changer,
    lesson_id: UUID,
    number: int,
    place: Annotated[int, Form(ge=0)] = 0,
    instruction: Annotated[str, Form()] = "",
) -> Response:
    """Have a step, or with place 0 the whole page, rewritten as instructed."""
    page_in(session, who, lesson_id, number)
    lessons.ask_for_rewrite(session, who, lesson_id, number, place, instruction)
    return changed(request, session, who, lesson_id, number, "rewrite-asked")


@router.post("/lessons/{lesson_id}/rewrites/{rewrite_id}/accept")
def accept(request: Request, session: Db, who: Changer, lesson_id: UUID, rewrite_id: UUID) -> Response:
    """Put the proposed words into the draft."""
    lessons.access_lesson(session, who, lesson_id, *TEACHING)
    number = lessons.accept(session, who, lesson_id, rewrite_id)
    return changed(request, session, who, lesson_id, number, "rewrite-taken")


@router.post("/lessons/{lesson_id}/rewrites/{rewrite_id}/refuse")
def refuse(request: Request, session: Db, who: Changer, lesson_id: UUID, rewrite_id: UUID) -> Response:
    """Leave the draft's words as they are."""
    lessons.access_lesson(session, who, lesson_id, *TEACHING)
    number = lessons.refuse(session, who, lesson_id, rewrite_id)
    return changed(request, session, who, lesson_id, number, "rewrite-left")


@router.post("/lessons/{lesson_id}/rewrites/{rewrite_id}/off")
def call_off(request: Request, session: Db, who: Changer, lesson_id: UUID, rewrite_id: UUID) -> Response:
    """Stop the author."""
    lessons.access_lesson(session, who, lesson_id, *TEACHING)
    number = lessons.call_rewrite_off(session, lesson_id, rewrite_id)
    return changed(request, session, who, lesson_id, number, "rewrite-off")
