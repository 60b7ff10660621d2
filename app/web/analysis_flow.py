"""How learners go through a course, page by page on the deck; whom to write to; and the words behind a figure."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.analysis import service as analysis
from app.analysis.flow import part as flow
from app.analysis.flow.strip import SIGNS, WORDS
from app.analysis.flow.writing_to import people_at_risk
from app.analysis.logs.schema import Utterances, Wanted
from app.analysis.logs.subjects import records_of
from app.analysis.logs.utterances import MOST, utterances
from app.base.errors import Invalid
from app.web.access import Db, Person
from app.web.analysis import access_analysis, is_research
from app.web.pages import show

router = APIRouter()

Words = Annotated[str, Query(max_length=200)]


@router.get("/courses/{course_id}/analysis/flow")
def flow_page(request: Request, session: Db, who: Person, course_id: UUID) -> Response:
    """The strips on the decks, the curves, and the list of whom to write to."""
    course = access_analysis(request, session, who, course_id, "flow")
    subject = analysis.read_course(session, course_id, is_research(course))
    records = records_of(subject)
    return show(
        request,
        "analysis/flow.html",
        course=course,
        part=flow.make(subject),
        strips=flow.strips_of(records),
        lessons=records.lines.course.lessons,
        signs=SIGNS,
        sign_words=WORDS,
        risks=people_at_risk(subject, records),
        makers=analysis.PARTS,
    )


@router.get("/courses/{course_id}/analysis/utterances")
def utterances_page(
    request: Request,
    session: Db,
    who: Person,
    course_id: UUID,
    lesson: Words = "",
    page: Annotated[int, Query(ge=0, le=100_000)] = 0,
    sign: Words = "",
    activity: Words = "",
) -> Response:
    """What was said, as far as the address asks for it."""
    course = access_analysis(request, session, who, course_id, "utterances")
    subject = analysis.read_course(session, course_id, is_research(course))
    trouble = ""
    try:
        told = utterances(subject, who, Wanted(lesson=lesson, page=page, sign=sign, activity=activity))
    except Invalid as error:
        told, trouble = Utterances(title="What students said"), error.sentence
    return show(
        request,
        "analysis/utterances.html",
        status=400 if trouble else 200,
        course=course,
        told=told,
        most=MOST,
        trouble=trouble,
        makers=analysis.PARTS,
    )
