"""The part of an analysis that tells what learners know, how they learn it, and how far that can be believed."""

import math
from typing import NamedTuple

import numpy as np

from app.analysis import charts
from app.analysis.intervals import Interval, mean
from app.analysis.learners import tracing
from app.analysis.learners.comparing import Comparison, Fitted, compare, fit_all
from app.analysis.learners.knowing import LEVELS
from app.analysis.learners.practice import Ints, Practice, opportunities
from app.analysis.learners.scoring import wilson
from app.analysis.schema import Cell, Chart, Column, Finding, Measure, Part, Table
from app.analysis.source import Source
from app.analysis.subject import Maker, Subject

TITLE = "Learning"
MOST_SHOWN, LAST = 6, 8
"""How many components the curves are drawn of, and up to which opportunity."""
FEWEST = 5
"""A point of a curve, and advice, want as many learners as this."""
FLAT, SURELY_FLAT, HIGH = 0.02, 0.1, 0.35
"""A curve that rises by less than the first (logits an answer), and surely by less than the second, while more than
this share is wrong, is no learning."""
WHOLE = 5_000
"""Up to so many answers every learner is held back in turn; with more, one group of five."""
NAMES = {"bkt": "Knowledge tracing", "afm": "Learning curves (AFM)", "elo": "Elo"}
METHODS = [
    "Knowledge tracing (Corbett and Anderson 1994) is fitted to each component by expectation maximisation from six "
    "starts, with priors that count for four answers; errors are from the outer product of learners' scores. "
    "Mastery is P(known) after the last answer.",
    "Learning curves are the additive factor model (Cen, Koedinger and Junker 2006): learners with a normal prior "
    "whose variance is estimated, slopes not negative. Elo (Pelánek 2016) is the baseline.",
    "All three are tested on learners they were not fitted to, each answer being predicted from that learner's earlier "
    "answers. AUC has Hanley and McNeil's interval; answers of one learner are not independent, so that it is narrow.",
]


class Learned(NamedTuple):
    """The models of a course, and how well they predict."""

    practice: Practice
    fitted: Fitted
    comparison: Comparison
    known: tracing.Known


def practice_of(source: Source) -> Practice:
    """The course's answers about components, in the order of time."""
    answers = source.answers
    counts = np.array([len(one.components) for one in source.questions], np.int64)
    flat = np.array([name for one in source.questions for name in one.components], np.int64)
    firsts = np.cumsum(counts) - counts
    used = np.flatnonzero(counts[answers.question] > 0) if len(answers) else np.zeros(0, np.int64)
    question = answers.question[used]
    sizes = counts[question]
    place = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return Practice(
        learner=np.repeat(answers.learner[used], sizes),
        skill=flat[np.repeat(firsts[question], sizes) + place] if len(used) else np.zeros(0, np.int64),
        right=np.repeat(answers.right[used].astype(np.int64), sizes),
        answer=np.repeat(np.arange(len(used)), sizes),
        learners=source.learners,
        skills=source.components,
    )


def learn(source: Source, seed: int = 1) -> Learned:
    """Fit and test all models on a course; its practice must not be empty."""
    practice = practice_of(source)
    fitted = fit_all(practice, seed)
    groups = 1 if len(practice) > WHOLE else 5
    comparison = compare(practice, seed=seed, fitted=fitted, groups=groups)
    return Learned(practice, fitted, comparison, tracing.mastery(fitted.bkt, practice))


def make(subject: Subject) -> Part:
    """Mastery, learning curves and the models' own figures."""
    part = Part(name=MAKER.name, title=TITLE, methods=[*METHODS, f"Seed {subject.seed}."])
    practice = practice_of(subject.source)
    if not len(practice):
        part.sentences = ["No answer is about a knowledge component yet: name them in the question bank."]
        return part
    learned = learn(subject.source, subject.seed)
    part.sentences = learned.comparison.sentences
    part.measures = _measures(subject, learned)
    part.charts = [_mastery_chart(learned), *_curve_charts(learned), *_calibration_chart(learned)]
    part.tables = [_models_table(learned), _parameters_table(learned)]
    part.findings = _findings(subject, learned)
    part.methods.append(f"Tested: {learned.comparison.how}.")
    return part


def _measures(subject: Subject, learned: Learned) -> list[Measure]:
    known, traced = learned.known, learned.comparison.models["bkt"]
    mastered = int((known.value >= LEVELS[0][0]).sum())
    low, high = wilson(mastered, len(known.value))
    auc = "The chance that a right answer was predicted above a wrong one, on learners who were not fitted."
    return [
        Measure(
            name="components known",
            value=mastered / len(known.value),
            low=low,
            high=high,
            n=len(known.value),
            unit="share",
            sentence=f"Of {len(known.value):,} pairs of a learner and a component they answered about, these are "
            f"known with probability {LEVELS[0][0]:.0%} or more.",
            evidence=subject.link("Each learner", "/analysis/learners#people"),
        ),
        Measure(
            name="prediction",
            value=traced.auc,
            low=traced.auc_low,
            high=traced.auc_high,
            n=traced.n,
            unit="AUC",
            sentence=auc if traced.auc is not None else "It cannot be tested: see above.",
        ),
        Measure(
            name="calibration error",
            value=traced.off,
            n=traced.n,
            unit="share",
            sentence="How far predicted and actual shares of right answers are apart, on the same learners.",
        ),
    ]


def by_component(learned: Learned) -> list[Interval]:
    """Mean P(known) of each component over its learners, with the interval of that mean."""
    known = learned.known
    return [mean(known.value[known.skill == at]) for at in range(len(learned.practice.skills))]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _mastery_chart(learned: Learned) -> Chart:
    bars = []
    for name, one in zip(learned.practice.skills, by_component(learned), strict=True):
        low, high = (None if not math.isfinite(end) else min(1.0, max(0.0, end)) for end in (one.low, one.high))
        bars.append(charts.Bar(name, _finite(one.value), low, high, one.n))
    return charts.bars(
        "Mastery by component",
        bars,
        value_name="mean probability that it is known",
        unit="probability",
        span=(0, 1),
        name="mastery-by-component",
    )


def _curve_charts(learned: Learned) -> list[Chart]:
    """The share of wrong answers by opportunity, of the components with most answers."""
    practice, before = learned.practice, opportunities(learned.practice)
    counts = np.bincount(practice.skill, minlength=len(practice.skills))
    most = sorted(np.argsort(-counts, kind="stable")[:MOST_SHOWN].tolist())
    series = [line for at in most if (line := _curve(practice, before, at))]
    if not series:
        return []
    return [
        charts.line(
            "Learning curves",
            series,
            x_name="opportunity: the learner's how-manieth answer about the component",
            y_name="share of wrong answers",
            description="Curves that fall show learning. Where everybody meets the same questions in the same order, a "
            "point also shows how hard its question is; and who stays longer differs from who leaves early.",
            name="learning-curves",
            y_range=(0.0, 1.0),
        )
    ]


def _curve(practice: Practice, before: Ints, at: int) -> charts.Series | None:
    xs, ys, lows, highs, ns = [], [], [], [], []
    for step in range(LAST):
        wrong = 1 - practice.right[(practice.skill == at) & (before == step)]
        if len(wrong) >= FEWEST:
            low, high = wilson(float(wrong.sum()), len(wrong))
            xs.append(step + 1)
            ys.append(float(wrong.mean()))
            lows.append(low)
            highs.append(high)
            ns.append(len(wrong))
    return charts.Series(practice.skills[at], xs, ys, lows, highs, ns) if len(xs) > 1 else None


def _calibration_chart(learned: Learned) -> list[Chart]:
    made = []
    for name, told in learned.comparison.models.items():
        bins = [charts.Bin(one.predicted, one.right, one.low, one.high, one.n) for one in told.bins]
        if bins:
            made.append(
                charts.calibration(
                    f"{NAMES[name]}: predicted and actual",
                    bins,
                    description="On learners that were held back. Points on the diagonal are as predicted.",
                    name=f"calibration-{name}",
                )
            )
    return made


def _models_table(learned: Learned) -> Table:
    columns = [
        Column(name="model", meaning="Model"),
        Column(name="n", meaning="Answers predicted"),
        Column(name="auc", meaning="AUC"),
        Column(name="auc_low", meaning="AUC, lower bound"),
        Column(name="auc_high", meaning="AUC, upper bound"),
        Column(name="rmse", meaning="RMSE"),
        Column(name="calibration_error", meaning="Calibration error", unit="share"),
    ]
    rows: list[list[Cell]] = [
        [NAMES[name], one.n, one.auc, one.auc_low, one.auc_high, one.rmse, one.off]
        for name, one in learned.comparison.models.items()
    ]
    return Table(
        name="models", title="How well each model predicts learners it has not seen", columns=columns, rows=rows
    )


def _parameters_table(learned: Learned) -> Table:
    values = ("prior", "learn", "guess", "slip", "ease", "slope")
    columns = [Column(name="component", meaning="Component"), Column(name="answers", meaning="Answers")]
    for name in values:
        unit = "logits" if name in ("ease", "slope") else "probability"
        columns.append(Column(name=name, meaning=name.capitalize(), unit=unit))
        columns.append(Column(name=f"{name}_se", meaning=f"{name.capitalize()}, standard error", unit=unit))
    rows: list[list[Cell]] = []
    for one in learned.comparison.parameters:
        pairs = [cell for name in values for cell in (getattr(one, name), getattr(one, f"{name}_se"))]
        rows.append([one.skill, one.answers, *pairs])
    return Table(name="parameters", title="Parameters of each component", columns=columns, rows=rows)


def _findings(subject: Subject, learned: Learned) -> list[Finding]:
    """Components that practice does not help with."""
    practice, found = learned.practice, []
    for one in learned.comparison.parameters:
        mine = practice.skill == practice.skills.index(one.skill)
        people = len(np.unique(practice.learner[mine]))
        wrong = float(1 - practice.right[mine].mean())
        if people >= FEWEST and wrong > HIGH and one.slope < FLAT and one.slope + 1.96 * one.slope_se < SURELY_FLAT:
            found.append(
                Finding(
                    area=MAKER.name,
                    todo=f"Look at “{one.skill}”: answers about it do not get better.",
                    why=f"{wrong:.0%} of {one.answers:,} answers about it are wrong, later ones as often as earlier "
                    f"ones (slope {one.slope:.3f}, standard error {one.slope_se:.3f} logits an answer). It may be "
                    "several things in one, be taught too little, or have its harder questions last.",
                    evidence=subject.link("Its learning curve", "/analysis/learners#learning-curves"),
                    weight=min(1.0, wrong * people / max(1, subject.source.enrolled)),
                )
            )
    return sorted(found, key=lambda one: -one.weight)[:3]


MAKER = Maker("learners", TITLE, "What learners know, how fast they learn it, and how far that can be believed.", make)
