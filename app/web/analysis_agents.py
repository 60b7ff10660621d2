"""How the agents do, with what alignment knows of them beside what the records say."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.alignment.telling import outside
from app.analysis import service as analysis
from app.analysis.agents import part as agents
from app.web.access import Db, Person
from app.web.analysis import access_analysis, is_research
from app.web.pages import show

router = APIRouter()


@router.get("/courses/{course_id}/analysis/agents")
def agents_page(request: Request, session: Db, who: Person, course_id: UUID) -> Response:
    """Each agent by model and prompts."""
    course = access_analysis(request, session, who, course_id, "agents")
    subject = analysis.read_course(session, course_id, is_research(course), outside(session, course_id))
    return show(request, "analysis/part.html", course=course, part=agents.make(subject), makers=analysis.PARTS)
