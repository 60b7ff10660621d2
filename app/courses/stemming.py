"""Words without their endings, so that the forms of one word meet; by rule alone, needing nothing but the text."""

import re
from collections.abc import Mapping
from functools import lru_cache

from app.base.languages import language_of, small_words
from app.base.scripts import WORD, is_unspaced, parts_of, says_little
from app.base.text import words_in

STEM_LENGTH = 7
BEGINNING = 5

_WORD = re.compile(WORD)
_ASCII_WORD = re.compile(r"[A-Za-z][A-Za-z'-]+")
"""The same in text that has nothing else, in half the time."""


COMMON = words_in(
    "a about after again all also always am an and another any anything are as at away be became because "
    "become been before being best better between both but by call called can come could day did do does "
    "doing done down during each either else even ever every everything example explain feel few find first for "
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
"""Words that say nothing of what a text is about."""

_ABROAD = small_words() - COMMON
"""The commonest words of other languages; in English, and where it cannot be told what a text is in, they are words."""


_PAST = (
    "ate eaten eat|bent bend|bought buy|bred breed|broke broken break|brought bring|built build|burnt burn|"
    "caught catch|chose chosen choose|dealt deal|dreamt dream|drew drawn draw|drove driven drive|"
    "fell fallen fall|flew flown fly|forgot forgotten forget|fought fight|froze frozen freeze|"
    "grew grown grow|heard hear|held hold|hid hidden hide|laid lay|lost lose|met meet|"
    "misunderstood misunderstand|overcame overcome|paid pay|risen rise|sent send|shook shaken shake|"
    "shone shine|shrank shrunk shrink|slept sleep|sold sell|sought seek|spent spend|spoke spoken speak|"
    "spun spin|stole stolen steal|stood stand|struck strike|stuck stick|sung sang sing|swam swum swim|"
    "taught teach|threw thrown throw|understood understand|woke woken wake|won win|wore worn wear|"
    "wrote written write"
)
"""Irregular pasts and what they are of; not those that are other words too ("left", "led"), or say nothing ("kept")."""
_BASE = {form: forms[-1] for forms in map(str.split, _PAST.split("|")) for form in forms[:-1]}


def in_base_form(text: str) -> str:
    """A text with the irregular past of verbs put back, which no rule for endings finds: "I never sleep" of "slept"."""
    return _WORD.sub(lambda found: _BASE.get(found[0].lower(), found[0]), text)


@lru_cache(maxsize=4096)
def stems(text: str) -> frozenset[str]:
    """The words that carry meaning, without their endings. Kept, as a text is held against many others."""
    return frozenset(map(stem, _words_about(text, "")))


@lru_cache(maxsize=4096)
def beginnings(text: str, language: str = "") -> frozenset[str]:
    """The same by the first letters of each word, so that forms meet in languages whose endings no rule here knows. The
    code of the language is that of the text, where that is known.
    """
    return frozenset(word[:BEGINNING] for word in _words_about(text, language))


def forms(text: str, language: str) -> frozenset[str]:
    """The words that carry meaning so that the forms of one meet in the language with this code: stems in English, and
    where it is not known; beginnings in others.
    """
    return stems(text) if language in ("", "en") else beginnings(text, language)


@lru_cache(maxsize=4096)
def by_form(text: str, language: str) -> Mapping[str, str]:
    """The same forms, each with a word of the text that has it."""
    if language in ("", "en"):
        return {stem(word): word for word in _words_about(text, "")}
    return {word[:BEGINNING]: word for word in _words_about(text, language)}


def all_words(text: str) -> frozenset[str]:
    """All words of a text, those too that say little."""
    return frozenset(plain_words(text))


def _words_about(text: str, language: str) -> list[str]:
    """The words, or parts of unspaced runs, that say something of what a text is about."""
    found = [word for word in plain_words(text) if _says_something(word)]
    doubtful = _ABROAD.intersection(found)
    small = doubtful & small_words(language or language_of(text) or "en") if doubtful else frozenset[str]()
    return [word for word in found if word not in small] if small else found


def _says_something(word: str) -> bool:
    return not says_little(word) if is_unspaced(word) else word not in COMMON and len(word) > 2


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A word cut back so that its forms meet: "recalling" and "recalled" are one. Rough, and meant to be."""
    word = _BASE.get(word, word)
    bare = re.sub(r"(?:ingly|edly|ations?|ments?|ness|ings?|ies|ied|ers?|ed|es|ly|s|e|y)$", "", word)
    bare = re.sub(r"([b-df-hj-np-tv-z])\1$", r"\1", bare)
    return (bare if len(bare) > 2 else word)[:STEM_LENGTH]


def plain_words(text: str) -> list[str]:
    """All words in small letters, without what is drawn on to them (n't, 's), compounds taken apart; parts of
    runs where words are not spaced.
    """
    text = text.lower().replace("’", "'")
    if text.isascii():
        return [part for word in _ASCII_WORD.findall(text) for part in _parts(word)]
    found = _WORD.findall(text)
    return [part for word in found for part in (parts_of(word) if is_unspaced(word) else _parts(word))]


def _parts(word: str) -> list[str]:
    return [part for part in re.sub(r"n't$|'(?:s|re|ve|ll|d|m)$", "", word).split("-") if part]
