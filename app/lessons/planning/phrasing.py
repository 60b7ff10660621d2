"""What the author says by rule, in the language that is taught in; see phrases.toml."""

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from app.lessons.words import sentences, words

USUAL = "en"

_PART = re.compile(r"\{\w+\}")


def phrase(name: str, language: str = "", **parts: str) -> str:
    """A phrase in a language by its code; in English for one that the file does not have, or that is not known."""
    known = _phrases()
    return known.get(language, known[USUAL])[name].format(**parts)


def has_phrases(language: str) -> bool:
    """Whether there are phrases in a language ("": not known, taken for English)."""
    return not language or language in _phrases()


def is_phrase(sentence: str) -> bool:
    """Whether a sentence is one of ours, so that it tells nothing about a page."""
    return any(pattern.fullmatch(sentence) for pattern in _patterns())


@lru_cache
def _patterns() -> list[re.Pattern[str]]:
    told = [one for phrases in _phrases().values() for name, one in phrases.items() if name not in ("list", "seen")]
    pieces = [piece for one in told for piece in (one, *sentences(one)) if words(_PART.sub("", piece))]
    return [re.compile(".+".join(map(re.escape, _PART.split(one)))) for one in dict.fromkeys(pieces)]


@lru_cache
def _phrases() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("phrases.toml").read_text("utf-8"))
