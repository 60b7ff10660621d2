"""Whether a sentence about the course rests on passages: by its numbers and names, its words, and its meaning.

This is a check of support, not of truth: it catches what is made up or from elsewhere, and cannot catch a sentence
that turns the passages' own words around. Its figures are in tests/benchmarks/grounding.
"""

import re
from functools import lru_cache
from typing import NamedTuple

import numpy

from app.base.formulas import small_numbers
from app.base.languages import language_of
from app.base.scripts import is_unspaced
from app.base.text import words_in
from app.courses.schema import Passage
from app.courses.stemming import COMMON, beginnings, forms, plain_words, stem, stems
from app.inference.service import embed

WORD_SHARE = 0.75
"""How much shared words count; nearness of meaning makes up the rest. Near is also what is only about the same."""
SUPPORT = 0.48
TALK_CHARS = 90

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_PAGE = re.compile(
    r"\b(?:pages?|slides?|seiten?|página|pagina|folie)\s+\d+(?:\s*(?:,|and|to|-)\s*\d+)*|第\s?\d+\s?页", re.IGNORECASE
)
_NAME = re.compile(r"(?<=[a-z,;:] )[A-Z][a-zA-Z]{2,}")
COUNTS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
"""Numbers in words, each at its own place."""
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")

TALK = words_in(
    "absolutely afternoon agree answer asking back bit carefully class clear continue course curious day "
    "deck doubt everybody everyone evening excellent exactly fair fine forward friend friends glad guess "
    "happy hear hello hey hi hope hmm interesting join listen lovely material minute moment morning move "
    "nice notes ok okay pages passage perfect please ready said share slides sorry student students sure "
    "talk team teacher thanks thought thoughts today topic tutor understand wait welcome wonder wonderful "
    "wondering wow whoa cool haha oh ah aha yeah yep nope fun funny love stuck honest honestly "
    "quite close nearly almost track hint line lines sentence sentences heading top bottom second third last read "
)
"""Words of conversation, which claim nothing about a subject."""
_TALK_SIGNS = re.compile(
    "大家好|同学们好|同学们?|你好|谢谢|不客气|不用谢|没关系|别担心|别着急|加油|好问题|问得好|说得好|很好|好的|当然|没错|是的|对|"
    "这是个?|我们|一起|看看|想一想|想想看?|试试看?|请|你|吧|来|再"
)


def is_talk(sentence: str) -> bool:
    """Whether a sentence only keeps the conversation going (greets, thanks, asks back) and claims nothing."""
    if len(sentence) > TALK_CHARS or _NUMBER.search(without_pages(sentence)) or names_in(sentence):
        return False
    bare = _TALK_SIGNS.sub(" ", without_pages(sentence)) if is_unspaced(sentence) else sentence
    return all(word in COMMON or word in TALK for word in plain_words(bare))


def supported(sentence: str, passages: list[Passage], language: str = "") -> bool:
    """Whether the sentence rests on the passages: no number or name of its own, and enough shared words or meaning.

    It is taken to be in the language with this code where that cannot be told from its words.
    """
    ground = "\n".join(passage.text for passage in passages)
    if (code := language_of(sentence) or language) not in ("", "en"):
        return _supported_abroad(sentence, ground, code)
    words = stems(sentence)
    if not ground or not words or _has_own_facts(sentence, ground):
        return False
    share = len(words & _known(ground).stems) / len(words)
    if share * WORD_SHARE >= SUPPORT:
        return True
    texts = [line for passage in passages for line in {passage.text, *passage.text.splitlines()} if line.strip()]
    return share * WORD_SHARE + max(nearness(sentence, text) for text in texts) * (1 - WORD_SHARE) >= SUPPORT


def _supported_abroad(sentence: str, ground: str, code: str) -> bool:
    """The same in other languages than English, by the beginnings of words alone: of those the vectors know too little.
    In German every noun looks like a name.
    """
    words = beginnings(sentence, code)
    if not ground or not words or _has_own_facts(sentence, ground, are_names_told=code != "de"):
        return False
    return len(words & beginnings(ground)) / len(words) * WORD_SHARE >= SUPPORT


def word_share(sentence: str, passages: list[Passage], language: str = "") -> float:
    """The share of a sentence's words that passages have, of those that carry meaning; 1 where none does. The language
    is that of `supported`.
    """
    code = language_of(sentence) or language
    words, known = forms(sentence, code), forms("\n".join(one.text for one in passages), code)
    return len(words & known) / len(words) if words else 1.0


def nearness(one: str, other: str) -> float:
    """How near two texts are in meaning: the cosine of their vectors."""
    return float(_vector(one) @ _vector(other))


@lru_cache(maxsize=4096)
def _vector(text: str) -> "numpy.ndarray[tuple[int], numpy.dtype[numpy.float32]]":
    """Kept, because the lines of a page are compared with every sentence that is said on it."""
    return numpy.asarray(embed([text])[0], dtype=numpy.float32)


def _has_own_facts(sentence: str, ground: str, *, are_names_told: bool = True) -> bool:
    """Whether it names a number or, where names can be told, a person or place that the passages do not."""
    known = _known(ground)
    said = _numbers(without_pages(sentence))
    return bool(said - known.numbers) or (are_names_told and bool(names_in(sentence) - known.words))


def names_in(sentence: str) -> set[str]:
    """What looks like a name in the midst of a sentence; a small word begins what follows a colon."""
    found = {name.lower() for name in _NAME.findall(sentence)}
    return {stem(name) for name in found - COMMON}


def without_pages(sentence: str) -> str:
    """A sentence without the numbers of pages that it speaks of."""
    return _PAGE.sub("", sentence) if _NUMBER.search(sentence) else sentence


class _Known(NamedTuple):
    """What a ground has to offer: stems of words that carry meaning, of all words, and numbers, spelled ones too."""

    stems: frozenset[str]
    words: frozenset[str]
    numbers: frozenset[str]


@lru_cache(maxsize=512)
def _known(ground: str) -> _Known:
    """Kept, because every sentence said on a page is held against the same ground."""
    spelled = {str(at) for at, word in enumerate(COUNTS) if re.search(rf"\b{word}\b", ground.lower())}
    words = frozenset(stem(word) for word in plain_words(ground))
    return _Known(stems(ground), words, frozenset(_numbers(ground) | spelled | small_numbers(ground)))


def _numbers(text: str) -> set[str]:
    return {number.replace(",", "") for number in _NUMBER.findall(text)}
