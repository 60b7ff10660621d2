"""How good predictions are: area under the curve, root mean squared error, and calibration, with intervals."""

import numpy as np
from pydantic import BaseModel
from scipy.stats import norm, rankdata

from app.analysis.learners.practice import Floats, Ints

BINS = 10


class Bin(BaseModel):
    """Predictions alike: how many, their mean, the share that was right, and that share's 95 % interval (Wilson)."""

    n: int
    predicted: float
    right: float
    low: float
    high: float


class Score(BaseModel):
    """Held-back figures of a model. `auc` and its interval are None where all answers were right, or all wrong."""

    n: int
    auc: float | None = None
    auc_low: float | None = None
    auc_high: float | None = None
    rmse: float | None = None
    bins: list[Bin] = []
    off: float | None = None
    """Expected calibration error: the mean distance of a bin's share from what was predicted, weighted by n."""


def wilson(hits: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """The interval of a share of `hits` in `n` trials (Wilson 1927); (0, 1) where n is 0."""
    if n <= 0:
        return 0.0, 1.0
    z = float(norm.ppf(0.5 + level / 2))
    middle = (hits + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * float(np.sqrt(hits * (n - hits) / n + z * z / 4))
    return max(0.0, middle - half), min(1.0, middle + half)


def auc(right: Ints, predicted: Floats) -> float | None:
    """The chance that a right answer was predicted above a wrong one, ties counting half; None without both."""
    hits = int(right.sum())
    misses = len(right) - hits
    if not hits or not misses:
        return None
    ranks = rankdata(predicted)
    return float((ranks[right == 1].sum() - hits * (hits + 1) / 2) / (hits * misses))


def rmse(right: Ints, predicted: Floats) -> float | None:
    """The root of the mean squared distance of predictions from outcomes; None without any."""
    return float(np.sqrt(np.mean((right - predicted) ** 2))) if len(right) else None


def score(right: Ints, predicted: Floats) -> Score:
    """All figures of predictions (n,) in 0 to 1 against outcomes (n,) 0 or 1."""
    area, bins = auc(right, predicted), calibration(right, predicted)
    low, high = _interval(area, int(right.sum()), len(right))
    off = sum(one.n * abs(one.right - one.predicted) for one in bins) / len(right) if len(right) else None
    return Score(n=len(right), auc=area, auc_low=low, auc_high=high, rmse=rmse(right, predicted), bins=bins, off=off)


def _interval(area: float | None, hits: int, n: int) -> tuple[float | None, float | None]:
    """95 % interval of an area (Hanley and McNeil 1982); answers of one learner are taken as independent."""
    if area is None:
        return None, None
    misses = n - hits
    q1, q2 = area / (2 - area), 2 * area * area / (1 + area)
    spread = area * (1 - area) + (hits - 1) * (q1 - area * area) + (misses - 1) * (q2 - area * area)
    half = 1.96 * float(np.sqrt(max(spread, 0.0) / (hits * misses)))
    return max(0.0, area - half), min(1.0, area + half)


def calibration(right: Ints, predicted: Floats) -> list[Bin]:
    """Bins of equally many predictions, from low to high. Where equal ones fall into two bins, each takes its share of
    their outcomes, so that the order in which answers are given changes nothing."""
    rounded = predicted.round(9)
    _, alike, counts = np.unique(rounded, return_inverse=True, return_counts=True)
    shares = (np.bincount(alike, weights=right) / counts)[alike]
    found = []
    for part in np.array_split(np.argsort(rounded, kind="stable"), BINS):
        if len(part):
            hits = float(shares[part].sum())
            low, high = wilson(hits, len(part))
            mean = float(predicted[part].mean())
            found.append(Bin(n=len(part), predicted=mean, right=hits / len(part), low=low, high=high))
    return found
