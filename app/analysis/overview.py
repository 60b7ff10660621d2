"""The first part of every analysis: who is in the course, what was recorded of them, and what cannot be said yet."""

import numpy

from app.analysis import charts
from app.analysis.intervals import Interval, share, share_within_people
from app.analysis.schema import Chart, Evidence, Finding, Measure, Part
from app.analysis.source import PURPOSES, Answers, Source, Truths
from app.analysis.subject import Maker, Subject

TITLE = "Overview"
HARD = 0.6
"""Below this share of right answers after a module, a component is worth teaching again."""
FEW = 5
"""Fewer learners than these carry no advice."""


def make(subject: Subject) -> Part:
    """Counts, the share of right answers of each component, and how far lessons are attended."""
    source = subject.source
    made = Part(name=MAKER.name, title=TITLE, sentences=_missing(source), measures=_measures(subject))
    if source.components and len(source.answers):
        made.charts.append(_component_chart(source))
    if len(source.classes):
        made.charts.append(_lesson_chart(source))
    made.findings = [*_hard(subject), *_silent(subject)]
    made.methods = [
        "Shares have Wilson's 95 % interval; where learners answer more than once, the interval's standard error "
        "takes each learner's answers together.",
    ]
    return made


def _missing(source: Source) -> list[str]:
    """What stands in the way, in sentences."""
    said, answers = [], source.answers
    if source.enrolled == 0:
        said.append("Nobody is enrolled yet; figures appear when learners attend and answer.")
    elif source.enrolled == 1:
        said.append("There is one learner: nothing here can be generalised, and no interval between learners exists.")
    if not source.components:
        said.append(
            "No question names a knowledge component, so nothing can be said by component. Name them in the "
            "question bank."
        )
    if len(answers) == 0:
        said.append("No answer has marks yet: difficulty, learning and gains need answers to questions.")
    elif answers.right.min() == answers.right.max():
        what = "right" if answers.right[0] else "wrong"
        said.append(f"Every answer is {what}: nothing tells one learner or question from another.")
    for purpose, words in (("pre", "before"), ("post", "after")):
        if len(answers) and not (answers.purpose == PURPOSES.index(purpose)).any():
            said.append(f"Nobody took a test {words} a module, so gains cannot be computed.")
    return said


def _measures(subject: Subject) -> list[Measure]:
    source = subject.source
    answers, classes = source.answers, source.classes
    active = len(source.learners)
    came = share(min(active, source.enrolled), source.enrolled)
    right = share_within_people(answers.right, answers.learner)
    done = share_within_people(classes.finished, classes.learner)
    return [
        measure(
            "active learners",
            came,
            "share of those enrolled",
            f"{active:,} of {source.enrolled:,} learners did something that was recorded.",
            "Nobody is enrolled.",
        ).model_copy(update={"evidence": _who_came(subject, "Attendance")}),
        measure(
            "right answers",
            right,
            "share",
            f"Of {len(answers):,} answers, these were right.",
            "No answer has marks yet.",
        ),
        measure(
            "classes finished",
            done,
            "share",
            f"Of {len(classes):,} classes, these came to the lesson's end.",
            "Nobody attended a class alone yet.",
        ),
    ]


def measure(name: str, found: Interval, unit: str, sentence: str, otherwise: str) -> Measure:
    """A figure of an interval; `otherwise` is said where there is none."""
    known = found.n > 0
    return Measure(
        name=name,
        value=found.value if known else None,
        low=found.low,
        high=found.high,
        n=found.n,
        unit=unit,
        sentence=sentence if known else otherwise,
    )


def by_component(source: Source, chosen: Truths) -> list[Interval]:
    """The share of right answers among chosen ones, for each component in order."""
    answers, found = source.answers, []
    table = membership(source)
    for at in range(len(source.components)):
        mine = chosen & table[answers.question, at]
        found.append(share_within_people(answers.right[mine], answers.learner[mine]))
    return found


def membership(source: Source) -> Truths:
    """Which question is about which component: questions by components."""
    table = numpy.zeros((len(source.questions), len(source.components)), dtype=bool)
    for at, question in enumerate(source.questions):
        table[at, list(question.components)] = True
    return table


def _component_chart(source: Source) -> Chart:
    every = numpy.ones(len(source.answers), dtype=bool)
    bars = [
        charts.Bar(name, *((one.value, one.low, one.high, one.n) if one.n else (None, None, None, 0)))
        for name, one in zip(source.components, by_component(source, every), strict=True)
    ]
    return charts.bars(
        "Right answers by component",
        bars,
        value_name="share of right answers",
        unit="share",
        span=(0, 1),
        name="right-by-component",
    )


def _lesson_chart(source: Source) -> Chart:
    classes, bars = source.classes, []
    for at, lesson in enumerate(source.lessons):
        mine = classes.lesson == at
        one = share_within_people(classes.finished[mine], classes.learner[mine])
        bars.append(charts.Bar(source.title_of(lesson, "Lesson", at), one.value, one.low, one.high, one.n))
    return charts.bars(
        "Classes that came to their end",
        bars,
        value_name="share of classes",
        unit="share",
        span=(0, 1),
        name="finished-by-lesson",
    )


def _after(answers: Answers) -> Truths:
    after: Truths = answers.purpose != PURPOSES.index("pre")
    return after


def _hard(subject: Subject) -> list[Finding]:
    """The component that learners still get wrong after its module."""
    source = subject.source
    if not source.components or not len(source.answers):
        return []
    found = by_component(source, _after(source.answers))
    learners = [
        len(
            numpy.unique(
                source.answers.learner[_after(source.answers) & membership(source)[source.answers.question, at]]
            )
        )
        for at in range(len(found))
    ]
    worst = min(
        (at for at in range(len(found)) if learners[at] >= FEW and found[at].high < HARD),
        default=None,
        key=lambda at: found[at].value,
    )
    if worst is None:
        return []
    one, name = found[worst], source.components[worst]
    return [
        Finding(
            area=MAKER.name,
            todo=f"Teach “{name}” again, or look at its questions.",
            why=f"After its module, {one.value:.0%} of {one.n:,} answers about it are right "
            f"(95 % interval {one.low:.0%} to {one.high:.0%}), of {learners[worst]:,} learners.",
            evidence=subject.link("Answers by component", "/analysis/overview#right-by-component"),
            weight=min(1.0, (1 - one.high) * learners[worst] / max(1, source.enrolled)),
        )
    ]


def _silent(subject: Subject) -> list[Finding]:
    """Learners who are enrolled and of whom nothing is recorded."""
    source = subject.source
    missing = source.enrolled - len(source.learners)
    if source.enrolled < FEW or missing / source.enrolled < 0.1:
        return []
    return [
        Finding(
            area=MAKER.name,
            todo=f"Write to the {missing:,} who have not begun.",
            why=f"{missing:,} of {source.enrolled:,} enrolled learners have attended no class and answered nothing.",
            evidence=_who_came(subject, "Who attended"),
            weight=min(1.0, missing / source.enrolled),
        )
    ]


MAKER = Maker("overview", TITLE, "Who takes part, what is recorded, and where answers go wrong.", make)


def _who_came(subject: Subject, words: str) -> list[Evidence]:
    """Where one sees who came: those who teach by name, researchers under pseudonyms."""
    return subject.link("Records", "/desk") if subject.for_research else subject.link(words, "/attendance")
