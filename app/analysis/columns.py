"""Answers as columns in any order, and put into the order that a source has them in; pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy

from app.analysis.source import PURPOSES, AnswerRow, Answers, Floats, Ints, Question, Truths


class Asked(NamedTuple):
    """What is the same in all answers to a version of an item."""

    item: str
    version: int
    kind: str
    components: tuple[str, ...]


@dataclass
class Columns:
    """Answers in any order. `learner`, `asked`, `sitting`, `module` are places in the names beside them, module -1
    stands for none; `chosen` has places of options, in words.
    """

    learners: list[str]
    asked_names: list[Asked]
    sittings: list[str]
    modules: list[str]
    learner: Ints
    asked: Ints
    sitting: Ints
    module: Ints
    purpose: Ints
    at: Floats
    seconds: Floats
    raw: Floats
    points: Floats
    chosen: list[str]


@dataclass
class Arranged:
    """Answers in the order of time, and the names that their numbers stand for, by first appearance."""

    answers: Answers
    learners: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    components: list[str] = field(default_factory=list)


class Numbers:
    """Counts things from 0 in the order in which they are first met; "" is -1."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names = list(names)
        self._known = {name: at for at, name in enumerate(self.names)}

    def __call__(self, name: str) -> int:
        if not name:
            return -1
        if name not in self._known:
            self._known[name] = len(self.names)
            self.names.append(name)
        return self._known[name]


def of_rows(rows: Iterable[AnswerRow]) -> Columns:
    """Rows as columns."""
    learners, sittings, modules = Numbers(), Numbers(), Numbers()
    asked: dict[tuple[str, int], int] = {}
    names: list[Asked] = []
    whole: list[tuple[int, int, int, int, int]] = []
    parts: list[tuple[float, float, float, float]] = []
    chosen = []
    for row in rows:
        at = asked.setdefault((row.item, row.version), len(names))
        if at == len(names):
            names.append(Asked(row.item, row.version, row.kind, row.components))
        places = learners(row.learner), at, sittings(row.sitting), modules(row.module), PURPOSES.index(row.purpose)
        whole.append(places)
        parts.append((row.at, row.seconds, row.raw, row.points))
        chosen.append(row.chosen)
    learner, at_asked, sitting, module, purpose = numpy.array(whole, dtype=numpy.int64).reshape(-1, 5).T
    at_time, seconds, raw, points = numpy.array(parts, dtype=numpy.float64).reshape(-1, 4).T
    return Columns(
        learners=learners.names,
        asked_names=names,
        sittings=sittings.names,
        modules=modules.names,
        learner=learner,
        asked=at_asked,
        sitting=sitting,
        module=module,
        purpose=purpose,
        at=at_time,
        seconds=seconds,
        raw=raw,
        points=points,
        chosen=chosen,
    )


def arranged(told: Columns, components: Iterable[str] = (), wanted: Truths | None = None) -> Arranged:
    """Answers by time, then sitting, then item; only `wanted` ones. `components` may name some without answers."""
    some = numpy.arange(len(told.at)) if wanted is None else numpy.flatnonzero(wanted)
    items = _ranks([one.item for one in told.asked_names])
    sitting, asked = told.sitting[some], told.asked[some]
    order = some[numpy.lexsort((items[asked], _ranks(told.sittings)[sitting], told.at[some]))]
    learner, learners = _numbered(told.learner[order], len(told.learners))
    module, modules = _numbered(told.module[order], len(told.modules))
    question, met = _numbered(told.asked[order], len(told.asked_names))
    questions, names = _questions([told.asked_names[one] for one in met], components)
    raw, points = told.raw[order], told.points[order]
    return Arranged(
        Answers(
            learner=learner,
            question=question,
            sitting=_numbered(told.sitting[order], len(told.sittings))[0],
            purpose=told.purpose[order],
            module=module,
            at=told.at[order],
            seconds=told.seconds[order],
            share=numpy.divide(raw, points, out=numpy.zeros_like(raw), where=points != 0),
            right=(raw >= points - 1e-9).astype(numpy.float64),
            chosen=[told.chosen[one] for one in order.tolist()],
        ),
        [told.learners[one] for one in learners],
        questions,
        [told.modules[one] for one in modules],
        names,
    )


def _questions(met: list[Asked], components: Iterable[str]) -> tuple[list[Question], list[str]]:
    names = sorted({name for one in met for name in one.components} | set(components))
    place = {name: at for at, name in enumerate(names)}
    return [_question(one, place) for one in met], names


def _question(one: Asked, place: dict[str, int]) -> Question:
    return Question(one.item, one.version, one.kind, tuple(sorted(place[name] for name in one.components)))


def _ranks(names: list[str]) -> Ints:
    """The place of each name among all in the order of the alphabet."""
    place = {name: at for at, name in enumerate(sorted(set(names)))}
    return numpy.array([place[name] for name in names], dtype=numpy.int64)


def _numbered(codes: Ints, count: int) -> tuple[Ints, list[int]]:
    """Codes counted anew by first appearance (-1 stays), and the code of each new number."""
    known, first = numpy.unique(codes, return_index=True)
    met = known[numpy.argsort(first)]
    met = met[met >= 0]
    place = numpy.full(count + 1, -1, dtype=numpy.int64)  # the last one is what -1 points at
    place[met] = numpy.arange(len(met))
    return place[codes], met.tolist()
