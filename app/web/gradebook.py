"""Marks: the course's gradebook, the answers that wait for its instructor, and one answer with all its marks."""

from collections.abc import Iterator
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from sqlalchemy.orm import Session

from app.accounts.schema import CourseRole, Who
from app.assessment import service as assessment
from app.assessment.documents import AnswerView
from app.assessment.schema import OpenItem
from app.courses import service as courses
from app.records.privacy import service as privacy
from app.records.privacy.schema import What
from app.web.access import Changer, Db, Person, Sent, address_of, text, texts
from app.web.answers import revision_of
from app.web.item_forms import number
from app.web.pages import go, show
from app.web.trouble import form

router = APIRouter()

TEACHING = (CourseRole.INSTRUCTOR,)


@router.get("/courses/{course_id}/grades")
def grades_page(request: Request, session: Db, who: Person, course_id: UUID) -> Response:
    """The gradebook."""
    course = courses.access_course(session, who, course_id, *TEACHING)
    privacy.note(session, who, What.GRADES, course_id=course_id, address=address_of(request))
    return show(
        request,
        "assessment/gradebook.html",
        course=course,
        book=assessment.gradebook(session, course_id),
        waiting=assessment.count_to_mark(session, course_id),
    )


@router.get("/courses/{course_id}/grades.csv")
def grades_csv(request: Request, session: Db, who: Person, course_id: UUID) -> StreamingResponse:
    """The gradebook as CSV."""
    courses.access_course(session, who, course_id, *TEACHING)
    privacy.note(session, who, What.GRADES, course_id=course_id, details="CSV", address=address_of(request))
    book = assessment.gradebook(session, course_id)

    def lines() -> Iterator[str]:
        yield from assessment.gradebook_csv(book)

    headers = {"Content-Disposition": f'attachment; filename="grades-{course_id}.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/courses/{course_id}/marking")
def marking_page(request: Request, session: Db, who: Person, course_id: UUID) -> Response:
    """The answers that wait for an instructor, oldest first."""
    course = courses.access_course(session, who, course_id, *TEACHING)
    answers = assessment.to_mark(session, course_id)
    privacy.note(session, who, What.GRADES, course_id=course_id, details="to mark", address=address_of(request))
    words = {one.id: assessment.response_words(one.item, one.response) for one in answers}
    return show(request, "assessment/marking.html", course=course, answers=answers, words=words)


def _values(session: Session, who: Who, answer: AnswerView) -> dict[str, object]:
    last = answer.history[-1] if answer.history else None
    proposed = [one.mark for one in last.criteria] if last and last.criteria else []
    if isinstance(answer.item, OpenItem):
        rows = [(one.name, one.points, "; ".join(one.descriptors)) for one in answer.item.criteria]
    else:
        rows, proposed = [("Marks", answer.points, "")], [answer.raw or 0.0]
    return {
        "course": courses.access_course(session, who, answer.course_id, *TEACHING),
        "answer": answer,
        "words": assessment.response_words(answer.item, answer.response),
        "right": assessment.right_answer(answer.item),
        "rows": rows,
        "proposed": [f"{one:g}" for one in proposed],
        "reason": "",
    }


@router.get("/attempts/{attempt_id}")
def answer_page(request: Request, session: Db, who: Person, attempt_id: UUID) -> Response:
    """One answer: what was asked and said, every marking of it, and the form to mark it."""
    answer = assessment.access_answer(session, who, attempt_id)
    _note(request, session, who, What.ANSWER, answer)
    return show(request, "assessment/answer.html", status=200, **_values(session, who, answer), trouble="")


def _note(request: Request, session: Session, who: Who, what: What, answer: AnswerView) -> None:
    address = address_of(request)
    privacy.note(session, who, what, person_id=answer.person_id, course_id=answer.course_id, address=address)


@router.post("/attempts/{attempt_id}")
def mark_answer(request: Request, session: Db, who: Changer, attempt_id: UUID, sent: Sent) -> Response:
    """An instructor's marks, with a reason where marks that held are changed."""
    answer = assessment.access_answer(session, who, attempt_id)
    values = _values(session, who, answer)
    given, reason = texts(sent, "marks"), text(sent, "reason")
    with form("assessment/answer.html", **{**values, "proposed": given, "reason": reason}):
        marks = [number(one, "Marks") for one in given]
        assessment.overrule(session, who, attempt_id, marks, reason, revision_of(sent, "seen"))
    _note(request, session, who, What.MARKED, answer)
    return go(f"/attempts/{attempt_id}", "marked")
