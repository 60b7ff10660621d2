"""Where a course's material speaks of its knowledge components, and how far these lie apart in meaning."""

import re
from collections import defaultdict
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import numpy
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.analysis.source import Floats, Truths
from app.assessment.items import item_of
from app.assessment.models import Component, ItemComponent, ItemRow, VersionRow
from app.courses.models import Material, Module, PageRow, PassageRow
from app.inference.service import embed
from app.lessons.models import Lesson

NEAR = 0.75
"""A page belongs to a component if it is at least this share as near as the component's nearest page."""
STEMS = 12
"""How many questions' words say, beside its name, what a component is about."""
_WORD = re.compile(r"[a-z0-9]{3,}")
STEM_LENGTH = 6


class Place(NamedTuple):
    """A page in the order of the course."""

    material_id: UUID
    lesson_id: UUID | None
    module_id: UUID | None
    number: int
    text: str


class Concepts(NamedTuple):
    """Components by name (as a source has them) beside the course's pages in order.

    `vectors`: components by dimensions, of unit length. `near`: components by pages, cosines. `names`: whether a page
    names the component. `distances`: components by components, 1 - cosine, 0 on the diagonal.
    """

    ids: list[UUID]
    components: list[str]
    pages: list[Place]
    vectors: Floats
    near: Floats
    names: Truths
    distances: Floats

    def own_pages(self, at: int) -> list[int]:
        """The pages of a component: those that are about as near as its nearest, in order."""
        row = self.near[at]
        if not len(row) or row.max() <= 0:
            return []
        return [page for page in range(len(row)) if row[page] >= NEAR * row.max()]

    def first(self, at: int) -> int | None:
        """The page on which a component comes up first: where it is named first, else its nearest page."""
        named = numpy.flatnonzero(self.names[at])
        if len(named):
            return int(named[0])
        own = self.own_pages(at)
        return max(own, key=lambda page: self.near[at, page]) if own else None


def read_concepts(session: Session, course_id: UUID) -> Concepts:
    """A course's components and pages, from the vectors that its passages have already."""
    rows = session.execute(
        select(Component.id, Component.name).where(Component.course_id == course_id).order_by(Component.name)
    ).all()
    # by code points, as sources sort names, and not by the database's collation
    known = sorted(((one, name) for one, name in rows), key=lambda pair: pair[1])
    pages, vectors = _pages(session, course_id)
    stems = _stems(session, course_id)
    names = [name for _, name in known]
    wanted = _embedded(tuple(". ".join([name, *stems[one][:STEMS]]) for one, name in known))
    near = numpy.clip(wanted @ vectors.T, -1, 1) if len(vectors) and len(wanted) else numpy.zeros((len(names), 0))
    named = numpy.array([[_names(name, page.text) for page in pages] for name in names], dtype=bool)
    own = _own_vectors(wanted, near, vectors)
    distances = numpy.clip(1 - own @ own.T, 0, 2)
    numpy.fill_diagonal(distances, 0)
    shape = (len(names), len(pages))
    return Concepts([one for one, _ in known], names, pages, own, near, named.reshape(shape), distances)


@lru_cache(maxsize=64)
def _embedded(texts: tuple[str, ...]) -> Floats:
    return numpy.array(embed(list(texts))) if texts else numpy.zeros((0, 1))


def _pages(session: Session, course_id: UUID) -> tuple[list[Place], Floats]:
    """The course's pages in the order of its modules and lessons, each with the mean vector of its passages."""
    query = (
        select(PageRow.id, PageRow.material_id, PageRow.number, PageRow.title, PageRow.text, Lesson.id, Module.id)
        .join(Material, Material.id == PageRow.material_id)
        .outerjoin(Lesson, Lesson.material_id == Material.id)
        .outerjoin(Module, Module.id == Lesson.module_id)
        .where(Material.course_id == course_id)
        .order_by(Module.position.asc().nulls_last(), Lesson.position, Material.created_at, PageRow.number)
    )
    vectors: defaultdict[UUID, list[Floats]] = defaultdict(list)
    passages = select(PassageRow.page_id, PassageRow.embedding).join(Material, Material.id == PassageRow.material_id)
    for page_id, vector in session.execute(passages.where(Material.course_id == course_id)):
        vectors[page_id].append(numpy.asarray(vector, dtype=numpy.float64))
    places, means, seen = [], [], set()
    for page_id, material, number, title, text, lesson, module in session.execute(query):
        if page_id in vectors and page_id not in seen:
            seen.add(page_id)
            places.append(Place(material, lesson, module, number, f"{title}\n{text}"))
            means.append(numpy.mean(vectors[page_id], axis=0))
    return places, _unit(numpy.array(means)) if means else numpy.zeros((0, 1))


def _stems(session: Session, course_id: UUID) -> defaultdict[UUID, list[str]]:
    """The questions of each component, as they are asked now."""
    query = (
        select(ItemComponent.component_id, VersionRow)
        .join(ItemRow, ItemRow.id == ItemComponent.item_id)
        .join(VersionRow, (VersionRow.item_id == ItemRow.id) & (VersionRow.number == ItemRow.version))
        .where(ItemRow.course_id == course_id, ItemRow.withdrawn_at.is_(None))
        .order_by(ItemRow.created_at, ItemRow.id)
    )
    found: defaultdict[UUID, list[str]] = defaultdict(list)
    for component, version in session.execute(query):
        if len(found[component]) < STEMS:
            found[component].append(item_of(version).stem)
    return found


def _stem(word: str) -> str:
    return word[:STEM_LENGTH].rstrip("s")


def _names(name: str, text: str) -> bool:
    """Whether a text has all words of a component's name, whatever their endings."""
    wanted = {_stem(word) for word in _WORD.findall(name.lower())}
    return bool(wanted) and wanted <= {_stem(word) for word in _WORD.findall(text.lower())}


def _own_vectors(wanted: Floats, near: Floats, vectors: Floats) -> Floats:
    """What a component means: its own words, and the pages near to them, each weighing as much as it is near."""
    if not near.size:
        return wanted
    best = near.max(axis=1, keepdims=True)
    weights = numpy.where((near >= NEAR * best) & (near > 0), near, 0.0)
    weights /= numpy.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
    return _unit(weights @ vectors + wanted)


def _unit(rows: Floats) -> Floats:
    lengths = numpy.linalg.norm(rows, axis=1, keepdims=True)
    found: Floats = rows / numpy.where(lengths > 0, lengths, 1)
    return found
