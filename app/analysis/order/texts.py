"""Prerequisites out of a course's text: what is near in meaning, comes up first, and is referred to and not referring.

The reference distance follows Liang, Wu, Huang and Giles (EMNLP 2015), with the course's own pages in the place of
links between articles: how much of what is about B names A, less how much of what is about A names B.
"""

import numpy

from app.analysis.order.concepts import Concepts
from app.analysis.source import Floats

INTERCEPT, NEARNESS, ORDER, REFERENCE = -2.6, 1.0, 1.2, 2.5
"""Weights in logits, set by hand so that an average pair has about 0.1 and one where all speaks for it about 0.9. They
are not fitted to any data, and are not probabilities of anything that was counted."""


def confidence(concepts: Concepts) -> Floats:
    """Components by components: how much the text speaks for "row before column" (0 to 1, NaN on the diagonal and
    where a component comes up nowhere)."""
    count = len(concepts.components)
    firsts = [concepts.first(at) for at in range(count)]
    near = _nearness(concepts.distances)
    found = numpy.full((count, count), numpy.nan)
    for a in range(count):
        for b in range(count):
            first_a, first_b = firsts[a], firsts[b]
            if a == b or first_a is None or first_b is None:
                continue
            order = float(numpy.sign(first_b - first_a))
            logit = INTERCEPT + NEARNESS * near[a, b] + ORDER * order + REFERENCE * reference(concepts, a, b)
            found[a, b] = 1 / (1 + numpy.exp(-logit))
    return found


def reference(concepts: Concepts, a: int, b: int) -> float:
    """The reference distance of a before b: above 0 where b's pages name a more than a's name b (-1 to 1)."""
    return _naming(concepts, b, a) - _naming(concepts, a, b)


def _naming(concepts: Concepts, about: int, named: int) -> float:
    """The share of one component's pages, each weighing as much as it is near, that name another."""
    own = concepts.own_pages(about)
    weights = concepts.near[about, own]
    return float((weights * concepts.names[named, own]).sum() / weights.sum()) if len(own) else 0.0


def _nearness(distances: Floats) -> Floats:
    """How much nearer a pair is than the course's pairs are in the middle, in standard deviations, at most 2."""
    pairs = ~numpy.eye(len(distances), dtype=bool)
    if not pairs.any():
        return numpy.zeros_like(distances)
    middle, spread = float(distances[pairs].mean()), float(distances[pairs].std())
    found: Floats = numpy.clip((middle - distances) / spread, -2, 2) if spread > 0 else numpy.zeros_like(distances)
    return found
