"""What is wrong with an item, in a sentence: a key that is not among the options, options that repeat, and so on."""

import math

from app.assessment.grading import has_known_unit
from app.assessment.schema import (
    LONGEST_OPTION,
    LONGEST_STEM,
    MOST_OPTIONS,
    ChoiceItem,
    Item,
    Kind,
    MatchItem,
    NumericItem,
    OpenItem,
    Option,
    OrderItem,
    TextItem,
)
from app.assessment.words import folded

MOST_POINTS = 100


def trouble(item: Item) -> str:
    """The first thing that is wrong with an item, or ""."""
    return _of_all(item) or _of_kind(item)


def _of_all(item: Item) -> str:
    if not item.stem.strip():
        return "Write the question."
    if len(item.stem) > LONGEST_STEM or len(item.explanation) > LONGEST_STEM:
        return f"A question and its explanation may have {LONGEST_STEM:,} characters each; shorten them."
    if not (math.isfinite(item.points) and 0 < item.points <= MOST_POINTS):
        return f"A question is worth more than 0 and at most {MOST_POINTS} marks."
    return ""


def _of_kind(item: Item) -> str:
    if isinstance(item, ChoiceItem):
        return _options(item.options, "options") or _choice(item)
    if isinstance(item, NumericItem):
        return _numeric(item)
    if isinstance(item, TextItem):
        return _text(item)
    if isinstance(item, OrderItem):
        return _options(item.options, "things to order")
    if isinstance(item, MatchItem):
        return _match(item)
    return _rubric(item)


def _options(options: list[Option], what: str, least: int = 2) -> str:
    if not least <= len(options) <= MOST_OPTIONS:
        return f"Give {least} to {MOST_OPTIONS} {what}; there are {len(options)}."
    if any(not one.text.strip() for one in options):
        return f"One of the {what} is empty. Fill it in or take it out."
    if any(len(one.text) > LONGEST_OPTION for one in options):
        return f"One of the {what} is longer than {LONGEST_OPTION} characters."
    seen: dict[str, str] = {}
    for one in options:
        key = " ".join(one.text.split())
        if key in seen:
            return f"Two of the {what} are the same: “{one.text.strip()}”."
        seen[key] = one.id
    if len({one.id for one in options}) < len(options):
        return f"Two of the {what} have the same name inside. Make the question anew."
    return ""


def _choice(item: ChoiceItem) -> str:
    ids = {one.id for one in item.options}
    if not item.right:
        return "Mark which option is right."
    if not set(item.right) <= ids or len(set(item.right)) < len(item.right):
        return "An option marked as right is not among the options."
    if item.kind is Kind.SINGLE and len(item.right) != 1:
        return "Mark one option as right, or make it a question with several right options."
    return ""


def _numeric(item: NumericItem) -> str:
    numbers = (item.value, item.tolerance, item.percent)
    if not all(math.isfinite(one) for one in numbers) or abs(item.value) > 1e300:
        return "The right value and its tolerance must be numbers."
    if item.tolerance < 0 or not 0 <= item.percent <= 100:
        return "A tolerance is 0 or more, and at most 100 percent."
    if not has_known_unit(item.unit):
        return f"“{item.unit}” is not a known unit. Write it as kg*m/s^2, mmol/L, km/h or °C, or leave it out."
    if item.asks_unit and not item.unit:
        return "To ask for the unit, say which one is right."
    return ""


def _text(item: TextItem) -> str:
    if not item.accepted or len(item.accepted) > 30:
        return "Give 1 to 30 accepted answers, one a line."
    words = [folded(one) for one in item.accepted]
    if not all(words) or any(len(one) > LONGEST_OPTION for one in item.accepted):
        return f"An accepted answer has letters or digits, and at most {LONGEST_OPTION} characters."
    if len(set(words)) < len(words):
        return "Two accepted answers are the same: case, accents and spaces do not count anyway."
    return ""


def _match(item: MatchItem) -> str:
    if problem := _options(item.left, "things on the left") or _options(item.right, "things on the right"):
        return problem
    left, right = {one.id for one in item.left}, {one.id for one in item.right}
    if set(item.pairs) != left or not set(item.pairs.values()) <= right:
        return "Each thing on the left needs its partner on the right."
    if len(set(item.pairs.values())) < len(item.pairs):
        return "Two things on the left have the same partner. Give each its own."
    return ""


def _rubric(item: OpenItem) -> str:
    if not 1 <= len(item.criteria) <= 8:
        return "A rubric has 1 to 8 criteria."
    names = [folded(one.name) for one in item.criteria]
    if not all(names) or len(set(names)) < len(names):
        return "Each criterion needs a name of its own."
    if any(not (math.isfinite(one.points) and 0 < one.points <= MOST_POINTS) for one in item.criteria):
        return f"A criterion is worth more than 0 and at most {MOST_POINTS} marks."
    words = sum(len(one.name) + sum(len(line) for line in one.descriptors) for one in item.criteria)
    if words > LONGEST_STEM:
        return f"A rubric may have {LONGEST_STEM:,} characters; shorten the descriptors."
    if abs(sum(one.points for one in item.criteria) - item.points) > 1e-6:
        return "A question's marks are those of its criteria together."
    return ""
