"""The structure of a deck: parts, their sections, and the pages of each, with what is to be learned and taught there.

A deck's pages keep their order, so that a tree over them is a list of where parts and sections begin. Until a person
has saved one, it is made by rule: a page of a heading alone begins a part; a section begins where the pages' words
turn to something else (a dip of similarity as in Hearst's TextTiling, 1997), never within one title.
"""

import re
from collections.abc import Sequence
from statistics import fmean, pstdev
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.db import now
from app.base.errors import Conflict, Invalid
from app.base.text import Storable, clean_text, shorten
from app.courses.models import PageRow, PassageRow
from app.lessons.models import DeckStructure
from app.lessons.schema import SectionGate
from app.lessons.words import words

TITLE_LENGTH, OBJECTIVE_LENGTH, COMPONENT_LENGTH = 120, 200, 80
MOST_OBJECTIVES, MOST_COMPONENTS = 8, 8
MOST_IN_A_ROW, MOST_ASKED = 5, 20
WINDOW = 2
DEPTH = 0.5
"""How many deviations above the mean a dip must be, to begin a section."""
HEADING_WORDS = 12
"""A page with so few words is a heading, if it is not the last."""
LEAST = 2
"""Pages that a section has at least, where only a dip would part them."""

_GOES_ON = re.compile(
    r"\s*[(\[]?\s*(?:(?:continued|cont\.|ctd\.?)|\d{1,2}(?:\s*/\s*\d{1,2})?)\s*[)\]]?$", re.IGNORECASE
)


class Node(BaseModel):
    """What parts and sections have: a title, what a learner can do afterwards, and the components taught."""

    title: Storable = ""
    objectives: list[Storable] = []
    components: list[Storable] = []


class Gate(BaseModel):
    """What a class must see at a section's end before it goes on: see `schema.SectionGate`."""

    in_a_row: int = 2
    most: int = 6


class Section(Node):
    """Pages in a row that belong together, by their numbers; at its end there may be a gate."""

    pages: list[int]
    gate: Gate | None = None


class Part(Node):
    """Sections in a row."""

    sections: list[Section]


class Structure(BaseModel):
    """A deck's tree. `revision` 0: made by rule, and not saved by anybody yet."""

    parts: list[Part] = []
    revision: int = 0

    @property
    def starts(self) -> dict[int, str]:
        """Where a part or a section begins, by page."""
        found: dict[int, str] = {}
        for part in self.parts:
            for at, section in enumerate(part.sections):
                found[section.pages[0]] = "section" if at else "part"
        return found


class PageSketch(BaseModel):
    """What is known of a page where its place in the tree is decided. `vector` is of unit length, or empty."""

    number: int
    title: str
    words: int
    vector: list[float] = []


def structure_of(session: Session, material_id: UUID) -> Structure:
    """A deck's structure as a person saved it, fitted to the pages there are; else by rule. The caller has checked
    who asks.
    """
    pages = _sketches(session, material_id)
    row = session.get(DeckStructure, material_id)
    if row is None:
        return by_rule(pages)
    return fitted(Structure.model_validate(row.tree), pages).model_copy(update={"revision": row.revision})


def gates_of(session: Session, material_id: UUID) -> list[SectionGate]:
    """The gates that a person has set in a deck's structure, in the order of its pages."""
    if session.get(DeckStructure, material_id) is None:
        return []
    sections = [one for part in structure_of(session, material_id).parts for one in part.sections]
    return [
        SectionGate(page=one.pages[-1], title=one.title, components=one.components, **one.gate.model_dump())
        for one in sections
        if one.gate and one.components
    ]


def save(session: Session, who: Who, material_id: UUID, structure: Structure) -> Structure:
    """Keep a structure that was changed from its `revision`. The caller has checked `who`. Raises Conflict when
    somebody else was faster, Invalid for what does not fit the deck's pages.
    """
    numbers = [one.number for one in _sketches(session, material_id)]
    if [page for part in structure.parts for one in part.sections for page in one.pages] != numbers:
        raise Invalid("The deck's pages have changed meanwhile. Reload the page and make your changes again.")
    row = session.get(DeckStructure, material_id, with_for_update=True)
    if structure.revision != (row.revision if row else 0):
        raise Conflict("Somebody else changed the structure meanwhile. Reload the page and make your changes again.")
    row = row or DeckStructure(material_id=material_id, revision=0)
    kept = Structure(parts=[_tidy_part(part) for part in structure.parts], revision=row.revision + 1)
    row.tree, row.revision, row.changed_by, row.changed_at = kept.model_dump(mode="json"), kept.revision, who.id, now()
    session.add(row)
    session.flush()
    return kept


def _tidy_part(part: Part) -> Part:
    return Part(**_tidy(part), sections=[_tidy_section(one) for one in part.sections])


def _tidy_section(section: Section) -> Section:
    kept = Section(**_tidy(section), pages=section.pages, gate=section.gate)
    if kept.gate is None:
        return kept
    if not kept.components:
        raise Invalid(
            f"The gate after “{kept.title}” has nothing to ask about. Name the knowledge components of this section, "
            "or take the gate away."
        )
    if not (1 <= kept.gate.in_a_row <= MOST_IN_A_ROW and kept.gate.in_a_row <= kept.gate.most <= MOST_ASKED):
        raise Invalid(
            f"The gate after “{kept.title}” takes whole numbers: 1 to {MOST_IN_A_ROW} right answers in a row, and at "
            f"most {MOST_ASKED} questions, but not fewer than those."
        )
    return kept


def _tidy(node: Node) -> dict[str, str | list[str]]:
    lines = [shorten(clean_text(one), OBJECTIVE_LENGTH) for one in node.objectives]
    names = [shorten(clean_text(one), COMPONENT_LENGTH) for one in node.components]
    objectives, components = list(dict.fromkeys(filter(None, lines))), list(dict.fromkeys(filter(None, names)))
    if len(objectives) > MOST_OBJECTIVES or len(components) > MOST_COMPONENTS:
        raise Invalid(
            f"Give {MOST_OBJECTIVES} objectives and {MOST_COMPONENTS} components at most to a part or section."
        )
    return {
        "title": shorten(clean_text(node.title), TITLE_LENGTH),
        "objectives": objectives,
        "components": components,
    }


# ------------------------------------------------------------------------------------------------------- by rule


def _sketches(session: Session, material_id: UUID) -> list[PageSketch]:
    vectors: dict[int, list[list[float]]] = {}
    query = select(PassageRow.page_number, PassageRow.embedding).where(PassageRow.material_id == material_id)
    for number, vector in session.execute(query):
        vectors.setdefault(number, []).append([float(one) for one in vector])
    pages = session.execute(
        select(PageRow.number, PageRow.title, PageRow.text)
        .where(PageRow.material_id == material_id)
        .order_by(PageRow.number)
    )
    return [
        PageSketch(number=number, title=title, words=len(words(text)), vector=_mean(vectors.get(number, [])))
        for number, title, text in pages
    ]


def _mean(vectors: Sequence[Sequence[float]]) -> list[float]:
    """The direction of the vectors' sum; empty where there is none."""
    if not vectors:
        return []
    total = [sum(parts) for parts in zip(*vectors, strict=True)]
    length = sum(one * one for one in total) ** 0.5
    return [one / length for one in total] if length else []


def by_rule(pages: Sequence[PageSketch]) -> Structure:
    """The tree that follows from the pages' titles and words."""
    if not pages:
        return Structure()
    heads = _headings(pages)
    cuts = _cuts(pages, heads)
    starts = {page.number: "part" if at in heads else "section" for at, page in enumerate(pages) if at in heads | cuts}
    return build([page.number for page in pages], starts, {page.number: page.title for page in pages})


def _headings(pages: Sequence[PageSketch]) -> set[int]:
    """Places of pages that only announce what follows. The first page begins a part in any case."""
    found = {0}
    for at, page in enumerate(pages[1:-1], 1):
        if page.title and page.words <= min(HEADING_WORDS, len(words(page.title)) + 3) and not _same(pages, at):
            found.add(at)
    return found if len(found) <= max(1, len(pages) // 3) else {0}


def _cuts(pages: Sequence[PageSketch], heads: set[int]) -> set[int]:
    """Places where a section begins within a part."""
    depths = [_depth(pages, at) for at in range(1, len(pages))]
    if len(depths) < 2 * LEAST:
        return set()
    least = fmean(depths) + DEPTH * pstdev(depths)
    found: set[int] = set()
    last = 0
    for at, depth in enumerate(depths, 1):
        if at in heads:
            last = at
        elif depth > max(least, 0.0) and at - last >= LEAST and not _same(pages, at) and at < len(pages) - 1:
            found.add(at)
            last = at
    return found


def _depth(pages: Sequence[PageSketch], at: int) -> float:
    """How unlike the pages before a place are to those after it."""
    before = _mean([page.vector for page in pages[max(0, at - WINDOW) : at] if page.vector])
    after = _mean([page.vector for page in pages[at : at + WINDOW] if page.vector])
    return 1 - sum(a * b for a, b in zip(before, after, strict=True)) if before and after else 0.0


def _same(pages: Sequence[PageSketch], at: int) -> bool:
    """Whether a page goes on under the title of the one before."""
    return at > 0 and bool(pages[at].title) and _bare(pages[at].title) == _bare(pages[at - 1].title)


def _bare(title: str) -> str:
    """A title without what numbers its continuation."""
    return _GOES_ON.sub("", title).strip().casefold() or title.casefold()


# ---------------------------------------------------------------------------------------------------- from its starts


def build(
    numbers: Sequence[int],
    starts: dict[int, str],
    titles: dict[int, str],
    parts: dict[int, Node] | None = None,
    sections: dict[int, Node] | None = None,
) -> Structure:
    """The tree with parts and sections where `starts` says; known ones by their first page, new ones by its title."""
    found: list[Part] = []
    for number in numbers:
        start = "part" if not found else starts.get(number, "")
        if start == "part":
            found.append(Part(**_known(parts, number, titles), sections=[]))
        if start in ("part", "section"):
            node = (sections or {}).get(number)
            gate = node.gate if isinstance(node, Section) else None
            found[-1].sections.append(Section(**_known(sections, number, titles), pages=[], gate=gate))
        found[-1].sections[-1].pages.append(number)
    return Structure(parts=found)


def _known(nodes: dict[int, Node] | None, number: int, titles: dict[int, str]) -> dict[str, str | list[str]]:
    node = (nodes or {}).get(number)
    if node is not None:
        return {"title": node.title, "objectives": node.objectives, "components": node.components}
    return {"title": title_by_rule(titles.get(number, ""), number)}


def title_by_rule(page_title: str, number: int) -> str:
    """What a part or section is called that nobody has named, by its first page."""
    return _GOES_ON.sub("", page_title).strip() or f"Page {number}"


def fitted(structure: Structure, pages: Sequence[PageSketch]) -> Structure:
    """A saved tree on the pages there are now: new ones go on where they stand, those that are gone are left out."""
    numbers = [page.number for page in pages]
    if [page for part in structure.parts for one in part.sections for page in one.pages] == numbers:
        return structure
    there = set(numbers)
    parts: dict[int, Node] = {}
    sections: dict[int, Node] = {}
    starts: dict[int, str] = {}
    for part in structure.parts:
        is_first = True
        for section in part.sections:
            first = next((page for page in section.pages if page in there), None)
            if first is None:
                continue
            starts[first], sections[first] = "part" if is_first else "section", section
            if is_first:
                parts[first], is_first = part, False
    return build(numbers, starts, {page.number: page.title for page in pages}, parts, sections)
