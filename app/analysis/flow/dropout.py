"""Dropping out as a discrete-time hazard: the chance, in each module, of not being seen in a later one.

The model is a logistic regression on learner-modules (Singer and Willett 1993), with a base rate for each module and
what the learner did in it. The figures are of people who chose what they did: they predict, and prove no cause.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.analysis.flow.logistic import Bin, Logistic, Quality, calibration, fit, quality
from app.analysis.flow.periods import Periods
from app.analysis.logs.intervals import Interval

Floats = NDArray[np.float64]
FOLDS, SEED, RIDGE = 5, 20260907, 1.0
FEWEST = 8
"""Fewer cases of either kind than this make no model."""
NAMES = ("messages", "length", "left", "marks")
MEANINGS = {
    "messages": "messages in the module, log(1 + count)",
    "length": "their mean length, log(1 + characters)",
    "left": "left before the end of its class",
    "marks": "mean of tests so far, from 0 to 1",
}


@dataclass(frozen=True)
class Hazard:
    """A fitted hazard. `effects` are logits for a unit of each of NAMES; `base` the chance in each module of somebody
    average; `held` how good it is on learners that the model had not seen, with the calibration `bins`; `chances` are
    for all periods, also those whose end is not known yet.
    """

    effects: dict[str, Interval]
    base: dict[int, Interval]
    held: Quality
    bins: list[Bin]
    chances: Floats
    converged: bool


@dataclass(frozen=True)
class Design:
    """Columns of a model: a base rate for each module, then NAMES in units of their own spread."""

    matrix: Floats
    middles: Floats
    spreads: Floats
    modules: list[int]


def features(periods: Periods) -> Floats:
    """NAMES as columns, shape (periods, 4). Somebody without any test counts as average."""
    known = np.isfinite(periods.marks)
    average = float(periods.marks[known].mean()) if known.any() else 0.5
    return np.column_stack(
        [
            np.log1p(periods.messages),
            np.log1p(periods.length),
            periods.left.astype(float),
            np.where(known, periods.marks, average),
        ]
    )


def design_of(periods: Periods) -> Design:
    """The design of all periods. Spreads come from those whose end is known."""
    told = features(periods)
    base = told[periods.known]
    middles, spreads = base.mean(axis=0), base.std(axis=0)
    spreads = np.where(spreads > 1e-9, spreads, 1.0)
    modules = [int(one) for one in np.unique(periods.module[periods.known])]
    dummies = (periods.module[:, None] == np.array(modules)[None, :]).astype(float)
    unseen = ~dummies.any(axis=1)
    dummies[unseen] = 1 / max(1, len(modules))  # a module whose rate is not known yet: the mean of the others
    return Design(np.column_stack([dummies, (told - middles) / spreads]), middles, spreads, modules)


def hazard(periods: Periods) -> Hazard | str:
    """The fitted hazard, or a sentence that says why there is none."""
    known = periods.known
    gone = int(periods.gone[known].sum())
    if trouble := _too_few(periods, gone):
        return trouble
    design = design_of(periods)
    x, y = design.matrix[known], periods.gone[known]
    ridge = _ridge(design)
    model = fit(x, y, ridge)
    held = _held_back(x, y, periods.learner[known], ridge)
    return Hazard(
        effects=_effects(design, model),
        base={module: _chance_interval(model, at) for at, module in enumerate(design.modules)},
        held=quality(held, y),
        bins=calibration(held, y),
        chances=model.chances(design.matrix),
        converged=model.converged,
    )


def _too_few(periods: Periods, gone: int) -> str:
    n = int(periods.known.sum())
    if not len(periods):
        return "Nobody has attended a class yet."
    if periods.last_module < 1:
        return "Dropping out can be told once a second module was attended."
    if not n:
        return "It is not known of anybody yet whether they went on: that is told 14 days after a module."
    if gone == n:
        return "Everybody stopped, so that nothing tells those who stop from those who go on."
    if gone < FEWEST or n - gone < FEWEST:
        return (
            f"{gone} of {n} went no further: a model needs at least {FEWEST} who stopped and {FEWEST} who went on. The "
            "survival curve below tells what there is."
        )
    return ""


def _ridge(design: Design) -> Floats:
    """A little on base rates, so that a module in which nobody stopped has one; RIDGE on what was done."""
    return np.array([0.1] * len(design.modules) + [RIDGE] * len(NAMES))


def _effects(design: Design, model: Logistic) -> dict[str, Interval]:
    first = len(design.modules)
    found = {}
    for at, name in enumerate(NAMES):
        told = model.interval(first + at)
        scale = float(design.spreads[at])
        found[name] = Interval(told.value / scale, told.low / scale, told.high / scale, told.n)
    return found


def _chance_interval(model: Logistic, column: int) -> Interval:
    told = model.interval(column)
    value, low, high = (float(1 / (1 + np.exp(-one))) for one in told[:3])
    return Interval(value, low, high, told.n)


def _held_back(x: Floats, y: NDArray[np.bool_], learner: NDArray[np.int64], ridge: Floats) -> Floats:
    """For each row the chance by a model that saw nothing of its learner: five folds, dealt with a seed."""
    people = np.unique(learner)
    folds = np.random.default_rng(SEED).permutation(np.arange(len(people)) % FOLDS)
    fold = folds[np.searchsorted(people, learner)]
    found: Floats = np.full(len(y), float(y.mean()))
    for one in range(FOLDS):
        seen = fold != one
        if seen.any() and (~seen).any():
            found[~seen] = fit(x[seen], y[seen], ridge).chances(x[~seen])
    return found


@dataclass(frozen=True)
class AtRisk:
    """Somebody who has modules before them. `chance` is of never being seen in a later one; `silent_days` since they
    were last heard of; `is_gone` whether that is long enough to count as gone; `why` what speaks for it.
    """

    learner: int
    module: int
    chance: float
    silent_days: float
    is_gone: bool
    why: list[str]


def at_risk(periods: Periods, model: Hazard, seen: Floats, as_of: float) -> list[AtRisk]:
    """Everybody who has not reached the last module, the likeliest to be lost first; those already gone come last."""
    newest = np.r_[np.diff(periods.learner) != 0, True] if len(periods) else np.zeros(0, dtype=bool)
    told = features(periods)
    middle = np.median(told[periods.known], axis=0)
    found = [
        AtRisk(
            learner=int(periods.learner[at]),
            module=int(periods.module[at]),
            chance=float(model.chances[at]),
            silent_days=max(0.0, float((as_of - seen[periods.learner[at]]) / 86400)),
            is_gone=bool(periods.gone[at]),
            why=_why(periods, told[at], middle, at, model),
        )
        for at in map(int, np.flatnonzero(newest & (periods.module < periods.last_module)))
    ]
    return sorted(found, key=lambda one: (one.is_gone, -one.chance, one.learner))


def _why(periods: Periods, told: Floats, middle: Floats, at: int, model: Hazard) -> list[str]:
    """What of this learner speaks for a higher chance than that of the median learner, by the model's own signs."""
    push = {name: model.effects[name].value * (told[i] - middle[i]) for i, name in enumerate(NAMES)}
    words = {
        "messages": "said nothing" if not periods.messages[at] else f"said little ({periods.messages[at]} messages)",
        "length": f"short messages ({periods.length[at]:.0f} characters)",
        "left": "left before the end of the class",
        "marks": f"{periods.marks[at]:.0%} of the marks so far",
    }
    is_lower = {"messages": told[0] < middle[0], "length": told[1] < middle[1] and periods.messages[at] > 0}
    fits = {**is_lower, "left": bool(told[2]), "marks": told[3] < middle[3]}
    return [words[name] for name in sorted(push, key=lambda one: -push[one]) if push[name] > 0.05 and fits[name]]
