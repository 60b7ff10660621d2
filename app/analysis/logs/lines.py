"""What the analyses work on: a course's class logs in one table of figures, and the results of its tests."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.analysis.logs.codes import FIGURES, kind
from app.classroom.schema import Kind

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Truths = NDArray[np.bool_]
LONGEST_GAP = 180.0
"""Seconds between two lines of a class; more is absence, not attendance."""


@dataclass(frozen=True)
class Klass:
    """A class. `learner` is the place of who attends alone, -1 for a shared class; `lesson`, `version` places too."""

    id: str
    lesson: int
    version: int
    learner: int
    is_shared: bool
    started: float


@dataclass(frozen=True)
class Page:
    """A page of a lesson's deck; `words` is what the script says on it."""

    number: int
    title: str = ""
    has_picture: bool = False
    words: int = 0


@dataclass(frozen=True)
class LessonFacts:
    """A lesson: its module's place, its deck, its pages in order."""

    id: str
    title: str
    module: int
    material: str = ""
    pages: tuple[Page, ...] = ()


@dataclass(frozen=True)
class Version:
    """An approved version of a lesson."""

    id: str
    lesson: int
    number: int
    approved: datetime | None = None


@dataclass(frozen=True)
class Course:
    """Modules (titles in order), their lessons, versions, and learners (ids in text, or pseudonyms). `is_shifted`:
    times of different learners cannot be compared, as each one's were moved.
    """

    modules: tuple[str, ...] = ()
    module_ids: tuple[str, ...] = ()
    lessons: tuple[LessonFacts, ...] = ()
    versions: tuple[Version, ...] = ()
    learners: tuple[str, ...] = ()
    is_shifted: bool = False


@dataclass(frozen=True)
class Lines:
    """Lines of all classes, by class and seq. `klass` is each line's place among `classes`, `learner` that of whom it
    belongs to (-1: nobody): in a class of one always that one, in a shared class who acted.
    """

    course: Course = field(default_factory=Course)
    classes: tuple[Klass, ...] = ()
    figures: NDArray[np.void] = field(default_factory=lambda: np.zeros(0, dtype=FIGURES))
    klass: Whole = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    learner: Whole = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    names: tuple[str, ...] = ("",)
    kept: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)
    """What was worked out of these lines alone, by what it is and what else it rests on."""

    def __getitem__(self, name: str) -> NDArray[Any]:
        """A column of the figures."""
        found: NDArray[Any] = self.figures[name]
        return found

    def __len__(self) -> int:
        return len(self.figures)

    def of(self, *kinds: Kind) -> Truths:
        """Which lines are of these kinds."""
        found: Truths = np.isin(self["kind"], [kind(one) for one in kinds])
        return found

    @cached_property
    def messages(self) -> Truths:
        """Which lines are students' words."""
        found: Truths = self.of(Kind.ASKED) & (self.learner >= 0)
        return found

    @cached_property
    def speech(self) -> Truths:
        """Which lines are anybody's words."""
        return self.of(Kind.ASKED, Kind.SAID)

    @cached_property
    def module(self) -> Whole:
        """The module of each line."""
        of_lesson = np.array([one.module for one in self.course.lessons], dtype=np.int64)
        of_class = np.array([one.lesson for one in self.classes], dtype=np.int64)
        return of_lesson[of_class[self.klass]] if len(self) else np.zeros(0, dtype=np.int64)

    @cached_property
    def page(self) -> Whole:
        """The page that stood at each line, 0 before the first of its class."""
        shown = self.of(Kind.PAGE)
        last = np.maximum.accumulate(np.where(shown, np.arange(len(self)), -1)) if len(self) else np.zeros(0, int)
        first = np.searchsorted(self.klass, np.arange(len(self.classes)))
        known = last >= first[self.klass] if len(self) else np.zeros(0, bool)
        return np.where(known, self["page"][np.maximum(last, 0)], 0).astype(np.int64)

    @cached_property
    def gaps(self) -> Floats:
        """Seconds from each line to the next of its class: 0 after the last, in a pause, in an absence, and where the
        clock ran back.
        """
        after: Floats = np.zeros(len(self))
        if len(self) > 1:
            after[:-1] = np.where(self.klass[1:] == self.klass[:-1], np.diff(self["at"]), 0.0)
        away = (after > LONGEST_GAP) | (after < 0) | self.of(Kind.PAUSED)
        return np.where(away, 0.0, after)

    @property
    def backwards(self) -> int:
        """How many lines are dated before the line ahead of them in their class: two clocks."""
        if len(self) < 2:
            return 0
        return int(((np.diff(self["at"]) < 0) & (self.klass[1:] == self.klass[:-1])).sum())


def joined(
    course: Course, classes: Sequence[Klass], parts: Sequence[tuple[NDArray[np.void], Sequence[str]]], keys: Whole
) -> Lines:
    """The lines of classes, each with its figures and names. `keys` are the learners' keys (`digest.key_of`) in the
    order of the course's learners.
    """
    if not parts:
        return Lines(course, tuple(classes))
    names = {"": 0}
    figures = np.concatenate([figures for figures, _ in parts])
    klass = np.repeat(np.arange(len(parts)), [len(one) for one, _ in parts])
    start = 0
    for some, own in parts:
        told = np.array([0, *(names.setdefault(name, len(names)) for name in own)])
        stretch = figures[start : start + len(some)]
        for column in ("model", "prompt"):
            stretch[column] = told[stretch[column]]
        start += len(some)
    owner = np.array([one.learner for one in classes], dtype=np.int64)[klass]
    return Lines(course, tuple(classes), figures, klass, _learners(figures, owner, keys), tuple(names))


def _learners(figures: NDArray[np.void], owner: Whole, keys: Whole) -> Whole:
    """Whose each line is: of a class of one its learner's, else of who acted, where that is a learner."""
    if not len(keys):
        return owner
    order = np.argsort(keys)
    at = np.minimum(np.searchsorted(keys[order], figures["who"]), len(keys) - 1)
    acted = np.where((keys[order][at] == figures["who"]) & (figures["who"] != 0), order[at], -1)
    found: Whole = np.where(owner >= 0, owner, acted).astype(np.int64)
    return found


def recoded(lines: Lines, scheme: str, codes: dict[tuple[int, int], int]) -> int:
    """Put people's codes in the place of the rule's, by class's place and seq; returns how many were found."""
    column = {"activities": "activity", "flanders": "flanders", "inquiry": "presence"}[scheme]
    found = 0
    for (klass, seq), code in codes.items():
        first, last = np.searchsorted(lines.klass, [klass, klass + 1])
        at = first + int(np.searchsorted(lines["seq"][first:last], seq))
        if at < last and lines["seq"][at] == seq:
            lines.figures[column][at] = code
            found += 1
    return found


@dataclass(frozen=True)
class Results:
    """Marks on the tests as shares from 0 to 1, NaN where there is none: shape (learners, modules) each.

    `after` is the test after a module, or its quizzes where it has none; `seen` when each learner was last heard of in
    class or test (seconds since 1970, NaN: never).
    """

    before: Floats
    after: Floats
    seen: Floats
