"""Reading files of answers: DataShop's two kinds, ASSISTments' tables, releases of ours, and plain tables.

What a file has too little of is said in a sentence with its line. Rows without a skill: DataShop leaves those steps out
of its models and so do we; in the other tables they are kept as one skill without a name, as pyBKT does, so that
figures can be held against each other.
"""

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from app.analysis.learners.layouts import Layout, layout_of
from app.analysis.learners.practice import Floats, Practice
from app.base.errors import Invalid

MANY = "~~"
NAMELESS = "(no skill named)"
ISO = re.compile(r"^\d{4}-\d\d-\d\d")
SEVERAL_IDS = re.compile(r"^\d+([_,;]\d+)+$")
RIGHT = {"correct": 1, "right": 1, "true": 1, "yes": 1, "t": 1, "ok": 1}
RIGHT |= {"incorrect": 0, "wrong": 0, "false": 0, "no": 0, "f": 0, "hint": 0, "bug": 0, "error": 0}
LONGEST_CELL = 10_000_000

NO_ANSWER, SCAFFOLD, LATER_TRY, NO_STEP, NO_SKILL = (
    "tell of no answer",
    "are help for a question before (original is 0)",
    "are later tries at a step",
    "belong to no step",
    "name no skill in this model",
)


@dataclass
class Answers:
    """The answers of a file in the order of each learner, and what was left out.

    `skills` are the names of each answer's skills; `guessed` is DataShop's own P(wrong), nan where there is none.
    `rows` counts the lines below the heading.
    """

    layout: Layout
    rows: int = 0
    learners: list[str] = field(default_factory=list)
    skills: list[tuple[str, ...]] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    guessed: list[float] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    nameless: int = 0

    @property
    def skill_column(self) -> str:
        """The name of the column of skills that is used."""
        return self.layout.head[self.layout.skill].strip()


def read(path: Path, skill: str = "") -> Answers:
    """The answers of a file. Raises Invalid with a sentence where it cannot be used."""
    lines = _lines(path)
    _, head = next(lines, (0, []))
    if not head:
        raise Invalid(f"{path.name} is empty.")
    answers = Answers(layout_of(head, skill))
    seen: set[tuple[str, ...]] = set()
    for number, row in lines:
        answers.rows += 1
        _take(answers, number, row, seen)
    if not answers.right:
        why = "; ".join(f"{count:,} rows {what}" for what, count in answers.left_out.items())
        raise Invalid(f"{path.name} has no answer that can be used" + (f": {why}." if why else "."))
    return _sorted(answers)


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the number of its line."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from error
    text = _decoded(content)
    if "\x00" in text[:100_000]:
        raise Invalid(f"{path.name} is not a text file. Give a table with commas or tabs.")
    first = text.partition("\n")[0]
    mark = max("\t,;", key=first.count)
    csv.field_size_limit(LONGEST_CELL)
    # Tabs are never quoted: a lone quotation mark in a tab-separated file is a letter like others.
    source = io.StringIO(text, newline="")
    quoted = mark != "\t"
    reader = csv.reader(source, delimiter=mark) if quoted else csv.reader(source, csv.excel_tab, quoting=csv.QUOTE_NONE)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Invalid(f"Line {reader.line_num} of {path.name} cannot be read: {error}.") from error
        if any(cell.strip() for cell in row):
            yield reader.line_num, row


def _decoded(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _take(answers: Answers, number: int, row: list[str], seen: set[tuple[str, ...]]) -> None:
    """One row into the answers, or counted as left out."""
    at = answers.layout
    if len(row) < at.needed:
        raise Invalid(
            f"Line {number} has {len(row)} {'cell' if len(row) == 1 else 'cells'}, but the first line names "
            f"{len(at.head)} columns of which at least {at.needed} are needed. Is it cut short?"
        )
    learner = row[at.learner].strip()
    if not learner:
        raise Invalid(f"Line {number} does not say who answered ({at.head[at.learner].strip()} is empty).")
    if why := _left_out(answers, row, learner, seen):
        answers.left_out[why] += 1
        return
    right = _right(row[at.right], number, at.head[at.right])
    if right is None:
        answers.left_out[NO_ANSWER] += 1
        return
    skills = _skills(row[at.skill] if at.skill < len(row) else "")
    if not skills:
        answers.nameless += 1
        if at.kind.startswith("DataShop"):
            answers.left_out[NO_SKILL] += 1
            return
        skills = (NAMELESS,)
    answers.learners.append(learner)
    answers.skills.append(skills)
    answers.right.append(right)
    answers.order.append(row[at.order].strip() if at.order >= 0 else "")
    answers.guessed.append(_number(row[at.guessed]) if 0 <= at.guessed < len(row) else math.nan)


def _left_out(answers: Answers, row: list[str], learner: str, seen: set[tuple[str, ...]]) -> str:
    """Why a row is no first answer of its own, "" where it is one."""
    at = answers.layout
    if at.original >= 0 and row[at.original].strip() in ("0", "0.0"):
        return SCAFFOLD
    if at.kind != "DataShop transaction":
        return ""
    if not row[at.right].strip():
        return NO_ANSWER
    if at.problem and not row[at.problem[-1]].strip():
        return NO_STEP
    step = (learner, *(row[one] for one in at.problem))
    if step in seen or (at.attempt >= 0 and row[at.attempt].strip() not in ("", "1")):
        return LATER_TRY
    seen.add(step)
    return ""


def _right(cell: str, number: int, column: str) -> int | None:
    """1 for a right answer, 0 for a wrong or partly right one, None for none (empty, or -1 as pyBKT has it)."""
    word = cell.strip().lower()
    if word in RIGHT:
        return RIGHT[word]
    if word in ("", ".", "nan", "na", "null", "none"):
        return None
    value = _number(word)
    if math.isnan(value) or not -1 <= value <= 1:
        raise Invalid(f"Line {number}: {cell.strip()[:40]!r} in {column.strip()} is neither right (1) nor wrong (0).")
    return None if value < 0 else int(value >= 1)


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _skills(cell: str) -> tuple[str, ...]:
    """The skills in a cell: several with ~~ between, as in DataShop, with semicolons, or as joined numbers."""
    word = cell.strip()
    if not word or word.lower() in ("nan", "na", "null", "none", "."):
        return ()
    if MANY in word:
        parts = word.split(MANY)
    elif "; " in word:
        parts = word.split("; ")
    else:
        parts = re.split("[_,;]", word) if SEVERAL_IDS.match(word) else [word]
    return tuple(dict.fromkeys(_name(one) for one in parts if one.strip()))


def _name(word: str) -> str:
    """A skill's name; ids that a spreadsheet made decimals of are numbers again."""
    word = word.strip()
    return word[:-2] if word.endswith(".0") and word[:-2].isdigit() else word


def _sorted(answers: Answers) -> Answers:
    """In the order that the file tells, by number or by time; where it tells none, as the lines are."""
    keys = _keys(answers.order)
    if keys is None:
        return answers
    order = sorted(range(len(keys)), key=keys.__getitem__)
    answers.learners = [answers.learners[one] for one in order]
    answers.skills = [answers.skills[one] for one in order]
    answers.right = [answers.right[one] for one in order]
    answers.guessed = [answers.guessed[one] for one in order]
    answers.order = [answers.order[one] for one in order]
    return answers


def _keys(cells: list[str]) -> list[float] | list[str] | None:
    numbers = [_number(one) for one in cells]
    if not any(map(math.isnan, numbers)):
        return numbers
    return cells if all(map(ISO.match, cells)) else None


def practice_of(answers: Answers, skills: list[str] | None = None) -> Practice:
    """The answers as arrays. `skills` are names that are known already; new ones come after them."""
    names = {one: at for at, one in enumerate(skills or [])}
    people: dict[str, int] = {}
    sizes = np.array([len(one) for one in answers.skills], np.int64)
    skill = [names.setdefault(one, len(names)) for several in answers.skills for one in several]
    learner = [people.setdefault(one, len(people)) for one in answers.learners]
    return Practice(
        learner=np.repeat(np.array(learner, np.int64), sizes),
        skill=np.array(skill, np.int64),
        right=np.repeat(np.array(answers.right, np.int64), sizes),
        answer=np.repeat(np.arange(len(sizes)), sizes),
        learners=list(people),
        skills=list(names),
    )


def guessed_errors(answers: Answers) -> Floats:
    """DataShop's predicted error rate of each answer, nan where it has none."""
    return np.array(answers.guessed)
