"""A course's prerequisites: what text and records suggest, put together, and what its instructors settled."""

from typing import NamedTuple
from uuid import UUID

import numpy
from pydantic import BaseModel
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.analysis.order import records, texts
from app.analysis.order.concepts import Concepts, read_concepts
from app.analysis.order.models import Prerequisite
from app.analysis.orders import find_cycle, need_no_cycle
from app.analysis.source import Floats, Source
from app.assessment.models import Component
from app.base.db import now
from app.base.errors import Invalid, NotFound

SHOWN = 0.3
"""Below this confidence nothing is suggested."""
USED = 0.5
"""From this confidence on a suggestion counts where orders are looked for."""


class Edge(BaseModel):
    """One "before comes before after". `settled` is None for what nobody has decided on; confidences are 0 to 1, None
    where nothing is known; `n` counts learners who answered on both."""

    before: str
    after: str
    before_id: UUID | None = None
    after_id: UUID | None = None
    text: float | None
    records: float | None
    together: float
    n: int
    settled: bool | None = None

    @property
    def counts(self) -> bool:
        """Whether it is kept to where orders are looked for."""
        return self.settled is True or (self.settled is None and self.together >= USED)


class Graph(BaseModel):
    """Components with what comes before what: settled ones first, then suggestions by confidence.

    `left_out`: suggestions that would close a circle with surer ones.
    """

    components: list[str]
    edges: list[Edge]
    left_out: int = 0

    def kept(self) -> list[tuple[int, int]]:
        """The edges to keep to, components by number."""
        place = {name: at for at, name in enumerate(self.components)}
        return [(place[one.before], place[one.after]) for one in self.edges if one.counts]


class Found(NamedTuple):
    """A graph with what it was made from; `concepts` is None for a release, which has no text of the material."""

    graph: Graph
    concepts: Concepts | None
    evidence: records.Evidence


def pooled(text: Floats, records_say: Floats) -> Floats:
    """Both confidences as one: their logits are added, the base rate counted once, as if they were independent."""
    base = _logit(numpy.array(records.BASE))
    known = [numpy.where(numpy.isfinite(one), _logit(one) - base, 0.0) for one in (text, records_say)]
    found: Floats = 1 / (1 + numpy.exp(-(base + known[0] + known[1])))
    found[~numpy.isfinite(text) & ~numpy.isfinite(records_say)] = numpy.nan
    return found


def _logit(share: Floats) -> Floats:
    inside = numpy.clip(share, 0.001, 0.999)
    found: Floats = numpy.log(inside / (1 - inside))
    return found


def find(source: Source, session: Session | None) -> Found:
    """The graph of a course; without a session, that is out of a release, from its answers alone."""
    said = records.evidence(source)
    concepts, settled = None, {}
    text = numpy.full_like(said.confidence, numpy.nan)
    if session is not None and source.course_id is not None:
        concepts = read_concepts(session, source.course_id)
        text = texts.confidence(concepts)
        settled = settled_edges(session, source.course_id)
    graph = _graph(source.components, text, said, settled, concepts.ids if concepts else [])
    return Found(graph, concepts, said)


def settled_edges(session: Session, course_id: UUID) -> dict[tuple[UUID, UUID], bool]:
    """What was decided, by the components' ids."""
    query = select(Prerequisite.before_id, Prerequisite.after_id, Prerequisite.holds)
    rows = session.execute(query.where(Prerequisite.course_id == course_id))
    return {(before, after): holds for before, after, holds in rows}


def _graph(
    names: list[str], text: Floats, said: records.Evidence, settled: dict[tuple[UUID, UUID], bool], ids: list[UUID]
) -> Graph:
    together = pooled(text, said.confidence)
    edges = []
    for a, before in enumerate(names):
        for b, after in enumerate(names):
            pair = (ids[a], ids[b]) if ids else None
            decided = settled.get(pair) if pair else None
            sure = float(together[a, b]) if numpy.isfinite(together[a, b]) else 0.0
            reverse = float(together[b, a]) if numpy.isfinite(together[b, a]) else 0.0
            if a != b and (decided is not None or (sure >= SHOWN and sure > reverse)):
                edges.append(
                    Edge(
                        before=before,
                        after=after,
                        before_id=pair[0] if pair else None,
                        after_id=pair[1] if pair else None,
                        text=_known(text[a, b]),
                        records=_known(said.confidence[a, b]),
                        together=sure,
                        n=int(said.n[a, b]) if said.n.size else 0,
                        settled=decided,
                    )
                )
    return _without_circles(names, edges)


def _known(value: float) -> float | None:
    return float(value) if numpy.isfinite(value) else None


def _without_circles(names: list[str], edges: list[Edge]) -> Graph:
    """Take the surest first, and leave out suggestions that would close a circle or go against what is settled."""
    place = {name: at for at, name in enumerate(names)}
    ordered = sorted(edges, key=lambda one: (one.settled is None, -one.together, one.before, one.after))
    kept: list[Edge] = []
    steps: list[tuple[int, int]] = []
    left_out = 0
    for one in ordered:
        step = place[one.before], place[one.after]
        if one.settled is None and find_cycle(len(names), [*steps, step]):
            left_out += 1
            continue
        if one.settled is not False:
            steps.append(step)
        kept.append(one)
    return Graph(components=names, edges=kept, left_out=left_out)


def settle(session: Session, who: Who, course_id: UUID, before_id: UUID, after_id: UUID, holds: bool | None) -> None:
    """Decide that one component comes before another (True), does not (False), or leave it open again (None).

    Raises Invalid, and nothing is changed, where settled ones would go round in a circle. The caller has checked who
    may; NotFound for components that are not the course's.
    """
    query = select(Component.id, Component.name).where(Component.course_id == course_id).with_for_update()
    names = {row.id: row.name for row in session.execute(query.order_by(Component.id))}
    if before_id not in names or after_id not in names:
        raise NotFound
    if before_id == after_id:
        raise Invalid("A component cannot come before itself. Choose two different ones.")
    if holds:
        ids = list(names)
        others = [pair for pair, yes in settled_edges(session, course_id).items() if yes]
        steps = [(ids.index(one), ids.index(other)) for one, other in (*others, (before_id, after_id))]
        need_no_cycle([names[one] for one in ids], steps)
    this = (Prerequisite.before_id == before_id) & (Prerequisite.after_id == after_id)
    session.execute(delete(Prerequisite).where(this))
    if holds is not None:
        session.add(
            Prerequisite(
                course_id=course_id,
                before_id=before_id,
                after_id=after_id,
                holds=holds,
                settled_by=who.id,
                settled_at=now(),
            )
        )
    session.flush()
