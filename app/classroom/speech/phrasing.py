"""What agents say by rule, in the language of the class; see phrases.toml."""

import re
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


def word_named_in(text: str) -> str:
    """The student's word that a line names as none of the lesson's, in whichever language; "" where it names none."""
    for way in (one for name in ("strange", "strange_near") for one in _book().ways(name)):
        before, _, after = way.partition("{word}")
        if found := re.search(f"{re.escape(before)}(.+?){re.escape(after[:2])}", text):
            return found[1]
    return ""


def _book() -> Phrasebook:
    return phrasebook(Path(__file__).with_name("phrases.toml"))
