"""Practice as arrays: who answered something about which skill, in order, and whether it was right."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Practice:
    """One entry per answer and skill, in the order in which each learner answered.

    `learner` and `skill` are indices into the names; `right` is 0 or 1. An answer about several skills has several
    entries with the same `answer`, a number from 0; most have one.
    """

    learner: Ints
    skill: Ints
    right: Ints
    answer: Ints
    learners: list[str]
    skills: list[str]

    def __len__(self) -> int:
        return len(self.right)

    def of(self, chosen: Flags) -> "Practice":
        """The entries that are chosen, under the same names."""
        _, answer = np.unique(self.answer[chosen], return_inverse=True)
        return Practice(
            self.learner[chosen], self.skill[chosen], self.right[chosen], answer, self.learners, self.skills
        )

    @property
    def outcomes(self) -> Ints:
        """Whether each answer was right, by `answer`."""
        found = np.zeros(int(self.answer.max()) + 1 if len(self) else 0, np.int64)
        found[self.answer] = self.right
        return found

    def per_answer(self, values: Floats) -> Floats:
        """Entries' values as those of answers: the mean over an answer's skills."""
        size = len(self.outcomes)
        sums = np.bincount(self.answer, values, size)
        return np.asarray(sums / np.maximum(np.bincount(self.answer, minlength=size), 1))


@dataclass(frozen=True)
class Sequences:
    """Practice sorted by skill, then learner, then time; `order` says where each entry came from.

    A sequence is one learner's answers about one skill: `starts[i]` is its first entry and `lengths[i]` how many.
    `step` counts an entry's place in its sequence from 0.
    """

    order: Ints
    right: Ints
    starts: Ints
    lengths: Ints
    skill: Ints
    learner: Ints
    step: Ints = field(repr=False)


def sequences(practice: Practice) -> Sequences:
    """The sequences of a practice."""
    order = np.lexsort((np.arange(len(practice)), practice.learner, practice.skill))
    skill, learner = practice.skill[order], practice.learner[order]
    is_first = np.ones(len(order), bool)
    is_first[1:] = (skill[1:] != skill[:-1]) | (learner[1:] != learner[:-1])
    starts = np.flatnonzero(is_first)
    lengths = np.diff(np.append(starts, len(order)))
    step = np.arange(len(order)) - np.repeat(starts, lengths)
    return Sequences(order, practice.right[order], starts, lengths, skill[starts], learner[starts], step)


def opportunities(practice: Practice) -> Ints:
    """How often each entry's learner had answered about its skill before."""
    found = sequences(practice)
    before = np.empty(len(practice), np.int64)
    before[found.order] = found.step
    return before
