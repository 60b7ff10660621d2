"""A course as analyses see it: arrays of answers and of classes, alike out of the database and out of a release.

Learners, questions, modules and lessons are counted from 0 in the order of their first appearance in time, so that
the same happenings give the same arrays; -1 stands for none. Times are seconds since 1970, in UTC.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar
from uuid import UUID

import numpy
from numpy.typing import NDArray

PURPOSES = ("pre", "post", "quiz", "practice")
Ints = NDArray[numpy.int64]
Floats = NDArray[numpy.float64]
Truths = NDArray[numpy.bool_]
R = TypeVar("R")


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


class _Numbers:
    """Counts things from 0 in the order in which they are first met."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._known: dict[str, int] = {}

    def __call__(self, name: str) -> int:
        if not name:
            return -1
        if name not in self._known:
            self._known[name] = len(self.names)
            self.names.append(name)
        return self._known[name]


def build(
    origin: str,
    answers: Iterable[AnswerRow],
    classes: Iterable[ClassRow],
    *,
    title: str = "",
    enrolled: int = 0,
    course_id: UUID | None = None,
    titles: dict[str, str] | None = None,
    components: Iterable[str] = (),
) -> Source:
    """Put rows together. Components without answers may be named; they are counted by name, so that numbers agree."""
    rows = sorted(answers, key=lambda row: (row.at, row.sitting, row.item))
    visits = sorted(classes, key=lambda row: (row.started, row.learner))
    learners, modules, lessons, versions, sittings = (_Numbers() for _ in range(5))
    names = sorted({name for row in rows for name in row.components} | set(components))
    place = {name: at for at, name in enumerate(names)}
    questions, known = _questions(rows, place)
    made = Answers(
        learner=_ints(rows, lambda row: learners(row.learner)),
        question=_ints(rows, lambda row: known[row.item, row.version]),
        sitting=_ints(rows, lambda row: sittings(row.sitting)),
        purpose=_ints(rows, lambda row: PURPOSES.index(row.purpose)),
        module=_ints(rows, lambda row: modules(row.module)),
        at=_floats(rows, lambda row: row.at),
        seconds=_floats(rows, lambda row: row.seconds),
        share=_floats(rows, lambda row: row.raw / row.points if row.points else 0.0),
        right=_floats(rows, lambda row: float(row.raw >= row.points - 1e-9)),
        chosen=[row.chosen for row in rows],
    )
    attended = _attended(visits, learners, lessons, versions)
    return Source(
        origin=origin,
        title=title,
        enrolled=max(enrolled, len(learners.names)),
        learners=learners.names,
        components=names,
        questions=questions,
        modules=modules.names,
        lessons=lessons.names,
        versions=versions.names,
        answers=made,
        classes=attended,
        course_id=course_id,
        titles=titles or {},
    )


def _attended(visits: list[ClassRow], learners: _Numbers, lessons: _Numbers, versions: _Numbers) -> Classes:
    return Classes(
        learner=_ints(visits, lambda row: learners(row.learner)),
        lesson=_ints(visits, lambda row: lessons(row.lesson)),
        version=_ints(visits, lambda row: versions(row.version)),
        started=_floats(visits, lambda row: row.started),
        ended=_floats(visits, lambda row: row.ended),
        finished=_floats(visits, lambda row: float(row.finished)),
        pages=_ints(visits, lambda row: row.pages),
    )


def _questions(rows: list[AnswerRow], place: dict[str, int]) -> tuple[list[Question], dict[tuple[str, int], int]]:
    found: list[Question] = []
    known: dict[tuple[str, int], int] = {}
    for row in rows:
        key = row.item, row.version
        if key not in known:
            known[key] = len(found)
            found.append(Question(row.item, row.version, row.kind, tuple(sorted(place[one] for one in row.components))))
    return found, known


def _ints(rows: list[R], value: Callable[[R], int]) -> Ints:
    return numpy.fromiter((value(row) for row in rows), dtype=numpy.int64, count=len(rows))


def _floats(rows: list[R], value: Callable[[R], float]) -> Floats:
    return numpy.fromiter((value(row) for row in rows), dtype=numpy.float64, count=len(rows))
