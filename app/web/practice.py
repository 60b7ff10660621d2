"""Practice: a course's components, one question at a time, what was right at once."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.accounts.schema import CourseRole
from app.assessment import service as assessment
from app.courses import service as courses
from app.web.access import Changer, Db, Person, Sent, text
from app.web.answers import id_of, response_of
from app.web.pages import go, show

router = APIRouter()

LEARNING = (CourseRole.STUDENT,)


@router.get("/courses/{course_id}/practice")
def practice_page(request: Request, session: Db, who: Person, course_id: UUID) -> Response:
    """What can be practised, by component."""
    course = courses.access_course(session, who, course_id, *LEARNING)
    lines = assessment.practice_lines(session, who, course_id)
    return show(request, "assessment/practice.html", course=course, lines=lines)


@router.get("/courses/{course_id}/practice/{component_id}")
def card_page(request: Request, session: Db, who: Person, course_id: UUID, component_id: UUID) -> Response:
    """The next question about a component."""
    course = courses.access_course(session, who, course_id, *LEARNING)
    card = assessment.next_card(session, who, course_id, component_id)
    return show(
        request,
        "assessment/card.html",
        course=course,
        component=card.component,
        component_id=component_id,
        card=card,
        verdict=None,
        page_key=card.key,
    )


@router.post("/courses/{course_id}/practice/{component_id}")
def answer_card(session: Db, who: Changer, course_id: UUID, component_id: UUID, sent: Sent) -> Response:
    """Answer it; sent twice, or from two tabs, the first answer stands."""
    courses.access_course(session, who, course_id, *LEARNING)
    sitting_id, version_id = id_of(text(sent, "sitting")), id_of(text(sent, "version"))
    view = assessment.asked(session, who, sitting_id, version_id)
    assessment.save(session, who, sitting_id, version_id, response_of(sent, view), id_of(text(sent, "key")), 0)
    return go(f"/courses/{course_id}/practice/{component_id}/{sitting_id}/{version_id}")


@router.get("/courses/{course_id}/practice/{component_id}/{sitting_id}/{version_id}")
def told_page(
    request: Request, session: Db, who: Person, course_id: UUID, component_id: UUID, sitting_id: UUID, version_id: UUID
) -> Response:
    """What was right, and on to the next."""
    course = courses.access_course(session, who, course_id, *LEARNING)
    verdict = assessment.practice_verdict(session, who, sitting_id, version_id)
    lines = assessment.practice_lines(session, who, course_id)
    name = next((one.name for one in lines if one.id == component_id), "Practice")
    return show(
        request,
        "assessment/card.html",
        course=course,
        component=name,
        component_id=component_id,
        card=None,
        verdict=verdict,
        page_key="",
    )
