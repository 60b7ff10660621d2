"""Intervals of shares, means and differences, at 95 % unless another level is named."""

import math
from typing import NamedTuple

import numpy

from app.analysis.source import Floats, Ints

Z = 1.959963984540054
"""The normal quantile of 97.5 %."""


class Interval(NamedTuple):
    """An estimate between its bounds; NaN where there is nothing to estimate from."""

    value: float
    low: float
    high: float
    n: int


def share(count: float, n: int, z: float = Z) -> Interval:
    """A share with Wilson's interval (Wilson 1927), which holds also where all or none."""
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    return _wilson(count / n, n, z)._replace(n=n)


def mean(values: Floats, z: float = Z) -> Interval:
    """A mean with the normal interval of its standard error; without bounds for fewer than two values."""
    known = values[numpy.isfinite(values)]
    if len(known) == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    middle = float(known.mean())
    if len(known) == 1:
        return Interval(middle, math.nan, math.nan, 1)
    half = z * float(known.std(ddof=1)) / math.sqrt(len(known))
    return Interval(middle, middle - half, middle + half, len(known))


def mean_within_people(values: Floats, people: Ints, z: float = Z) -> Interval:
    """A mean of all values whose interval takes each person's values together (a cluster-robust standard error)."""
    n = len(values)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    middle = float(values.mean())
    _, whose = numpy.unique(people, return_inverse=True)
    sums = numpy.bincount(whose, weights=values - middle)
    count = len(sums)
    if count < 2:
        return Interval(middle, math.nan, math.nan, n)
    half = z * math.sqrt(float((sums**2).sum()) * count / (count - 1)) / n
    return Interval(middle, middle - half, middle + half, n)


def share_within_people(values: Floats, people: Ints, z: float = Z) -> Interval:
    """A share of values that are 0 or 1 (or lie between), with each person's values taken together.

    Wilson's interval at the number of independent values that would have the same cluster-robust standard error, at
    most one a value; where all are alike, one a person.
    """
    found = mean_within_people(values, people, z)
    if found.n == 0:
        return found
    p, count = found.value, len(numpy.unique(people))
    error = (found.high - found.low) / (2 * z)
    independent = p * (1 - p) / error**2 if math.isfinite(error) and error > 0 else float(count)
    inside = _wilson(p, min(max(independent, 1.0), float(found.n)), z)
    return Interval(p, inside.low, inside.high, found.n)


def _wilson(p: float, n: float, z: float) -> Interval:
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Interval(p, max(0.0, middle - half), min(1.0, middle + half), int(n))
