"""Flow as a part of a course's analysis."""

import numpy as np

from app.analysis import charts
from app.analysis.flow.comparing import cohorts, large_enough, version_changes
from app.analysis.flow.dropout import MEANINGS, AtRisk, Hazard, at_risk, hazard
from app.analysis.flow.periods import PATIENCE, Periods, periods
from app.analysis.flow.strip import SIGNS, WORDS, Strip, strip
from app.analysis.flow.survival import Curve, kaplan_meier, log_rank, spans
from app.analysis.flow.worst import page_findings
from app.analysis.logs.intervals import Interval, wilson
from app.analysis.logs.lines import Lines, Truths, Whole
from app.analysis.logs.subjects import Records, records_of
from app.analysis.logs.telling import bar, clocks, measure, percent, spread, spread_columns, table
from app.analysis.schema import Cell, Chart, Column, Finding, Measure, Part, Table
from app.analysis.subject import Maker, Subject

TITLE = "Flow"
LIKELY = 0.3
"""From this chance on somebody is worth writing to."""
FEW = 5


def make(subject: Subject) -> Part:
    """Page by page, module by module, until they stop."""
    records = records_of(subject)
    lines = records.lines
    made = Part(name=MAKER.name, title=TITLE, methods=METHODS)
    if not len(lines):
        made.sentences = ["Nobody has attended a class yet. Where classes stop, slow down and ask is told here."]
        return made
    told = periods(lines, records.results, records.as_of)
    model = hazard(told)
    strips = strips_of(records)
    made.sentences = _sentences(lines, told, model)
    made.measures = _measures(lines, told, model, strips)
    made.charts = [_strip_chart(lines, one) for one in strips] + _charts(lines, told, model)
    made.tables = [*(_strip_table(lines, one) for one in strips), *_version_tables(lines)]
    made.findings = page_findings(subject, lines, strips) + _risk_findings(subject, records, told, model)
    return made


def strips_of(records: Records) -> list[Strip]:
    """The strips of all lessons that were taught."""
    taught = sorted({one.lesson for one in records.lines.classes})
    return [strip(records.lines, at, records.as_of) for at in taught]


def risks_of(records: Records) -> list[AtRisk] | str:
    """Whom to write to, or a sentence that says why that cannot be told."""
    told = periods(records.lines, records.results, records.as_of)
    model = hazard(told)
    return model if isinstance(model, str) else at_risk(told, model, records.results.seen, records.as_of)


def _sentences(lines: Lines, told: Periods, model: Hazard | str) -> list[str]:
    said = [model] if isinstance(model, str) else []
    if len(set(told.learner.tolist())) == 1:
        said.append("One learner has attended: no share or curve here can stand for others.")
    if not isinstance(model, str) and not model.converged:
        said.append("The hazard did not settle; its figures are not to be relied on.")
    if lines.course.is_shifted:
        said.append(
            "In this release each learner's times were moved: whoever was in no later module counts as gone, and "
            "cohorts "
            "cannot be compared."
        )
    return said + clocks(lines.backwards)


def _measures(lines: Lines, told: Periods, model: Hazard | str, strips: list[Strip]) -> list[Measure]:
    classes = sum(one.classes for one in strips)
    done = wilson(sum(one.finished.value * one.classes for one in strips if one.classes), classes)
    known, gone = int(told.known.sum()), int(told.gone[told.known].sum())
    found = [
        measure("finished classes", done, "share of classes", "Came to their lesson's end.", "Nobody attended yet."),
        measure(
            "went no further",
            wilson(gone, known),
            "share of learner-modules",
            f"Were in no later module, and silent for {PATIENCE / 86400:.0f} days.",
            "It is not known of anybody yet whether they went on.",
        ),
    ]
    if isinstance(model, str):
        return found
    held = model.held
    skill = 1 - held.brier / held.brier_base if held.brier_base else float("nan")
    return [
        *found,
        measure(
            "telling apart",
            held.auc,
            "AUC, held back",
            "How often somebody who stopped had been given a higher chance than somebody who went on; 0.5 is chance.",
            "All ended alike.",
        ),
        Measure(
            name="Brier score",
            value=held.brier,
            n=held.n,
            unit="held back",
            sentence=f"The overall share alone gives {held.brier_base:.3f}; the model takes {skill:.0%} of that away.",
        ),
    ]


# --------------------------------------------------------------------------------------------------- page by page


def _strip_chart(lines: Lines, told: Strip) -> Chart:
    """All four signs of a lesson, each relative to its own page with the most."""
    facts = lines.course.lessons[told.lesson]
    rows: list[list[float | None]] = []
    for sign in SIGNS:
        values = [page.sign(sign).value for page in told.pages]
        most = max((one for one in values if one == one), default=0.0)
        rows.append([None if one != one else one / most if most else 0.0 for one in values])
    return charts.matrix(
        f"{facts.title}: page by page",
        [WORDS[sign] for sign in SIGNS],
        [f"page {page.page.number}" for page in told.pages],
        rows,
        value_name="share of the page with the most",
        description=f"Where {told.classes:,} classes stop, slow down, go back and ask; the figures are in the table "
        "below.",
        name=f"strip-{told.lesson + 1}",
    )


def _strip_table(lines: Lines, told: Strip) -> Table:
    rows: list[list[Cell]] = [
        [
            one.page.number,
            one.page.title,
            one.shown,
            *(cell for sign in SIGNS for cell in spread(one.sign(sign))[:3]),
            one.seconds.value,
            one.questions,
        ]
        for one in told.pages
    ]
    columns = [
        Column(name="page", meaning="Page"),
        Column(name="title", meaning="Title"),
        Column(name="shown", meaning="Classes it was shown in"),
        *(one for sign in SIGNS for one in spread_columns(sign, WORDS[sign], "" if sign == "slow" else "share")[:3]),
        Column(name="seconds", meaning="Median time of a class", unit="seconds"),
        Column(name="questions", meaning="Questions asked"),
    ]
    title = f"{lines.course.lessons[told.lesson].title}: page by page"
    return table(f"pages-{told.lesson + 1}", title, columns, rows)


# ----------------------------------------------------------------------------------------------- module by module


def _charts(lines: Lines, told: Periods, model: Hazard | str) -> list[Chart]:
    found = _survival(lines, told)
    if isinstance(model, str):
        return found
    bins = [charts.Bin(one.predicted, *one.observed[:4]) for one in model.bins]
    return [
        *found,
        charts.bars(
            "What goes with stopping (observed)",
            [bar(MEANINGS[name], one) for name, one in model.effects.items()],
            value_name="change of the log odds of going no further, for a unit",
            unit="logits",
            description="Weights of the hazard, with 95 % intervals; above 0 goes with stopping. Observed, not drawn "
            "by lot.",
            name="hazard",
        ),
        charts.bars(
            "Who goes no further, by module",
            [bar(lines.course.modules[at], one) for at, one in model.base.items()],
            value_name="chance of somebody average",
            unit="share",
            name="hazard-by-module",
        ),
        charts.calibration(
            "Is the risk what it says?",
            bins,
            description="Chances given to learners whom the model had not seen, in groups, against the share that "
            "stopped.",
            name="hazard-calibration",
        ),
    ]


def _survival(lines: Lines, told: Periods) -> list[Chart]:
    times, gone, learner = spans(told)
    if not (times > 0).any():
        return []
    groups = cohorts(lines)
    own = groups.group[learner]
    kept = large_enough(groups)
    some = [at for at in kept if ((own == at) & (times > 0)).any()]
    if len(some) < 2:
        curves = [_series("all learners", kaplan_meier(times, gone))]
        words = "All began in one cohort, or the others are too small to be compared."
    else:
        curves = [_series(groups.names[at], kaplan_meier(times[own == at], gone[own == at])) for at in some]
        words = _log_rank_words(times, gone, own, some)
    found = charts.survival("How many go on after each module", curves, x_name="module", name="survival")
    return [found.model_copy(update={"description": f"{found.description} {words}"})]


def _log_rank_words(times: Whole, gone: Truths, own: Whole, some: list[int]) -> str:
    inside = np.isin(own, some)
    test = log_rank(times[inside], gone[inside], own[inside])
    if test.chi2 != test.chi2:
        return "Nobody stopped, so that the cohorts cannot be told apart."
    return (
        f"Log-rank test of {len(some)} cohorts: chi squared {test.chi2:.2f} with {test.freedom} degrees of freedom, "
        f"p {test.p:.3g}. When people begin is not drawn by lot."
    )


def _series(name: str, told: Curve) -> charts.Series:
    return charts.Series(
        name,
        told.times.tolist(),
        told.share.tolist(),
        np.nan_to_num(told.low, nan=0.0).tolist(),
        np.nan_to_num(told.high, nan=1.0).tolist(),
        told.at_risk.tolist(),
    )


def _version_tables(lines: Lines) -> list[Table]:
    changes = version_changes(lines)
    if not changes:
        return []
    rows: list[list[Cell]] = []
    for one in changes:
        lesson = lines.course.lessons[one.before.lesson].title
        told: list[tuple[str, Interval, Interval, Interval]] = [
            ("finished (share)", one.before.finished, one.after.finished, one.finished),
            ("minutes", one.before.minutes, one.after.minutes, one.minutes),
            ("messages", one.before.messages, one.after.messages, one.messages),
        ]
        for name, before, after, change in told:
            rows.append(
                [lesson, f"{one.before.number} → {one.after.number}", name, before.value, after.value, *spread(change)]
            )
    columns = [
        Column(name="lesson", meaning="Lesson"),
        Column(name="versions", meaning="Versions"),
        Column(name="what", meaning="Of a class"),
        Column(name="before", meaning="Before"),
        Column(name="after", meaning="After"),
        *spread_columns("change", "Change"),
    ]
    return [table("versions", "Versions of a lesson (observed: whoever came later had the later one)", columns, rows)]


def _risk_findings(subject: Subject, records: Records, told: Periods, model: Hazard | str) -> list[Finding]:
    if isinstance(model, str) or subject.for_research:
        return []
    here = [one for one in at_risk(told, model, records.results.seen, records.as_of) if not one.is_gone]
    likely = [one for one in here if one.chance >= LIKELY]
    if len(likely) < 1:
        return []
    people = len(records.lines.course.learners)
    return [
        Finding(
            area=MAKER.name,
            todo=f"Write to {len(likely):,} {'learner' if len(likely) == 1 else 'learners'} before they are lost.",
            why=f"The model gives them a chance of {percent(likely[-1].chance)} to {percent(likely[0].chance)} to go "
            "no "
            f"further (AUC {model.held.auc.value:.2f} on learners it had not seen, n {model.held.n:,}).",
            evidence=subject.link("The list", "/analysis/flow#whom"),
            weight=min(1.0, sum(one.chance for one in likely) / max(1, people)),
        )
    ]


METHODS = [
    "Page by page: a class stops where it was not finished and its last page stands (ended, or still for a day). Time "
    "counts gaps of up to three minutes between lines, without pauses; “time for its words” is a page's share of its "
    "class's "
    "time over its share of the words that the script says. Shares have Wilson's interval, medians that of order "
    "statistics. A shared class counts once.",
    "Dropping out: a discrete-time hazard (logistic regression on learner-modules with a ridge of 1 on what was done; "
    "Singer and Willett 1993). Somebody stopped who was in no later module and silent for 14 days; periods that ended "
    "fewer days ago, and the last module, do not count. Held back: five folds of learners, seed 20260907. AUC with the "
    "interval of DeLong and others (1988).",
    "Survival: Kaplan and Meier's curve with Greenwood's interval on the log-log scale; cohorts by when learners "
    "began, "
    "compared by the log-rank test.",
    "All of this is observed. That those who say little stop more often does not show that saying more would keep "
    "them.",
]
MAKER = Maker(
    "flow", TITLE, "Where learners stop, slow down, go back and ask; who may be lost; cohorts and versions.", make
)
