"""The structure of a deck: where its parts and sections begin, what is to be learned there, and what is taught."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from app.accounts.schema import CourseRole, Who
from app.assessment import service as assessment
from app.courses import service as courses
from app.courses.schema import MaterialView
from app.lessons.structure import Node, Structure, build, save, structure_of
from app.web.access import Changer, Db, Person, Sent, text
from app.web.pages import go, show
from app.web.trouble import form

router = APIRouter()

TEACHING = (CourseRole.INSTRUCTOR,)
STARTS = {"": "goes on", "section": "begins a section", "part": "begins a part"}


@router.get("/materials/{material_id}/structure")
def structure_page(request: Request, session: Db, who: Person, material_id: UUID) -> Response:
    """The deck's pages with where parts and sections begin, to be moved and named."""
    material = courses.access_material(session, who, material_id, *TEACHING)
    structure = structure_of(session, material_id)
    return show(
        request, "materials/structure.html", status=200, trouble="", **_values(session, who, material, structure)
    )


def _values(session: Session, who: Who, material: MaterialView, structure: Structure) -> dict[str, object]:
    pages = courses.pages(session, material.id)
    sections = {one.pages[0]: one for part in structure.parts for one in part.sections}
    return {
        "material": material,
        "course": courses.access_course(session, who, material.course_id),
        "structure": structure,
        "pages": pages,
        "starts": structure.starts,
        "parts_at": {part.sections[0].pages[0]: part for part in structure.parts},
        "sections_at": sections,
        "choices": STARTS,
        "known": assessment.components_of(session, material.course_id),
    }


@router.post("/materials/{material_id}/structure")
def save_structure(session: Db, who: Changer, material_id: UUID, sent: Sent) -> Response:
    """Keep the structure as it was set; its components become the course's."""
    material = courses.access_material(session, who, material_id, *TEACHING)
    typed = _typed(session, material_id, sent)
    with form("materials/structure.html", **_values(session, who, material, typed)):
        kept = save(session, who, material_id, typed)
        names = [name for part in kept.parts for node in [part, *part.sections] for name in node.components]
        assessment.add_components(session, who, material.course_id, names)
    return go(f"/materials/{material_id}/structure", "structure-saved")


def _typed(session: Session, material_id: UUID, sent: FormData) -> Structure:
    """The tree that the form describes; a part or section that has just been begun gets its page's title."""
    pages = courses.pages(session, material_id)
    starts = {page.number: text(sent, f"start-{page.number}") for page in pages}
    nodes = {
        kind: {page.number: _node(sent, kind, page.number) for page in pages if f"{kind}-title-{page.number}" in sent}
        for kind in ("part", "section")
    }
    titles = {page.number: page.title for page in pages}
    found = build([page.number for page in pages], starts, titles, nodes["part"], nodes["section"])
    revision = text(sent, "revision")
    return found.model_copy(update={"revision": int(revision) if revision.isdecimal() and len(revision) < 9 else 0})


def _node(sent: FormData, kind: str, number: int) -> Node:
    return Node(
        title=text(sent, f"{kind}-title-{number}"),
        objectives=text(sent, f"{kind}-objectives-{number}").splitlines(),
        components=text(sent, f"{kind}-components-{number}").split(","),
    )
