"""Comparisons: whether a sentence says of two things, or of a figure, the contrary of what a passage says of them.

Small models put the words of a page together the other way round; the words are then all supported, and what they say
is not.
"""

import re
from dataclasses import dataclass

from app.base.scripts import is_question
from app.courses.schema import Passage
from app.courses.stemming import plain_words, stem, stems

_SENTENCE = re.compile(r"[^.!?;:\n]+[.!?;:]?")
_THAN = re.compile(
    r"^(?P<before>.*)\b(?P<how>more|less|worse|(?!other|rather)[a-z]{2,}er)\b[^.;:!?]{0,40}?\bthan\b(?P<after>.*)",
    re.I | re.S,
)
_DENIAL = re.compile(r"\b(?:no|not|never|nothing|neither|nor|cannot|hardly)\b|n['’]t\b", re.IGNORECASE)
_IT = r"\b(?:it|they|this|that|these|those)"
_NOT = re.compile(
    rf"{_IT} (?:is|are|was|were|do|does|did|can|will|would)(?: not|n['’]t) (?:really |even )?([a-z]{{3,}})"
)
_SO = re.compile(rf"{_IT} (?:[a-z]+ )?([a-z]{{3,}})")
WHY = re.compile(r"\W*(?:but |and |so |ok(?:ay)? )?(?:why|how come)\b", re.IGNORECASE)
"""How somebody begins who asks for a reason."""
_UP = frozenset({"more", "better", "greater", "higher", "larger", "bigger", "stronger"})
_LINE = re.compile(r"[^.!?\n]+(?:\.\d[^.!?\n]*)*")
_CLAUSE = re.compile(r",\s+(?!\d)|[;:]\s+|\b(?:and|but|while|whereas)\b")
_SHARE = re.compile(r"(\d+(?:[.,]\d+)*)\s?(?:%|per ?cent\b)")
_KEPT = {stem(word) for word in plain_words("save keep kept remain retain remember recall survive")}
_LOST = {stem(word) for word in plain_words("forget forgot forgotten lose lost loss gone fade vanish disappear")}
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


def kept_for_lost(sentence: str, ground: list[Passage]) -> bool:
    """Whether a sentence says that so many percent are lost where all lines with the figure say that they are kept, or
    the reverse.
    """
    if not _SHARE.search(sentence):
        return False
    lines = [line for one in ground for line in _LINE.findall(one.text)]
    for clause in _CLAUSE.split(sentence):
        said = _side(clause)
        shares = set(_SHARE.findall(clause)) if said else set()
        known = [_side(line) for line in lines if shares & set(_SHARE.findall(line))]
        if known and all(one == -said for one in known):
            return True
    return False


def denies_premise(sentence: str, question: str) -> bool:
    """Whether an answer to a "why" says that something is so of which the question says that it is not: "if it does not
    help", "because it helps".
    """
    if not WHY.match(question):
        return False
    denied = {stem(one) for one in _NOT.findall(question.lower())}
    clauses = [part for part in _CLAUSE.split(sentence.lower()) if not _DENIAL.search(part)]
    return any(stem(word) in denied for part in clauses for word in _SO.findall(part))


def _side(words: str) -> int:
    """1 for what is kept, -1 for what is lost, 0 for both or neither, and where something is denied."""
    found = {stem(word) for word in plain_words(words)}
    return 0 if _DENIAL.search(words) else bool(found & _KEPT) - bool(found & _LOST)


def _way(said: Comparison, known: Comparison) -> int:
    """Above 0 where both say the same of the same two things, below where one says the contrary; 0: of others."""
    straight = min(len(said.above & known.above), len(said.below & known.below))
    crossed = min(len(said.above & known.below), len(said.below & known.above))
    return straight - crossed


def _comparison(sentence: str) -> Comparison | None:
    """The one comparison a sentence states; None where there is none, or what it comes to cannot be told by rule."""
    found = None if is_question(sentence.rstrip()) else _THAN.match(sentence)
    if found is None or _DENIAL.search(sentence) or _THAN.match(found["before"]):
        return None
    how = found["how"].lower()
    first, second = stems(found["before"]), stems(found["after"])
    first, second = first - second, second - first
    if not first or not second:
        return None
    above, below = (second, first) if how in _DOWN else (first, second)
    return Comparison(above, below, "" if how in _UP or how in _DOWN else stem(how))
