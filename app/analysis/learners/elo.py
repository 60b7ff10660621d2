"""Elo ratings of learners and skills: the baseline that every model of learners has to beat.

Each answer is a match of a learner against a skill, after Pelánek, "Applications of the Elo rating system in adaptive
educational systems" (2016): steps shrink with the number of answers, and a learner has a rating on each skill beside
the general one.
"""

import math
from dataclasses import dataclass

import numpy as np

from app.analysis.learners.practice import Floats, Practice

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
    _play(practice, difficulty, [0] * len(practice.skills), moves=True)
    return Rated(np.array(difficulty))


def predict(rated: Rated, practice: Practice) -> Floats:
    """P(right) of each entry: learners begin at 0 and are followed; the difficulties stay."""
    known = len(rated.difficulty)
    difficulty = [float(rated.difficulty[one]) if one < known else 0.0 for one in range(len(practice.skills))]
    return _play(practice, difficulty, [0] * len(difficulty), moves=False)


def _play(practice: Practice, difficulty: list[float], played: list[int], moves: bool) -> Floats:
    """All matches in order. Plain Python: each depends on the one before it. With `moves`, `difficulty` is changed."""
    general, answers = [0.0] * len(practice.learners), [0] * len(practice.learners)
    special: dict[tuple[int, int], tuple[float, int]] = {}
    found = []
    columns = practice.learner.tolist(), practice.skill.tolist(), practice.right.tolist()
    for learner, skill, right in zip(*columns, strict=True):
        own, times = special.get((learner, skill), (0.0, 0))
        chance = 1 / (1 + math.exp(difficulty[skill] - general[learner] - own))
        found.append(chance)
        off = right - chance
        general[learner] += FIRST / (1 + SHRINK * answers[learner]) * (1 - ON_SKILL) * off
        special[learner, skill] = own + FIRST / (1 + SHRINK * times) * ON_SKILL * off, times + 1
        answers[learner] += 1
        if moves:
            difficulty[skill] -= FIRST / (1 + SHRINK * played[skill]) * off
            played[skill] += 1
    return np.array(found)
