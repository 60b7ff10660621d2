"""Medians, differences and correlations with their intervals of 95 %, beside the room's shares and means."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from app.analysis.intervals import Interval, mean
from app.analysis.intervals import Z as Z95
from app.analysis.intervals import share as wilson

__all__ = [
    "NOTHING",
    "NO_CORRELATION",
    "Z95",
    "Correlation",
    "Interval",
    "correlation",
    "holm",
    "mean",
    "mean_difference",
]
__all__ += ["median", "share_difference", "wilson"]

Floats = NDArray[np.float64]

NOTHING = Interval(np.nan, np.nan, np.nan, 0)


def median(values: Floats) -> Interval:
    """A median with the interval of order statistics, which needs no distribution; without bounds below six values."""
    known = np.sort(values[np.isfinite(values)])
    n = len(known)
    if not n:
        return NOTHING
    if n < 6:
        return Interval(float(np.median(known)), np.nan, np.nan, n)
    at = max(0, int(stats.binom.ppf(0.025, n, 0.5)) - 1)
    return Interval(float(np.median(known)), float(known[at]), float(known[n - 1 - at]), n)


def share_difference(one: Interval, two: Interval) -> Interval:
    """The difference of two shares, the second less the first, by Newcombe's hybrid of Wilson intervals (1998)."""
    if not one.n or not two.n:
        return NOTHING
    value = two.value - one.value
    low = value - np.hypot(two.value - two.low, one.high - one.value)
    high = value + np.hypot(two.high - two.value, one.value - one.low)
    return Interval(value, float(low), float(high), one.n + two.n)


def mean_difference(one: Floats, two: Floats) -> Interval:
    """The difference of two means, the second less the first, by Welch's interval."""
    one, two = one[np.isfinite(one)], two[np.isfinite(two)]
    if len(one) < 2 or len(two) < 2:
        return NOTHING
    parts = one.var(ddof=1) / len(one), two.var(ddof=1) / len(two)
    value, error = float(two.mean() - one.mean()), float(np.sqrt(sum(parts)))
    if not error:
        return Interval(value, value, value, len(one) + len(two))
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (len(one) - 1) + parts[1] ** 2 / (len(two) - 1))
    half = float(stats.t.ppf(0.975, freedom)) * error
    return Interval(value, value - half, value + half, len(one) + len(two))


class Correlation(NamedTuple):
    """A correlation with Fisher's interval and the p of t."""

    r: float
    low: float
    high: float
    p: float
    n: int


NO_CORRELATION = Correlation(np.nan, np.nan, np.nan, np.nan, 0)


def correlation(x: Floats, y: Floats, controls: tuple[Floats, ...] = ()) -> Correlation:
    """Pearson's r of two variables, after what the controls explain of both was taken out, of complete cases."""
    known = np.isfinite(x) & np.isfinite(y)
    for one in controls:
        known &= np.isfinite(one)
    n, freedom = int(known.sum()), int(known.sum()) - 2 - len(controls)
    if freedom < 2:
        return NO_CORRELATION._replace(n=n)
    design = np.column_stack([np.ones(n), *(one[known] for one in controls)])
    left, right = (value[known] - design @ np.linalg.lstsq(design, value[known], rcond=None)[0] for value in (x, y))
    scale = float(np.linalg.norm(left) * np.linalg.norm(right))
    if scale < 1e-9 * max(1.0, float(np.linalg.norm(x[known]) * np.linalg.norm(y[known]))):
        return NO_CORRELATION._replace(n=n)
    r = float(np.clip(left @ right / scale, -1, 1))
    p = float(2 * stats.t.sf(abs(r) * np.sqrt(freedom / max(1e-12, 1 - r * r)), freedom))
    if n - len(controls) <= 3:
        return Correlation(r, np.nan, np.nan, p, n)
    middle, half = np.arctanh(np.clip(r, -0.999999, 0.999999)), Z95 / np.sqrt(n - len(controls) - 3)
    return Correlation(r, float(np.tanh(middle - half)), float(np.tanh(middle + half)), p, n)


def holm(ps: Floats) -> Floats:
    """p values corrected for their number by Holm's steps (1979); NaN stays and counts for nothing."""
    flat, found = ps.ravel(), np.full(ps.size, np.nan)
    known = np.flatnonzero(np.isfinite(flat))
    order = known[np.argsort(flat[known])]
    steps = np.arange(len(order), 0, -1)
    found[order] = np.minimum(1.0, np.maximum.accumulate(flat[order] * steps))
    return found.reshape(ps.shape)
