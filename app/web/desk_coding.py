"""Coding at the door: projects, the page on which one codes, and what it came to."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.errors import AppError, NotFound
from app.courses import service as courses
from app.inference import service as inference
from app.inference.schema import Role
from app.records.desk import service as desk
from app.records.desk.coding import MOST_UNITS
from app.records.desk.coding_schema import Plan
from app.records.desk.filtering import ROLES
from app.records.desk.schema import DESK, Filter
from app.records.desk.schemes import CANNOT, CANNOT_KEY, schemes
from app.records.privacy import service as privacy
from app.records.privacy.schema import What
from app.web.access import Changer, Db, Person, address_of
from app.web.pages import go, show

router = APIRouter()

Field = Annotated[str, Form()]
Place = Annotated[int, Form(ge=1, le=MOST_UNITS)]
ProjectId = Annotated[UUID, Path()]


@router.get("/courses/{course_id}/coding")
def coding_page(request: Request, session: Db, who: Person, course_id: UUID) -> Response:
    """A course's coding projects, the schemes, and the form for a new one."""
    return _coding(request, session, who, course_id, Plan(title="", scheme="activities", coders=[who.id]))


def _coding(
    request: Request, session: Session, who: Who, course_id: UUID, plan: Plan, error: AppError | None = None
) -> Response:
    return show(
        request,
        "desk/coding.html",
        status=error.status if error else 200,
        course=courses.access_course(session, who, course_id, *DESK),
        projects=desk.projects_of(session, who, course_id),
        schemes=schemes(),
        coders=desk.possible_coders(session, course_id),
        plan=plan,
        agents=ROLES,
        most=MOST_UNITS,
        trouble=error.sentence if error else "",
    )


@router.post("/courses/{course_id}/coding")
def new_project(
    request: Request,
    session: Db,
    who: Changer,
    course_id: UUID,
    title: Field = "",
    scheme: Field = "",
    size: Annotated[int, Form()] = 50,
    seed: Annotated[int, Form()] = 1,
    coder: Annotated[list[UUID] | None, Form()] = None,
    learner_group: Field = "all",
    agent: Field = "",
    page: Field = "",
    since: Field = "",
    until: Field = "",
) -> Response:
    """Draw a sample and name who codes it."""
    wanted = Filter(learners=learner_group.strip() or "all", agent=agent, page=page, since=since, until=until)
    plan = Plan(title=title, scheme=scheme, wanted=wanted, size=size, seed=seed, coders=coder or [])
    try:
        project_id = desk.create_project(session, who, course_id, plan)
    except NotFound:
        raise
    except AppError as error:
        return _coding(request, session, who, course_id, plan, error)
    return go(f"/desk/coding/{project_id}", "project-made")


@router.get("/desk/coding/{project_id}")
def project_page(request: Request, session: Db, who: Person, project_id: ProjectId) -> Response:
    """How far a project is, and for those who may see it what it came to."""
    view = desk.project_view(session, who, project_id)
    return show(
        request,
        "desk/project.html",
        course=courses.access_course(session, who, view.course_id, *DESK),
        project=view,
        found=desk.results(session, who, project_id) if view.sees else None,
        model=inference.known_model(Role.CODER),
        cannot=CANNOT,
    )


@router.get("/desk/coding/{project_id}/code")
def code_page(
    request: Request,
    session: Db,
    who: Person,
    project_id: ProjectId,
    at: Annotated[int, Query(ge=0, le=MOST_UNITS)] = 0,
) -> Response:
    """One utterance to be coded: the first without a code, or the one asked for."""
    unit = desk.unit_for(session, who, project_id, at)
    place, address = unit.course_id, address_of(request)
    privacy.note_reading(session, who, What.DESK, course_id=place, details="coding", address=address)
    course = courses.access_course(session, who, unit.course_id, *DESK)
    return show(request, "desk/code.html", unit=unit, course=course, cannot=CANNOT, cannot_key=CANNOT_KEY)


@router.post("/desk/coding/{project_id}/code")
def give_code(session: Db, who: Changer, project_id: ProjectId, position: Place, code: Field) -> Response:
    """Code an utterance and go on to the next without a code; who mends a code stays where they are."""
    is_mended = desk.give_code(session, who, project_id, position, code)
    return go(f"/desk/coding/{project_id}/code" + (f"?at={position}" if is_mended else ""))


@router.post("/desk/coding/{project_id}/undo")
def undo(session: Db, who: Changer, project_id: ProjectId) -> Response:
    """Take the last code back and go to its utterance."""
    return go(f"/desk/coding/{project_id}/code?at={desk.undo(session, who, project_id)}")


@router.post("/desk/coding/{project_id}/hand-in")
def hand_in(session: Db, who: Changer, project_id: ProjectId) -> Response:
    """Close one's coding."""
    desk.hand_in(session, who, project_id)
    return go(f"/desk/coding/{project_id}", "codes-handed-in")


@router.post("/desk/coding/{project_id}/decide")
def decide(session: Db, who: Changer, project_id: ProjectId, position: Place, code: Field) -> Response:
    """Give an utterance its final code."""
    desk.decide(session, who, project_id, position, code)
    return go(f"/desk/coding/{project_id}#unit-{position}")


@router.post("/desk/coding/{project_id}/model")
def start_model(session: Db, who: Changer, project_id: ProjectId) -> Response:
    """Have the language model code the sample."""
    desk.start_model(session, who, project_id)
    return go(f"/desk/coding/{project_id}", "model-codes")


@router.post("/desk/coding/{project_id}/model/cancel")
def cancel_model(session: Db, who: Changer, project_id: ProjectId) -> Response:
    """Have the language model stop."""
    desk.cancel_model(session, who, project_id)
    return go(f"/desk/coding/{project_id}")


@router.get("/desk/coding/{project_id}/codes.csv")
def codes_csv(session: Db, who: Person, project_id: ProjectId) -> Response:
    """All codes, for who may see them."""
    text = "".join(desk.codes_csv(session, who, project_id))
    headers = {
        "Content-Disposition": f'attachment; filename="lyceum-codes-{project_id}.csv"',
        "Cache-Control": "no-store",
    }
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)
