"""Times: whether a sentence says of one time what a page says of another only. Small models join the second half of a
finding to the first: "the second remembers far more on the day of the test", which was a month later. English only.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from app.base.scripts import is_question
from app.classroom.speech.guard import DENIAL
from app.courses.stemming import stems

_UNIT = r"seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|centuries|century"
_TIME = re.compile(
    rf"\b(?:(?P<day>(?:on|at) (?:the )?(?:day|morning|evening|time) of (?:the |your |an? )?[a-z]+)|"
    rf"(?P<later>(?:an?|one|two|three|four|five|six|ten|\d+|some|a few|several)) (?P<unit>{_UNIT}) later|"
    rf"(?:after|within|in) (?P<after>(?:an?|one|two|three|four|five|six|ten|\d+|the first|the|some|a few)) "
    rf"(?P<of>{_UNIT}))\b",
    re.IGNORECASE,
)
"""The times at which something is so."""
_HOW = re.compile(r"\b(more|better|worse|less|fewer|equal(?:ly)?|best|worst|faster|slower)\b", re.IGNORECASE)
_DAYS = {
    "second": 1 / 86_400,
    "minute": 1 / 1_440,
    "hour": 1 / 24,
    "day": 1,
    "week": 7,
    "month": 30,
    "year": 365,
    "decade": 3_650,
    "century": 36_500,
}
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}
SAME = 1.5
"""Two times of which one is at most so many times as long are the same: 30 days and a month."""
_CLAUSE = re.compile(r"[,;:.!?]\s+|\n|\bbecause\b|\b(?:but|while|whereas)\b", re.IGNORECASE)


def moved_in_time(sentence: str, texts: Iterable[str]) -> bool:
    """Whether what a sentence says is more, better or worse at a time is said of most of the same things at other times
    only.
    """
    if is_question(sentence) or DENIAL.search(sentence):
        return False
    said = [one for one in _clauses(sentence) if len([*_times(one)]) == 1 and _hows(one)]
    known = [*_clauses("\n".join(texts))] if said else []
    return any(_is_moved(clause, known) for clause in said)


def _clauses(text: str) -> Iterable[str]:
    """The parts of sentences. A time at the beginning belongs to what follows its comma."""
    parts = [one.strip() for one in _CLAUSE.split(text) if one.strip()]
    for at, one in enumerate(parts):
        before = parts[at - 1] if at else ""
        yield f"{before}, {one}" if _TIME.sub("", before).strip(" ,") == "" and before else one


def _is_moved(said: str, known: list[str]) -> bool:
    (time,), how, about = _times(said), _hows(said), _about(said)
    told = [[*_times(one)] for one in known if how & _hows(one) and 2 * len(_about(one) & about) >= len(about)]
    return bool(about and told) and all(one and not any(map(time.is_like, one)) for one in told)


def _hows(text: str) -> set[str]:
    return {one.lower() for one in _HOW.findall(text)}


def _about(text: str) -> frozenset[str]:
    """What is spoken of, without the times."""
    return stems(_TIME.sub(" ", text))


class _Time(NamedTuple):
    """A time: its unit ("" for the day of something), and how many days it is; 0 where that is not told."""

    unit: str
    days: float

    def is_like(self, other: "_Time") -> bool:
        if self.days and other.days:
            return max(self.days, other.days) <= SAME * min(self.days, other.days)
        return self.unit == other.unit


def _times(text: str) -> Iterable[_Time]:
    for found in _TIME.finditer(text):
        unit = (found["unit"] or found["of"] or "").lower()
        unit = "century" if unit.startswith("centur") else unit.removesuffix("s")
        number = (found["later"] or found["after"] or "").lower()
        count = int(number) if number.isdecimal() else _NUMBERS.get(number, 0)
        yield _Time(unit, count * _DAYS.get(unit, 0))
