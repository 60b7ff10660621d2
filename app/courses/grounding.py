"""Whether a sentence about the course rests on passages: by its numbers and names, its words, and its meaning.

This is a check of support, not of truth: it catches what is made up or from elsewhere, and cannot catch a sentence
that turns the passages' own words around. Its figures are in tests/benchmarks/grounding.
"""

import re
from functools import lru_cache
from typing import NamedTuple

import numpy

from app.courses.schema import Passage

WORD_SHARE = 0.75
"""How much shared words count; nearness of meaning makes up the rest. Near is also what is only about the same."""
SUPPORT = 0.48
STEM_LENGTH = 7
TALK_CHARS = 90

_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_PAGE = re.compile(r"\b(?:page|slide)s?\s+\d+(?:\s*(?:,|and|to|-)\s*\d+)*", re.IGNORECASE)
_NAME = re.compile(r"(?<=[a-z,;:] )[A-Z][a-zA-Z]{2,}")
_COUNTS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def _set_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


_COMMON = _set_of(
    "a about after again all also always am an and another any anything are as at away be became because "
    "become been before being best better between both but by call called can come could day did do does "
    "doing done down each either else even ever every everything example explain feel few find first for "
    "from get gets give go going good got great had has have he help helps her here him his how however i "
    "idea if important in instead into is it its itself just keep kind know later learn less let like "
    "little look lot made make makes making many matter may me mean means more most much must my need "
    "never new next no not nothing now of off often on once one only or other our out over own page part "
    "people point question questions rather really remember right said same say says see she should show "
    "shows simply slide so some someone something sometimes still such take takes tell than thank that "
    "the their them then there these they thing things think this those though three through time to "
    "together too try two under until up us use used using usually very want was way we well were what "
    "when where whether which while who whole why will with within without word words work would yes yet "
    "you your yourself "
)

_TALK = _set_of(
    "absolutely afternoon agree answer asking back bit carefully class clear continue course curious day "
    "deck doubt everybody everyone evening excellent exactly fair fine forward friend friends glad guess "
    "happy hear hello hey hi hope hmm interesting join listen lovely material minute moment morning move "
    "nice notes ok okay pages passage perfect please ready said share slides sorry student students sure "
    "talk team teacher thanks thought thoughts today topic tutor understand wait welcome wonder wonderful "
    "wondering wow whoa cool haha oh ah aha yeah yep nope fun funny love stuck honest honestly "
)


def is_talk(sentence: str) -> bool:
    """Whether a sentence only keeps the conversation going (greets, thanks, asks back) and claims nothing."""
    if len(sentence) > TALK_CHARS or _NUMBER.search(_PAGE.sub("", sentence)) or _NAME.search(sentence):
        return False
    return all(word in _COMMON or word in _TALK for word in _plain_words(sentence))


def supported(sentence: str, passages: list[Passage]) -> bool:
    """Whether the sentence rests on the passages: no number or name of its own, and enough shared words or meaning."""
    ground = "\n".join(passage.text for passage in passages)
    words = stems(sentence)
    if not ground or not words or _has_own_facts(sentence, ground):
        return False
    share = len(words & _known(ground).stems) / len(words)
    if share * WORD_SHARE >= SUPPORT:
        return True
    return share * WORD_SHARE + nearness(sentence, passages) * (1 - WORD_SHARE) >= SUPPORT


@lru_cache(maxsize=4096)
def stems(text: str) -> frozenset[str]:
    """The words that carry meaning, without their endings. Kept, as a text is held against many others."""
    return frozenset(stem(word) for word in _plain_words(text) if word not in _COMMON and len(word) > 2)


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A word cut back so that its forms meet: "recalling" and "recalled" are one. Rough, and meant to be."""
    bare = re.sub(r"(?:ingly|edly|ations?|ments?|ness|ings?|ies|ied|ers?|ed|es|ly|s|e|y)$", "", word)
    bare = re.sub(r"([b-df-hj-np-tv-z])\1$", r"\1", bare)
    return (bare if len(bare) > 2 else word)[:STEM_LENGTH]


def nearness(sentence: str, passages: list[Passage]) -> float:
    """The largest cosine between the sentence and a passage or one of its lines."""
    texts = [line for passage in passages for line in {passage.text, *passage.text.splitlines()} if line.strip()]
    said = _vector(sentence)
    return max(float(said @ _vector(text)) for text in texts)


@lru_cache(maxsize=4096)
def _vector(text: str) -> "numpy.ndarray[tuple[int], numpy.dtype[numpy.float32]]":
    """Kept, because the lines of a page are compared with every sentence that is said on it."""
    from app.inference.service import embed  # the reader child asks for words alone and starts without all this

    return numpy.asarray(embed([text])[0], dtype=numpy.float32)


def _plain_words(text: str) -> list[str]:
    found = _WORD.findall(text.lower().replace("’", "'"))
    return [part for word in found for part in re.sub(r"n't$|'(?:s|re|ve|ll|d|m)$", "", word).split("-") if part]


def _has_own_facts(sentence: str, ground: str) -> bool:
    """Whether it names a number or a person or place that the passages do not."""
    known = _known(ground)
    said = _numbers(_PAGE.sub("", sentence))
    names = {stem(name.lower()) for name in _NAME.findall(sentence)}
    return bool(said - known.numbers) or bool(names - known.words)


class _Known(NamedTuple):
    """What a ground has to offer: stems of words that carry meaning, of all words, and numbers, spelled ones too."""

    stems: frozenset[str]
    words: frozenset[str]
    numbers: frozenset[str]


@lru_cache(maxsize=512)
def _known(ground: str) -> _Known:
    """Kept, because every sentence said on a page is held against the same ground."""
    spelled = {str(at) for at, word in enumerate(_COUNTS) if re.search(rf"\b{word}\b", ground.lower())}
    words = frozenset(stem(word) for word in _plain_words(ground))
    return _Known(stems(ground), words, frozenset(_numbers(ground) | spelled))


def _numbers(text: str) -> set[str]:
    return {number.replace(",", "") for number in _NUMBER.findall(text)}
