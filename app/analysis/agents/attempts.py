"""What learners do at their next try after an agent's help, against what was to be expected whoever helped.

The expectation is a logistic regression on the page, on how the learner did so far, and on how often they had tried; it
knows nothing of agents. Who helps whom was not drawn by lot, so that what is left over is observed and not caused.
"""

from dataclasses import dataclass

import numpy as np

from app.analysis.flow.logistic import fit
from app.analysis.logs.codes import VERDICTS
from app.analysis.logs.intervals import NOTHING, Z95, Interval
from app.analysis.logs.lines import Floats, Lines, Truths, Whole

RIGHT = VERDICTS.index("right")
UNCLEAR = VERDICTS.index("unclear")
LEAST = 30
"""Fewer tries than these make no expectation."""


@dataclass(frozen=True)
class Tries:
    """Judged tries that came after a judged one on the same page of a class, one row each. `helped` is the line between
    them that judged the earlier; `right` how this one came out; `tried` how many came before it there; `before` the
    learner's share of right tries before it, drawn towards a half.
    """

    helped: Whole
    page: Whole
    lesson: Whole
    right: Truths
    tried: Whole
    before: Floats


def tries(lines: Lines) -> Tries:
    """The tries of all classes of one learner; in a shared one nobody's try follows one's own."""
    owner = np.array([one.learner for one in lines.classes], dtype=np.int64)
    judged = np.flatnonzero(lines.speech & (lines["verdict"] > 0) & (lines["verdict"] != UNCLEAR))
    judged = judged[owner[lines.klass[judged]] >= 0] if len(judged) else judged
    right = lines["verdict"][judged] == RIGHT
    klass, page = lines.klass[judged], lines.page[judged]
    same = np.r_[False, (klass[1:] == klass[:-1]) & (page[1:] == page[:-1])] if len(judged) else np.zeros(0, bool)
    follows = same & np.r_[False, ~right[:-1]] if len(judged) else same
    tried = _run(same)
    before = _share_before(owner[klass], lines["at"][judged], right) if len(judged) else np.zeros(0)
    at = np.flatnonzero(follows)
    of_class = np.array([one.lesson for one in lines.classes], dtype=np.int64)
    return Tries(
        helped=judged[at - 1],
        page=page[at],
        lesson=of_class[klass[at]] if len(at) else np.zeros(0, dtype=np.int64),
        right=right[at],
        tried=tried[at],
        before=before[at],
    )


def _run(same: Truths) -> Whole:
    """How many in a row came before each."""
    at = np.arange(len(same))
    start = np.maximum.accumulate(np.where(same, 0, at)) if len(same) else at
    found: Whole = (at - start).astype(np.int64)
    return found


def _share_before(learner: Whole, at: Floats, right: Truths) -> Floats:
    """Each learner's share of right tries before each try, with one of each added."""
    order = np.lexsort((at, learner))
    sorted_right, who = right[order].astype(float), learner[order]
    first = np.r_[True, np.diff(who) != 0]
    place = np.arange(len(who)) - np.maximum.accumulate(np.where(first, np.arange(len(who)), 0))
    total = np.cumsum(sorted_right) - sorted_right
    base = np.maximum.accumulate(np.where(first, total, -1.0))
    found: Floats = np.empty(len(who))
    found[order] = (total - base + 1) / (place + 2)
    return found


def expected(told: Tries) -> Floats:
    """The chance of each try to be right, by page, learner and number of tries; NaN where there are too few."""
    n = len(told.right)
    if n < LEAST or told.right.all() or not told.right.any():
        return np.full(n, np.nan)
    pages = told.lesson * 100_000 + told.page
    known, place = np.unique(pages, return_inverse=True)
    dummies = (place[:, None] == np.arange(len(known))[None, :]).astype(float)
    logit = np.log(told.before / (1 - told.before))
    design = np.column_stack([np.ones(n), dummies, logit, told.tried - 1.0])
    ridge = np.array([0.0, *[1.0] * len(known), 0.1, 0.1])
    return fit(design, told.right, ridge).chances(design)


@dataclass(frozen=True)
class NextTry:
    """The share right at the next try after somebody's help, what was expected, and the difference of both."""

    n: int
    right: float
    expected: float
    difference: Interval


def next_tries(told: Tries, whose: Whole, count: int) -> list[NextTry]:
    """For each of `count` agents (see `doing.spoken_by`), the tries after their help."""
    chance = expected(told)
    who = whose[told.helped]
    found = []
    for at in range(count):
        mine = who == at
        n = int(mine.sum())
        if not n or not np.isfinite(chance[mine]).all():
            right = float(told.right[mine].mean()) if n else float("nan")
            found.append(NextTry(n, right, float("nan"), NOTHING._replace(n=n)))
            continue
        right, hoped = float(told.right[mine].mean()), float(chance[mine].mean())
        half = Z95 * float(np.sqrt((chance[mine] * (1 - chance[mine])).sum())) / n
        found.append(NextTry(n, right, hoped, Interval(right - hoped, right - hoped - half, right - hoped + half, n)))
    return found
