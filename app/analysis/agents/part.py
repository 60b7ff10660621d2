"""Agents as a part of a course's analysis."""

from app.analysis import charts
from app.analysis.agents.attempts import NextTry, next_tries, tries
from app.analysis.agents.doing import Doing, Refused, doings, spoken_by
from app.analysis.agents.reading import costs, refusals, trials_of
from app.analysis.agents.schema import Outside, Trial
from app.analysis.agents.trials import OUTCOMES, Arm, read_trial
from app.analysis.logs.intervals import Interval, wilson
from app.analysis.logs.subjects import Records, records_of
from app.analysis.logs.telling import bar, measure, percent, spread, spread_columns, table, words
from app.analysis.schema import Cell, Chart, Column, Finding, Measure, Part, Table
from app.analysis.subject import Maker, Subject
from app.classroom.speech.guard import Refusal

TITLE = "Agents"
LEAK = Refusal.LEAK.value
FEWEST = 20
"""Tries after somebody's help that are needed before anything is said of it."""


def make(subject: Subject) -> Part:
    """Helpfulness, leaks, next tries, cost and waiting; adapters compared by lot where there were trials."""
    records, outside = records_of(subject), subject.outside or Outside()
    lines = records.lines
    made = Part(name=MAKER.name, title=TITLE, methods=METHODS)
    people, whose = spoken_by(lines)
    if not people:
        made.sentences = ["No agent has said anything of its own yet; what the script says is not told here."]
        return made
    refused = _refused(subject, records)
    found = doings(lines, outside.thumbs, refused, LEAK)
    after = next_tries(tries(lines), whose, len(people))
    made.sentences = _sentences(found, after, subject.outside)
    made.measures = _measures(subject, found, after)
    made.charts = _charts(found, after)
    made.tables = [_doing_table(found, after), *_refusal_tables(refused), *_cost_tables(subject)]
    for trial in _trials(subject):
        made.tables.append(_trial_table(trial.name, read_trial(lines, trial, outside.thumbs)))
    made.findings = _findings(subject, found, after)
    return made


def _refused(subject: Subject, records: Records) -> list[Refused]:
    if subject.session is None or subject.source.course_id is None:
        return []
    return refusals(subject.session, subject.source.course_id, records.lines)


def _trials(subject: Subject) -> list[Trial]:
    if subject.session is None or subject.source.course_id is None:
        return []
    return trials_of(subject.session, subject.source.course_id, (subject.outside or Outside()).rollouts)


def _sentences(found: list[Doing], after: list[NextTry], outside: Outside | None) -> list[str]:
    said = []
    if outside is None:
        said.append(
            "Thumbs, and adapters given by lot, are told on the page of agents and in the command's report alone."
        )
    elif not any(one.up.n for one in found):
        said.append("Nobody has given thumbs to what agents said; helpfulness is told here once they do.")
    if not any(one.n for one in after):
        said.append("Nobody has tried a question again after an agent's help yet.")
    if all(one.total_ms.n == 0 for one in found):
        said.append("No model call stands behind these lines, so that nothing can be said of cost and waiting.")
    if outside is not None and not outside.rollouts:
        said.append("No adapters were given by lot in this course; differences between models below are observed only.")
    return said


def _measures(subject: Subject, found: list[Doing], after: list[NextTry]) -> list[Measure]:
    lines = sum(one.lines for one in found)
    up = sum(one.up.value * one.up.n for one in found if one.up.n)
    thumbs = sum(one.up.n for one in found)
    leaks = sum(one.leaks.value * one.lines for one in found if one.lines)
    waits = [one.total_ms for one in found if one.total_ms.n]
    tried = sum(one.n for one in after)
    right = sum(one.right * one.n for one in after if one.n)
    return [
        measure("helpful", wilson(up, thumbs), "share of thumbs", "Thumbs that are up.", "No thumbs are told here."),
        measure(
            "held back: leaks",
            wilson(leaks, lines),
            "share of agents' lines",
            f"Of {lines:,} lines, turns in which the guard kept words back that would have handed an answer over.",
            "Agents have said nothing of their own.",
        ),
        measure(
            "right at the next try",
            wilson(right, tried),
            "share of tries after help",
            "After an answer that was not right, on the same page.",
            "Nobody has tried again yet.",
            words(subject, "What they answered", activity="responding"),
        ),
        measure(
            "whole reply",
            max(waits, key=lambda one: one.n) if waits else Interval(float("nan"), float("nan"), float("nan"), 0),
            "ms, median",
            "Of the agent and model that spoke most by model.",
            "No model call stands behind these lines.",
        ),
    ]


def _charts(found: list[Doing], after: list[NextTry]) -> list[Chart]:
    made = []
    if any(one.up.n for one in found):
        made.append(
            charts.bars(
                "Thumbs that are up",
                [bar(one.who.words(), one.up) for one in found if one.up.n],
                value_name="share of thumbs",
                unit="share",
                span=(0, 1),
                name="thumbs",
            )
        )
    told = [(one, two) for one, two in zip(found, after, strict=True) if two.n]
    if told:
        made.append(
            charts.bars(
                "The next try after help, against what was expected (observed)",
                [bar(one.who.words(), two.difference) for one, two in told],
                value_name="share right, less what was expected",
                unit="share",
                description="By whose help came before; expected by page, learner and number of tries. Above 0 is "
                "better.",
                name="next-try",
            )
        )
    if any(one.total_ms.n for one in found):
        made.append(
            charts.bars(
                "How long a reply takes",
                [bar(one.who.words(), one.total_ms) for one in found if one.total_ms.n],
                value_name="median to the last word",
                unit="ms",
                name="waiting",
            )
        )
    return made


def _doing_table(found: list[Doing], after: list[NextTry]) -> Table:
    rows: list[list[Cell]] = [
        [
            *(one.who.voice, one.who.model, one.who.prompt, one.lines, one.fallback.value),
            *spread(one.up),
            *spread(one.leaks)[:3],
            one.refused.value,
            *(two.n, two.right, two.expected),
            *spread(two.difference)[:3],
            *(one.first_ms.value, one.total_ms.value, one.slowest_ms, one.tokens_in, one.tokens_out),
        ]
        for one, two in zip(found, after, strict=True)
    ]
    columns = [
        Column(name="agent", meaning="Agent"),
        Column(name="model", meaning="Model or adapter"),
        Column(name="prompts", meaning="Prompts"),
        Column(name="lines", meaning="Lines"),
        Column(name="fallback", meaning="Page's words instead", unit="share"),
        *spread_columns("up", "Thumbs up", "share"),
        *spread_columns("leaks", "Leaks held back", "share")[:3],
        Column(name="refused", meaning="All held back", unit="share"),
        Column(name="tries", meaning="Next tries"),
        Column(name="right", meaning="Right", unit="share"),
        Column(name="expected", meaning="Expected", unit="share"),
        *spread_columns("difference", "Difference", "share")[:3],
        Column(name="first_ms", meaning="First words, median", unit="ms"),
        Column(name="total_ms", meaning="All, median", unit="ms"),
        Column(name="slowest_ms", meaning="All, 95 %", unit="ms"),
        Column(name="tokens_in", meaning="Tokens read", unit="a line"),
        Column(name="tokens_out", meaning="Tokens said", unit="a line"),
    ]
    return table("agents", "Each agent, by model and prompts", columns, rows)


def _refusal_tables(refused: list[Refused]) -> list[Table]:
    if not refused:
        return []
    rows: list[list[Cell]] = [
        [one.who.voice, one.who.model, one.who.prompt, one.reason, one.turns]
        for one in sorted(refused, key=lambda one: -one.turns)
    ]
    names = (
        ("agent", "Agent"),
        ("model", "Model or adapter"),
        ("prompts", "Prompts"),
        ("reason", "Why"),
        ("turns", "Turns"),
    )
    return [table("held-back", "What the guard held back", [Column(name=a, meaning=b) for a, b in names], rows)]


def _cost_tables(subject: Subject) -> list[Table]:
    if subject.session is None or subject.source.course_id is None or subject.for_research:
        return []
    rows: list[list[Cell]] = [
        [
            *(one.role, one.model, one.calls, one.failed, one.tokens_in, one.tokens_cached, one.tokens_out),
            *(one.first_ms, one.first_p95, one.total_ms, one.total_p95),
        ]
        for one in costs(subject.session, subject.source.course_id)
    ]
    columns = [
        ("role", "Role", ""),
        ("model", "Model or adapter", ""),
        ("calls", "Calls", ""),
        ("failed", "Not ok", ""),
        ("tokens_in", "Tokens read", ""),
        ("tokens_cached", "Known already", ""),
        ("tokens_out", "Tokens said", ""),
        ("first_ms", "First words, median", "ms"),
        ("first_p95", "First words, 95 %", "ms"),
        ("total_ms", "All, median", "ms"),
        ("total_p95", "All, 95 %", "ms"),
    ]
    return [table("cost", "What model calls of this course's classes cost", columns, rows)] if rows else []


def _trial_table(name: str, arms: list[Arm]) -> Table:
    rows: list[list[Cell]] = [
        [
            arm.name,
            arm.learners,
            OUTCOMES[what],
            arm.means[what].value,
            *(spread(arm.differences[what])[:3] if arm.differences else [None, None, None]),
            arm.p.get(what),
        ]
        for arm in arms
        for what in OUTCOMES
    ]
    columns = [
        Column(name="arm", meaning="Arm"),
        Column(name="learners", meaning="Learners"),
        Column(name="what", meaning="Outcome"),
        Column(name="mean", meaning="Mean"),
        *spread_columns("difference", "Difference to the first arm")[:3],
        Column(name="p", meaning="p, corrected"),
    ]
    return table(charts.slug(f"trial {name}"), f"By lot: {name}", columns, rows)


def _findings(subject: Subject, found: list[Doing], after: list[NextTry]) -> list[Finding]:
    worse = [
        (one, two)
        for one, two in zip(found, after, strict=True)
        if two.n >= FEWEST and two.difference.high == two.difference.high and two.difference.high < 0
    ]
    if not worse:
        return []
    one, two = min(worse, key=lambda pair: pair[1].difference.high)
    return [
        Finding(
            area=MAKER.name,
            todo=f"Read what “{one.who.words()}” says to answers that are not right.",
            why=f"After it, {percent(two.right)} of {two.n:,} next tries are right, where {percent(two.expected)} "
            "were to be "
            "expected by page and learner. Observed: who helped was not drawn by lot.",
            evidence=subject.link("Each agent", "/analysis/agents#agents"),
            weight=min(1.0, -two.difference.high),
        )
    ]


METHODS = [
    "An agent is told apart by the model that spoke (an adapter has a name of its own) and by the version of the "
    "prompt "
    "files. Lines of the script are left out. Shares have Wilson's interval, times are medians with the interval of "
    "order "
    "statistics, per line; the table of costs counts every call, also those that came to nothing.",
    "Next tries: judged answers after one that was not right, on the same page, in classes of one learner. Expected: a "
    "logistic regression on page, the learner's share so far and the number of tries, without agents; the interval "
    "of the "
    "difference is that of the sum of these chances.",
    "By lot: lots are drawn for learners, so a learner's classes count once, by their mean; means with Student's "
    "interval, differences to the first arm with Welch's, p "
    "corrected "
    "by Holm's steps over all comparisons of the trial.",
]
ABOUT = "How helpful they are, what the guard held back, the next try after their help, cost and waiting."
MAKER = Maker("agents", TITLE, ABOUT, make)
