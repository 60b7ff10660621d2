"""DataShop's two tables: transactions, a row for each try, and student-steps, a row for each step of each learner.

The column names are DataShop's own. Of a class, a page of a lesson is a problem and a question on it a step, and the
page also stands for the knowledge component, as nothing finer is known. A test is a problem and an item of it a step;
its knowledge components are those that its instructor named. Both are models of their own: Page, and Default.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from itertools import count, groupby

from app.records.release.columns import Column, Row, Sort, Table, Type
from app.records.release.exercises import Try, class_tries, tries
from app.records.release.schema import Format
from app.records.release.scope import Scope

MANY = "~~"
"""What DataShop has between several knowledge components of one step, and between their opportunities."""
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
        "Level (Module)": one.module or None,
        "Level (Lesson)": one.lesson or None,
        "Problem Name": one.problem,
        "Problem View": one.view,
        "Problem Start Time": one.started,
        "Step Name": one.step,
        "Attempt At Step": one.attempt,
        "Outcome": one.outcome,
        "Selection": one.step,
        "Action": "ask for help" if helps else "answer",
        "Feedback Classification": one.feedback,
        "KC (Default)": MANY.join(one.components) or None,
        "KC (Page)": one.page or None,
        "Class": one.course,
        "CF (Verdict)": one.verdict,
        "CF (Purpose)": one.purpose or None,
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
    """When each learner began each step of a page, in order: its place is the opportunity."""
    found: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for batch in class_tries(scope):
        for group in _by_step(batch):
            found[group[0].learner, group[0].page].append(group[0].at.timestamp())
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
        "Problem Hierarchy": _hierarchy(first),
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
        "KC (Default)": MANY.join(first.components) or None,
        "Opportunity (Default)": MANY.join(map(str, first.components.values())) or None,
        "KC (Page)": first.page or None,
        "Opportunity (Page)": _place(starts[first.learner, first.page], first) if first.page else None,
    }


def _place(times: list[float], first: Try) -> int:
    return bisect_left(times, first.at.timestamp()) + 1


def _hierarchy(one: Try) -> str:
    below = f"Lesson {one.lesson}" if one.lesson else f"Module {one.module}" if one.module else ""
    return ", ".join(filter(None, (f"Course {one.course}", below)))


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
        meaning="One row for each try at a question of a class or an item of a test, and each request for help, in "
        "DataShop's columns.",
        columns=_columns(
            ("Anon Student Id", T, "The learner's pseudonym, as in the other tables."),
            ("Session Id", T, "The class, or the sitting of a test."),
            ("Time", W, "When the learner's words or answer came, in UTC."),
            ("Time Zone", T, "Always UTC."),
            ("Student Response Type", T, "ATTEMPT, or HINT_REQUEST where help was asked for."),
            ("Student Response Subtype", T, EMPTY),
            ("Tutor Response Type", T, "RESULT, or HINT_MSG."),
            ("Tutor Response Subtype", T, "What the tutor's turn did, after arXiv 2402.05000."),
            ("Level (Course)", T, "The course."),
            ("Level (Module)", T, "The module of a test; empty for classes."),
            ("Level (Lesson)", T, "The lesson; empty for tests."),
            ("Problem Name", T, "The page, or the test."),
            ("Problem View", C, "How often the question was put in this class so far, or the how-manieth sitting."),
            ("Problem Start Time", W, "When the question was put."),
            ("Step Name", T, "The question by its page and action in the script, or the item and its version."),
            ("Attempt At Step", C, "The learner's how-manieth try at it, from 1."),
            ("Outcome", T, "CORRECT, INCORRECT (also where partly right) or HINT; empty where not known."),
            ("Selection", T, "As Step Name."),
            ("Action", T, "answer, or ask for help."),
            ("Input", T, "Empty: words are not told here."),
            ("Feedback Text", T, "Empty: words are not told here."),
            ("Feedback Classification", T, "As Tutor Response Subtype."),
            ("Help Level", T, EMPTY),
            ("Total Num Hints", T, EMPTY),
            ("KC (Default)", T, f"The knowledge components of an item, {MANY} between several."),
            ("KC Category (Default)", T, EMPTY),
            ("KC (Page)", T, "The knowledge component of a try in class: the page."),
            ("KC Category (Page)", T, EMPTY),
            ("School", T, EMPTY),
            ("Class", T, "The course."),
            ("CF (Verdict)", T, "How an answer in class was judged: right, partly, wrong or unclear."),
            ("CF (Purpose)", T, "What the test is for: pre, post, quiz or practice."),
            ("CF (Event Id)", T, "The learner's words in the table of events, or the answer in that of attempts."),
        ),
        rows=_transactions,
        about=lambda has: has.events // 20 + has.answers,
        place=80,
        is_extra=True,
    ),
    Table(
        name=Format.STEPS.value,
        meaning="One row for each question or item that a learner tried, in DataShop's columns. Tries whose outcome is "
        "not known do not count.",
        columns=_columns(
            ("Row", C, "Counts the rows."),
            ("Sample", T, "Always All Data."),
            ("Anon Student Id", T, "The learner's pseudonym, as in the other tables."),
            ("Problem Hierarchy", T, "The course with the lesson or the module."),
            ("Problem Name", T, "The page, or the test."),
            ("Problem View", C, "How often the question was put in this class so far, or the how-manieth sitting."),
            ("Step Name", T, "The question by its page and action in the script, or the item and its version."),
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
            ("KC (Default)", T, f"The knowledge components of an item, {MANY} between several."),
            ("Opportunity (Default)", T, "The learner's how-manieth step of each of them, from 1."),
            ("KC (Page)", T, "The knowledge component of a question in class: the page."),
            ("Opportunity (Page)", C, "The learner's how-manieth step of this knowledge component, from 1."),
        ),
        rows=_steps,
        about=lambda has: has.events // 40 + has.answers,
        place=90,
        is_extra=True,
    ),
)
