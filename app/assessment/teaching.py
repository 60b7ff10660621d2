"""Where knowledge components are taught: the names on a deck's structure, joined with the course's components that
questions, records and analysis go by. A component's name is its key within a course, so that the tree needs no ids.
"""

from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.assessment.items import components_of
from app.courses.models import Material
from app.lessons.deck.structure import Structure, structure_of


class Taught(BaseModel):
    """A component that a deck teaches: on which pages, and how many questions of the course are about it. `id` is None
    for a name that was typed and not saved yet.
    """

    id: UUID | None
    name: str
    pages: list[int]
    items: int = 0


def taught(session: Session, material_id: UUID, structure: Structure | None = None) -> list[Taught]:
    """The components of a deck's structure (as it was saved, or as given) in order of the pages that teach them. The
    caller has checked who asks."""
    course_id = session.scalars(select(Material.course_id).where(Material.id == material_id)).one()
    known = {one.name: one for one in components_of(session, course_id)}
    pages: dict[str, set[int]] = {}
    for part in (structure or structure_of(session, material_id)).parts:
        whole = [page for section in part.sections for page in section.pages]
        for node, covered in [(part, whole), *((one, one.pages) for one in part.sections)]:
            for name in node.components:
                pages.setdefault(name, set()).update(covered)
    found = [
        Taught(
            id=known[name].id if name in known else None,
            name=name,
            pages=sorted(covered),
            items=known[name].items if name in known else 0,
        )
        for name, covered in pages.items()
        if name.strip()
    ]
    return sorted(found, key=lambda one: (one.pages, one.name))
