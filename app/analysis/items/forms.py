"""Questions that were asked together, and each learner's first answers to them."""

from dataclasses import dataclass

import numpy
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from app.analysis.source import PURPOSES, Floats, Ints, Source

TITLES = {"pre": "Before", "post": "After", "quiz": "Quiz", "practice": "Practice"}


@dataclass(frozen=True)
class Form:
    """Questions that stood on one test. `share` and `right` are learners by questions, NaN where not answered: of the
    learner's first answer, the share of the points and 1.0 for all of them. `chosen` has places of options.
    """

    title: str
    purpose: str
    questions: Ints
    learners: Ints
    share: Floats
    right: Floats
    chosen: list[dict[int, str]]

    @property
    def asked(self) -> Ints:
        """How many learners answered each question."""
        return numpy.asarray(numpy.isfinite(self.share).sum(axis=0))


def forms_of(source: Source) -> list[Form]:
    """The forms of a course, in the order in which they were first sat: questions that any sitting has together."""
    answers = source.answers
    if not len(answers):
        return []
    sittings = int(answers.sitting.max()) + 1
    joined = coo_array(
        (numpy.ones(len(answers)), (answers.question, answers.sitting)), shape=(len(source.questions), sittings)
    )
    side = (joined @ joined.T).tocsr()
    _, label = connected_components(side, directed=False)
    order = list(dict.fromkeys(label[answers.question].tolist()))
    return [_form(source, numpy.flatnonzero(label == one)) for one in order]


def _form(source: Source, questions: Ints) -> Form:
    return gathered(source, questions, _title(source, questions))


def gathered(source: Source, questions: Ints, title: str) -> Form:
    """The first answers of each learner to these questions."""
    answers = source.answers
    place = numpy.full(len(source.questions), -1)
    place[questions] = numpy.arange(len(questions))
    mine = numpy.flatnonzero(place[answers.question] >= 0)
    people, rows = numpy.unique(answers.learner[mine], return_inverse=True)
    columns = place[answers.question[mine]]
    _, first = numpy.unique(rows * len(questions) + columns, return_index=True)
    share = numpy.full((len(people), len(questions)), numpy.nan)
    right = share.copy()
    kept = mine[first]
    share[rows[first], columns[first]] = answers.share[kept]
    right[rows[first], columns[first]] = answers.right[kept]
    chosen: list[dict[int, str]] = [{} for _ in questions]
    for row, column, at in zip(rows[first].tolist(), columns[first].tolist(), kept.tolist(), strict=True):
        chosen[column][row] = answers.chosen[at]
    purpose = PURPOSES[int(numpy.bincount(answers.purpose[kept]).argmax())]
    return Form(title, purpose, questions, people, share, right, chosen)


def _title(source: Source, questions: Ints) -> str:
    answers = source.answers
    mine = numpy.isin(answers.question, questions)
    purpose = PURPOSES[int(numpy.bincount(answers.purpose[mine]).argmax())]
    modules = answers.module[mine]
    module = int(numpy.bincount(modules[modules >= 0]).argmax()) if (modules >= 0).any() else -1
    where = source.title_of(source.modules[module], "Module", module) if module >= 0 else "the whole course"
    return f"{TITLES[purpose]}: {where}"
