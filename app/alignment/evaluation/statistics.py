"""Intervals and paired tests. The unit that is drawn is the conversation, as turns of one are not independent."""

from collections.abc import Callable, Sequence

import numpy as np
from pydantic import BaseModel
from scipy import stats

DRAWS = 1000
SEED = 20240211
LEVEL = 0.95

Numbers = np.ndarray[tuple[int], np.dtype[np.float64]]
Figure = Callable[[np.ndarray[tuple[int], np.dtype[np.int64]]], float]
"""A figure of the items at these places (an item drawn twice is there twice)."""


class Estimate(BaseModel):
    """A figure with its 95 % interval, over `n` items in `groups` conversations. NaN never: no items, no estimate."""

    value: float
    low: float
    high: float
    n: int
    groups: int


class Comparison(BaseModel):
    """Two systems on the same items: second minus first, its 95 % interval, and p, two-sided, by `test`."""

    value: float
    low: float
    high: float
    n: int
    p: float
    test: str

    @property
    def is_worse(self) -> bool:
        """Whether the second is lower and the interval says that this is no chance."""
        return self.high < 0


def members(groups: Sequence[str]) -> list[np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """The places of each group's items, groups in the order of their names."""
    found: dict[str, list[int]] = {}
    for place, group in enumerate(groups):
        found.setdefault(group, []).append(place)
    return [np.array(found[name], dtype=np.int64) for name in sorted(found)]


def bootstrapped(groups: Sequence[str], figures: Sequence[Figure], draws: int = DRAWS) -> np.ndarray:
    """`draws` x len(figures): each figure on each draw of whole groups, the same draw for all figures."""
    parts = members(groups)
    chance = np.random.default_rng(SEED)
    rows = []
    for _ in range(draws):
        drawn = np.concatenate([parts[at] for at in chance.integers(0, len(parts), len(parts))])
        rows.append([figure(drawn) for figure in figures])
    return np.array(rows)


def estimate(groups: Sequence[str], figure: Figure, draws: int = DRAWS) -> Estimate | None:
    """A figure with its percentile interval; None where there is nothing to take it of.

    With less than two groups, or where every draw gives the same (all right, all wrong), the bootstrap would say that
    there is no doubt; then the interval is Wilson's for a share of so many groups.
    """
    if not len(groups):
        return None
    everything = np.arange(len(groups))
    value = figure(everything)
    if not np.isfinite(value):
        return None
    count = len(set(groups))
    found = bootstrapped(groups, [figure], draws)[:, 0]
    found = found[np.isfinite(found)]
    low, high = (float(one) for one in np.percentile(found, [2.5, 97.5])) if len(found) else (value, value)
    if low == high and 0 <= value <= 1:
        low, high = wilson(value, count)
    return Estimate(value=float(value), low=min(low, value), high=max(high, value), n=len(groups), groups=count)


def wilson(share: float, n: int) -> tuple[float, float]:
    """Wilson's interval of a share of n."""
    z = float(stats.norm.ppf(0.5 + LEVEL / 2))
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))


def mean_of(values: Sequence[float]) -> Figure:
    """The mean of these values as a figure."""
    numbers = np.asarray(values, dtype=np.float64)
    return lambda at: float(numbers[at].mean())


def compared(groups: Sequence[str], first: Figure, second: Figure, draws: int = DRAWS) -> Comparison | None:
    """Paired bootstrap: both figures on the same draws of groups. p is twice the share of draws on the other side."""
    if not len(groups):
        return None
    everything = np.arange(len(groups))
    value = second(everything) - first(everything)
    if not np.isfinite(value):
        return None
    found = bootstrapped(groups, [first, second], draws)
    change = found[:, 1] - found[:, 0]
    change = change[np.isfinite(change)]
    low, high = (float(one) for one in np.percentile(change, [2.5, 97.5]))
    tail = min(float((change <= 0).mean()), float((change >= 0).mean()))
    p = min(1.0, 2 * max(tail, 1 / (len(change) + 1)))
    return Comparison(value=value, low=low, high=high, n=len(groups), p=p, test="paired bootstrap by conversation")


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> float:
    """McNemar's exact test: p that so many of the items on which two systems differ lie on one side by chance."""
    only_first = sum(one and not other for one, other in zip(first, second, strict=True))
    only_second = sum(other and not one for one, other in zip(first, second, strict=True))
    differ = only_first + only_second
    return float(stats.binomtest(only_first, differ).pvalue) if differ else 1.0


def length_controlled(wins: Sequence[bool], differences: Sequence[float]) -> Figure:
    """Share of wins where both sides are equally long, by logistic regression of the win on the difference in length.

    Without it a model that merely likes short turns (sums of log-probabilities always do) looks aligned wherever the
    refused turn is longer. Differences are divided by their spread; a weak ridge keeps a clean split finite.
    """
    y = np.asarray(wins, dtype=np.float64)
    x = np.asarray(differences, dtype=np.float64)
    x = x / (x.std() or 1.0)

    def figure(at: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
        return float(1 / (1 + np.exp(-_logistic(x[at], y[at])[0])))

    return figure


RIDGE = 0.05
ROUNDS = 25


def _logistic(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Intercept and slope of a logistic regression, by Newton's method with a ridge on both."""
    design = np.column_stack([np.ones_like(x), x])
    found = np.zeros(2)
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        slope = design.T @ (y - chance) - RIDGE * found
        curve = (design * (chance * (1 - chance))[:, None]).T @ design + RIDGE * np.eye(2)
        step = np.linalg.solve(curve, slope)
        found = found + step
        if np.abs(step).max() < 1e-8:
            break
    return found


def macro_f1(wanted: Sequence[str], said: Sequence[str]) -> Figure:
    """Mean F1 over every class that is wanted somewhere; none is dropped. "" (unparsable) is no class, only wrong."""
    truth, given = np.asarray(wanted), np.asarray(said)
    classes = sorted({one for one in wanted if one})

    def figure(at: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
        there = [one for one in classes if (truth[at] == one).any()]
        return float(np.mean([_f1(truth[at] == one, given[at] == one) for one in there])) if there else float("nan")

    return figure


def _f1(truth: np.ndarray, given: np.ndarray) -> float:
    hits = int((truth & given).sum())
    return 2 * hits / (int(truth.sum()) + int(given.sum()) or 1)
