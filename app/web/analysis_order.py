"""The order of topics: prerequisites that are confirmed and removed, and trials of two orders."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from app.analysis import service as analysis
from app.analysis.order import service as order
from app.base.errors import Invalid, NotFound
from app.courses import service as courses
from app.courses.schema import CourseView
from app.web.access import Changer, Db, Person, Sent, text
from app.web.analysis import READING, access_analysis, is_research
from app.web.pages import go, show
from app.web.trouble import form

router = APIRouter()

HOLDS = {"yes": True, "no": False, "open": None}


def _page(session: Session, course: CourseView) -> dict[str, object]:
    subject = analysis.read_course(session, course.id, is_research(course))
    found = order.find(subject.source, session)
    return {
        "course": course,
        "makers": analysis.PARTS,
        "part": order.part(subject, found),
        "graph": found.graph,
        "components": order.components(session, course.id),
        "trials": order.trials_of(session, course.id),
        "scopes": order.scopes(session, course),
    }


@router.get("/courses/{course_id}/analysis/order")
def order_page(request: Request, session: Db, who: Person, course_id: UUID) -> Response:
    """What comes before what, with a form for each step; orders with their scores; trials."""
    course = access_analysis(request, session, who, course_id, "order")
    return show(request, "analysis/order.html", status=200, trouble="", **_page(session, course))


@router.post("/courses/{course_id}/analysis/order/edges")
def settle_edge(
    session: Db,
    who: Changer,
    course_id: UUID,
    before: Annotated[UUID, Form()],
    after: Annotated[UUID, Form()],
    holds: Annotated[str, Form()] = "yes",
) -> Response:
    """Settle one step, or leave it open again."""
    course = courses.access_course(session, who, course_id, *READING)
    if holds not in HOLDS:
        raise Invalid("Choose whether it holds, does not, or stays open.")
    with form("analysis/order.html", **_page(session, course)):
        order.settle(session, who, course_id, before, after, HOLDS[holds])
    return go(f"/courses/{course_id}/analysis/order#steps", "order-settled")


@router.get("/courses/{course_id}/analysis/order/trials/new")
def new_trial_page(request: Request, session: Db, who: Person, course_id: UUID, module: UUID | None = None) -> Response:
    """The form for a trial of the course's modules, or of a module's lessons."""
    course = access_analysis(request, session, who, course_id, "order")
    return show(request, "analysis/new_trial.html", status=200, trouble="", **_form(session, course, module, None))


def _form(session: Session, course: CourseView, module_id: UUID | None, sent: FormData | None) -> dict[str, object]:
    if module_id is not None and module_id not in {one.id for one in course.modules}:
        raise NotFound
    things = order.units(session, course.id, module_id)
    first = [one.id for one in things]
    second = order.second_order(session, course.id, module_id, things, is_research(course)) if sent is None else first
    places = {
        f"{name}_{one.id}": text(sent, f"{name}_{one.id}") if sent is not None else str(ids.index(one.id) + 1)
        for name, ids in (("first", first), ("second", second))
        for one in things
    }
    module = next((one for one in course.modules if one.id == module_id), None)
    title = text(sent, "title") if sent is not None else ""
    common = {"course": course, "makers": analysis.PARTS}
    return {**common, "units": things, "places": places, "module": module, "title": title}


@router.post("/courses/{course_id}/analysis/order/trials/new")
def new_trial(session: Db, who: Changer, sent: Sent, course_id: UUID, module: UUID | None = None) -> Response:
    """Begin a trial."""
    course = courses.access_course(session, who, course_id, *READING)
    values = _form(session, course, module, sent)
    with form("analysis/new_trial.html", **values):
        things = order.units(session, course_id, module)
        orders = _order(sent, things, "first"), _order(sent, things, "second")
        trial_id = order.set_up(session, who, course_id, module, text(sent, "title"), orders)
    return go(f"/courses/{course_id}/analysis/order/trials/{trial_id}", "trial-begun")


def _order(sent: FormData, things: list[order.Unit], name: str) -> list[UUID]:
    """Units in the order of the places that were given."""
    places = {one.id: text(sent, f"{name}_{one.id}").strip() for one in things}
    if sorted(places.values()) != sorted(str(at + 1) for at in range(len(things))):
        raise Invalid(f"In the {name} order, give every line a place of its own, from 1 to {len(things)}.")
    return sorted(places, key=lambda one: int(places[one]))


@router.get("/courses/{course_id}/analysis/order/trials/{trial_id}")
def trial_page(request: Request, session: Db, who: Person, course_id: UUID, trial_id: UUID) -> Response:
    """What came of a trial so far, and whether it may stop."""
    course = access_analysis(request, session, who, course_id, "trial of orders")
    row = order.access_trial(session, course.id, trial_id)
    found = order.outcomes(analysis.read_course(session, course.id, for_research=True), row)
    return show(request, "analysis/trial.html", course=course, makers=analysis.PARTS, found=found)


@router.post("/courses/{course_id}/analysis/order/trials/{trial_id}/end")
def end_trial(
    session: Db, who: Changer, course_id: UUID, trial_id: UUID, keep: Annotated[str, Form()] = ""
) -> Response:
    """Stop a trial, keeping one of its orders for everybody or neither."""
    courses.access_course(session, who, course_id, *READING)
    if keep not in ("", "0", "1"):
        raise Invalid("Choose which of the two orders to keep, or neither.")
    order.end(session, course_id, trial_id, int(keep) if keep else None)
    return go(f"/courses/{course_id}/analysis/order/trials/{trial_id}", "trial-ended")
