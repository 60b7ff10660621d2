"""Classical item analysis: difficulty, discrimination, reliability and what each option attracts, with intervals."""

import math
from dataclasses import dataclass

import numpy
from scipy.stats import f as f_distribution

from app.analysis.intervals import Interval, Z, share
from app.analysis.source import Floats, Truths

GROUP = 0.27
"""The share of learners in the upper and in the lower group (Kelley 1939)."""
LEAST = 10
"""Fewer learners than these have no upper and lower group."""
NONE = Interval(math.nan, math.nan, math.nan, 0)


@dataclass(frozen=True)
class Option:
    """An option by its place from 1: how many chose it, of all, of the upper and of the lower group, and the mean share
    of the rest of the test that its choosers earned.
    """

    place: int
    is_key: bool
    n: int
    chosen: Interval
    upper: float
    lower: float
    rest: float
    rest_error: float


def difficulty(shares: Floats) -> Interval:
    """The mean share of the points of those who answered (n,): Wilson's interval where it is all or nothing."""
    known = shares[numpy.isfinite(shares)]
    if len(known) == 0:
        return NONE
    if numpy.isin(known, (0.0, 1.0)).all():
        return share(float(known.sum()), len(known))
    middle = float(known.mean())
    half = Z * float(known.std(ddof=1)) / math.sqrt(len(known)) if len(known) > 1 else math.nan
    return Interval(middle, max(0.0, middle - half), min(1.0, middle + half), len(known))


def rest_scores(shares: Floats) -> Floats:
    """Of learners by questions: the mean share of each learner's other answers, NaN where there is none."""
    known = numpy.isfinite(shares)
    counts = known.sum(axis=1, keepdims=True) - known
    sums = numpy.nansum(shares, axis=1, keepdims=True) - numpy.nan_to_num(shares)
    return numpy.asarray(numpy.where(known & (counts > 0), sums / numpy.maximum(counts, 1), numpy.nan))


def discrimination(shares: Floats, rest: Floats) -> Interval:
    """Correlation of a question's share with the rest score (corrected point-biserial), with Fisher's interval.

    NaN where nobody differs, or fewer than four answered.
    """
    known = numpy.isfinite(shares) & numpy.isfinite(rest)
    x, y, n = shares[known], rest[known], int(known.sum())
    if n < 4 or numpy.ptp(x) < 1e-12 or numpy.ptp(y) < 1e-12:
        return Interval(math.nan, math.nan, math.nan, n)
    r = float(numpy.corrcoef(x, y)[0, 1])
    middle, half = math.atanh(max(-0.999999, min(0.999999, r))), Z / math.sqrt(n - 3)
    return Interval(r, math.tanh(middle - half), math.tanh(middle + half), n)


def groups(totals: Floats) -> tuple[Truths, Truths]:
    """Who is in the upper and in the lower GROUP by total (n,); who ties with the last one in is in as well.

    Nobody is, where there are fewer than LEAST, or where the two would share people.
    """
    nobody = numpy.zeros(len(totals), bool)
    known = totals[numpy.isfinite(totals)]
    if len(known) < LEAST:
        return nobody, nobody
    size = max(1, round(GROUP * len(known)))
    ordered = numpy.sort(known)
    low, high = ordered[size - 1], ordered[-size]
    if low >= high:
        return nobody, nobody
    return totals >= high, totals <= low


def upper_lower(shares: Floats, upper: Truths, lower: Truths) -> Interval:
    """The upper group's mean less the lower one's, with Newcombe's interval of a difference (1998, method 10)."""
    known = numpy.isfinite(shares)
    above, below = shares[known & upper], shares[known & lower]
    if len(above) == 0 or len(below) == 0:
        return NONE
    a, b = share(float(above.sum()), len(above)), share(float(below.sum()), len(below))
    value = a.value - b.value
    low = value - math.hypot(a.value - a.low, b.high - b.value)
    high = value + math.hypot(a.high - a.value, b.value - b.low)
    return Interval(value, max(-1.0, low), min(1.0, high), len(above) + len(below))


def alpha(shares: Floats) -> Interval:
    """Cronbach's alpha of learners by questions, of those who answered all, with Feldt's interval (1965).

    NaN with fewer than two questions or three such learners, or where totals do not differ.
    """
    whole = shares[numpy.isfinite(shares).all(axis=1)]
    n, k = whole.shape
    if k < 2 or n < 3:
        return Interval(math.nan, math.nan, math.nan, n)
    spread = float(whole.sum(axis=1).var(ddof=1))
    if spread < 1e-12:
        return Interval(math.nan, math.nan, math.nan, n)
    value = k / (k - 1) * (1 - float(whole.var(axis=0, ddof=1).sum()) / spread)
    first, second = n - 1, (n - 1) * (k - 1)
    low = 1 - (1 - value) * float(f_distribution.ppf(0.975, first, second))
    high = 1 - (1 - value) * float(f_distribution.ppf(0.025, first, second))
    return Interval(value, low, high, n)


def alpha_without(shares: Floats, at: int) -> Interval:
    """Alpha of the other questions."""
    return alpha(numpy.delete(shares, at, axis=1))


def options(chosen: dict[int, str], right: Floats, rest: Floats, upper: Truths, lower: Truths) -> list[Option]:
    """What each option attracts. `chosen` has places of options by learner; the key is what those who were right chose.

    Empty for questions without options.
    """
    picked = {learner: frozenset(map(int, places.split())) for learner, places in chosen.items() if places.strip()}
    if not picked:
        return []
    keys = {one for learner, places in picked.items() if right[learner] == 1 for one in places}
    found = []
    for place in range(1, max(max(places) for places in picked.values()) + 1):
        took = numpy.array([learner for learner, places in picked.items() if place in places], dtype=numpy.int64)
        above = sum(bool(upper[one]) for one in picked)
        below = sum(bool(lower[one]) for one in picked)
        earned = rest[took][numpy.isfinite(rest[took])]
        found.append(
            Option(
                place=place,
                is_key=place in keys,
                n=len(took),
                chosen=share(len(took), len(picked)),
                upper=float(upper[took].sum() / above) if above else math.nan,
                lower=float(lower[took].sum() / below) if below else math.nan,
                rest=float(earned.mean()) if len(earned) else math.nan,
                rest_error=float(earned.std(ddof=1) / math.sqrt(len(earned))) if len(earned) > 1 else math.nan,
            )
        )
    return found
