"""How many are still there after each module: Kaplan and Meier's curve (1958) and the log-rank test."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from app.analysis.flow.periods import Periods
from app.analysis.logs.intervals import Z95

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True)
class Curve:
    """The share still there after each time, with Greenwood's interval on the log-log scale; NaN where it has none."""

    times: Whole
    share: Floats
    low: Floats
    high: Floats
    at_risk: Whole
    events: Whole


class LogRank(NamedTuple):
    """The test that curves are one: chi squared, its degrees of freedom and p; NaN where it cannot be done."""

    chi2: float
    freedom: int
    p: float


def spans(periods: Periods) -> tuple[Whole, Truths, Whole]:
    """After which module each learner was last looked at (from 1, 0: after none), whether they were gone then, and who
    they are. Who cannot be said yet to have gone on or not, and who has reached the last module, is censored before it.
    """
    newest = np.r_[np.diff(periods.learner) != 0, True] if len(periods) else np.zeros(0, dtype=bool)
    return (periods.module + periods.known)[newest], periods.gone[newest], periods.learner[newest]


def kaplan_meier(times: Whole, gone: Truths) -> Curve:
    """The curve of times of stopping, of which only those `gone` are events."""
    steps = np.unique(times[times > 0])
    at_risk = np.array([(times >= step).sum() for step in steps], dtype=np.int64)
    events = np.array([((times == step) & gone).sum() for step in steps], dtype=np.int64)
    share: Floats = np.cumprod(1 - events / np.maximum(at_risk, 1)).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(events / (at_risk * (at_risk - events).astype(float)))
        half = Z95 * np.sqrt(greenwood) / np.abs(np.log(share))
        low, high = share ** np.exp(half), share ** np.exp(-half)
    inside, sure = (share > 0) & (share < 1), np.where(share >= 1, 1.0, np.nan)
    low, high = np.where(inside, low, sure), np.where(inside, high, sure)
    return Curve(steps, share, low, high, at_risk, events)


def log_rank(times: Whole, gone: Truths, group: Whole) -> LogRank:
    """The log-rank test of groups (numbers), with the hypergeometric covariance."""
    groups = np.unique(group)
    k = len(groups)
    if k < 2 or not gone.any():
        return LogRank(np.nan, max(0, k - 1), np.nan)
    excess, covariance = np.zeros(k), np.zeros((k, k))
    for step in np.unique(times[gone]):
        there = times >= step
        n, d = int(there.sum()), int(((times == step) & gone).sum())
        own = np.array([(there & (group == one)).sum() for one in groups], dtype=float)
        seen = np.array([((times == step) & gone & (group == one)).sum() for one in groups], dtype=float)
        excess += seen - d * own / n
        if n > 1:
            share = own / n
            covariance += d * (n - d) / (n - 1) * (np.diag(share) - np.outer(share, share))
    chi2 = float(excess[:-1] @ np.linalg.pinv(covariance[:-1, :-1]) @ excess[:-1])
    return LogRank(chi2, k - 1, float(stats.chi2.sf(chi2, k - 1)))
