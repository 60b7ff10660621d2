"""An instructor's view of personal versions: which there are, what they say beside the approved words, on and off."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from app.accounts.schema import CourseRole
from app.courses import service as courses
from app.inference import service as inference
from app.inference.schema import Role
from app.lessons.draft.comparing import words_diff
from app.lessons.personal import service as personal
from app.lessons.personal.schema import PersonalState
from app.web.access import Changer, Db, Person
from app.web.pages import Work, go, show

router = APIRouter()

TEACHING = (CourseRole.INSTRUCTOR,)
OPEN = (PersonalState.WAITING, PersonalState.WRITING)


@router.get("/courses/{course_id}/personal")
def versions_page(request: Request, session: Db, who: Person, course_id: UUID) -> Response:
    """The switch, and the personal versions of the course's lessons."""
    course = courses.access_course(session, who, course_id, *TEACHING)
    return show(
        request,
        "learning/versions.html",
        course=course,
        is_on=personal.is_on(session, course_id),
        versions=personal.versions_of(session, course_id),
        model=inference.known_model(Role.AUTHOR),
    )


@router.post("/courses/{course_id}/personal")
def switch(session: Db, who: Changer, course_id: UUID, on: Annotated[str, Form()] = "") -> Response:
    """Switch personal versions on or off."""
    courses.access_course(session, who, course_id, *TEACHING)
    personal.switch(session, who, course_id, bool(on))
    return go(f"/courses/{course_id}/personal", "personal-on" if on else "personal-off")


@router.get("/personal/{personal_id}.json")
def version_json(session: Db, who: Person, personal_id: UUID) -> Work:
    """How far a version is, for the page's script."""
    view, _ = personal.access_personal(session, who, personal_id)
    return Work(done=view.done, total=view.total, busy=view.state in OPEN)


@router.get("/personal/{personal_id}")
def version_page(request: Request, session: Db, who: Person, personal_id: UUID) -> Response:
    """A version beside the approved words."""
    view, course_id = personal.access_personal(session, who, personal_id)
    return show(
        request,
        "learning/version.html",
        view=view,
        busy=view.state in OPEN,
        course=courses.access_course(session, who, course_id),
        pages=personal.pages_of(session, personal_id),
        words_diff=words_diff,
    )


@router.post("/personal/{personal_id}/use")
def take_out(session: Db, who: Changer, personal_id: UUID, off: Annotated[str, Form()] = "") -> Response:
    """Take a version out of use, or into use again."""
    personal.access_personal(session, who, personal_id)
    personal.take_out(session, personal_id, bool(off))
    return go(f"/personal/{personal_id}", "version-off" if off else "version-on")
