"""Where a page stands in its deck, as the planning of its actions needs it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from app.courses import service as courses
from app.courses.schema import Page
from app.lessons.deck.structure import Structure, structure_of
from app.lessons.planning.planning import Place

EVERY = 2
"""Every second section is discussed; of a deck with one section, that one."""


def place_in(session: Session, material_id: UUID, number: int, chosen: str, deck: str) -> Place:
    """The place of a page. `chosen` is the code of the course's language, `deck` of the deck's; "" for not known."""
    structure = structure_of(session, material_id)
    is_end = any(number == one.pages[-1] for part in structure.parts for one in part.sections)
    pages = courses.pages(session, material_id) if is_end else []
    return place_of_page(structure, pages, number, chosen, deck)


def place_of_page(structure: Structure, pages: Sequence[Page], number: int, chosen: str = "", deck: str = "") -> Place:
    """The same from what was read already; `pages` need only be there for the last page of a section."""
    crosses = bool(chosen and deck and chosen != deck)
    place = Place(language=chosen or deck, crosses=crosses)
    sections = [one for part in structure.parts for one in part.sections]
    at = next((at for at, one in enumerate(sections) if number == one.pages[-1]), None)
    if at is None:
        return place
    section = sections[at]
    return Place(
        section=tuple(one for one in pages if one.number in section.pages),
        title=section.title,
        talks=len(sections) == 1 or at % EVERY == 1,
        is_last=at == len(sections) - 1,
        language=place.language,
        crosses=crosses,
    )
