"""Bayesian knowledge tracing: fitting a course's skills, and following what learners know of them.

Learners who were not there when the parameters were fitted are followed from the prior on, answer by answer.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from app.analysis.learners import bkt, bkt_forgetting
from app.analysis.learners.parameters import LEAST, USUAL, usual_covariance
from app.analysis.learners.practice import Floats, Ints, Practice, Sequences, sequences

CHUNK = 12_000
"""Answers fitted together: as many as stay in a processor's cache."""
STEP = 1e-3


@dataclass(frozen=True)
class Tracer:
    """A fitted model. `values` (skills + 1, 5) are a skill's prior, learn, guess, slip and forget; the last row is for
    skills that nothing is known of. `covariance` (skills + 1, 5, 5) is that of their logits; `answers` counts what
    each skill was fitted on.
    """

    values: Floats
    covariance: Floats
    answers: Ints

    def rows_of(self, skill: Ints) -> Ints:
        """The row of `values` for each skill; -1 and skills without answers have the last one."""
        rows = np.where((skill >= 0) & (skill < len(self.answers)), skill, len(self.answers))
        return np.asarray(np.where(np.append(self.answers, 1)[rows] > 0, rows, len(self.answers)))


@dataclass(frozen=True)
class Known:
    """What one learner knows of one skill after `n` answers: P(known) and its standard error, by sequence."""

    learner: Ints
    skill: Ints
    value: Floats
    error: Floats
    n: Ints


def fit(practice: Practice, seed: int = 1, forgets: bool = False) -> Tracer:
    """Fit every skill of a practice; with few answers the parameters stay near what is usual."""
    count = len(practice.skills)
    answers = np.bincount(practice.skill, minlength=count).astype(np.int64)
    values, covariance = np.tile(USUAL, (count + 1, 1)), np.tile(usual_covariance(), (count + 1, 1, 1))
    if len(practice):
        found, method = sequences(practice), bkt_forgetting if forgets else bkt
        for chosen in _chunks(found):
            skills, used = np.unique(found.skill[chosen]), method.PARAMETERS
            values[skills, :used], covariance[skills, :used, :used] = method.fit_skills(found, chosen, seed)
        values[count], covariance[count] = _like_the_rest(values[:count], covariance[:count], answers)
    if not forgets:
        values[:, 4], covariance[:, 4, :], covariance[:, :, 4] = 0.0, 0.0, 0.0
    return Tracer(values, covariance, answers)


def _chunks(found: Sequences) -> list[Ints]:
    """Sequences in pieces of whole skills, of about CHUNK answers each."""
    firsts = np.flatnonzero(np.diff(found.skill, prepend=-1))
    sizes = np.add.reduceat(found.lengths, firsts)
    chunk = (np.cumsum(sizes) - sizes) // CHUNK
    cuts = firsts[np.flatnonzero(np.diff(chunk, prepend=-1))]
    return [np.asarray(one) for one in np.split(np.arange(len(found.starts)), cuts[1:])]


def _like_the_rest(values: Floats, covariance: Floats, answers: Ints) -> tuple[Floats, Floats]:
    """A skill that nothing is known of is thought to be like the others: the mean of their logits, and their spread."""
    weights = np.minimum(answers, 1000) / np.minimum(answers, 1000).sum()
    logits = _logit(values)
    mean = weights @ logits
    spread = np.einsum("s,si,sj->ij", weights, logits - mean, logits - mean)
    return _logistic(mean), spread + np.einsum("s,sij->ij", weights, covariance)


def _logit(values: Floats) -> Floats:
    safe = np.clip(values, LEAST, 1 - LEAST)
    return np.asarray(np.log(safe / (1 - safe)))


def _logistic(values: Floats) -> Floats:
    return np.asarray(expit(values))


def follow(found: Sequences, values: Floats) -> tuple[Floats, Floats]:
    """P(right) before each answer, as `found` is sorted, and P(known) of each sequence after its last answer.

    `values` (sequences, 5) are each sequence's own parameters.
    """
    order = np.argsort(-found.lengths, kind="stable")
    starts, lengths = found.starts[order], found.lengths[order]
    prior, learn, guess, slip, forget = values[order].T
    with np.errstate(divide="ignore"):
        stays, lost = np.log1p(-forget), np.log(forget)
    learnt, not_yet = np.log(learn), np.log1p(-learn)
    by_right, by_wrong = np.log((1 - slip) / guess), np.log(slip / (1 - guess))
    # Log-odds, because after many right answers a probability is 1 for the computer, and could never fall again.
    odds, predicted = _logit(prior), np.empty(len(found.right))
    for step in range(int(lengths.max()) if len(lengths) else 0):
        count = int(np.searchsorted(-lengths, -step))
        at, was = starts[:count] + step, odds[:count]
        predicted[at] = guess[:count] + (1 - slip[:count] - guess[:count]) * _logistic(was)
        was = was + np.where(found.right[at] == 1, by_right[:count], by_wrong[:count])
        come = np.logaddexp(was + stays[:count], learnt[:count])
        odds[:count] = come - np.logaddexp(was + lost[:count], not_yet[:count])
    ended = np.empty(len(odds))
    ended[order] = _logistic(odds)
    return predicted, ended


def predict(tracer: Tracer, practice: Practice) -> Floats:
    """P(right) of each entry, from what the same learner answered before it in this practice and nothing else."""
    found = sequences(practice)
    predicted, _ = follow(found, tracer.values[tracer.rows_of(found.skill)])
    back = np.empty(len(practice))
    back[found.order] = predicted
    return back


def mastery(tracer: Tracer, practice: Practice) -> Known:
    """What each learner knows of each skill that they answered about.

    The error is that of P(known) as far as it comes from not knowing the skill's parameters (delta method).
    """
    found = sequences(practice)
    rows = tracer.rows_of(found.skill)
    _, value = follow(found, tracer.values[rows])
    gradient = np.zeros((len(rows), 5))
    logits = _logit(tracer.values)
    for one in range(5):
        if tracer.covariance[:, one, one].any():
            up, down = logits.copy(), logits.copy()
            up[:, one] += STEP
            down[:, one] -= STEP
            ends = [follow(found, _logistic(side)[rows])[1] for side in (up, down)]
            gradient[:, one] = (ends[0] - ends[1]) / (2 * STEP)
    error = np.sqrt(np.einsum("ni,nij,nj->n", gradient, tracer.covariance[rows], gradient))
    return Known(found.learner, found.skill, value, np.minimum(error, 0.5), found.lengths)
