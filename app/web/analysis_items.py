"""What answers say about the questions: the list with what to look at, and one question with its options."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.analysis import service as analysis
from app.analysis.items import part as items
from app.analysis.items.flags import letter
from app.analysis.items.reading import asked
from app.analysis.items.tracing import trace_chart
from app.base.errors import NotFound
from app.web.access import Db, Person
from app.web.analysis import access_analysis, is_research
from app.web.pages import show

router = APIRouter()


@router.get("/courses/{course_id}/analysis/items")
def items_page(request: Request, session: Db, who: Person, course_id: UUID) -> Response:
    """Every question with its figures, those to look at first."""
    course = access_analysis(request, session, who, course_id, "items")
    subject = analysis.read_course(session, course_id, is_research(course))
    found = items.analyse(subject)
    ranked = sorted(found.items, key=lambda one: -max((flag.weight for flag in one.flags), default=0.0))
    return show(
        request,
        "analysis/items.html",
        course=course,
        part=items.part_of(subject, found),
        names=items.labels(subject, found),
        items=ranked,
        makers=analysis.PARTS,
    )


@router.get("/courses/{course_id}/analysis/items/{item_id}")
def item_page(request: Request, session: Db, who: Person, course_id: UUID, item_id: UUID) -> Response:
    """One question: its figures in each version, and what each option attracts."""
    course = access_analysis(request, session, who, course_id, "items")
    subject = analysis.read_course(session, course_id, is_research(course))
    found = items.analyse(subject)
    told = [one for one in found.items if one.item == str(item_id)]
    if not told:
        raise NotFound
    words = {one.version: one for one in asked(session, course_id, item_id)}
    return show(
        request,
        "analysis/item.html",
        course=course,
        told=told,
        words=words,
        letter=letter,
        traces={one.version: trace_chart(subject.source, one) for one in told if one.options},
        makers=analysis.PARTS,
    )
