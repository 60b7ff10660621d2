"""Elo ratings of learners and skills: the baseline that every model of learners has to beat.

Each answer is a match of a learner against a skill, after Pelánek, "Applications of the Elo rating system in adaptive
educational systems" (2016): steps shrink with the number of answers, and a learner has a rating on each skill beside
the general one.
"""

import math
from dataclasses import dataclass

import numpy as np

from app.analysis.learners.practice import Floats, Ints, Practice

FIRST, SHRINK = 1.0, 0.06
"""The size of a rating's first step, and how fast steps shrink: FIRST / (1 + SHRINK * answers)."""
ON_SKILL = 0.6
"""The share of a step that a learner's rating on the skill itself takes."""


@dataclass(frozen=True)
class Rated:
    """Difficulties of skills in logits; 0 for one without answers."""

    difficulty: Floats


def fit(practice: Practice) -> Rated:
    """Difficulties from one pass over the answers in their order."""
    difficulty = [0.0] * len(practice.skills)
    _play(practice, difficulty, moves=True)
    return Rated(np.array(difficulty))


def predict(rated: Rated, practice: Practice) -> Floats:
    """P(right) of each entry: learners begin at 0 and are followed; the difficulties stay."""
    known = len(rated.difficulty)
    difficulty = [float(rated.difficulty[one]) if one < known else 0.0 for one in range(len(practice.skills))]
    return _play(practice, difficulty, moves=False)


def _play(practice: Practice, difficulty: list[float], moves: bool) -> Floats:
    """All matches in order. Plain Python: each depends on the one before it. With `moves`, `difficulty` is changed.

    How large each step is depends on counts alone, so those are worked out beforehand.
    """
    pairs, pair = np.unique(practice.learner * len(practice.skills) + practice.skill, return_inverse=True)
    general, special = [0.0] * len(practice.learners), [0.0] * len(pairs)
    columns = (
        *(practice.learner, practice.skill, pair, practice.right),
        (1 - ON_SKILL) * _steps(practice.learner),
        ON_SKILL * _steps(pair),
        _steps(practice.skill) if moves else np.zeros(len(practice)),
    )
    found = []
    rows = zip(*(one.tolist() for one in columns), strict=True)
    for learner, skill, both, right, by_learner, by_pair, by_skill in rows:
        chance = 1 / (1 + math.exp(difficulty[skill] - general[learner] - special[both]))
        found.append(chance)
        off = right - chance
        general[learner] += by_learner * off
        special[both] += by_pair * off
        difficulty[skill] -= by_skill * off
    return np.array(found)


def _steps(who: Ints) -> Floats:
    """The size of each entry's step, by how often the same one had played before."""
    order = np.argsort(who, kind="stable")
    starts = np.flatnonzero(np.diff(who[order], prepend=-1))
    before = np.empty(len(who), np.int64)
    before[order] = np.arange(len(who)) - np.repeat(starts, np.diff(np.append(starts, len(who))))
    return np.asarray(FIRST / (1 + SHRINK * before))
