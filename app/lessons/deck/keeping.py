"""Decks that writers read over and over stay in the process while nothing they are made of changes.

Each step that writes a page needs what stands before it and where it stands, which takes a look at the whole deck. What
a deck is made of is told by a fingerprint of its pages, passages and structure; asking for it costs a millisecond.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import BindParameter, Row, Select, Text, bindparam, cast, func, select
from sqlalchemy.orm import Session

from app.base.languages import language_of
from app.base.newest import ById
from app.courses.models import PageRow, PassageRow
from app.lessons.deck.structure import Structure, structure_of
from app.lessons.models import DeckStructure

MOST = 8
"""How many decks are kept, in each process."""
HEARD_CHARACTERS = 2000
"""How much of each page counts as known on those after it."""

Fingerprint = Row[object, object, object]


class PageStart(NamedTuple):
    """A page's number, its title and the beginning of its text."""

    number: int
    title: str
    text: str


class Deck(NamedTuple):
    """A deck that was read, and its fingerprint. `language`: the code of what it is written in, "" for not known."""

    seen: Fingerprint
    pages: list[PageStart]
    structure: Structure
    language: str


@dataclass
class _Kept:
    """What is kept of one deck: who comes while it is read waits for it, instead of reading it as well."""

    lock: Lock = field(default_factory=Lock)
    deck: Deck | None = None


_decks = ById(_Kept, MOST)


def deck_of(session: Session, material_id: UUID) -> Deck:
    """A deck as it is now."""
    seen, kept = session.execute(_fingerprint(), {"deck": material_id}).one(), _decks.of(material_id)
    with kept.lock:
        if kept.deck is None or kept.deck.seen != seen:
            kept.deck = _read(session, material_id, seen)
        return kept.deck


@lru_cache
def _fingerprint() -> Select[object, object, object]:
    """Of the deck `:deck`; put together once. Passages have new ids when they change."""
    pages = func.sum(func.hashtextextended(PageRow.title + PageRow.text, PageRow.number))
    passages = func.sum(func.hashtextextended(cast(PassageRow.id, Text), 0))
    deck: BindParameter[UUID] = bindparam("deck")
    return select(
        select(pages).where(PageRow.material_id == deck).scalar_subquery(),
        select(passages).where(PassageRow.material_id == deck).scalar_subquery(),
        select(DeckStructure.revision).where(DeckStructure.material_id == deck).scalar_subquery(),
    )


def _read(session: Session, material_id: UUID, seen: Fingerprint) -> Deck:
    query = (
        select(PageRow.number, PageRow.title, func.left(PageRow.text, HEARD_CHARACTERS))
        .where(PageRow.material_id == material_id)
        .order_by(PageRow.number)
    )
    pages = [PageStart(*row) for row in session.execute(query)]
    language = language_of("\n".join(f"{page.title}\n{page.text}" for page in pages))
    return Deck(seen, pages, structure_of(session, material_id), language)
