"""Talk as a part of a course's analysis."""

from hashlib import blake2b

from app.analysis import charts
from app.analysis.logs.coded import RuleAgreement, titled
from app.analysis.logs.codes import ACTIVITIES, PRESENCES
from app.analysis.logs.intervals import Interval, wilson
from app.analysis.logs.lines import Lines, Results
from app.analysis.logs.subjects import Records, records_of
from app.analysis.logs.telling import bar, clocks, measure, percent, words
from app.analysis.schema import Chart, Finding, Measure, Part
from app.analysis.subject import Maker, Subject
from app.analysis.talk.floor import Flanders, answering, flanders, flanders_titles, talk_shares
from app.analysis.talk.messages import Messages, activities, messages, presences
from app.analysis.talk.relating import relation_figures
from app.analysis.talk.sequences import LABELS, sequences
from app.analysis.talk.sequencing import sequence_table

TITLE = "Talk"
SEEKING, STEERING = ("asking", "initiating"), ("regulating", "managing")
QUIET = 0.3
"""From this share of learners who never say a word on, there is something to do."""
FEW = 5
OBSERVED = (
    "These are observations: nobody drew lots for who says how much, so no figure here says what talk brings about."
)


def make(subject: Subject) -> Part:
    """Who talks, how, and what goes with it."""
    records = records_of(subject)
    kept = records.lines.kept
    rests_on = (MAKER.name, subject.source.course_id, subject.for_research, _marks(records.results))
    if rests_on not in kept:
        for old in [one for one in kept if isinstance(one, tuple) and one[:3] == rests_on[:3]]:
            kept.pop(old, None)
        kept[rests_on] = _make(subject, records)
    made: Part = kept[rests_on]
    return made


def _marks(results: Results) -> bytes:
    """The marks in a few bytes: what was said stays the same where no marks that it is held against changed."""
    return blake2b(results.before.tobytes() + results.after.tobytes()).digest()


def _make(subject: Subject, records: Records) -> Part:
    lines = records.lines
    made = Part(name=MAKER.name, title=TITLE, sentences=_missing(records), methods=_methods(records))
    if not lines.speech.any():
        return made
    said, floor = messages(lines), flanders(lines)
    kinds = activities(lines)
    made.measures = _measures(subject, lines, said, kinds, floor, records.agreements)
    made.charts = _charts(lines, said, kinds, floor)
    made.tables = [sequence_table(sequences(lines))]
    chart, tables, sentences = relation_figures(lines, records.results)
    made.charts += chart
    made.tables += tables
    made.sentences += sentences
    made.findings = _findings(subject, said)
    return made


def _missing(records: Records) -> list[str]:
    lines, said = records.lines, []
    learners = len(lines.course.learners)
    if not len(lines):
        return ["Nobody has attended a class yet. What is said in classes is counted here."]
    if not lines.messages.any():
        said.append("No student has said a word in class yet; what agents said is told below.")
    if learners == 1:
        said.append("There is one learner: what is told is of one person, and can stand for nobody else.")
    return [*said, *clocks(lines.backwards)]


NOBODY = "No student has said anything yet."
NOBODY_CAME = "Nobody attended yet."


def _measures(
    subject: Subject,
    lines: Lines,
    said: Messages,
    kinds: dict[str, Interval],
    floor: Flanders,
    codes: list[RuleAgreement],
) -> list[Measure]:
    told = f"{said.total:,} messages; SD {said.each_sd:.2f} between learner-modules."
    seeks, steers = _together(kinds, SEEKING), _together(kinds, STEERING)
    asks = words(subject, "What they ask", activity="asking")
    regulates = words(subject, "How they steer", activity="regulating")
    return [
        measure("messages", said.each, "a learner and module", told, NOBODY_CAME, words(subject, "Students' words")),
        measure("length", said.length, "characters", f"Of a message; SD {said.length_sd:.2f}.", NOBODY),
        measure(
            "only listen", said.observers, "share of learners", "Were in class and never said a word.", NOBODY_CAME
        ),
        measure("seek knowledge", seeks, "share of messages", "Ask, or bring in an idea of their own.", NOBODY, asks),
        measure("steer the class", steers, "share of messages", "Set the pace, or who speaks.", NOBODY, regulates),
        *_floor_measures(lines, floor),
        *(_agreement(one) for one in codes),
    ]


def _floor_measures(lines: Lines, floor: Flanders) -> list[Measure]:
    shares = talk_shares(lines)
    return [
        measure("teacher talk", shares["teacher and tutor"], "share of all words", "Teacher and tutor.", NOBODY),
        measure("student talk", shares["students"], "share of all words", "People, without agents.", NOBODY),
        measure(
            "indirect to direct",
            floor.indirect,
            "I/D ratio",
            "Flanders' (1+2+3+4) / (5+6+7), by utterances; above 1 the teachers ask and take up more than they tell.",
            "Teachers have neither told nor directed anything.",
        ),
    ]


def _together(kinds: dict[str, Interval], names: tuple[str, ...]) -> Interval:
    n = max((one.n for one in kinds.values()), default=0)
    return wilson(sum(kinds[name].value * n for name in names) if n else 0.0, n)


def _agreement(one: RuleAgreement) -> Measure:
    told = one.agreement
    return Measure(
        name=f"rule and people: {one.scheme}",
        value=told.kappa,
        low=told.low,
        high=told.high,
        n=told.units,
        unit="Cohen's kappa",
        sentence=f"The rule against what people agreed on or decided at the desk; {one.used:,} of their codes stand in "
        "the rule's place."
        if told.kappa is not None
        else "Too little was coded by people at the desk to say how far the rule agrees with them.",
    )


def _charts(lines: Lines, said: Messages, kinds: dict[str, Interval], floor: Flanders) -> list[Chart]:
    by_module = zip(lines.course.modules, said.by_module, strict=True)
    names, answers = answering(lines)
    student = presences(lines, lines.messages)
    others = presences(lines, lines.speech & ~lines.messages)
    titles = flanders_titles()
    return [
        charts.bars(
            "What students' messages do",
            [bar(titled("activities", name), kinds[name]) for name in ACTIVITIES[1:]],
            value_name="share of messages",
            unit="share",
            name="activities",
        ),
        charts.bars(
            "Messages a learner, by module",
            [bar(title, one) for title, one in by_module],
            value_name="messages a learner",
            unit="messages",
            name="messages-by-module",
        ),
        charts.bars(
            "Presences of students",
            [bar(titled("inquiry", name), student[name]) for name in PRESENCES[1:]],
            value_name="share of messages",
            unit="share",
            name="presences-students",
        ),
        charts.bars(
            "Presences of agents and instructors",
            [bar(titled("inquiry", name), others[name]) for name in PRESENCES[1:]],
            value_name="share of lines",
            unit="share",
            name="presences-others",
        ),
        charts.matrix(
            "Flanders' matrix: what follows what",
            titles,
            titles,
            floor.matrix.tolist(),
            value_name="pairs",
            description=f"How often each of the ten categories follows each, of {floor.units:,} utterances; each class "
            "begins and ends with 10.",
            name="flanders",
        ),
        charts.matrix("Who answers whom", names, names, answers.tolist(), value_name="answers", name="answering"),
        _residuals(lines),
    ]


def _residuals(lines: Lines) -> Chart:
    told = sequences(lines)
    return charts.matrix(
        "What follows what more often than chance",
        LABELS,
        LABELS,
        [[None if value != value else max(0.0, value) for value in row] for row in told.residuals.tolist()],
        value_name="adjusted residual, where above 0",
        description=f"Adjusted residuals of {told.pairs:,} pairs of utterances; pairs that chance would bring about "
        "fewer than five times are left out. Which are beyond chance stands in the table below.",
        name="sequences",
    )


def _findings(subject: Subject, said: Messages) -> list[Finding]:
    quiet = said.observers
    if quiet.n < FEW or quiet.low < QUIET:
        return []
    return [
        Finding(
            area=MAKER.name,
            todo="Give those who only listen a way in: a question to everybody, a classmate who asks first.",
            why=f"{percent(quiet.value)} of {quiet.n:,} learners never said a word (95 % interval {percent(quiet.low)} "
            f"to {percent(quiet.high)}).",
            evidence=subject.link("Messages by module", "/analysis/talk#messages-by-module"),
            weight=min(1.0, quiet.low * 0.5),
        )
    ]


def _methods(records: Records) -> list[str]:
    coded = ", ".join(one.scheme for one in records.agreements)
    codes = (
        f"People's codes from the desk stand above the rule's in: {coded}."
        if coded
        else "Nobody has coded and handed in a sample of this course at the desk, so that the rule's agreement with "
        "people is not known; a coding project there would tell."
    )
    return [
        "Messages are coded by rule from their words and the intent that the class read (logs/rules.toml): "
        f"seven activities after arXiv 2506.02993, ten categories after Flanders (1970), presences after Garrison and "
        f"others (2000, 2001). {codes}",
        "Shares of codes have Wilson's 95 % interval, which is rather too narrow as messages of one person are alike. "
        "Ratios have the interval of 400 draws of whole classes (seed 20260907). Talk shares count characters.",
        "Sequences: pairs within a class; adjusted residuals (Allison and Liker 1982), p values of all tested cells "
        "corrected by Holm's steps.",
        OBSERVED,
    ]


MAKER = Maker("talk", TITLE, "Who says how much, what messages do, who answers whom, and what goes with it.", make)
