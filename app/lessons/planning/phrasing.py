"""What the author says by rule, in the language that is taught in; see phrases.toml."""

import re
from functools import lru_cache
from pathlib import Path

from app.base.phrasebook import Phrasebook, phrasebook
from app.lessons.words import sentences, words

_PART = re.compile(r"\{\w+\}")


def phrase(name: str, language: str = "", **parts: str) -> str:
    """A phrase in a language by its code; in English for one that the file does not have, or that is not known."""
    return _book().say(name, language, **parts)


def has_phrases(language: str) -> bool:
    """Whether there are phrases in a language ("": not known, taken for English)."""
    return _book().has(language)


def is_phrase(sentence: str) -> bool:
    """Whether a sentence is one of ours, so that it tells nothing about a page."""
    return any(pattern.fullmatch(sentence) for pattern in _patterns())


@lru_cache
def _patterns() -> list[re.Pattern[str]]:
    told = [one for phrases in _book().tables.values() for name, one in phrases.items() if name not in ("list", "seen")]
    pieces = [piece for one in told for piece in (one, *sentences(one)) if words(_PART.sub("", piece))]
    return [re.compile(".+".join(map(re.escape, _PART.split(one)))) for one in dict.fromkeys(pieces)]


def _book() -> Phrasebook:
    return phrasebook(Path(__file__).with_name("phrases.toml"))
