"""Fitting Bayesian knowledge tracing with forgetting: forward and back through time, all sequences side by side."""

from dataclasses import dataclass

import numpy as np

from app.analysis.learners.bkt import distinct, ranges
from app.analysis.learners.parameters import Expected, best_fit, covariance
from app.analysis.learners.practice import Floats, Ints, Sequences

PARAMETERS = 5


@dataclass(frozen=True)
class Rows:
    """Distinct sequences, the longest first: `right` (steps, sequences); `alive[t]` is how many have an answer at
    step t, `by_skill` sorts them by skill and `firsts` are then the first of each.
    """

    right: Ints
    alive: Ints
    weights: Floats
    skill: Ints
    by_skill: Ints
    firsts: Ints


def rows(found: Sequences, chosen: Ints) -> Rows:
    """The distinct sequences among those chosen, side by side."""
    kept, weights = distinct(found, chosen)
    lengths, skill = found.lengths[kept], found.skill[kept]
    ranks = np.cumsum(np.diff(skill, prepend=skill[0]) > 0).astype(np.int64)
    order = np.argsort(-lengths, kind="stable")
    own = ranks[order]
    right = np.zeros((int(lengths.max()), len(kept)), np.int64)
    at = ranges(found.starts[kept][order], lengths[order])
    right[found.step[at], np.repeat(np.arange(len(order)), lengths[order])] = found.right[at]
    alive = np.searchsorted(-lengths[order], -np.arange(len(right))).astype(np.int64)
    by_skill = np.argsort(own, kind="stable")
    firsts = np.flatnonzero(np.diff(own[by_skill], prepend=-1))
    return Rows(right, alive, weights[order], own, by_skill, firsts)


def _forward(of: Rows, own: Floats) -> tuple[Floats, Floats]:
    """Log-likelihood (starts, sequences) and P(known) after each answer (steps, starts, sequences)."""
    prior, learn, guess, slip, forget = (own[..., one] for one in range(PARAMETERS))
    known = prior.copy()
    after = np.zeros((len(of.right), *prior.shape))
    likelihood = np.zeros(prior.shape)
    for step, count in enumerate(of.alive):
        was = known[:, :count]
        if step:
            was = after[step - 1, :, :count]
            was = was * (1 - forget[:, :count]) + (1 - was) * learn[:, :count]
        right = of.right[step, :count] == 1
        if_known = np.where(right, 1 - slip[:, :count], slip[:, :count])
        if_not = np.where(right, guess[:, :count], 1 - guess[:, :count])
        chance = was * if_known + (1 - was) * if_not
        after[step, :, :count] = was * if_known / chance
        likelihood[:, :count] += np.log(chance)
    return likelihood, after


def each(of: Rows, values: Floats) -> Expected:
    """Log-likelihood (starts, sequences), expected successes and trials (starts, sequences, 5) of each sequence."""
    own = values[:, of.skill]
    learn, forget = own[..., 1], own[..., 4]
    likelihood, after = _forward(of, own)
    hits, trials = np.zeros(own.shape), np.zeros(own.shape)
    later = np.zeros(likelihood.shape)
    for step in range(len(of.right) - 1, -1, -1):
        count = of.alive[step]
        going = of.alive[step + 1] if step + 1 < len(of.alive) else 0
        smooth = after[step, :, :count].copy()
        if going:
            was, next_ = smooth[:, :going], later[:, :going]
            comes = was * (1 - forget[:, :going]) + (1 - was) * learn[:, :going]
            learnt = (1 - was) * learn[:, :going] * next_ / comes
            lost = was * forget[:, :going] * (1 - next_) / (1 - comes)
            smooth[:, :going] = next_ - learnt + lost
            hits[:, :going, 1] += learnt
            trials[:, :going, 1] += 1 - smooth[:, :going]
            hits[:, :going, 4] += lost
            trials[:, :going, 4] += smooth[:, :going]
        right = of.right[step, :count]
        hits[:, :count, 2] += right * (1 - smooth)
        trials[:, :count, 2] += 1 - smooth
        hits[:, :count, 3] += (1 - right) * smooth
        trials[:, :count, 3] += smooth
        later[:, :count] = smooth
    hits[..., 0], trials[..., 0] = later, 1.0
    return likelihood, hits, trials


def fit_skills(found: Sequences, chosen: Ints, seed: int) -> tuple[Floats, Floats]:
    """Values (skills, 5) and covariances of their logits (skills, 5, 5) of the skills of these sequences, in order."""
    of = rows(found, chosen)
    weights = of.weights[of.by_skill]

    def total(values: Floats) -> Floats:
        seen = weights.reshape((1, -1) + (1,) * (values.ndim - 2))
        return np.asarray(np.add.reduceat(values[:, of.by_skill] * seen, of.firsts, axis=1))

    def expect(values: Floats) -> Expected:
        likelihood, hits, trials = each(of, values)
        return total(likelihood), total(hits), total(trials)

    values = best_fit(expect, len(of.firsts), PARAMETERS, seed)
    _, hits, trials = each(of, values[None])
    scores = (hits[0] - trials[0] * values[of.skill])[of.by_skill]
    return values, covariance(scores, weights, of.firsts, values)
