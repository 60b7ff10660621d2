"""Questions about a lesson's sections: have them written, see what was refused and why, take them into the bank."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from app.accounts.schema import CourseRole
from app.assessment import service as assessment
from app.courses import service as courses
from app.lessons import service as lessons
from app.web.access import Changer, Db, Person
from app.web.pages import go, show

router = APIRouter()

TEACHING = (CourseRole.INSTRUCTOR,)


@router.get("/lessons/{lesson_id}/questions")
def questions_page(request: Request, session: Db, who: Person, lesson_id: UUID) -> Response:
    """The sections with the questions proposed for each."""
    lesson = lessons.access_lesson(session, who, lesson_id, *TEACHING)
    course = courses.access_course(session, who, lesson.course_id)
    sections = assessment.sections_of(session, lesson_id)
    return show(request, "lessons/questions.html", lesson=lesson, course=course, sections=sections)


@router.post("/lessons/{lesson_id}/questions")
def write_questions(session: Db, who: Changer, lesson_id: UUID) -> Response:
    """Have questions written for every section."""
    lessons.access_lesson(session, who, lesson_id, *TEACHING)
    assessment.ask_for_questions(session, who, lesson_id)
    return go(f"/lessons/{lesson_id}/questions", "questions-asked")


@router.post("/lessons/{lesson_id}/questions/{section_id}/{at}")
def take_question(
    session: Db,
    who: Changer,
    lesson_id: UUID,
    section_id: UUID,
    at: int,
    seen: Annotated[datetime, Form()],
    asks: Annotated[str, Form()] = "",
) -> Response:
    """Put one of them into the bank; with `asks` also into the lesson, where its section ends."""
    (assessment.take_and_ask if asks else assessment.take)(session, who, lesson_id, section_id, at, seen)
    return go(f"/lessons/{lesson_id}/questions#{section_id}", "question-taken")
