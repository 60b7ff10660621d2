"""Prerequisites out of answers: where one component is not known without another, their results hang together, and
lopsidedly.

Strength: a learner's result in each component is the mean of (right or not) - (the share right on that question), so
that hard questions do not count against anybody. The partial correlation of two components given all others says how
much they share beyond general ability, of which a chain of prerequisites leaves only its direct steps; it is held
against the median of all pairs, because ability alone makes every pair hang together a little.

Direction: four things are added up, each in standard errors or limited as if it were. Of the corners of the learners'
ranks, hardly anybody is weak in A (the lowest third) and strong in B (the highest) where A is needed for B, while the
reverse is common. What needs more is answered rightly less often. What is met first can only be needed, not need, if
the course's order is sound (a weak reason, and the only one that is about the course). And where some learners met A
before B and others B before A, as in a trial of orders, the first do better on B: the one reason that is a cause.
"""

import math
from typing import NamedTuple

import numpy
from scipy import stats

from app.analysis.overview import membership
from app.analysis.source import PURPOSES, Floats, Source

RIDGE = 0.05
"""Added to the diagonal of the correlations, so that they can be inverted though pairs are missing."""
FEWEST = 30
"""A pair with fewer learners who answered on both says nothing."""
BASE = 0.1
"""The share of ordered pairs that are prerequisites, before anything is known."""
THRESHOLD = 2.0
"""Standard errors above the median of pairs at which a tie is as likely as not to be more than general ability."""


class Evidence(NamedTuple):
    """Components by components, [a, b] being about "a before b": `confidence` (0 to 1, NaN where nothing is known),
    `strength` and `direction` in standard errors, `n` learners who answered on both."""

    confidence: Floats
    strength: Floats
    direction: Floats
    n: Floats


def results(source: Source) -> tuple[Floats, Floats]:
    """Learners by components: the mean of what each answer was above or below its question's mean, and the mean share
    of right answers; NaN where a learner did not answer."""
    answers, table = source.answers, membership(source)
    learners, count = len(source.learners), len(source.components)
    above = numpy.full((learners, count), numpy.nan)
    shares = numpy.full((learners, count), numpy.nan)
    if not len(answers):
        return above, shares
    asked = numpy.bincount(answers.question, minlength=len(source.questions))
    right = numpy.bincount(answers.question, weights=answers.right, minlength=len(source.questions))
    left = answers.right - (right / numpy.maximum(asked, 1))[answers.question]
    for at in range(count):
        mine = table[answers.question, at]
        who = answers.learner[mine]
        n = numpy.bincount(who, minlength=learners)
        seen = n > 0
        above[seen, at] = numpy.bincount(who, weights=left[mine], minlength=learners)[seen] / n[seen]
        shares[seen, at] = numpy.bincount(who, weights=answers.right[mine], minlength=learners)[seen] / n[seen]
    return above, shares


def evidence(source: Source) -> Evidence:
    """What the answers say about every ordered pair of components."""
    above, shares = results(source)
    met = first_met(source)
    count = len(source.components)
    n = numpy.isfinite(above).astype(float)
    together = n.T @ n
    strength, direction = numpy.full((count, count), numpy.nan), numpy.full((count, count), numpy.nan)
    if count >= 3:
        strength = _strength(above, together)
    for one in range(count):
        for other in range(one + 1, count):
            if together[one, other] >= FEWEST:
                pair = [one, other]
                lean = _lean(above[:, pair], shares[:, pair], met[:, pair])
                direction[one, other], direction[other, one] = lean, -lean
    tie = stats.norm.cdf(strength - THRESHOLD)
    confidence = numpy.clip(tie * stats.norm.cdf(direction), 0.001, 0.999)
    confidence[together < FEWEST] = numpy.nan
    numpy.fill_diagonal(confidence, numpy.nan)
    return Evidence(confidence, strength, direction, together)


def _strength(above: Floats, together: Floats) -> Floats:
    """Partial correlations of all pairs in standard errors above their median."""
    count = above.shape[1]
    known = numpy.isfinite(above)
    filled = numpy.where(known, above, 0.0)
    number = numpy.maximum(known.sum(axis=0), 1)
    middle = filled.sum(axis=0) / number
    centred = numpy.where(known, above - middle, 0.0)
    spread = numpy.sqrt((centred**2).sum(axis=0) / number)
    spread[spread == 0] = math.inf  # all alike: it hangs together with nothing
    scaled = centred / spread
    correlation = (scaled.T @ scaled) / numpy.maximum(together, 1)
    numpy.fill_diagonal(correlation, 1 + RIDGE)
    inverse = numpy.linalg.pinv(correlation)
    root = numpy.sqrt(numpy.abs(numpy.diag(inverse)))
    partial = numpy.clip(-inverse / numpy.outer(root, root), -0.99, 0.99)
    lifted = numpy.arctanh(partial)
    pairs = ~numpy.eye(count, dtype=bool) & (together >= FEWEST)
    usual = float(numpy.median(lifted[pairs])) if pairs.any() else 0.0
    found: Floats = (lifted - usual) * numpy.sqrt(numpy.maximum(together - count - 1, 1))
    found[~pairs] = numpy.nan
    return found


def first_met(source: Source) -> Floats:
    """Learners by components: when each was first answered on after its test before the module (seconds since 1970);
    NaN where never."""
    answers, table = source.answers, membership(source)
    found = numpy.full((len(source.learners), len(source.components)), numpy.inf)
    taught = answers.purpose != PURPOSES.index("pre")
    for at in range(len(source.components)):
        mine = taught & table[answers.question, at]
        numpy.minimum.at(found[:, at], answers.learner[mine], answers.at[mine])
    found[~numpy.isfinite(found)] = numpy.nan
    return found


def _lean(above: Floats, shares: Floats, met: Floats) -> float:
    """How much speaks for "the first before the second" rather than the reverse, in standard errors; learners by 2."""
    both = numpy.isfinite(above).all(axis=1)
    above, shares, met = above[both], shares[both], met[both]
    rank_a, rank_b = (stats.rankdata(above[:, at]) / len(above) for at in (0, 1))
    against = int(((rank_a < 1 / 3) & (rank_b > 2 / 3)).sum())
    fitting = int(((rank_a > 2 / 3) & (rank_b < 1 / 3)).sum())
    corners = (fitting - against) / math.sqrt(fitting + against + 1)
    harder = _limited(_standard(shares[:, 0] - shares[:, 1]), 2.0)
    first = numpy.sign(met[:, 1] - met[:, 0])
    known = first[numpy.isfinite(first) & (first != 0)]
    earlier = float(known.mean()) if len(known) else 0.0
    return (corners + 0.25 * harder + earlier + _cause(above, first)) / math.sqrt(2)


def _cause(above: Floats, first: Floats) -> float:
    """Where both orders occur: how much better the second is known by those who met the first one before it, less how
    much better the first is known by those who met it second; in standard errors."""
    one, other = above[first > 0], above[first < 0]
    if min(len(one), len(other)) < FEWEST // 2:
        return 0.0
    gain = (one[:, 1].mean() - other[:, 1].mean()) - (other[:, 0].mean() - one[:, 0].mean())
    noise = math.sqrt(float(((one.var(axis=0) / len(one)) + (other.var(axis=0) / len(other))).sum()))
    return _limited(float(gain) / noise, 4.0) if noise > 0 else 0.0


def _standard(values: Floats) -> float:
    spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return float(values.mean()) / (spread / math.sqrt(len(values))) if spread > 0 else 0.0


def _limited(value: float, most: float) -> float:
    return min(most, max(-most, value))
