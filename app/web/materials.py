"""Course material: the reader of a deck, how its reading goes, and the pictures of its pages."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from app.accounts.schema import CourseRole
from app.courses import service as courses
from app.courses.schema import MaterialView, Page
from app.web.access import Changer, Db, Person
from app.web.pages import Work, go, show

router = APIRouter()

# Speaker notes may hold what students should not read before a class, so that the reader is not for them.
READERS = (CourseRole.INSTRUCTOR, CourseRole.RESEARCHER)
PICTURE_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:",
    "Cache-Control": "private, max-age=604800",
}


@router.get("/materials/{material_id}.json")
def material_json(session: Db, who: Person, material_id: UUID) -> MaterialView:
    """How the reading goes, for the page's script."""
    return courses.access_material(session, who, material_id, *READERS)


@router.get("/materials/{material_id}/pages.json")
def pages_json(session: Db, who: Person, material_id: UUID) -> list[Page]:
    """The deck's pages and passages as they were read, for scripts."""
    courses.access_material(session, who, material_id, *READERS)
    return courses.pages(session, material_id)


@router.get("/materials/{material_id}")
def material_page(request: Request, session: Db, who: Person, material_id: UUID) -> Response:
    """The deck's pages as they were read: picture, words and notes."""
    material = courses.access_material(session, who, material_id, *READERS)
    course = courses.access_course(session, who, material.course_id)
    pages = courses.pages(session, material_id)
    return show(
        request,
        "materials/reader.html",
        material=material,
        course=course,
        pages=pages,
        shown=courses.descriptions(session, material_id),
        undescribed=courses.waiting(session, material_id),
    )


@router.post("/materials/{material_id}/read-again")
def read_again(session: Db, who: Changer, material_id: UUID) -> Response:
    """Read a deck once more, after trouble."""
    courses.access_material(session, who, material_id, CourseRole.INSTRUCTOR)
    courses.read_again(session, material_id)
    return go(f"/materials/{material_id}", "reading-again")


@router.get("/materials/{material_id}/describing.json")
def describing(session: Db, who: Person, material_id: UUID) -> Work:
    """How far the describing is, for the page's script."""
    courses.access_material(session, who, material_id, *READERS)
    total, left = len(courses.pages(session, material_id)), courses.waiting(session, material_id)
    return Work(done=total - left, total=total, busy=left > 0)


@router.post("/materials/{material_id}/describe")
def describe(session: Db, who: Changer, material_id: UUID) -> Response:
    """Have the deck's pages described anew."""
    courses.access_material(session, who, material_id, CourseRole.INSTRUCTOR)
    courses.ask_again(session, material_id)
    return go(f"/materials/{material_id}", "describing")


@router.get("/materials/{material_id}/pages/{number}/picture")
def picture(session: Db, who: Person, material_id: UUID, number: int) -> FileResponse:
    """A page's picture. Decks are strangers' files: opened by itself, a picture runs nothing and loads nothing."""
    courses.access_material(session, who, material_id)
    found = courses.picture(session, material_id, number)
    return FileResponse(found.path, media_type=found.media_type, headers=PICTURE_HEADERS)
