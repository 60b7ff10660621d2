"""Tables: whether a sentence takes from one what does not go together. Small models read rows across."""

import re

from app.base.scripts import is_question
from app.courses.schema import Passage
from app.courses.stemming import stems

_DENIAL = re.compile(r"\b(?:no|not|never|cannot)\b|n['’]t\b", re.IGNORECASE)
_AMOUNT = re.compile(
    r"^(?:so |then |and |that means )?(?P<thing>(?!for\b|in\b|if\b|when\b|with\b|to\b|at\b|after\b|before\b|by\b).+?)"
    r"(?: (?:for|of|in|at|after|before|when|if|between|until) .*?)? "
    r"(?:is|was|are|were|would be|should be)\b(?P<said>[^,;]*)$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_PAGE = re.compile(r"\b(?:page|slide)s? \d+", re.IGNORECASE)
_ACROSS = re.compile(
    r"\b(?:since|from|between|until|grew|grown|rose|risen|fell|fallen|increased|decreased)\b", re.IGNORECASE
)
"""What tells of several rows at once."""


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
            if table and len(cells) != len(table[0]):
                found += [table] if len(table) > 1 else []
                table = []
            if len(cells) > 1:
                table.append(cells)
    return found
