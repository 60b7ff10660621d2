"""Fitting Bayesian knowledge tracing where nothing is forgotten, without a step through time.

A skill is known or not; it may be learnt after each answer; who knows may slip and who does not may guess (Corbett and
Anderson, "Knowledge tracing: Modeling the acquisition of procedural knowledge", 1994). The hidden path of a sequence of
n answers is then one number, the moment at which the skill became known, so that the expectation is a sum over n + 1
moments whose weights have a closed form. All sequences, skills and starts are summed at once.
"""

from dataclasses import dataclass

import numpy as np

from app.analysis.learners.parameters import Expected, best_fit, covariance
from app.analysis.learners.practice import Floats, Ints, Sequences

PARAMETERS = 4
ODD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Moments:
    """Distinct sequences with how often each was seen, and the moments at which a skill may have become known.

    `moment` counts the answers given before it, `right` the right ones among them. Sequence i begins at `starts[i]`,
    has `lengths[i]` answers and one moment more. `skill` counts from 0 and never falls; `firsts` are the first
    sequences of each skill and `sizes` how many moments each has.
    """

    moment: Floats
    right: Floats
    starts: Ints
    lengths: Ints
    corrects: Floats
    weights: Floats
    skill: Ints
    firsts: Ints
    sizes: Ints


def ranges(begins: Ints, lengths: Ints) -> Ints:
    """The indices begins[i] to begins[i] + lengths[i] - 1, one sequence after the other."""
    offsets = np.cumsum(lengths) - lengths
    return np.asarray(np.arange(int(lengths.sum())) + np.repeat(begins - offsets, lengths))


def distinct(found: Sequences, chosen: Ints) -> tuple[Ints, Floats]:
    """One of each distinct sequence among those chosen, sorted by skill, and how often each is there.

    Two are alike when skill, length and a 64-bit hash of the answers are the same.
    """
    begins, lengths, skill = found.starts[chosen], found.lengths[chosen], found.skill[chosen]
    at = ranges(begins, lengths)
    powers = np.multiply.accumulate(np.full(int(lengths.max()), ODD))
    parts = (found.right[at].astype(np.uint64) + np.uint64(1)) * powers[found.step[at]]
    hashes = np.add.reduceat(parts, np.cumsum(lengths) - lengths)
    order = np.lexsort((hashes, lengths, skill))
    same = np.zeros(len(order), bool)
    same[1:] = (np.diff(skill[order]) == 0) & (np.diff(lengths[order]) == 0) & (np.diff(hashes[order]) == 0)
    kept = np.flatnonzero(~same)
    return chosen[order[kept]], np.diff(np.append(kept, len(order))).astype(float)


def moments(found: Sequences, chosen: Ints) -> Moments:
    """The moments of the distinct sequences among those chosen."""
    kept, weights = distinct(found, chosen)
    begins, lengths, skill = found.starts[kept], found.lengths[kept], found.skill[kept]
    starts = np.cumsum(lengths + 1) - lengths - 1
    moment = ranges(np.zeros_like(lengths), lengths + 1)
    before = np.zeros(len(moment))
    before[moment > 0] = found.right[ranges(begins, lengths)]
    total = np.cumsum(before)
    right = total - np.repeat(total[starts], lengths + 1)
    firsts = np.flatnonzero(np.diff(skill, prepend=-1))
    return Moments(
        moment=moment.astype(float),
        right=right,
        starts=starts,
        lengths=lengths,
        corrects=right[starts + lengths],
        weights=weights,
        skill=np.cumsum(np.diff(skill, prepend=skill[0]) > 0),
        firsts=firsts,
        sizes=np.add.reduceat(lengths + 1, firsts),
    )


def _weights(at: Moments, values: Floats) -> Floats:
    """Log-weights (starts, moments) of having become known at each moment, less what knowing throughout would give."""
    prior, learn, guess, slip = (values[..., one] for one in range(PARAMETERS))
    stay = np.log1p(-learn)
    right, wrong = np.log(guess / (1 - slip)), np.log((1 - guess) / slip)
    weights = at.moment * np.repeat(stay + wrong, at.sizes, axis=1)
    weights += np.repeat(np.log1p(-prior) + np.log(learn) - stay, at.sizes, axis=1)
    weights += at.right * np.repeat(right - wrong, at.sizes, axis=1)
    weights[:, at.starts] = np.log(prior)[:, at.skill]
    # At the last moment the skill was known at no answer; whether it is learnt after that is all one.
    weights[:, at.starts + at.lengths] -= np.log(learn)[:, at.skill]
    return np.asarray(weights)


def each(at: Moments, values: Floats) -> Expected:
    """Log-likelihood (starts, sequences), and expected successes and trials (starts, sequences, 4) of each sequence."""
    weights = _weights(at, values)
    most = np.maximum.reduceat(weights, at.starts, axis=1)
    weights -= np.repeat(most, at.lengths + 1, axis=1)
    np.exp(weights, out=weights)
    total = np.add.reduceat(weights, at.starts, axis=1)
    started, never = weights[:, at.starts] / total, weights[:, at.starts + at.lengths] / total
    unknowing = np.add.reduceat(weights * at.moment, at.starts, axis=1) / total
    lucky = np.add.reduceat(weights * at.right, at.starts, axis=1) / total
    knowing = at.lengths - unknowing
    slip = values[..., 3][:, at.skill]
    likelihood = at.corrects * np.log1p(-slip) + (at.lengths - at.corrects) * np.log(slip) + most + np.log(total)
    hits = np.stack((started, 1 - started - never, lucky, knowing - (at.corrects - lucky)), axis=-1)
    # The last answer of a sequence is followed by no chance to learn that would show.
    trials = np.stack((np.ones_like(started), unknowing - never, unknowing, knowing), axis=-1)
    return likelihood, hits, trials


def fit_skills(found: Sequences, chosen: Ints, seed: int) -> tuple[Floats, Floats]:
    """Values (skills, 4) and covariances of their logits (skills, 4, 4) of the skills of these sequences, in order."""
    at = moments(found, chosen)

    def expect(values: Floats) -> Expected:
        likelihood, hits, trials = each(at, values)
        seen = at.weights[:, None]
        return (
            np.add.reduceat(likelihood * at.weights, at.firsts, axis=1),
            np.add.reduceat(hits * seen, at.firsts, axis=1),
            np.add.reduceat(trials * seen, at.firsts, axis=1),
        )

    values = best_fit(expect, len(at.firsts), PARAMETERS, seed)
    _, hits, trials = each(at, values[None])
    scores = hits[0] - trials[0] * values[at.skill]
    return values, covariance(scores, at.weights, at.firsts, values)
