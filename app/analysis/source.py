"""A course as analyses see it: arrays of answers and of classes, alike out of the database and out of a release.

Learners, questions, modules and lessons are counted from 0 in the order of their first appearance in time, so that
the same happenings give the same arrays; -1 stands for none. Times are seconds since 1970, in UTC.
"""

from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

import numpy
from numpy.typing import NDArray

PURPOSES = ("pre", "post", "quiz", "practice")
Ints = NDArray[numpy.int64]
Floats = NDArray[numpy.float64]
Truths = NDArray[numpy.bool_]


class AnswerRow(NamedTuple):
    """An answer that has marks. Ids are the database's or the release's; `chosen` has places of options, from 1."""

    learner: str
    item: str
    version: int
    kind: str
    components: tuple[str, ...]
    sitting: str
    purpose: str
    module: str
    at: float
    seconds: float
    raw: float
    points: float
    chosen: str = ""


class ClassRow(NamedTuple):
    """A class that one learner attended alone. `ended` is NaN while it is open."""

    learner: str
    lesson: str
    version: str
    started: float
    ended: float
    finished: bool
    pages: int


class Question(NamedTuple):
    """A version of an item: what was answered. `components` are numbers of the source's components."""

    item: str
    version: int
    kind: str
    components: tuple[int, ...]


@dataclass(frozen=True)
class Answers:
    """Answers in the order of time, an array a column. `share` is of the points (0 to 1), `right` 1.0 where all are."""

    learner: Ints
    question: Ints
    sitting: Ints
    purpose: Ints
    module: Ints
    at: Floats
    seconds: Floats
    share: Floats
    right: Floats
    chosen: list[str]

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True)
class Classes:
    """Classes that learners attended alone, in the order of time, an array a column."""

    learner: Ints
    lesson: Ints
    version: Ints
    started: Floats
    ended: Floats
    finished: Floats
    pages: Ints

    def __len__(self) -> int:
        return len(self.started)


@dataclass(frozen=True)
class Source:
    """A course's records. `origin` says where they are from; `course_id` is set where pages can be linked to.

    `enrolled` counts learners, also those who did nothing. `titles` maps ids of modules and lessons to words, where
    they are known.
    """

    origin: str
    title: str
    enrolled: int
    learners: list[str]
    components: list[str]
    questions: list[Question]
    modules: list[str]
    lessons: list[str]
    versions: list[str]
    answers: Answers
    classes: Classes
    course_id: UUID | None = None
    titles: dict[str, str] = field(default_factory=dict)

    def title_of(self, one: str, kind: str, at: int) -> str:
        """A module's or lesson's title, or its number where a release does not tell it."""
        return self.titles.get(one) or f"{kind} {at + 1}"
