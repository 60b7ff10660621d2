"""Words that turn a sentence round, such as "not": whether other words have them too. Pure."""

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from app.lessons.words import words


@lru_cache
def _known() -> dict[str, frozenset[str]]:
    read = tomllib.loads(Path(__file__).with_name("negations.toml").read_text("utf-8"))
    return {code: frozenset(listed.split()) for code, listed in read.items()}


def negations(text: str, language: str) -> int:
    """How many words turn something round. "Neither ... nor" is one."""
    said = text.casefold().replace("’", "'")
    count = len(re.findall(r"n't\b", said)) if language == "en" else 0
    return count + sum(word in _known().get(language, ()) for word in words(said))


def turns_round(one: str, language: str, other: str, other_language: str) -> bool:
    """Whether one of two texts, each in the language with its code, denies something and the other nothing; never
    where the words that deny are not known in both languages.
    """
    if not {language, other_language} <= set(_known()):
        return False
    return bool(negations(one, language)) != bool(negations(other, other_language))
