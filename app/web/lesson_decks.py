"""A new file for a lesson's deck: uploaded, and what became of each page, with the words that are taught no more."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import Response

from app.accounts.schema import CourseRole
from app.base.errors import Invalid
from app.base.settings import get_settings
from app.courses import service as courses
from app.lessons import service as lessons
from app.web.access import Changer, Db, Person
from app.web.pages import go, show

router = APIRouter()

TEACHING = (CourseRole.INSTRUCTOR,)


@router.get("/lessons/{lesson_id}/deck")
def deck_page(request: Request, session: Db, who: Person, lesson_id: UUID) -> Response:
    """The form for a new file, and the report of the last one."""
    lesson = lessons.access_lesson(session, who, lesson_id, *TEACHING)
    return show(
        request,
        "lessons/deck.html",
        lesson=lesson,
        course=courses.access_course(session, who, lesson.course_id),
        material=courses.access_material(session, who, lesson.material_id),
        last=lessons.newest_reading(session, lesson_id),
        limit=get_settings().upload_bytes // 2**20,
    )


@router.post("/lessons/{lesson_id}/deck")
def upload(session: Db, who: Changer, lesson_id: UUID, deck: Annotated[UploadFile | None, File()] = None) -> Response:
    """Take a new file; the lesson goes over to it once it is read."""
    lessons.access_lesson(session, who, lesson_id, *TEACHING)
    if deck is None or not deck.filename:
        raise Invalid("Choose a file to upload first: a PowerPoint file (.pptx) or a PDF.")
    lessons.upload(session, who, lesson_id, deck.filename, deck.file)
    return go(f"/lessons/{lesson_id}/deck", "deck-uploaded")


@router.post("/lessons/{lesson_id}/deck/words")
def words_of_before(
    session: Db, who: Changer, lesson_id: UUID, was: Annotated[int, Form()], number: Annotated[int, Form()]
) -> Response:
    """Put the words of a page of before on a page of now."""
    lessons.access_lesson(session, who, lesson_id, *TEACHING)
    lessons.put_words_of_before(session, who, lesson_id, was, number)
    return go(f"/lessons/{lesson_id}#page-{number}", "words-of-before")
