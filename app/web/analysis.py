"""What the records say about a course: the dashboard, and a page for each part."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.accounts.schema import CourseRole, Who
from app.analysis import service as analysis
from app.analysis.weekly import DigestView
from app.base.errors import NotFound
from app.courses import service as courses
from app.courses.schema import CourseView
from app.records.privacy import service as privacy
from app.records.privacy.schema import What
from app.web.access import Db, Person, address_of
from app.web.pages import show

router = APIRouter()

READING = (CourseRole.INSTRUCTOR, CourseRole.RESEARCHER)


def access_analysis(request: Request, session: Session, who: Who, course_id: UUID, details: str = "") -> CourseView:
    """The course for those who may see its analysis; that they did is noted. NotFound for all others."""
    course = courses.access_course(session, who, course_id, *READING)
    privacy.note(session, who, What.ANALYSIS, course_id=course_id, details=details, address=address_of(request))
    return course


def is_research(course: CourseView) -> bool:
    """Whether only those are told of who consent to research: a researcher sees nobody else."""
    return course.role is CourseRole.RESEARCHER


@router.get("/courses/{course_id}/analysis")
def dashboard(request: Request, session: Db, who: Person, course_id: UUID) -> Response:
    """The dashboard: what to do next, and a way into each part."""
    course = access_analysis(request, session, who, course_id)
    parts = analysis.parts_of(session, course_id, is_research(course))
    return show(
        request,
        "analysis/dashboard.html",
        course=course,
        overview=parts[0],
        makers=analysis.PARTS,
        todo=analysis.next_things(parts),
    )


@router.get("/courses/{course_id}/analysis/weeks")
def weeks_page(request: Request, session: Db, who: Person, course_id: UUID, week: str = "") -> Response:
    """The weekly digests: the newest, or the one that is asked for."""
    course = access_analysis(request, session, who, course_id, "week")
    weeks = analysis.digests(session, course_id)
    digest = analysis.digest_of(session, course_id, week or weeks[0]) if week or weeks else None
    return show(request, "analysis/weeks.html", course=course, weeks=weeks, digest=digest, makers=analysis.PARTS)


@router.get("/courses/{course_id}/analysis/weeks/{week}.json")
def week_json(request: Request, session: Db, who: Person, course_id: UUID, week: str) -> DigestView:
    """A digest for a program, which may send it by mail."""
    access_analysis(request, session, who, course_id, "week")
    return analysis.digest_of(session, course_id, week)


@router.get("/courses/{course_id}/analysis/{name}")
def part_page(request: Request, session: Db, who: Person, course_id: UUID, name: str) -> Response:
    """One part with all its figures."""
    maker = analysis.maker(name)
    if maker is None:
        raise NotFound
    course = access_analysis(request, session, who, course_id, name)
    parts = analysis.parts_of(session, course_id, is_research(course))
    part = next(one for one in parts if one.name == name)
    return show(request, "analysis/part.html", course=course, part=part, makers=analysis.PARTS)
