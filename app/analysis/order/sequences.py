"""Comparing two groups while the trial goes on: intervals that hold however often one looks, and when to stop.

The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (arXiv 2103.06476, Theorem 2.2):
for values z_1 ... z_n with mean m and standard deviation s, the interval

    m +- s sqrt( 2 (n r^2 + 1) / (n^2 r^2) * log( sqrt(n r^2 + 1) / alpha ) )

covers the true mean at all times at once with probability 1 - alpha, as n grows. Here z_i is the difference that
learner i's outcome tells of under assignment by a fair coin, so that its mean estimates (second - first); `r` makes the
interval tightest at about TIGHTEST learners.
"""

import math
from typing import NamedTuple

import numpy

from app.analysis.intervals import Interval
from app.analysis.source import Floats, Ints

ALPHA = 0.05
TIGHTEST = 200
FEWEST = 20
"""No verdict before so many learners: the interval holds as their number grows."""
MATTERS = 0.05
"""A difference (in shares) below this is not worth an order; where the interval lies within, a trial may stop too."""


class Comparison(NamedTuple):
    """The difference of means, second order less first, with its always-valid interval; each group's mean and n."""

    difference: Interval
    means: tuple[float, float]
    counts: tuple[int, int]


class Verdict(NamedTuple):
    """What the interval says: which order does better (0 or 1), None where that is open or does not matter."""

    better: int | None
    may_stop: bool
    sentence: str


def best_r(tightest: int = TIGHTEST, alpha: float = ALPHA) -> float:
    """The r at which the interval is about tightest at so many values (the paper's equation for it)."""
    log = -2 * math.log(alpha)
    return math.sqrt((log + math.log(log + 1)) / tightest)


def half_width(n: int, spread: float, alpha: float = ALPHA, r: float | None = None) -> float:
    """Half the interval's width for n values of standard deviation `spread`."""
    r = best_r(alpha=alpha) if r is None else r
    scale = n * r * r + 1
    return spread * math.sqrt(2 * scale / (n * n * r * r) * math.log(math.sqrt(scale) / alpha))


def compare(values: Floats, arms: Ints, before: Floats | None = None) -> Comparison:
    """Outcomes and arms (0 or 1) of learners in the order in which they were placed; NaN outcomes are left out.

    `before`: what was known of each before they were placed; what it foretells of the outcome, over both arms
    together, is taken off, which makes the interval narrower and moves it nowhere.
    """
    known = numpy.isfinite(values)
    values, arms = values[known], arms[known]
    if before is not None:
        values = adjusted(values, arms, before[known])
    counts = (int((arms == 0).sum()), int((arms == 1).sum()))
    n = len(values)
    if min(counts) == 0:
        return Comparison(Interval(math.nan, math.nan, math.nan, n), (math.nan, math.nan), counts)
    means = (float(values[arms == 0].mean()), float(values[arms == 1].mean()))
    told = _told(values, arms)
    middle, spread = means[1] - means[0], float(told.std(ddof=1)) if n > 1 else math.nan
    half = half_width(n, spread) if n > 1 else math.nan
    return Comparison(Interval(middle, middle - half, middle + half, n), means, counts)


def adjusted(values: Floats, arms: Ints, before: Floats) -> Floats:
    """Values less what `before` foretells of them by one straight line for both arms.

    It is held against its own arm's mean, because a first test may be harder in one order than in the other; an
    unknown `before` is taken for that mean.
    """
    known = numpy.isfinite(before)
    centred = numpy.zeros(len(values))
    for arm in (0, 1):
        mine = known & (arms == arm)
        if mine.any():
            centred[mine] = before[mine] - before[mine].mean()
    if known.sum() < FEWEST or not centred.any():
        return values
    slope = float((centred * values).sum() / (centred**2).sum())
    found: Floats = values - slope * centred
    return found


def _told(values: Floats, arms: Ints) -> Floats:
    """Each learner's doubly robust word on the difference, around the groups' means, under a fair coin."""
    own = numpy.where(arms == 1, values[arms == 1].mean(), values[arms == 0].mean())
    difference = values[arms == 1].mean() - values[arms == 0].mean()
    found: Floats = difference + numpy.where(arms == 1, 2.0, -2.0) * (values - own)
    return found


def verdict(found: Comparison, names: tuple[str, str]) -> Verdict:
    """What to do, by the stopping rule: the interval leaves out 0, or lies within what matters."""
    one = found.difference
    if one.n < FEWEST or not math.isfinite(one.low):
        return Verdict(None, False, f"Go on: {one.n} learners have an outcome so far, and it takes at least {FEWEST}.")
    if one.low > 0 or one.high < 0:
        better = 1 if one.low > 0 else 0
        return Verdict(
            better, True, f"You may stop: {names[better]} does better, and looking often does not undo that."
        )
    if max(-one.low, one.high) < MATTERS:
        return Verdict(None, True, f"You may stop: whatever the difference is, it is below {MATTERS:g}.")
    return Verdict(None, False, "Go on: the interval still holds 0, and differences that would matter.")
