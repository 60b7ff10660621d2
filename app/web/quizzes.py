"""Tests: composed and published by instructors; begun, answered and handed in by students."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from app.accounts.schema import CourseRole, Who
from app.assessment import service as assessment
from app.assessment.documents import Feedback, Outcome, PaperPlan, PaperView, Purpose, Saved, SittingView
from app.base.db import new_id
from app.base.errors import Invalid
from app.courses import service as courses
from app.records.privacy import service as privacy
from app.records.privacy.schema import What
from app.web.access import Changer, Db, Person, Sent, address_of, text
from app.web.answers import id_of, key_for, response_of, revision_of
from app.web.item_forms import number
from app.web.pages import go, show
from app.web.trouble import form

router = APIRouter()

TEACHING = (CourseRole.INSTRUCTOR,)
PURPOSES = {
    Purpose.QUIZ: "Quiz",
    Purpose.PRE: "Test before a module",
    Purpose.POST: "Test after a module",
    Purpose.PRACTICE: "Practice",
}
FEEDBACK = {
    Feedback.AFTER_SUBMIT: "after the last attempt",
    Feedback.AFTER_CLOSE: "after the test has closed",
    Feedback.MARKS: "never, only the marks",
}


class PlanForm(BaseModel):
    """What the form of a test shows, as it was typed. Times in UTC, as the browser's own field writes them."""

    title: str = ""
    purpose: str = Purpose.QUIZ.value
    module: str = ""
    feedback: str = Feedback.AFTER_SUBMIT.value
    opens: str = ""
    closes: str = ""
    minutes: str = "0"
    sittings: str = "1"
    weight: str = "1"


def _read(sent: FormData) -> PlanForm:
    return PlanForm.model_validate({name: text(sent, name) for name in PlanForm.model_fields if name in sent})


def _typed(view: PaperView) -> PlanForm:
    moment = "%Y-%m-%dT%H:%M"
    return PlanForm(
        title=view.title,
        purpose=view.purpose.value,
        module=str(view.module_id or ""),
        feedback=(view.feedback or Feedback.AFTER_SUBMIT).value,
        opens=view.opens_at.astimezone(UTC).strftime(moment) if view.opens_at else "",
        closes=view.closes_at.astimezone(UTC).strftime(moment) if view.closes_at else "",
        minutes=str(view.minutes),
        sittings=str(view.sittings),
        weight=f"{view.weight:g}",
    )


def _plan(typed: PlanForm) -> PaperPlan:
    """What was typed as a plan. Raises Invalid with what cannot be read."""
    if typed.purpose not in list(Purpose) or typed.feedback not in [*Feedback, ""]:
        raise Invalid("This form is not complete. Reload the page and send it again.")
    return PaperPlan(
        title=typed.title,
        purpose=Purpose(typed.purpose),
        module_id=id_of(typed.module) if typed.module else None,
        feedback=Feedback(typed.feedback) if typed.feedback else None,
        opens_at=_moment(typed.opens),
        closes_at=_moment(typed.closes),
        minutes=int(number(typed.minutes or "0", "Minutes allowed")),
        sittings=int(number(typed.sittings or "0", "Attempts allowed")),
        weight=number(typed.weight or "0", "The weight"),
    )


def _moment(words: str) -> datetime | None:
    try:
        return datetime.fromisoformat(words).replace(tzinfo=UTC) if words else None
    except ValueError as error:
        raise Invalid("A time is written as 2027-01-31T18:00.") from error


@router.get("/courses/{course_id}/tests")
def tests_page(request: Request, session: Db, who: Person, course_id: UUID) -> Response:
    """The course's tests, and the form for a new one."""
    course = courses.access_course(session, who, course_id, *TEACHING)
    papers = assessment.papers_of(session, course_id)
    return show(
        request,
        "assessment/tests.html",
        course=course,
        papers=papers,
        typed=PlanForm(),
        purposes=PURPOSES,
        feedback=FEEDBACK,
        trouble="",
    )


@router.post("/courses/{course_id}/tests")
def new_test(session: Db, who: Changer, course_id: UUID, sent: Sent) -> Response:
    """Make a test."""
    course = courses.access_course(session, who, course_id, *TEACHING)
    typed, papers = _read(sent), assessment.papers_of(session, course_id)
    shown = {"course": course, "papers": papers, "typed": typed, "purposes": PURPOSES, "feedback": FEEDBACK}
    with form("assessment/tests.html", **shown):
        paper_id = assessment.make_paper(session, who, course_id, _plan(typed))
    return go(f"/tests/{paper_id}", "test-made")


def _test_values(session: Session, who: Who, paper_id: UUID, typed: PlanForm | None = None) -> dict[str, object]:
    paper = assessment.access_paper(session, who, paper_id)
    course = courses.access_course(session, who, paper.course_id, *TEACHING)
    places = {card.id: at for at, card in enumerate(paper.items, 1)}
    cards = [one for one in assessment.items_of(session, course.id) if not one.withdrawn or one.id in places]
    cards.sort(key=lambda one: places.get(one.id, len(places) + 1))
    return {
        "course": course,
        "paper": paper,
        "typed": typed or _typed(paper),
        "cards": cards,
        "places": places,
        "purposes": PURPOSES,
        "feedback": FEEDBACK,
    }


@router.get("/tests/{paper_id}")
def test_page(request: Request, session: Db, who: Person, paper_id: UUID) -> Response:
    """One test: its questions, its times, whether it is published."""
    return show(request, "assessment/test.html", status=200, **_test_values(session, who, paper_id), trouble="")


@router.post("/tests/{paper_id}")
def change_test(session: Db, who: Changer, paper_id: UUID, sent: Sent) -> Response:
    """Set a test's title, times and weight."""
    typed = _read(sent)
    with form("assessment/test.html", **_test_values(session, who, paper_id, typed)):
        assessment.change_paper(session, who, paper_id, _plan(typed))
    return go(f"/tests/{paper_id}", "test-saved")


@router.post("/tests/{paper_id}/items")
def choose_items(session: Db, who: Changer, paper_id: UUID, sent: Sent) -> Response:
    """Put questions on a test: those with a place, in the order of their places."""
    values = _test_values(session, who, paper_id)
    with form("assessment/test.html", **values):
        chosen = sorted(
            (number(words, "A place"), id_of(name.removeprefix("place-")))
            for name in sent
            if name.startswith("place-") and (words := text(sent, name).strip())
        )
        assessment.set_items(session, who, paper_id, [one for _, one in chosen])
    return go(f"/tests/{paper_id}", "test-saved")


@router.post("/tests/{paper_id}/publish")
def publish(session: Db, who: Changer, paper_id: UUID, on: Annotated[str, Form()] = "yes") -> Response:
    """Let students find the test, or take it back."""
    with form("assessment/test.html", **_test_values(session, who, paper_id)):
        assessment.publish(session, who, paper_id, on == "yes")
    return go(f"/tests/{paper_id}", "test-published" if on == "yes" else "test-hidden")


@router.post("/tests/{paper_id}/begin")
def begin(session: Db, who: Changer, paper_id: UUID) -> Response:
    """Begin a test, or go on with it."""
    return go(f"/sittings/{assessment.start(session, who, paper_id)}")


@router.get("/sittings/{sitting_id}")
def sitting_page(request: Request, session: Db, who: Person, sitting_id: UUID) -> Response:
    """The questions, for the student who sits here; after the end, the result."""
    sitting = assessment.view(session, who, sitting_id)
    if sitting.submitted_at is not None:
        return go(f"/sittings/{sitting_id}/result")
    return _sitting(request, session, who, sitting, {})


def _sitting(
    request: Request, session: Session, who: Who, sitting: SittingView, told: dict[UUID, Saved], status: int = 200
) -> Response:
    course = courses.access_course(session, who, sitting.course_id)
    return show(
        request,
        "assessment/sitting.html",
        status=status,
        course=course,
        sitting=sitting,
        told=told,
        page_key=new_id(),
        purposes=PURPOSES,
    )


@router.post("/sittings/{sitting_id}/answers")
def save_answer(session: Db, who: Changer, sitting_id: UUID, sent: Sent) -> Saved:
    """Save one answer, for the page's script; the outcome says what came of it, also when nothing did."""
    version_id, key = id_of(text(sent, "version")), id_of(text(sent, "key"))
    asked, revision = assessment.asked(session, who, sitting_id, version_id), revision_of(sent, "revision")
    return assessment.save(session, who, sitting_id, version_id, response_of(sent, asked), key, revision)


@router.post("/sittings/{sitting_id}")
def send_all(
    request: Request, session: Db, who: Changer, sitting_id: UUID, sent: Sent, act: Annotated[str, Form()] = "save"
) -> Response:
    """Save all answers that changed and, with `act` "submit", hand in. What another tab changed is shown first."""
    sitting = assessment.view(session, who, sitting_id)
    told = _save_changed(session, who, sitting, sent)
    if any(one.outcome is Outcome.STALE for one in told.values()):
        fresh = assessment.view(session, who, sitting_id)
        return _sitting(request, session, who, fresh, told, status=409)
    late = any(one.outcome is Outcome.LATE for one in told.values())
    if act == "submit" and sitting.submitted_at is None:
        assessment.submit(session, who, sitting_id)
    elif sitting.submitted_at is None:
        return go(f"/sittings/{sitting_id}", "answers-saved")
    return go(f"/sittings/{sitting_id}/result", "answers-late" if late else "handed-in")


def _save_changed(session: Session, who: Who, sitting: SittingView, sent: FormData) -> dict[UUID, Saved]:
    """Save the answers of a form that are not what is saved already; what came of each."""
    page = id_of(text(sent, "page"))
    told: dict[UUID, Saved] = {}
    for one in sitting.questions:
        name, response = one.view.version_id, response_of(sent, one.view)
        if response == one.response:
            continue
        key, revision = key_for(page, name), revision_of(sent, f"revision-{name}")
        told[name] = assessment.save(session, who, sitting.id, name, response, key, revision)
    return told


@router.get("/sittings/{sitting_id}/result")
def result_page(request: Request, session: Db, who: Person, sitting_id: UUID) -> Response:
    """Marks, and what was right as far as it may be known: for the student, and for the course's instructors."""
    result = assessment.result(session, who, sitting_id)
    course = courses.access_course(session, who, result.course_id)
    is_staff = course.role is CourseRole.INSTRUCTOR
    if result.person_id != who.id:
        whose, address = result.person_id, address_of(request)
        privacy.note(session, who, What.ANSWER, person_id=whose, course_id=course.id, details="test", address=address)
    return show(request, "assessment/result.html", course=course, result=result, is_staff=is_staff, purposes=PURPOSES)
