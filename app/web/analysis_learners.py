"""What learners know: the course's models, and for those who teach a line for each learner who allows it."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.accounts.schema import CourseRole
from app.analysis import service as analysis
from app.analysis.learners import part as learning
from app.analysis.learners import service as learners
from app.web.access import Db, Person
from app.web.analysis import access_analysis, is_research
from app.web.pages import show

router = APIRouter()

FIRST = 25
"""So many learners, those who know least, are shown at once; the others are folded away."""


@router.get("/courses/{course_id}/analysis/learners")
def learners_page(request: Request, session: Db, who: Person, course_id: UUID) -> Response:
    """Mastery, curves and models, and what each learner knows."""
    course = access_analysis(request, session, who, course_id, "learners")
    people = learners.learners_of(session, course_id) if course.role is CourseRole.INSTRUCTOR else []
    people.sort(key=lambda line: sum(one.value for one in line.known.values()) / len(line.known))
    return show(
        request,
        "analysis/learners.html",
        course=course,
        part=learning.make(analysis.read_course(session, course_id, is_research(course))),
        people=people,
        first=FIRST,
        components=sorted({name for line in people for name in line.known}),
        makers=analysis.PARTS,
    )
