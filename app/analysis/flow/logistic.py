"""Logistic regression with a ridge, by Newton's steps; and how good its predictions are."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from app.analysis.logs.intervals import Z95, Interval, wilson

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
STEPS = 100


@dataclass(frozen=True)
class Logistic:
    """A fitted model: coefficients and their covariance, shape (columns,) and (columns, columns), in logits.

    `converged` is False where no step made the fit better before it was good.
    """

    coefficients: Floats
    covariance: Floats
    converged: bool
    n: int

    def chances(self, design: Floats) -> Floats:
        """The probability for each row of a design."""
        found: Floats = expit(design @ self.coefficients)
        return found

    def interval(self, column: int) -> Interval:
        """A coefficient with Wald's interval."""
        value, error = float(self.coefficients[column]), float(np.sqrt(self.covariance[column, column]))
        return Interval(value, value - Z95 * error, value + Z95 * error, self.n)


def fit(design: Floats, happened: Truths, ridge: Floats) -> Logistic:
    """Maximise the likelihood less half of sum(ridge * coefficient^2). `ridge` has a weight for each column.

    Standard errors come from the penalised information, so they are those of a posterior under that prior.
    """
    y = happened.astype(float)
    beta, penalty = np.zeros(design.shape[1]), np.diag(ridge)
    best, converged = _loss(design, y, beta, ridge), False
    for _ in range(STEPS):
        chance = expit(design @ beta)
        slope = design.T @ (y - chance) - ridge * beta
        information = (design * (chance * (1 - chance))[:, None]).T @ design + penalty
        step = np.linalg.lstsq(information, slope, rcond=None)[0]
        beta, loss = _shortened(design, y, beta, step, ridge, best)
        converged = best - loss < 1e-10 * (1 + abs(best))
        best = loss
        if converged:
            break
    chance = expit(design @ beta)
    information = (design * (chance * (1 - chance))[:, None]).T @ design + penalty
    return Logistic(beta, np.linalg.pinv(information), bool(converged), len(y))


def _loss(design: Floats, y: Floats, beta: Floats, ridge: Floats) -> float:
    logits = design @ beta
    return float((np.logaddexp(0, logits) - y * logits).sum() + (ridge * beta**2).sum() / 2)


def _shortened(
    design: Floats, y: Floats, beta: Floats, step: Floats, ridge: Floats, best: float
) -> tuple[Floats, float]:
    """The longest of ever halved steps that does not make it worse, and its loss."""
    for halves in range(20):
        tried = beta + step / 2**halves
        loss = _loss(design, y, tried, ridge)
        if np.isfinite(loss) and loss <= best + 1e-12:
            return tried, loss
    return beta, best


class Quality(NamedTuple):
    """How good predictions are. `brier_base` is the Brier score of the overall share; `auc` may be NaN (all alike)."""

    brier: float
    brier_base: float
    auc: Interval
    n: int
    happened: int


class Bin(NamedTuple):
    """Predictions that lie together: their mean, and the share that came true."""

    predicted: float
    observed: Interval


def quality(chances: Floats, happened: Truths) -> Quality:
    """Brier scores and the area under the curve of predictions."""
    n = len(happened)
    if not n:
        return Quality(np.nan, np.nan, Interval(np.nan, np.nan, np.nan, 0), 0, 0)
    y = happened.astype(float)
    base = float(((y.mean() - y) ** 2).mean())
    return Quality(float(((chances - y) ** 2).mean()), base, auc(chances, happened), n, int(y.sum()))


def auc(chances: Floats, happened: Truths) -> Interval:
    """The area under the curve with the interval of DeLong, DeLong and Clarke-Pearson (1988), by mid-ranks."""
    ones, zeros = chances[happened], chances[~happened]
    m, n = len(ones), len(zeros)
    if not m or not n:
        return Interval(np.nan, np.nan, np.nan, m + n)
    whole, own, others = _ranks(np.concatenate([ones, zeros])), _ranks(ones), _ranks(zeros)
    v10, v01 = (whole[:m] - own) / n, 1 - (whole[m:] - others) / m
    value = float(v10.mean())
    if m < 2 or n < 2:
        return Interval(value, np.nan, np.nan, m + n)
    error = float(np.sqrt(v10.var(ddof=1) / m + v01.var(ddof=1) / n))
    return Interval(value, max(0.0, value - Z95 * error), min(1.0, value + Z95 * error), m + n)


def _ranks(values: Floats) -> Floats:
    """Mid-ranks from 1."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    found: Floats = (last - (counts - 1) / 2)[place]
    return found


def calibration(chances: Floats, happened: Truths, bins: int = 8) -> list[Bin]:
    """Predictions in groups of equal size against what came true."""
    order = np.argsort(chances, kind="stable")
    parts = [part for part in np.array_split(order, min(bins, max(1, len(order) // 10))) if len(part)]
    return [Bin(float(chances[part].mean()), wilson(float(happened[part].sum()), len(part))) for part in parts]
