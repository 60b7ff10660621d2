"""The Curriculum Designer's score of an order of topics, after "Learning to Learn: How to Continuously Teach Humans and
Machines" (Singh, Zhang et al., ICCV 2023, arXiv 2211.15470), by its published formula.

Each row of the distances is divided by its own sum, which gives D; v is the variance of D's rows, scaled to sum 1; then

    S(c_1 ... c_L) = (1 - v(c_1)) + sum for i = 1 ... ceil((L - 1) / 2) of
                     [1 - D(c_i, c_(L-i+1)) + D(c_i, c_(i+1))]

It begins with the most central topic, puts an unlike one next, and what is most like at the other end. It makes
hypotheses: in the authors' own results it foretells how well an order teaches at about chance.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy

from app.analysis.source import Floats, Ints
from app.base.errors import Invalid

CAUTION = (
    "A score makes a hypothesis and no more: in the results of its own authors it foretells how well an order teaches "
    "at about chance. Test two orders on your learners before you believe either."
)


class Distances(NamedTuple):
    """`rows`: the distances, each row divided by its sum (topics by topics); `variances`: of its rows, summing to 1."""

    rows: Floats
    variances: Floats


def normalise(matrix: Sequence[Sequence[float]] | Floats) -> Distances:
    """Distances between topics as the score takes them. Raises Invalid where the formula has no value."""
    raw = numpy.asarray(matrix, dtype=numpy.float64)
    if raw.ndim != 2 or raw.shape[0] != raw.shape[1] or len(raw) < 2:
        raise Invalid("The distances must be a square table of at least two topics: as many columns as rows.")
    if not numpy.isfinite(raw).all():
        raise Invalid("The distances must be finite numbers; there is an empty or infinite one.")
    sums = raw.sum(axis=1, keepdims=True)
    if (sums == 0).any():
        row = int(numpy.flatnonzero(sums[:, 0] == 0)[0]) + 1
        raise Invalid(f"The distances of topic {row} sum to 0, so its row cannot be divided by its sum.")
    rows = raw / sums
    spread = rows.var(axis=1)
    whole = float(spread.sum())
    even = numpy.full(len(rows), 1 / len(rows))
    return Distances(rows, spread / whole if whole > 0 else even)


def scores(distances: Distances, orders: Ints) -> Floats:
    """The score of each order: `orders` is orders by places, of topics counted from 0."""
    length = orders.shape[1]
    found: Floats = 1 - distances.variances[orders[:, 0]]
    for at in range(math.ceil((length - 1) / 2)):
        here, last, after = orders[:, at], orders[:, length - 1 - at], orders[:, at + 1]
        found = found + (1 - distances.rows[here, last] + distances.rows[here, after])
    return found


def score(distances: Distances, order: Sequence[int]) -> float:
    """The score of one order."""
    return float(scores(distances, numpy.asarray([order], dtype=numpy.int64))[0])


def ranks(found: Floats) -> list[int]:
    """Places by score, from 1, the highest first; scores that differ by less than 1e-12 share the better place."""
    order = numpy.argsort(-found, kind="stable")
    places = [0] * len(found)
    for at, one in enumerate(order):
        before = order[at - 1] if at else None
        same = before is not None and found[before] - found[one] < 1e-12
        places[one] = places[before] if same and before is not None else at + 1
    return places
