"""What agents say by rule, in the language of the class; see phrases.toml."""

from pathlib import Path

from app.base.languages import code_of
from app.base.phrasebook import Phrasebook, phrasebook


def phrase(name: str, language: str, /, **parts: object) -> str:
    """A phrase in a language by its English name; in English where there is none in it."""
    return _book().say(name, code_of(language), **parts)


def has_phrases(language: str) -> bool:
    """Whether there are phrases in a language by its English name."""
    return bool(language) and _book().has(code_of(language))


def begins_as(text: str, name: str) -> bool:
    """Whether somewhere in a text a phrase begins, in whichever language."""
    return any(one.partition("{")[0] in text for one in _book().ways(name))


def _book() -> Phrasebook:
    return phrasebook(Path(__file__).with_name("phrases.toml"))
