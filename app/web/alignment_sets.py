"""Data sets that agents are trained on, and what a course has given for them: for who teaches or researches here."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.accounts.schema import CourseRole, SiteRole, Who
from app.alignment import service as alignment
from app.alignment.datasets import service as datasets
from app.base.errors import NotFound
from app.courses import service as courses
from app.web.access import Db, Person
from app.web.pages import show

router = APIRouter()

STAFF = (CourseRole.INSTRUCTOR, CourseRole.RESEARCHER)
SITE_STAFF = (SiteRole.INSTRUCTOR, SiteRole.RESEARCHER, SiteRole.ADMIN)
KINDS = {
    "sft": "turns to imitate",
    "pairs": "pairs of turns",
    "unpaired": "turns liked or not",
    "problems": "problems",
}


def access_alignment(session: Session, who: Who) -> None:
    """For instructors, researchers and admins of this installation, and who teaches or researches in a course of it.
    NotFound for all others: no set holds names, but it holds words of learners.
    """
    if who.role in SITE_STAFF:
        return
    if not any(course.role in STAFF for course in courses.my_courses(session, who)):
        raise NotFound


@router.get("/alignment/sets")
def sets_page(request: Request, session: Db, who: Person) -> Response:
    """All sets, newest first, and the imported sources."""
    access_alignment(session, who)
    return show(
        request,
        "alignment/sets.html",
        sets=alignment.sets(session),
        sources=datasets.sources(),
        recipes=[datasets.load_recipe(name) for name in datasets.recipe_names()],
        kinds=KINDS,
    )


@router.get("/alignment/sets/{content_hash}")
def set_page(request: Request, session: Db, who: Person, content_hash: str) -> Response:
    """One set's card."""
    access_alignment(session, who)
    return show(request, "alignment/set.html", view=alignment.set_view(session, content_hash), kinds=KINDS)


@router.get("/courses/{course_id}/signals")
def signals_page(request: Request, session: Db, who: Person, course_id: UUID) -> Response:
    """What a course's classes have gathered about agents' turns, in numbers."""
    course = courses.access_course(session, who, course_id, *STAFF)
    return show(request, "alignment/signals.html", course=course, found=alignment.gathered(session, who, course_id))
