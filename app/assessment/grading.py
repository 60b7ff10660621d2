"""Exact grading: the same answer to the same item always earns the same marks, and no model is asked.

What part of an item's points an answer earns:

- one choice: all or nothing.
- several choices: (right ones chosen - wrong ones chosen) / right ones, never below nothing.
- number: all within the tolerance. Where the unit was asked for and is missing, half for the right number.
- words: all or nothing, after folding (`words.folded`).
- order: of all pairs of things, those in the right order less those in the wrong one, as a share, never below nothing:
  the right order earns all, its reverse and a random one nothing on average.
- matching: the share of things that got their own partner.

Open answers are not graded here.
"""

import math
from itertools import combinations

from app.assessment.schema import (
    ChoiceItem,
    Item,
    Kind,
    MatchItem,
    NumericItem,
    OrderItem,
    Response,
    TextItem,
)
from app.assessment.units import convert, readings, unit_of
from app.assessment.words import same_words

MISSING_UNIT = 0.5
ROUNDING = 1e-9
"""How far rounding may carry a number over its tolerance's edge, as a share of the larger of the two."""


def earned(item: Item, response: Response) -> float:
    """The marks an answer earns, from 0 to the item's points. Raises TypeError for an open item."""
    return round(item.points * _share(item, response), 4)


def _share(item: Item, response: Response) -> float:
    if isinstance(item, ChoiceItem):
        return _chosen(item, response.chosen)
    if isinstance(item, NumericItem):
        return _number(item, response.text)
    if isinstance(item, TextItem):
        return float(same_words(response.text, item.accepted, item.one_slip))
    if isinstance(item, OrderItem):
        return _order([one.id for one in item.options], response.chosen)
    if isinstance(item, MatchItem):
        return sum(response.pairs.get(left) == right for left, right in item.pairs.items()) / len(item.pairs)
    raise TypeError("an open answer is not graded by code")


def _chosen(item: ChoiceItem, chosen: list[str]) -> float:
    known = {one.id for one in item.options}
    picked, right = set(chosen) & known, set(item.right)
    if item.kind is Kind.SINGLE:
        return float(picked == right)
    return max(0.0, (len(picked & right) - len(picked - right)) / len(right))


def _number(item: NumericItem, text: str) -> float:
    allowed = max(item.tolerance, abs(item.value) * item.percent / 100)
    best = 0.0
    for one in readings(text):
        is_bare = not one.unit and item.unit != ""
        value = convert(one.value, item.unit if is_bare else one.unit, item.unit)
        if value is not None and is_near(value, item.value, allowed):
            best = max(best, MISSING_UNIT if is_bare and item.asks_unit else 1.0)
    return best


def is_near(value: float, wanted: float, allowed: float) -> bool:
    """Whether a value lies within `allowed` of the wanted one, both ends included."""
    slack = ROUNDING * max(abs(value), abs(wanted))
    return math.isfinite(value) and abs(value - wanted) <= allowed + slack


def has_known_unit(words: str) -> bool:
    """Whether words name a unit of the table; no words do."""
    return unit_of(words) is not None


def _order(right: list[str], given: list[str]) -> float:
    """The share of pairs in order less those out of order; a thing left out, or named twice, earns nothing."""
    place = {one: at for at, one in enumerate(given) if given.count(one) == 1}
    score = pairs = 0
    for first, second in combinations(right, 2):
        pairs += 1
        if first in place and second in place:
            score += 1 if place[first] < place[second] else -1
    return max(0.0, score / pairs)


def is_right(raw: float | None, points: float) -> bool | None:
    """Whether marks are all there are; None while there are none."""
    return None if raw is None else raw >= points - ROUNDING
