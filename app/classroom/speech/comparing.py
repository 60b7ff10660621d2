"""Comparisons: whether a sentence says of two things the contrary of what a passage says of them.

Small models put the words of a page together the other way round; the words are then all supported, and what they say
is not.
"""

import re
from dataclasses import dataclass

from app.courses.schema import Passage
from app.courses.stemming import stem, stems

_SENTENCE = re.compile(r"[^.!?;:\n]+[.!?;:]?")
_THAN = re.compile(
    r"^(?P<before>.*)\b(?P<how>more|less|worse|(?!other|rather)[a-z]{2,}er)\b[^.;:!?]{0,40}?\bthan\b(?P<after>.*)",
    re.I | re.S,
)
_DENIAL = re.compile(r"\b(?:no|not|never|nothing|neither|nor|cannot|hardly)\b|n['’]t\b", re.IGNORECASE)
_UP = frozenset({"more", "better", "greater", "higher", "larger", "bigger", "stronger"})
_DOWN = frozenset({"less", "worse", "fewer", "lower", "smaller", "weaker"})


@dataclass(frozen=True)
class Comparison:
    """What is said to be above what, as stems; `by`: the measure, where it is not more or less of whatever."""

    above: frozenset[str]
    below: frozenset[str]
    by: str = ""


def turned_round(sentence: str, ground: list[Passage]) -> bool:
    """Whether a sentence compares two things the other way round than a passage does, and as none does."""
    said = _comparison(sentence)
    if said is None:
        return False
    known = [found for one in ground for part in _SENTENCE.findall(one.text) if (found := _comparison(part))]
    ways = [_way(said, one) for one in known if one.by == said.by]
    return bool(ways) and min(ways) < 0 and max(ways) <= 0


def _way(said: Comparison, known: Comparison) -> int:
    """Above 0 where both say the same of the same two things, below where one says the contrary; 0: of others."""
    straight = min(len(said.above & known.above), len(said.below & known.below))
    crossed = min(len(said.above & known.below), len(said.below & known.above))
    return straight - crossed


def _comparison(sentence: str) -> Comparison | None:
    """The one comparison a sentence states; None where there is none, or what it comes to cannot be told by rule."""
    found = None if sentence.rstrip().endswith("?") else _THAN.match(sentence)
    if found is None or _DENIAL.search(sentence) or _THAN.match(found["before"]):
        return None
    how = found["how"].lower()
    first, second = stems(found["before"]), stems(found["after"])
    first, second = first - second, second - first
    if not first or not second:
        return None
    above, below = (second, first) if how in _DOWN else (first, second)
    return Comparison(above, below, "" if how in _UP or how in _DOWN else stem(how))
