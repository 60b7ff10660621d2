"""The structure of a deck: where its parts and sections begin, what is to be learned there, and what is taught."""

from collections import Counter
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from app.accounts.schema import CourseRole, Who
from app.assessment import service as assessment
from app.base.errors import NotFound
from app.courses import service as courses
from app.courses.schema import MaterialView
from app.lessons import service as lessons
from app.lessons.deck.naming import ProposalState, with_names
from app.lessons.deck.rearranging import Step, rearranged
from app.lessons.deck.structure import Gate, Node, Section, Structure, build, save, structure_of
from app.web.access import Changer, Db, Person, Sent, text
from app.web.pages import Work, go, show
from app.web.trouble import form

router = APIRouter()

TEACHING = (CourseRole.INSTRUCTOR,)
STARTS = {"": "goes on", "section": "begins a section", "part": "begins a part"}
OPEN = (ProposalState.WAITING, ProposalState.WORKING)


@router.get("/materials/{material_id}/structure")
def structure_page(request: Request, session: Db, who: Person, material_id: UUID, proposed: str = "") -> Response:
    """The deck's pages with where parts and sections begin, to be moved and named; with `proposed`, the names that
    the author model proposes stand in the fields, and hold once they are saved."""
    material = courses.access_material(session, who, material_id, *TEACHING)
    structure = with_names(session, material_id) if proposed else structure_of(session, material_id)
    if structure is None:
        raise NotFound
    values = _values(session, who, material, structure)
    return show(request, "materials/structure.html", status=200, trouble="", is_proposed=bool(proposed), **values)


def _values(session: Session, who: Who, material: MaterialView, structure: Structure) -> dict[str, object]:
    pages = courses.pages(session, material.id)
    sections = {one.pages[0]: one for part in structure.parts for one in part.sections}
    proposal = lessons.proposal_of(session, material.id)
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
        "taught": assessment.taught(session, material.id, structure),
        "proposal": proposal,
        "busy": proposal is not None and proposal.state in OPEN,
        "askable": _askable(session, material.course_id, structure),
        "sent": {},
    }


def _askable(session: Session, course_id: UUID, structure: Structure) -> Counter[str]:
    """How many questions a class can ask about each component of the sections that end with a gate."""
    sections = (one for part in structure.parts for one in part.sections if one.gate)
    names = {str(name) for one in sections for name in one.components}
    found = assessment.class_items(session, course_id, sorted(names), "") if names else []
    return Counter(name for one in found for name in one.components)


@router.post("/materials/{material_id}/structure")
def save_structure(session: Db, who: Changer, material_id: UUID, sent: Sent) -> Response:
    """Keep the structure as it was set, after one step of rearranging where a button asks for it ("earlier-5"); its
    components become the course's."""
    material = courses.access_material(session, who, material_id, *TEACHING)
    typed = _typed(session, material_id, sent)
    step, _, number = text(sent, "step").partition("-")
    values = _values(session, who, material, typed) | {"sent": sent}
    with form("materials/structure.html", is_proposed=False, **values):
        if step in list(Step) and number.isdecimal() and len(number) < 9:
            typed = rearranged(typed, Step(step), int(number))
        kept = save(session, who, material_id, typed)
        names = [name for part in kept.parts for node in [part, *part.sections] for name in node.components]
        assessment.add_components(session, who, material.course_id, names)
    where = f"#page-{number}" if step in list(Step) and number.isdecimal() else ""
    return go(f"/materials/{material_id}/structure{where}", "structure-saved")


@router.post("/materials/{material_id}/structure/names")
def ask_for_names(session: Db, who: Changer, material_id: UUID) -> Response:
    """Have the author model propose names for the structure as it was saved."""
    courses.access_material(session, who, material_id, *TEACHING)
    lessons.ask_for_names(session, material_id)
    return go(f"/materials/{material_id}/structure", "naming-begun")


@router.post("/materials/{material_id}/structure/names/off")
def call_off(session: Db, who: Changer, material_id: UUID) -> Response:
    """Stop that."""
    courses.access_material(session, who, material_id, *TEACHING)
    lessons.call_off(session, material_id)
    return go(f"/materials/{material_id}/structure", "naming-off")


@router.get("/materials/{material_id}/structure/names.json")
def names_json(session: Db, who: Person, material_id: UUID) -> Work:
    """How far the proposal is, for the page's script; one that was called off is nothing that goes on."""
    courses.access_material(session, who, material_id, *TEACHING)
    proposal = lessons.proposal_of(session, material_id)
    if proposal is None:
        return Work(done=0, total=0, busy=False)
    return Work(done=proposal.done, total=proposal.total, busy=proposal.state in OPEN)


def _typed(session: Session, material_id: UUID, sent: FormData) -> Structure:
    """The tree that the form describes; a part or section that has just been begun gets its page's title."""
    pages = courses.pages(session, material_id)
    starts = {page.number: text(sent, f"start-{page.number}") for page in pages}
    nodes = {
        kind: {page.number: read(sent, page.number) for page in pages if f"{kind}-title-{page.number}" in sent}
        for kind, read in (("part", _part), ("section", _section))
    }
    titles = {page.number: page.title for page in pages}
    found = build([page.number for page in pages], starts, titles, nodes["part"], nodes["section"])
    revision = text(sent, "revision")
    return found.model_copy(update={"revision": int(revision) if revision.isdecimal() and len(revision) < 9 else 0})


def _part(sent: FormData, number: int) -> Node:
    return _node(sent, "part", number)


def _section(sent: FormData, number: int) -> Node:
    return Section(**_node(sent, "section", number).model_dump(), pages=[], gate=_gate(sent, number))


def _node(sent: FormData, kind: str, number: int) -> Node:
    return Node(
        title=text(sent, f"{kind}-title-{number}"),
        objectives=text(sent, f"{kind}-objectives-{number}").splitlines(),
        components=text(sent, f"{kind}-components-{number}").split(","),
    )


def _gate(sent: FormData, number: int) -> Gate | None:
    if not text(sent, f"section-gate-{number}"):
        return None
    in_a_row, most = (_count(text(sent, f"section-gate-{name}-{number}")) for name in ("row", "most"))
    return Gate(in_a_row=in_a_row, most=most)


def _count(words: str) -> int:
    """A number as it was typed; 0, which no gate takes, for anything else."""
    return int(words) if words.isascii() and words.isdigit() and len(words) < 4 else 0
