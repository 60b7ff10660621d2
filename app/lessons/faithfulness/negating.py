"""Words that turn a sentence round, such as "not": whether other words have them too. Pure."""

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from app.lessons.words import words

_COUNT = re.compile(r"\bno\.? ?(?=\d)")
_FRENCH = re.compile(r"\b(?:ne\b|n'|aucune?\b|sans\b|ni\b)")


@lru_cache
def _known() -> dict[str, frozenset[str]]:
    read = tomllib.loads(Path(__file__).with_name("negations.toml").read_text("utf-8"))
    return {code: frozenset(listed.split()) for code, listed in read.items()}


def negations(text: str, language: str) -> int:
    """How many words turn something round. "Neither ... nor" is one."""
    said = _COUNT.sub(" ", text.casefold().replace("’", "'"))
    count = len(re.findall(r"n't\b", said)) if language == "en" else 0
    return count + sum(word in _known().get(language, ()) for word in words(said))


def turns_round(one: str, language: str, other: str, other_language: str) -> bool:
    """Whether one of two texts, each in the language with its code, denies something and the other nothing; never
    where the words that deny are not known in both languages, nor in Turkish, whose verbs deny by their endings.
    """
    if not {language, other_language} <= set(_known()) - {"tr"}:
        return False
    return _denies(one, language) != _denies(other, other_language)


def _denies(text: str, language: str) -> bool:
    """French "pas" and "personne" are other words too, so that what stands before them is looked for."""
    if language == "fr":
        return bool(_FRENCH.search(text.casefold().replace("’", "'")))
    return negations(text, language) > 0
