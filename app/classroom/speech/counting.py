"""Counts: whether a sentence says of a thing another number than the pages do, in figures or in words. English only.

Held back is only what can be told by rule: what is measured (hours, metres, percent) is split, summed and put into
other units, and of what is counted a part may be named. So a smaller number has to be said of the whole ("has three
chambers"), and what pages count in more ways than two is let be.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from app.base.scripts import is_question
from app.base.text import words_in
from app.classroom.speech.quoting import split
from app.courses.grounding import COUNTS, TENS
from app.courses.stemming import all_words, plain_words, stem, stems

_TEENS = ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_VALUES = {word: at for at, word in enumerate((*COUNTS, *_TEENS))} | {word: 10 * at for at, word in enumerate(TENS, 2)}
_LARGE = words_in("hundred thousand million billion dozen half quarter quarters third thirds fifth fifths percent")
"""Words that go with another number to be one."""
_PAIRS = words_in("both pair pairs couple each every per either twice double")
"""Words that count two, or have a number stand for several."""
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\s\w]")
_WHICH_ONE = re.compile(
    r"\b(?:pages?|slides?|chapters?|figures?|tables?|habit|step|stage|rule|reason|day|part|level|number|no\.?) "
    rf"(?:\d+|{'|'.join(COUNTS)})\b",
    re.IGNORECASE,
)
"""Numbers that tell which one, and count nothing."""
NEAR = 3
"""So many words after a number may be what it counts: "three small pumping chambers"."""
MOST_WAYS = 2
_STOPS = words_in(
    "of in to into and or per by for from at on with within as is are was were be been has have had do does did can "
    "could will would may might that which who whose where when while if than then but so not no the a an this these "
    "those it its they their he she his her we our you your i my more other others further fewer less additional extra "
    "such times out about only both all each every because until after before through during between like make makes"
)
_IRREGULAR = words_in("people children men women teeth feet mice geese atria ventricles bacteria nuclei")
_MEASURES = frozenset(
    map(
        stem,
        words_in(
            "seconds minutes hours days weeks months years decades centuries nights evenings mornings times percent "
            "points metres meters kilometres kilometers miles feet inches grams kilograms litres liters degrees volts "
            "amps watts joules calories bytes bits pixels euros dollars pounds cents"
        ),
    )
)
_VAGUE = frozenset(
    map(
        stem,
        words_in(
            "things ways points reasons examples ideas questions words sentences lines items cases kinds types sorts "
            "facts details people students learners others ones pages slides"
        ),
    )
)
"""What is counted of anything: only what holds, or consists of, so many of it is held against the pages."""
_ABOUT = r"(?: (?:only|about|around|roughly|exactly|just|approximately|nearly|almost|up to|at most|precisely))*"
_MADE_OF = (
    r"(?:hold|contain)(?:s|ed|ing)?|held|compris(?:es?|ed|ing)|"
    r"consist(?:s|ed|ing)? of|(?:made|built)(?: up)? (?:up )?of|composed of|"
    r"(?:divided|split|separated) into|(?:juggle|store|keep|remember)s?"
)
_HOLDS = re.compile(rf"\b(?:{_MADE_OF}){_ABOUT}$", re.IGNORECASE)
_WHOLE = re.compile(
    rf"\b(?:{_MADE_OF}|has|have|had|having|there (?:are|were)|takes?|includes?|counts?|"
    rf"(?:one|each|any|none|all|first|second|third|last|most|part) of (?:the|its|our|these|those)|all){_ABOUT}$",
    re.IGNORECASE,
)
"""What is said of all there is."""
_BEFORE = re.compile(
    r"\b(?:first|last|next|another|other|these|those|top|bottom|remaining|final|at least|than|over|or|to|say|step|page|"
    r"chapter|number)$|\d\s?[-–]?$",
    re.IGNORECASE,
)
_AFTER = words_in("left remain remains remaining missing later ago apiece more less fewer or")
_APART = re.compile(
    r"\b(?:no|not|never|cannot|nor|neither|if|imagine|suppose|would|might|may|for (?:example|instance)|instead|unlike|"
    r"each|every|per|either|both|left|right|upper|lower|inner|outer|front|back|another|others?|additional|extra|more|"
    r"this|that|next|previous|example|exercise|"
    r"altogether|together|in (?:all|total)|total|sum|plus|besides|except|without|rest|remaining|missing|half|twice|"
    r"you(?: only| already| also)? (?:have|had|said|say|named|name|got|gave|found|listed|mentioned|wrote|answered|"
    r"counted|need|missed)|you['’]ve|your answer)\b|n['’]t\b",
    re.IGNORECASE,
)
"""Where a part, a sum or something supposed is spoken of, or what a student said."""
_ANOTHER = re.compile(r"\b(?:next|another|others?|previous|example|exercise|imagine|suppose|if)\b", re.IGNORECASE)
"""Where a page counts in something else than what it is about."""


@dataclass(frozen=True)
class _Count:
    """A number of things: the things as a stem, the words before the number, and those it may count."""

    number: int
    noun: str
    before: str
    words: frozenset[str]

    @property
    def kind(self) -> frozenset[str]:
        """What tells these things from others of the name: "valence" of valence electrons."""
        return self.words - {self.noun}


@dataclass(frozen=True)
class _Line:
    """A sentence of a page: what it counts, all its words as stems, and all its numbers."""

    counts: tuple[_Count, ...]
    stems: frozenset[str]
    numbers: tuple[int, ...]
    is_apart: bool

    def of(self, said: _Count, about: frozenset[str]) -> list[_Count]:
        """What it counts of a thing, if it is about the same as what was said, or that about nothing else, and not
        about another, the next or a supposed one.
        """
        is_same = (not about or bool(about & self.stems)) and not self.is_apart
        return [one for one in self.counts if is_same and one.noun == said.noun and one.number > 1]

    def allows(self, noun: str) -> set[int]:
        """What may be said of a noun after this: its numbers that count nothing else, and what they come to."""
        if noun not in self.stems:
            return set()
        own = Counter(self.numbers) - Counter(one.number for one in self.counts if noun not in one.words)
        numbers = [*own.elements()]
        pairs = [*combinations(numbers, 2)]
        return {*numbers, sum(numbers), *(one + other for one, other in pairs), *(one * other for one, other in pairs)}


@dataclass(frozen=True)
class _Text:
    """A text: its sentences."""

    lines: tuple[_Line, ...]

    def tells_otherwise(self, said: _Count, about: frozenset[str]) -> bool:
        """Whether it counts the things of which that is said, and not only some kind of them; nor is said of a kind
        that it speaks of.
        """
        words = frozenset[str]().union(*(line.stems for line in self.lines))
        known = (one for line in self.lines for one in line.of(said, about))
        return any(one.kind <= said.kind and not (said.kind - one.kind) & words for one in known)

    def counted(self, noun: str) -> set[int]:
        """The numbers of a thing that are more than one."""
        return {one.number for line in self.lines for one in line.counts if one.noun == noun and one.number > 1}


def miscounts(sentence: str, texts: Iterable[str]) -> bool:
    """Whether a sentence counts something of which all lines that count it of the same things have other numbers."""
    if is_question(sentence) or _APART.search(sentence):
        return False
    said = [one for one in _counts(sentence) if one.number > 1]
    known = [*map(_text, texts)] if said else []
    about = stems(" ".join(word for word in plain_words(sentence) if word not in _VALUES))
    return any(_is_wrong(one, said, known, about) for one in said)


def _is_wrong(said: _Count, others: list[_Count], texts: list[_Text], about: frozenset[str]) -> bool:
    known = set[int]().union(*(one.counted(said.noun) for one in texts))
    allowed = known.union(*(line.allows(said.noun) for one in texts for line in one.lines))
    if len(known) > MOST_WAYS or said.number in allowed:
        return False
    alike = [one.number for one in others if one.noun == said.noun]
    if known & {sum(alike), *(one.number for one in others)}:
        return False
    is_told = any(one.tells_otherwise(said, about - {said.noun}) for one in texts)
    whole = _HOLDS if said.noun in _VAGUE else _WHOLE
    is_more = said.noun not in _VAGUE and said.number > max(known, default=said.number)
    return is_told and (is_more or whole.search(said.before) is not None)


@lru_cache(maxsize=512)
def _text(text: str) -> _Text:
    """Kept, as every sentence said on a page is held against the same texts."""
    return _Text(tuple(map(_line, split(text))))


def _line(sentence: str) -> _Line:
    tokens = [*map(str.lower, _TOKEN.findall(_WHICH_ONE.sub(" ", sentence)))]
    numbers = [value for at in range(len(tokens)) if (value := _value(tokens, at)) is not None]
    numbers += [2 for one in tokens if one in _PAIRS]
    return _Line(
        tuple(_counts(sentence)),
        frozenset(map(_thing, all_words(sentence))),
        tuple(numbers),
        _ANOTHER.search(sentence) is not None,
    )


def _counts(sentence: str) -> list[_Count]:
    """What a sentence counts; a number that says which one, or goes on into another number, counts nothing."""
    tokens = _TOKEN.findall(_WHICH_ONE.sub(" ", sentence))
    found = [_count(tokens, at) for at in range(len(tokens))]
    return [one for one in found if one is not None]


def _count(tokens: list[str], at: int) -> _Count | None:
    number = _value([one.lower() for one in tokens], at)
    before = " ".join(tokens[:at])
    if number is None or _BEFORE.search(before):
        return None
    near = _near([one.lower() for one in tokens[at + 1 :]])
    is_joined = tokens[at + 1 : at + 2] == ["-"]
    noun = next((word for word in near if is_joined or _is_plural(word)), "")
    follows = tokens[at + 1 :][near.index(noun) + 1 :][:1] if noun else []
    if not noun or _thing(noun) in _MEASURES or {one.lower() for one in follows} & _AFTER:
        return None
    return _Count(number, _thing(noun), before, frozenset(map(_thing, [noun] if is_joined else near)))


def _near(tokens: list[str]) -> list[str]:
    """The words after a number up to a small one or a mark, hyphens aside."""
    near: list[str] = []
    for one in tokens:
        if one == "-":
            continue
        if len(near) == NEAR or one in _STOPS or not one[0].isalpha():
            break
        near.append(one)
    return near


def _value(tokens: list[str], at: int) -> int | None:
    """The whole number at a place; None where there is none, or where it is a part of another or of a range."""
    before, after = [one for one in tokens[:at][-2:] if one != "-"], [one for one in tokens[at + 1 :][:2] if one != "-"]
    beside = [*before[-1:], *after[:1]]
    return None if any(one in _LARGE or _plain(one) is not None for one in beside) else _plain(tokens[at])


def _plain(token: str) -> int | None:
    if token in _VALUES:
        return _VALUES[token]
    digits = token.replace(",", "")
    return int(digits) if digits.isdecimal() and token[0].isdecimal() else None


def _thing(word: str) -> str:
    """The stem of a word for a thing; of "four-chambered" the chamber."""
    return stem(word.removesuffix("ed") if len(word) > len("ed") + NEAR else word)


def _is_plural(word: str) -> bool:
    return word in _IRREGULAR or (len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "'s")))
