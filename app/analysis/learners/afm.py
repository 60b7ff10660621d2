"""The additive factor model: learning curves of skills beside a general proficiency of each learner.

logit P(right) = learner + sum over the answer's skills of (ease + slope * opportunities before), after Cen, Koedinger
and Junker, "Learning Factors Analysis" (2006). As in DataShop, learners have a ridge penalty (a normal prior) and
slopes are not negative. Learners who were not there when it was fitted start at the middle and are followed answer by
answer.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import LinearOperator, cg

from app.analysis.learners.practice import Flags, Floats, Ints, Practice, opportunities, sequences

RIDGE_EASE, RIDGE_SLOPE = 0.02, 1.0
"""Weak pulls on ease and slope, so that a skill with few answers, all of them right, stays finite."""
MOST_DIRECT, MOST_DENSE = 100, 2_000
"""Up to how many numbers of skills steps are solved for directly, and errors come from the whole matrix."""
ROUNDS, CLOSE, FURTHEST = 40, 1e-4, 2.0
"""Newton steps at most, when they are small enough, and how far one may go."""


@dataclass(frozen=True)
class Curves:
    """A fitted model in logits: `learner` (learners,), `ease` and `slope` (skills,), their errors, and what is thought
    of a learner or skill that was not there: the variance of learners, the means of the skills.
    """

    learner: Floats
    ease: Floats
    slope: Floats
    ease_error: Floats
    slope_error: Floats
    answers: Ints
    variance: float
    usual: tuple[float, float]


@dataclass(frozen=True)
class _Table:
    """Answers as the fit wants them: `learner` and `right` of each, `skills` (answers, 2 * skills) as a sparse matrix
    of which skills it is about and how often those were answered before, and the entries these came from.
    """

    learner: Ints
    right: Floats
    skills: csr_array
    skill: Ints
    before: Floats
    answer: Ints


def _table(practice: Practice) -> _Table:
    outcomes, count = practice.outcomes, len(practice.skills)
    learner = np.zeros(len(outcomes), np.int64)
    learner[practice.answer] = practice.learner
    before = opportunities(practice).astype(float)
    places = np.tile(practice.answer, 2), np.concatenate((practice.skill, practice.skill + count))
    cells = np.concatenate((np.ones(len(practice)), before))
    skills = csr_array((cells, places), shape=(len(outcomes), 2 * count))
    return _Table(learner, outcomes.astype(float), skills, practice.skill, before, practice.answer)


def _chances(logits: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))))


def fit(practice: Practice) -> Curves:
    """Fit by penalised maximum likelihood; the variance of learners is re-estimated on the way (empirical Bayes)."""
    learners, skills, table = len(practice.learners), len(practice.skills), _table(practice)
    answers = np.bincount(practice.skill, minlength=skills).astype(np.int64)
    share = float(np.clip(table.right.mean(), 0.02, 0.98)) if len(practice) else 0.5
    start = np.concatenate((np.full(skills, np.log(share / (1 - share))), np.zeros(skills)))
    climb = _Climb(table, np.zeros(learners), start)
    for _ in range(ROUNDS if len(practice) else 0):
        if climb.step() < CLOSE:
            break
    ease, slope = np.split(climb.point, 2)
    errors = climb.errors() if skills else np.zeros(0)
    weights = answers / max(int(answers.sum()), 1)
    return Curves(
        learner=climb.learner,
        ease=ease,
        slope=slope,
        ease_error=errors[:skills],
        slope_error=errors[skills:],
        answers=answers,
        variance=climb.variance,
        usual=(float(weights @ ease), float(weights @ slope)),
    )


class _Climb:
    """Newton's method. Each answer has one learner, so that part of the matrix is diagonal and is eliminated first."""

    def __init__(self, table: _Table, learner: Floats, point: Floats) -> None:
        self.table, self.learner, self.point, self.variance = table, learner, point, 1.0
        count = len(point) // 2
        self.ridge = np.concatenate((np.full(count, RIDGE_EASE), np.full(count, RIDGE_SLOPE)))
        self.lowest = np.concatenate((np.full(count, -np.inf), np.zeros(count)))
        self.has = csr_array(
            (np.ones(len(table.right)), (table.learner, np.arange(len(table.right)))),
            shape=(len(learner), len(table.right)),
        )

    def chances(self) -> Floats:
        """P(right) of each answer at this point."""
        return _chances(self.table.skills @ self.point + self.learner[self.table.learner])

    def information(self) -> tuple[Floats, csr_array, csr_array]:
        """Of the learners (a diagonal), of the skills, and what ties the two."""
        chances = self.chances()
        told = csr_array(self.table.skills * (chances * (1 - chances))[:, None])
        own = np.bincount(self.table.learner, chances * (1 - chances), len(self.learner)) + 1 / self.variance
        return np.asarray(own), csr_array(self.table.skills.T @ told), csr_array(self.has @ told)

    def errors(self) -> Floats:
        """Standard errors of the skills' numbers; with very many skills, each skill's own two numbers alone."""
        own, full, tie = self.information()
        if len(self.point) <= MOST_DENSE:
            return np.asarray(np.sqrt(np.diagonal(np.linalg.inv(self._left(own, full, tie)))))
        count = len(self.point) // 2
        diagonal, across = full.diagonal() + self.ridge, full.diagonal(count)
        a, b = diagonal[:count], diagonal[count:]
        return np.asarray(np.sqrt(np.concatenate((b, a)) / np.tile(a * b - across**2, 2)))

    def _left(self, own: Floats, full: csr_array, tie: csr_array) -> Floats:
        """The skills' information with the learners eliminated."""
        ties = tie.toarray()
        return np.asarray(full.toarray() + np.diag(self.ridge) - ties.T @ (ties / own[:, None]))

    def _solve(self, own: Floats, full: csr_array, tie: csr_array, free: Flags, wanted: Floats) -> Floats:
        """The move of the free numbers; with very many by conjugate gradients, which need no whole matrix."""
        move = np.zeros(len(free))
        if len(free) <= MOST_DIRECT:
            left = self._left(own, full, tie)
            move[free] = np.linalg.solve(left[np.ix_(free, free)], wanted[free])
            return move

        def times(vector: Floats) -> Floats:
            held = np.where(free, vector, 0.0)
            return np.where(free, full @ held + self.ridge * held - tie.T @ ((tie @ held) / own), vector)

        size = (len(free), len(free))
        scale = LinearOperator(size, matvec=lambda vector: vector / (full.diagonal() + self.ridge))
        found, _ = cg(LinearOperator(size, matvec=times), np.where(free, wanted, 0.0), rtol=1e-4, maxiter=200, M=scale)
        return np.asarray(found)

    def step(self) -> float:
        """One step and a new variance of learners; returns the furthest that a number moved."""
        off = self.chances() - self.table.right
        own_slope = np.bincount(self.table.learner, off, len(self.learner)) + self.learner / self.variance
        slope = self.table.skills.T @ off + self.ridge * self.point
        own, full, tie = self.information()
        free = ~((self.point <= self.lowest) & (slope > 0))
        move = -self._solve(own, full, tie, free, slope - tie.T @ (own_slope / own))
        own_move = -(own_slope + tie @ move) / own
        size = min(
            1.0, FURTHEST / max(float(np.abs(move).max(initial=0)), float(np.abs(own_move).max(initial=0)), 1e-9)
        )
        before = self.point
        self.point = np.maximum(self.point + size * move, self.lowest)
        self.learner = self.learner + size * own_move
        seen = own - 1 / self.variance > 0
        found = float(np.clip((self.learner**2 + 1 / own)[seen].mean(), 0.05, 9.0))
        moved = max(float(np.abs(self.point - before).max(initial=0)), abs(found - self.variance))
        self.variance = found
        return moved


def within(curves: Curves, practice: Practice) -> Floats:
    """P(right) of each answer of the practice that was fitted, learners included."""
    table = _table(practice)
    known = table.skills @ np.concatenate((curves.ease, curves.slope))
    return _chances(known + curves.learner[table.learner])


def predict(curves: Curves, practice: Practice) -> Floats:
    """P(right) of each answer of learners who were not there, each from that learner's answers before it.

    A learner is a normal belief about one number, moved by each answer (an extended Kalman filter in logits).
    """
    table, count = _table(practice), len(curves.answers)
    known = (table.skill < count) & (np.append(curves.answers, 0)[np.minimum(table.skill, count)] > 0)
    ease = np.append(curves.ease, curves.usual[0])[np.where(known, table.skill, count)]
    slope = np.append(curves.slope, curves.usual[1])[np.where(known, table.skill, count)]
    entries = np.asarray(np.bincount(table.answer, ease + slope * table.before, len(table.right)), np.float64)
    return _followed(table, entries, curves.variance)


def _followed(table: _Table, known: Floats, variance: float) -> Floats:
    count = len(table.right)
    own = Practice(table.learner, np.zeros(count, np.int64), table.right.astype(np.int64), np.arange(count), [], [])
    found = sequences(own)
    order = np.argsort(-found.lengths, kind="stable")
    starts, lengths = found.starts[order], found.lengths[order]
    mean, spread = np.zeros(len(starts)), np.full(len(starts), variance)
    known, right, predicted = known[found.order], table.right[found.order], np.empty(count)
    for step in range(int(lengths.max()) if len(lengths) else 0):
        alive = int(np.searchsorted(-lengths, -step))
        at, m, v = starts[:alive] + step, mean[:alive], spread[:alive]
        # The mean of a logistic over a normal, after MacKay (1992).
        predicted[at] = _chances((known[at] + m) / np.sqrt(1 + np.pi * v / 8))
        chance = _chances(known[at] + m)
        spread[:alive] = 1 / (1 / v + chance * (1 - chance))
        mean[:alive] = m + spread[:alive] * (right[at] - chance)
    back = np.empty(count)
    back[found.order] = predicted
    return back
