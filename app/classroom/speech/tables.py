"""Tables: whether a sentence takes from one what does not go together. Small models read rows across."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from app.base.scripts import is_question
from app.base.text import words_in
from app.classroom.speech.quoting import split
from app.courses.grounding import COUNTS
from app.courses.schema import Passage
from app.courses.stemming import stem, stems

_DENIAL = re.compile(r"\b(?:no|not|never|cannot)\b|n['’]t\b", re.IGNORECASE)
_AMOUNT = re.compile(
    r"^(?:so |then |and |that means )?(?P<thing>(?!for\b|in\b|if\b|when\b|with\b|to\b|at\b|after\b|before\b|by\b).+?)"
    r"(?: (?:for|of|in|at|after|before|when|if|between|until) .*?)? "
    r"(?:is|was|are|were|would be|should be)\b(?P<said>[^,;]*)$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_PAGE = re.compile(r"\b(?:page|slide)s? \d+", re.IGNORECASE)
LABEL = 3
"""A longer word of a label is also found within others."""
_ACROSS = re.compile(
    r"\b(?:since|from|between|until|grew|grown|rose|risen|fell|fallen|increased|decreased)\b", re.IGNORECASE
)
"""What tells of several rows at once."""
_COUNT = "|".join(COUNTS[2:])
_AMOUNT_IN = re.compile(
    rf"(?<![\w.,])(?P<number>\d+(?:[.,]\d+)*|(?:{_COUNT})\b)[ \xa0-]?(?P<unit>%|per ?cent\b|[^\W\d_]+)?", re.IGNORECASE
)
"""A number with what it counts. "One" counts nothing as often as not."""
_FOLLOWS = re.compile(r"\s+(?:later|longer|long|earlier|apart|ago|old|after|before)\b", re.IGNORECASE)
_AT_LEAST = re.compile(r"\b(?:at least|no less than|more than|over)\s+(?:about\s+)?$", re.IGNORECASE)
_AT_MOST = re.compile(r"\b(?:up to|at most|no more than|less than|under|as (?:long|much|many) as)\s+$", re.IGNORECASE)
_NO_MORE = re.compile(r"\bno (?:more|less|longer|fewer) than\b", re.IGNORECASE)
_OPEN = re.compile(
    r"\b(?:for (?:example|instance)|such as|some(?:times)?|depend\w*|var(?:y|ies|ied)|differ(?:s|ed)?|rows?|"
    r"might|may|could|can be|in (?:this|that|such a) case|grow\w*|grew|rose|rises?|risen|f[ae]ll\w*|"
    r"(?:in|de)creas\w*|dropp?\w*)\b|\b(?:e\.g\.|say,)",
    re.IGNORECASE,
)
"""Words with which a value is not told as if it held for all."""
_WHICH = re.compile(
    r"\b(?:(?:long|short|large|small|bigg?|high|low|great|fast|slow|old|young|earli)(?:er|est)|latest|"
    r"maximum|minimum|first(?!,)|second|third|fourth|fifth|last|top|bottom|middle|one (?:of|group|kind)|other|another|"
    r"half|(?<=[a-z] )there|(?<!how )(?:long|far|soon)(?! enough| as)|short|distant)\b",
    re.IGNORECASE,
)
"""Words that tell one row from the others without its label."""
_WHERE = re.compile(
    r"\b(?:in|at|when|if|during|under|with) (?:the |an? |its |their |your )?([^\W\d_]{3,})", re.IGNORECASE
)
_ANYWHERE = frozenset(
    map(stem, words_in("you they she one least most all any general practice fact order short total every case"))
)
"""A condition in words ("in boiling water"), and those that are none."""
_THIS = re.compile(r"\b(?:our|this|that|my|such an?) ([^\W\d_]+)", re.IGNORECASE)
_SPAN = re.compile(
    r"\b(?:(?:second|minute|hour|week|month|year|decade|term|semester|season|lifetime)s?|tomorrow|tonight|weekend|"
    r"(?:an?|next|few|several|couple of) days?)\b",
    re.IGNORECASE,
)
"""A time in words, which may be a row's in other units: "a month" of "35 days"."""
_BARE_WORD = re.compile(r"[^\W\d_]+")
_GLUE = words_in("the an of to in on at and or for by from is are was were it as")
_OF_ALL = frozenset(
    map(
        stem,
        words_in(
            "students people persons learners participants everybody everyone group percent share average score result "
            "value number amount rate total table studies study experiment research test correct remain kept found "
            "figure usual general typical normal overall roughly approximate nearly almost exactly just"
        ),
    )
)
"""Words that tell no row of a table from another."""


def mixes_table(sentence: str, ground: list[Passage]) -> bool:
    """Whether a sentence takes from a table what does not go together: two numbers of no one row ("for 35 days it was
    1"), or for what heads a column a number that stands in another only ("the best gap for a month is 35 days").
    """
    sentence = _PAGE.sub("", sentence)
    numbers = [*dict.fromkeys(_NUMBER.findall(sentence))]
    if _DENIAL.search(sentence) or _ACROSS.search(sentence) or is_question(sentence) or not 1 <= len(numbers) <= 2:
        return False
    return any(
        _in_no_row(numbers, rows) if len(numbers) > 1 else _in_wrong_column(sentence, numbers[0], head, rows)
        for head, *rows in _tables(ground)
    )


def one_row_for_all(sentence: str, ground: list[Passage], asked: str = "", before: str = "") -> bool:
    """Whether a sentence in English tells a value of some of a table's rows as if it held for all: nothing in it, in
    what was asked or in the sentence before tells the row, and no line beside the table says it without one.
    """
    sentence = _PAGE.sub("", sentence)
    if is_question(sentence) or _DENIAL.search(_NO_MORE.sub(" ", sentence)) or _OPEN.search(sentence):
        return False
    told = [*_amounts(sentence)]
    return any(
        _is_of_one_row(one, sentence, column)
        and not column.is_told_by(asked, one)
        and not column.hints_at(before, one)
        and not _stands_beside(one, column, ground)
        for table in (_tables(ground) if told else [])
        for column in _value_columns(table)
        for one in told
    )


@dataclass(frozen=True)
class _Amount:
    """A number with the stem of what it counts, and where it stands."""

    number: str
    unit: str
    start: int
    end: int

    @property
    def size(self) -> float:
        whole, _, rest = self.number.replace(",", "").partition(".")
        return float(f"{whole}.{rest.replace('.', '')}")

    def is_of(self, other: "_Amount") -> bool:
        return (self.number, self.unit) == (other.number, other.unit)


@dataclass(frozen=True)
class _Column:
    """A column of values, with what tells its rows from each other. `others` are each row's other cells."""

    head: str
    heads: frozenset[str]
    cells: list[list[_Amount]]
    others: list[str]

    def takes(self, one: _Amount, sentence: str) -> bool:
        """Whether an amount is a value of this column, and not of all its rows: what is counted must be the same."""
        rows = [any(self._is(one, each, sentence) for each in cell) for cell in self.cells]
        return any(rows) and any(cell and not has for cell, has in zip(self.cells, rows, strict=True))

    def _is(self, said: _Amount, known: _Amount, sentence: str) -> bool:
        if said.number != known.number:
            return False
        head = stems(self.head)
        return said.unit in ({known.unit} - {""} | head) or (not said.unit and bool(head & stems(sentence)))

    def holds(self, one: _Amount, before: str) -> bool:
        """Whether a bound, "at least 1 day", "up to 21 days", is one of all rows."""
        sizes, size = [each.size for cell in self.cells for each in cell[:1]], one.size
        is_low, is_high = _AT_LEAST.search(before), _AT_MOST.search(before)
        return bool(is_low and size <= min(sizes)) or bool(is_high and size >= max(sizes))

    def is_told_by(self, text: str, value: _Amount) -> bool:
        """Whether words tell a row: by a number of the table, a word of a label, another amount of a label's kind, or a
        time that is not the columns'.
        """
        rest = _without(text, value)
        amounts = [*_amounts(rest)]
        if {one.number for one in amounts} & self._numbers - {value.number}:
            return True
        if any(stem(one.lower()) not in self.heads for one in _WHICH.findall(rest)):
            return True
        if any(stem(one.lower()) in self.heads - stems(self.head) for one in _THIS.findall(rest)):
            return True
        if any(stem(one.lower()) not in self.heads | _OF_ALL | _ANYWHERE for one in _WHERE.findall(rest)):
            return True
        if any(_is_in(label, word) for label in self._labels for word in _stems_of(rest)):
            return True
        spans = [one for one in _SPAN.findall(rest) if not stems(one) & self.heads]
        return bool(spans) or any(one.unit in self._units or "" in self._units for one in amounts)

    def hints_at(self, text: str, value: _Amount) -> bool:
        """The same, and whether words may tell a row in others than its label's: they have one that tells something and
        is not the table's.
        """
        rest = _without(text, value)
        known = self.heads | _OF_ALL | {stem(word) for word in _shared(self.others)} | {value.unit}
        return self.is_told_by(text, value) or (bool(self._labels) and bool(stems(rest) - known))

    @cached_property
    def _numbers(self) -> set[str]:
        return {one.number for text in self.others for one in _amounts(text)} | {
            one.number for cell in self.cells for one in cell
        }

    @cached_property
    def _units(self) -> set[str]:
        return {one.unit for text in self.others for one in _amounts(text)}

    @cached_property
    def _labels(self) -> set[str]:
        """The words that one row's other cells have and another's have not, what numbers count aside."""
        words = {word for text in self.others for word in _words_beside(text)} - _shared(self.others)
        return words - {stem(one) for one in _GLUE}


def _is_of_one_row(one: _Amount, sentence: str, column: _Column) -> bool:
    if not column.takes(one, sentence) or column.holds(one, sentence[: one.start]):
        return False
    return not column.hints_at(sentence, one)


def _stands_beside(one: _Amount, column: _Column, ground: list[Passage]) -> bool:
    """Whether a line that is none of a table's says an amount without telling a row."""
    lines = (line for each in ground for line in each.text.splitlines() if " | " not in line)
    parts = (part for line in lines for part in split(line))
    return any(any(map(one.is_of, _amounts(part))) and not column.is_told_by(part, one) for part in parts)


def _amounts(text: str) -> Iterable[_Amount]:
    for found in _AMOUNT_IN.finditer(text):
        number, unit = found["number"].lower(), (found["unit"] or "").lower()
        unit = "percent" if unit in ("%", "per cent") else unit
        number = str(COUNTS.index(number)) if number in COUNTS else number
        yield _Amount(number, stem(unit) if unit else "", found.start(), found.end())


def _without(text: str, value: _Amount) -> str:
    """A text without an amount, and without what says "later" of it."""
    for one in reversed([*_amounts(text)]):
        if one.is_of(value):
            follows = _FOLLOWS.match(text, one.end)
            text = f"{text[: one.start]} {text[follows.end() if follows else one.end :]}"
    return text


def _stems_of(text: str) -> set[str]:
    """The stems of all words, short ones too."""
    return {stem(word.lower()) for word in _BARE_WORD.findall(text)}


def _words_beside(cell: str) -> set[str]:
    return _stems_of(_AMOUNT_IN.sub(" ", cell))


def _is_in(label: str, word: str) -> bool:
    """Whether a word is a label's, or has it in it, as "reread" has "read"."""
    return label == word or (len(label) > LABEL and label in word)


def _shared(cells: list[str]) -> set[str]:
    """The words that are in all rows."""
    return set.intersection(*map(_words_beside, cells))


def _value_columns(table: list[list[str]]) -> Iterable[_Column]:
    """The columns after the first in which rows have amounts, none of which the first one has too."""
    head, *rows = table
    if _is_row(head, rows[0]):
        head, rows = [""] * len(head), table
    heads = frozenset(_stems_of(" ".join(head)))
    for at in range(1, len(head)):
        cells = [[*_amounts(row[at])] for row in rows]
        labels = [one for row in rows for one in _amounts(row[0])]
        if any(one.is_of(label) for cell in cells for one in cell for label in labels):
            continue
        if len(rows) > 1 and any(cells):
            others = [" | ".join([*row[:at], *row[at + 1 :]]) for row in rows]
            yield _Column(head[at], heads, cells, others)


def _is_row(head: list[str], row: list[str]) -> bool:
    """Whether what heads a table is a row of it: its cells hold the same units."""
    pairs = [([*_amounts(one)], [*_amounts(other)]) for one, other in zip(head[1:], row[1:], strict=True)]
    return all(one and other and one[0].unit == other[0].unit for one, other in pairs)


def _columns(number: str, rows: list[list[str]]) -> set[int]:
    return {at for row in rows for at, cell in enumerate(row) if number in _NUMBER.findall(cell)}


def _in_no_row(numbers: list[str], rows: list[list[str]]) -> bool:
    """Whether two numbers stand in columns of their own and never side by side."""
    one, other = (_columns(number, rows) for number in numbers)
    known = [set(_NUMBER.findall(" ".join(row))) for row in rows]
    return bool(one and other) and not one & other and not any(row.issuperset(numbers) for row in known)


def _in_wrong_column(sentence: str, number: str, head: list[str], rows: list[list[str]]) -> bool:
    said = _AMOUNT.match(sentence)
    if said is None or number not in _NUMBER.findall(said["said"]):
        return False
    thing = stems(said["thing"])
    at = max(range(len(head)), key=lambda column: len(thing & stems(head[column])))
    columns = _columns(number, rows)
    return bool(thing & stems(head[at]) and columns) and at not in columns


def _tables(ground: list[Passage]) -> list[list[list[str]]]:
    """The tables in passages, as rows of cells: lines next to each other with as many bars."""
    found: list[list[list[str]]] = []
    for one in ground:
        table: list[list[str]] = []
        for line in [*one.text.splitlines(), ""]:
            cells = [cell.strip() for cell in line.split(" | ")]
            if len(table) == 1 and len(cells) == len(table[0]) + 1:
                table = [["", *table[0]]]  # what heads the labels was empty
            if table and len(cells) != len(table[0]):
                found += [table] if len(table) > 1 else []
                table = []
            if len(cells) > 1:
                table.append(cells)
    return found
