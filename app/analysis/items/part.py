"""The part of an analysis that tells of its questions."""

from app.analysis import charts
from app.analysis.items.analysing import Figure, ItemAnalysis, ItemFigures, analyse_items
from app.analysis.items.flags import Sort, letter
from app.analysis.items.reading import option_counts, stems
from app.analysis.schema import Cell, Chart, Column, Finding, Measure, Part, Table
from app.analysis.subject import Maker, Subject

TITLE = "Questions"
WORTH_DOING = 0.35
"""Flags below this weight are told in the table alone."""
PURPOSE_WORDS = {"pre": "tests before", "post": "tests after", "quiz": "quizzes", "practice": "practice"}
METHODS = [
    "Of each learner the first answer to a question counts. Difficulty is the mean share of the points; discrimination "
    "is the correlation with the mean share of the form's other questions (corrected point-biserial, Fisher's "
    "interval); upper and lower groups are the 27 % with the highest and lowest rest scores (Kelley 1939), their "
    "difference with Newcombe's interval. Cronbach's alpha has Feldt's interval and is of those who answered all.",
    "Item response models (1PL, and with 100 learners 2PL, with 400 also 3PL) are fitted by marginal maximum "
    "likelihood to all questions of one purpose together, abilities standard normal; the lowest AIC is shown.",
]


def make(subject: Subject) -> Part:
    """All figures of a course's questions."""
    return part_of(subject, analyse(subject))


def part_of(subject: Subject, analysis: ItemAnalysis) -> Part:
    """The part that tells of an analysis of the subject's questions."""
    part = Part(name=MAKER.name, title=TITLE, methods=[*METHODS, *_chosen(analysis)])
    part.sentences = _missing(analysis)
    if not analysis.items:
        return part
    names = labels(subject, analysis)
    part.measures = _measures(subject, analysis)
    part.charts = _charts(analysis, names)
    part.tables = [_items_table(analysis, names), _options_table(analysis, names), _forms_table(analysis)]
    part.findings = _findings(subject, analysis, names)
    return part


def analyse(subject: Subject) -> ItemAnalysis:
    """The figures of a subject's questions."""
    course = subject.source.course_id
    counts = option_counts(subject.session, course) if subject.session and course else None
    return analyse_items(subject.source, counts)


def labels(subject: Subject, analysis: ItemAnalysis) -> dict[tuple[str, int], str]:
    """What each question is called: its words, where they may be told, else what it is about and its number."""
    course = subject.source.course_id
    may_tell = subject.session is not None and course is not None and not subject.for_research
    words = stems(subject.session, course) if may_tell and subject.session and course else {}
    found: dict[tuple[str, int], str] = {}
    for at, one in enumerate(analysis.items, 1):
        about = one.components[0] if one.components else one.kind
        found[one.item, one.version] = words.get((one.item, one.version), f"{about} {at}")
    return found


def _missing(analysis: ItemAnalysis) -> list[str]:
    if not analysis.items:
        return ["No question has answers with marks yet: there is nothing to say about questions."]
    said = []
    if not analysis.models:
        said.append("Item response models want more than 20 learners who answered two questions of one kind of test.")
    purposes = {one.purpose for one in analysis.items}
    if "post" not in purposes:
        said.append("Nobody took a test after a module: how questions do there is not known.")
    if all(one.difficulty.value == 1 for one in analysis.items):
        said.append("All answers are right: nothing tells one question from another.")
    if all(one.difficulty.value == 0 for one in analysis.items):
        said.append("All answers are wrong: check the keys before anything else.")
    return said


def _chosen(analysis: ItemAnalysis) -> list[str]:
    return [
        f"{one.questions} questions of {PURPOSE_WORDS[one.purpose]}, {one.learners} learners: {one.model} (AIC "
        + ", ".join(f"{kind} {value:,.1f}" for kind, value in sorted(one.aic.items()))
        + ")."
        for one in analysis.models
    ]


def _measures(subject: Subject, analysis: ItemAnalysis) -> list[Measure]:
    flagged = [one for one in analysis.items if any(flag.weight >= WORTH_DOING for flag in one.flags)]
    made = [
        Measure(
            name="questions to look at",
            value=len(flagged),
            n=len(analysis.items),
            unit="questions",
            sentence=f"Of {len(analysis.items)} questions that were answered, these do not do what a question should.",
            evidence=subject.link("The questions", "/analysis/items#items"),
        )
    ]
    for form in analysis.forms:
        known = form.alpha.value is not None
        sentence = f"Cronbach's alpha of {form.questions} questions, of those who answered all."
        lacks = "Alpha needs two questions and three learners who answered all of them, and who differ."
        made.append(
            Measure(
                name=f"reliability of “{form.title}”",
                value=form.alpha.value,
                low=form.alpha.low,
                high=form.alpha.high,
                n=form.alpha.n,
                unit="alpha",
                sentence=sentence if known else lacks,
            )
        )
    return made


def _charts(analysis: ItemAnalysis, names: dict[tuple[str, int], str]) -> list[Chart]:
    points = [
        charts.Point(names[one.item, one.version], one.difficulty.value, one.discrimination.value, one.answers)
        for one in analysis.items
        if one.difficulty.value is not None and one.discrimination.value is not None
    ]
    if not points:
        return []
    return [
        charts.scatter(
            "How hard and how telling",
            points,
            x_name="difficulty: mean share of the points",
            y_name="discrimination: correlation with the rest",
            description="Each point is a question. Low points tell little; below 0 the stronger get it wrong.",
            name="hard-and-telling",
        )
    ]


def _triple(one: Figure) -> list[Cell]:
    return [one.value, one.low, one.high]


def _bounded(name: str, meaning: str, unit: str = "") -> list[Column]:
    return [
        Column(name=name, meaning=meaning, unit=unit),
        Column(name=f"{name}_low", meaning=f"{meaning}, lower bound", unit=unit),
        Column(name=f"{name}_high", meaning=f"{meaning}, upper bound", unit=unit),
    ]


def _items_table(analysis: ItemAnalysis, names: dict[tuple[str, int], str]) -> Table:
    columns = [
        Column(name="question", meaning="Question"),
        Column(name="item", meaning="Its id"),
        Column(name="version", meaning="Version"),
        Column(name="form", meaning="Asked in"),
        Column(name="components", meaning="About"),
        Column(name="n", meaning="Answers"),
        *_bounded("difficulty", "Difficulty", "share"),
        *_bounded("discrimination", "Discrimination", "correlation"),
        *_bounded("upper_lower", "Upper less lower 27 %", "share"),
        Column(name="alpha_without", meaning="Alpha without it"),
        Column(name="model", meaning="Model"),
        *_bounded("a", "a"),
        *_bounded("b", "b", "logits"),
        *_bounded("c", "c", "share"),
        Column(name="flags", meaning="What to look at"),
    ]
    rows = [_row(one, names[one.item, one.version]) for one in analysis.items]
    return Table(name="items", title="Questions", columns=columns, rows=rows)


def _row(one: ItemFigures, name: str) -> list[Cell]:
    return [
        name,
        one.item,
        one.version,
        one.form,
        "; ".join(one.components),
        one.answers,
        *_triple(one.difficulty),
        *_triple(one.discrimination),
        *_triple(one.upper_lower),
        one.alpha_without,
        one.model,
        *_triple(one.a),
        *_triple(one.b),
        *_triple(one.c),
        " ".join(flag.words for flag in one.flags),
    ]


def _options_table(analysis: ItemAnalysis, names: dict[tuple[str, int], str]) -> Table:
    columns = [
        Column(name="question", meaning="Question"),
        Column(name="option", meaning="Option"),
        Column(name="key", meaning="Right"),
        Column(name="n", meaning="Chosen by"),
        *_bounded("chosen", "Chosen by", "share"),
        Column(name="upper", meaning="Of the upper 27 %", unit="share"),
        Column(name="lower", meaning="Of the lower 27 %", unit="share"),
        Column(name="rest", meaning="What its choosers earn elsewhere", unit="share"),
    ]
    rows: list[list[Cell]] = [
        [
            names[item.item, item.version],
            letter(one.place),
            one.is_key,
            one.n,
            *_triple(one.chosen),
            one.upper,
            one.lower,
            one.rest,
        ]
        for item in analysis.items
        for one in item.options
    ]
    return Table(name="options", title="What each option attracts", columns=columns, rows=rows)


def _forms_table(analysis: ItemAnalysis) -> Table:
    columns = [
        Column(name="form", meaning="Test"),
        Column(name="questions", meaning="Questions"),
        Column(name="learners", meaning="Learners"),
        *_bounded("alpha", "Cronbach's alpha"),
        Column(name="alpha_n", meaning="Answered all"),
    ]
    rows: list[list[Cell]] = [
        [one.title, one.questions, one.learners, *_triple(one.alpha), one.alpha.n] for one in analysis.forms
    ]
    return Table(name="forms", title="Reliability of each test", columns=columns, rows=rows)


def _findings(subject: Subject, analysis: ItemAnalysis, names: dict[tuple[str, int], str]) -> list[Finding]:
    """What to do about the gravest flags."""
    todo = {
        Sort.KEY: "Check the key of “{name}”.",
        Sort.BACKWARDS: "Check the key and the wording of “{name}”.",
        Sort.HARD: "Look at “{name}”: hardly anybody gets it right.",
        Sort.LITTLE: "Rewrite “{name}”, or leave it out: it tells little.",
    }
    found = []
    for one in analysis.items:
        for flag in one.flags[:1]:
            if flag.weight >= WORTH_DOING:
                name = names[one.item, one.version]
                found.append(
                    Finding(
                        area=MAKER.name,
                        todo=todo[flag.sort].format(name=name),
                        why=f"{flag.words} ({one.answers:,} answers, {one.form}.)",
                        evidence=subject.link("Its figures", f"/analysis/items/{one.item}"),
                        weight=flag.weight * min(1.0, one.answers / 50),
                    )
                )
    return sorted(found, key=lambda one: -one.weight)[:5]


MAKER = Maker("items", TITLE, "How hard, how telling and how reliable the questions are, and which to look at.", make)
