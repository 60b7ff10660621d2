"""What came of a trial: transfer, forgetting and survival under each order, as they stand."""

from typing import NamedTuple
from uuid import UUID

import numpy
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.analysis import charts
from app.analysis.order import sequences
from app.analysis.order.models import Trial
from app.analysis.order.sequences import Comparison, Verdict
from app.analysis.order.trials import TrialState, TrialView, placed, view
from app.analysis.overview import membership
from app.analysis.schema import Chart, Finding, Measure
from app.analysis.source import PURPOSES, Floats, Ints, Source, Truths
from app.analysis.subject import Subject
from app.lessons.models import Lesson

APART = 2 * 86_400.0
"""Answers so many seconds after a component's test show what was kept of it."""
LEVEL = "always-valid 95 % interval"


class Outcomes(NamedTuple):
    """A trial with what came of it. `decides` is the verdict on transfer, the outcome named beforehand."""

    trial: TrialView
    measures: list[Measure]
    charts: list[Chart]
    decides: Verdict


def outcomes(subject: Subject, row: Trial) -> Outcomes:
    """Compare the orders over those who met one, allow research, and are in the source."""
    session = subject.session
    assert session is not None
    told = view(session, row)
    arms, people = _arms(subject.source, placed(session, row))
    begun = _begun(session, subject.source, row)
    values = {
        "transfer": transfer(subject.source, row.module_id)[people],
        "forgetting": forgetting(subject.source)[people],
        "survival": (begun.sum(axis=1) / max(1, begun.shape[1]))[people]
        if begun.size
        else numpy.full(len(people), numpy.nan),
    }
    known_before = before(subject.source)[people]
    compared = {name: sequences.compare(one, arms, known_before) for name, one in values.items()}
    names = ("the first order", "the second order")
    decides = sequences.verdict(compared["transfer"], names)
    measures = [_measure(name, one) for name, one in compared.items()]
    return Outcomes(told, measures, _charts(told, compared, begun[people] if begun.size else begun, arms), decides)


def _arms(source: Source, places: dict[UUID, int]) -> tuple[Ints, Ints]:
    """Arms, and learners' numbers in the source, in the order in which they were placed."""
    known = {name: at for at, name in enumerate(source.learners)}
    found = [(arm, known[str(person)]) for person, arm in places.items() if str(person) in known]
    arms = numpy.array([arm for arm, _ in found], dtype=numpy.int64)
    return arms, numpy.array([at for _, at in found], dtype=numpy.int64)


def _above(source: Source) -> Floats:
    """What each answer was above or below the mean of its question."""
    answers = source.answers
    asked = numpy.bincount(answers.question, minlength=len(source.questions))
    right = numpy.bincount(answers.question, weights=answers.right, minlength=len(source.questions))
    found: Floats = answers.right - (right / numpy.maximum(asked, 1))[answers.question]
    return found


def _per_learner(source: Source, values: Floats, chosen: Truths) -> Floats:
    """The mean of chosen values by learner, NaN where there is none."""
    count = len(source.learners)
    n = numpy.bincount(source.answers.learner[chosen], minlength=count)
    total = numpy.bincount(source.answers.learner[chosen], weights=values[chosen], minlength=count)
    return numpy.where(n > 0, total / numpy.maximum(n, 1), numpy.nan)


def transfer(source: Source, module_id: UUID | None = None) -> Floats:
    """By learner: how far their answers in tests after a module lie above their questions' means (shares)."""
    answers = source.answers
    if not len(answers):
        return numpy.full(len(source.learners), numpy.nan)
    chosen: Truths = answers.purpose == PURPOSES.index("post")
    if module_id is not None:
        at = source.modules.index(str(module_id)) if str(module_id) in source.modules else -2
        chosen = chosen & (answers.module == at)
    return _per_learner(source, _above(source), chosen)


def before(source: Source) -> Floats:
    """By learner: how far their first test before a module lies above its questions' means, which no order can have
    changed yet; NaN without one."""
    answers = source.answers
    if not len(answers):
        return numpy.full(len(source.learners), numpy.nan)
    pre: Truths = answers.purpose == PURPOSES.index("pre")
    first = numpy.full(len(source.learners), -1)
    where = numpy.flatnonzero(pre)[::-1]
    first[answers.learner[where]] = answers.sitting[where]  # the earliest is written last
    return _per_learner(source, _above(source), pre & (answers.sitting == first[answers.learner]))


def forgetting(source: Source) -> Floats:
    """By learner: what was lost between a component's first test after its module and later answers on it (shares;
    both against their questions' means), over all components with both."""
    answers, table = source.answers, membership(source)
    count = len(source.learners)
    lost, pairs = numpy.zeros(count), numpy.zeros(count)
    if not len(answers):
        return numpy.full(count, numpy.nan)
    above, post = _above(source), answers.purpose == PURPOSES.index("post")
    for at in range(len(source.components)):
        mine: Truths = table[answers.question, at]
        first = numpy.full(count, numpy.inf)
        numpy.minimum.at(first, answers.learner[mine & post], answers.at[mine & post])
        since = answers.at - first[answers.learner]
        fresh = _per_learner(source, above, mine & post & (since >= 0) & (since < APART))
        later = _per_learner(source, above, mine & (since >= APART))
        both = numpy.isfinite(fresh) & numpy.isfinite(later)
        lost[both] += fresh[both] - later[both]
        pairs[both] += 1
    return numpy.where(pairs > 0, lost / numpy.maximum(pairs, 1), numpy.nan)


def _begun(session: Session, source: Source, row: Trial) -> Truths:
    """Learners by units of the trial: whether a class of it was begun."""
    ids = [UUID(one) for one in row.orders[0]]
    lessons = select(Lesson.id, Lesson.module_id).where(Lesson.course_id == row.course_id)
    unit = {str(lesson): ids.index(module) if module in ids else -1 for lesson, module in session.execute(lessons)}
    if row.module_id is not None:
        unit = {str(one): at for at, one in enumerate(ids)}
    found = numpy.zeros((len(source.learners), len(ids)), dtype=bool)
    for learner, lesson in zip(source.classes.learner, source.classes.lesson, strict=True):
        at = unit.get(source.lessons[lesson], -1)
        if at >= 0:
            found[learner, at] = True
    return found


WORDS = {
    "transfer": "how far answers in tests after a module lie above their questions’ means",
    "forgetting": "what was lost between a component’s test and answers two days later or more",
    "survival": "the share of units that learners began",
}


def _measure(name: str, found: Comparison) -> Measure:
    one = found.difference
    if min(found.counts) == 0:
        said = f"Nobody in {'both orders' if max(found.counts) == 0 else 'one of the orders'} has this outcome yet."
    else:
        said = (
            f"Second order less first, in {WORDS[name]}: {found.means[1]:+.3f} of {found.counts[1]} learners against "
            f"{found.means[0]:+.3f} of {found.counts[0]}. The interval holds however often one looks."
        )
    value = one.value if min(found.counts) else None
    return Measure(name=name, value=value, low=one.low, high=one.high, n=one.n, unit="share", sentence=said)


def _charts(told: TrialView, compared: dict[str, Comparison], begun: Truths, arms: Ints) -> list[Chart]:
    bars = [
        charts.Bar(
            name,
            None if min(one.counts) == 0 else one.difference.value,
            _bound(one.difference.low),
            _bound(one.difference.high),
            one.difference.n,
        )
        for name, one in compared.items()
    ]
    made = [
        charts.bars(
            "Second order less first",
            bars,
            value_name=f"difference with its {LEVEL}",
            unit="share",
            name=f"difference-{told.id.hex[:8]}",
        )
    ]
    if begun.size and len(arms):
        reached = begun.sum(axis=1)
        steps = list(range(begun.shape[1] + 1))
        curves = [
            charts.Series(
                words,
                steps,
                [float((reached[arms == arm] >= one).mean()) for one in steps],
                (),
                (),
                [int((arms == arm).sum())] * len(steps),
            )
            for arm, words in enumerate(("first order", "second order"))
            if (arms == arm).any()
        ]
        made.append(
            charts.survival(
                "How many units learners began", curves, x_name="units begun", name=f"survival-{told.id.hex[:8]}"
            )
        )
    return made


def _bound(value: float) -> float | None:
    return value if numpy.isfinite(value) else None


def findings(subject: Subject, rows: list[Trial], area: str) -> list[Finding]:
    """A running trial that has its answer."""
    found = []
    for row in rows:
        if row.state == TrialState.RUNNING.value:
            one = outcomes(subject, row)
            if one.decides.may_stop:
                kept = "the first order" if one.decides.better == 0 else "the second order"
                todo = f"Stop the trial “{row.title}”" + (
                    f" and keep {kept}." if one.decides.better is not None else "."
                )
                link = subject.link("The trial", f"/analysis/order/trials/{row.id}")
                found.append(Finding(area=area, todo=todo, why=one.decides.sentence, evidence=link, weight=0.9))
    return found
