"""DataShop's two tables: transactions, a row for each try, and student-steps, a row for each step of each learner.

The column names are DataShop's own. A page of a lesson is a problem, a question on it a step, and the page also stands
for the knowledge component, as nothing finer is known.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from itertools import count, groupby

from app.records.release.columns import Column, Row, Sort, Table, Type
from app.records.release.exercises import Try, tries
from app.records.release.schema import Format
from app.records.release.scope import Scope

T, N, C, W = Type.TEXT, Type.NUMBER, Type.INTEGER, Type.TIME


def _transactions(scope: Scope) -> Iterator[list[Row]]:
    for batch in tries(scope):
        yield [_transaction(one) for one in batch]


def _transaction(one: Try) -> Row:
    helps = one.outcome == "HINT"
    return {
        "Anon Student Id": one.learner,
        "Session Id": one.session,
        "Time": one.at,
        "Time Zone": "UTC",
        "Student Response Type": "HINT_REQUEST" if helps else "ATTEMPT",
        "Tutor Response Type": "HINT_MSG" if helps else "RESULT",
        "Tutor Response Subtype": one.feedback,
        "Level (Course)": one.course,
        "Level (Lesson)": one.lesson,
        "Problem Name": one.problem,
        "Problem View": one.view,
        "Problem Start Time": one.started,
        "Step Name": one.step,
        "Attempt At Step": one.attempt,
        "Outcome": one.outcome,
        "Selection": one.step,
        "Action": "ask for help" if helps else "answer",
        "Feedback Classification": one.feedback,
        "KC (Page)": one.skill,
        "Class": one.course,
        "CF (Verdict)": one.verdict,
        "CF (Event Id)": one.id,
    }


def _steps(scope: Scope) -> Iterator[list[Row]]:
    numbers = count(1)
    starts = _starts(scope)
    for batch in tries(scope):
        yield [_step(next(numbers), group, starts) for group in _by_step(batch)]


def _by_step(batch: list[Try]) -> Iterator[list[Try]]:
    """Tries in groups of one step, without those whose outcome is unclear."""
    counted = sorted((one for one in batch if one.outcome), key=lambda one: (one.place, one.at))
    for _, group in groupby(counted, key=lambda one: one.place):
        yield list(group)


def _starts(scope: Scope) -> dict[tuple[str, str], list[float]]:
    """When each learner began each step of a knowledge component, in order: its place is the opportunity."""
    found: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for batch in tries(scope):
        for group in _by_step(batch):
            found[group[0].learner, group[0].skill].append(group[0].at.timestamp())
    return {place: sorted(times) for place, times in found.items()}


def _step(number: int, group: list[Try], starts: dict[tuple[str, str], list[float]]) -> Row:
    first, last = group[0], group[-1]
    right = next((one for one in group if one.outcome == "CORRECT"), None)
    seconds = (last.at - first.started).total_seconds()
    is_right_at_once = first.outcome == "CORRECT"
    outcomes = [one.outcome for one in group]
    return {
        "Row": number,
        "Sample": "All Data",
        "Anon Student Id": first.learner,
        "Problem Hierarchy": f"Course {first.course}, Lesson {first.lesson}",
        "Problem Name": first.problem,
        "Problem View": first.view,
        "Step Name": first.step,
        "Step Start Time": first.started,
        "First Transaction Time": first.at,
        "Correct Transaction Time": right.at if right else None,
        "Step End Time": last.at,
        "Step Duration (sec)": round(seconds, 3),
        "Correct Step Duration (sec)": round(seconds, 3) if is_right_at_once else None,
        "Error Step Duration (sec)": None if is_right_at_once else round(seconds, 3),
        "First Attempt": first.outcome.lower(),
        "Incorrects": outcomes.count("INCORRECT"),
        "Hints": outcomes.count("HINT"),
        "Corrects": outcomes.count("CORRECT"),
        "KC (Page)": first.skill,
        "Opportunity (Page)": bisect_left(starts[first.learner, first.skill], first.at.timestamp()) + 1,
    }


def _columns(*lines: tuple[str, Type, str]) -> tuple[Column, ...]:
    sorts = {"Anon Student Id": Sort.PSEUDONYM, "Session Id": Sort.ID, "CF (Event Id)": Sort.ID}
    return tuple(
        Column(name, kind, sorts.get(name, Sort.TIME if kind is W else Sort.STRUCTURE), meaning)
        for name, kind, meaning in lines
    )


EMPTY = "Empty: not recorded here."
TABLES = (
    Table(
        name=Format.TRANSACTIONS.value,
        meaning="One row for each try at a question of a class, and for each request for help, in DataShop's columns.",
        columns=_columns(
            ("Anon Student Id", T, "The learner's pseudonym, as in the other tables."),
            ("Session Id", T, "The class."),
            ("Time", W, "When the learner's words came, in UTC."),
            ("Time Zone", T, "Always UTC."),
            ("Student Response Type", T, "ATTEMPT, or HINT_REQUEST where help was asked for."),
            ("Student Response Subtype", T, EMPTY),
            ("Tutor Response Type", T, "RESULT, or HINT_MSG."),
            ("Tutor Response Subtype", T, "What the tutor's turn did, after arXiv 2402.05000."),
            ("Level (Course)", T, "The course."),
            ("Level (Lesson)", T, "The lesson."),
            ("Problem Name", T, "The page."),
            ("Problem View", C, "How often the question was put in this class, so far."),
            ("Problem Start Time", W, "When the question was put."),
            ("Step Name", T, "The question: its page, and its action in the script."),
            ("Attempt At Step", C, "The learner's how-manieth try at it, from 1."),
            ("Outcome", T, "CORRECT, INCORRECT (also where partly right) or HINT; empty where unclear."),
            ("Selection", T, "As Step Name."),
            ("Action", T, "answer, or ask for help."),
            ("Input", T, "Empty: words are not told here."),
            ("Feedback Text", T, "Empty: words are not told here."),
            ("Feedback Classification", T, "As Tutor Response Subtype."),
            ("Help Level", T, EMPTY),
            ("Total Num Hints", T, EMPTY),
            ("KC (Page)", T, "The knowledge component: the page."),
            ("KC Category (Page)", T, EMPTY),
            ("School", T, EMPTY),
            ("Class", T, "The course."),
            ("CF (Verdict)", T, "How the answer was judged: right, partly, wrong or unclear."),
            ("CF (Event Id)", T, "The event of the learner's words, as in the table of events."),
        ),
        rows=_transactions,
        about=lambda has: has.events // 20,
        place=80,
        is_extra=True,
    ),
    Table(
        name=Format.STEPS.value,
        meaning="One row for each question that a learner tried, in DataShop's columns. Unclear tries do not count.",
        columns=_columns(
            ("Row", C, "Counts the rows."),
            ("Sample", T, "Always All Data."),
            ("Anon Student Id", T, "The learner's pseudonym, as in the other tables."),
            ("Problem Hierarchy", T, "The course and the lesson."),
            ("Problem Name", T, "The page."),
            ("Problem View", C, "How often the question was put in this class, so far."),
            ("Step Name", T, "The question: its page, and its action in the script."),
            ("Step Start Time", W, "When the question was put."),
            ("First Transaction Time", W, "When the first try came."),
            ("Correct Transaction Time", W, "When the first right answer came."),
            ("Step End Time", W, "When the last try came."),
            ("Step Duration (sec)", N, "From the question to the last try."),
            ("Correct Step Duration (sec)", N, "The same, where the first try was right."),
            ("Error Step Duration (sec)", N, "The same, where the first try was not right."),
            ("First Attempt", T, "correct, incorrect or hint."),
            ("Incorrects", C, "Tries that were not right."),
            ("Hints", C, "Requests for help."),
            ("Corrects", C, "Tries that were right."),
            ("Condition", T, EMPTY),
            ("KC (Page)", T, "The knowledge component: the page."),
            ("Opportunity (Page)", C, "The learner's how-manieth step of this knowledge component, from 1."),
        ),
        rows=_steps,
        about=lambda has: has.events // 40,
        place=90,
        is_extra=True,
    ),
)
