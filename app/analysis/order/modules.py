"""The order of modules that the Curriculum Designer would try, from the components that each module is about."""

from uuid import UUID

import numpy

from app.analysis.designer import normalise
from app.analysis.order.prerequisites import Found
from app.analysis.order.trials import Unit
from app.analysis.orders import best_orders, find_cycle
from app.base.errors import Invalid


def modules_of(found: Found) -> dict[int, UUID]:
    """The module in which each component (by number) comes up first."""
    concepts = found.concepts
    if concepts is None:
        return {}
    firsts = {at: concepts.first(at) for at in range(len(concepts.components))}
    homes = {at: concepts.pages[page].module_id for at, page in firsts.items() if page is not None}
    return {at: module for at, module in homes.items() if module is not None}


def suggested(found: Found, units: list[Unit]) -> list[UUID]:
    """The best-scored order of modules that keeps the prerequisites and is not the course's own; the course's own
    with its last two changed about where there is no better reason."""
    own = [one.id for one in units]
    otherwise = [*own[:-2], *reversed(own[-2:])]
    concepts, homes = found.concepts, modules_of(found)
    filled = [one for one in own if one in homes.values()]
    if concepts is None or len(filled) < 3 or len(filled) != len(own):
        return otherwise
    vectors = numpy.array(
        [concepts.vectors[[at for at, home in homes.items() if home == one]].mean(axis=0) for one in own]
    )
    vectors /= numpy.linalg.norm(vectors, axis=1, keepdims=True)
    distances = numpy.clip(1 - vectors @ vectors.T, 0, 2)
    numpy.fill_diagonal(distances, 0)
    steps = {(own.index(homes[a]), own.index(homes[b])) for a, b in found.graph.kept() if a in homes and b in homes}
    edges = sorted((a, b) for a, b in steps if a != b)
    if find_cycle(len(own), edges):
        return otherwise
    try:
        ranked = best_orders(normalise(distances), edges, most=2)
    except Invalid:
        return otherwise
    tried = [[own[one] for one in order] for order in ranked.orders.tolist()]
    return next((one for one in tried if one != own), otherwise)
