"""Where a page stands in its deck, as the planning of its actions needs it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from app.courses import service as courses
from app.courses.schema import Page
from app.lessons.deck.keeping import Deck
from app.lessons.deck.structure import Structure
from app.lessons.planning.planning import Place

EVERY = 2
"""Every second section is discussed; of a deck with one section, that one."""


def place_in(session: Session, material_id: UUID, deck: Deck, number: int, chosen: str) -> Place:
    """The place of a page of a material's deck. `chosen` is the code of the course's language, "" for the deck's."""
    sections = [one.pages for part in deck.structure.parts for one in part.sections]
    ended = next((numbers for numbers in sections if number == numbers[-1]), [])
    pages = courses.pages(session, material_id, ended) if ended else []
    return place_of_page(deck.structure, pages, number, chosen, deck.language)


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
