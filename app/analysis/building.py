"""Puts a source together, of rows or of columns."""

from collections.abc import Iterable
from uuid import UUID

import numpy

from app.analysis.columns import Arranged, Numbers, arranged, of_rows
from app.analysis.source import AnswerRow, Classes, ClassRow, Source


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
    found = arranged(of_rows(answers), components)
    return put_together(
        origin, found, classes, title=title, enrolled=enrolled, course_id=course_id, titles=titles or {}
    )


def put_together(
    origin: str,
    answers: Arranged,
    classes: Iterable[ClassRow],
    *,
    title: str,
    enrolled: int,
    course_id: UUID | None,
    titles: dict[str, str],
) -> Source:
    """A source of arranged answers; learners who attended classes alone are counted after those who answered."""
    visits = sorted(classes, key=lambda row: (row.started, row.learner))
    learners, lessons, versions = Numbers(answers.learners), Numbers(), Numbers()
    attended = _attended(visits, learners, lessons, versions)
    return Source(
        origin=origin,
        title=title,
        enrolled=max(enrolled, len(learners.names)),
        learners=learners.names,
        components=answers.components,
        questions=answers.questions,
        modules=answers.modules,
        lessons=lessons.names,
        versions=versions.names,
        answers=answers.answers,
        classes=attended,
        course_id=course_id,
        titles=titles,
    )


def _attended(visits: list[ClassRow], learners: Numbers, lessons: Numbers, versions: Numbers) -> Classes:
    return Classes(
        learner=numpy.array([learners(row.learner) for row in visits], dtype=numpy.int64),
        lesson=numpy.array([lessons(row.lesson) for row in visits], dtype=numpy.int64),
        version=numpy.array([versions(row.version) for row in visits], dtype=numpy.int64),
        started=numpy.array([row.started for row in visits], dtype=numpy.float64),
        ended=numpy.array([row.ended for row in visits], dtype=numpy.float64),
        finished=numpy.array([row.finished for row in visits], dtype=numpy.float64),
        pages=numpy.array([row.pages for row in visits], dtype=numpy.int64),
    )
