"""Taking people out of text: their names, and words of theirs that somebody else repeated."""

import re
from collections.abc import Callable, Iterable, Mapping

from pydantic import JsonValue

from app.base.formulas import plain
from app.base.text import shorten

REMOVED = "[removed]"
"""What stands where a person's words were."""
FORMER = "Former member"
"""What stands where the name of somebody was who had their account erased."""
SHORTEST_WORDS = 8
"""Shorter sayings ("yes", "ok") tell of nobody and are not looked for in what others said."""
SHORTEST_NAME = 3
CUTS = (90, 140)
"""To how many characters classes cut what they repeat of a person's words."""

Redaction = Callable[[str], str]


def redaction(names: Mapping[str, str], words: Mapping[str, str]) -> Redaction:
    """A function that puts something else for each name, whole or in part, and each saying, whole or cut short.

    Parts of a name count as words of their own, with their capital letter; sayings first, as they may hold names.
    """
    said = {part: instead for text, instead in words.items() for part in _forms(text)}
    called = {part: instead for name, instead in names.items() for part in _parts(name)}
    of_words = _either(said, edge="")
    of_names = _either(called, edge=r"\b")

    def redact(text: str) -> str:
        text = of_words.sub(lambda found: said[found[0]], text) if of_words else text
        return of_names.sub(lambda found: called[found[0]], text) if of_names else text

    return redact


def _forms(text: str) -> set[str]:
    """A saying as it was written, whole and cut, and as agents say such words, who cut first and then speak."""
    forms = {text, " ".join(text.split()), *(shorten(text, limit) for limit in CUTS)}
    forms |= {form for one in (*forms,) for form in (plain(one), _spoken(one))}
    return {one for one in forms if len(one) >= SHORTEST_WORDS}


def _spoken(text: str) -> str:
    """Words as an agent's own lines have them: formulas in plain signs, without the marks of Markdown."""
    return " ".join(plain(text).replace("**", "").replace("`", "").split())


def _parts(name: str) -> set[str]:
    return {one for one in {name, *name.split()} if len(one) >= SHORTEST_NAME}


def _either(found: Iterable[str], edge: str) -> re.Pattern[str] | None:
    choices = sorted(found, key=len, reverse=True)
    return re.compile(f"{edge}(?:{'|'.join(map(re.escape, choices))}){edge}") if choices else None


def redact_tree(value: JsonValue, redact: Redaction) -> JsonValue:
    """A JSON tree with every string in it redacted; keys stay."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, list):
        return [redact_tree(one, redact) for one in value]
    if isinstance(value, dict):
        return {key: redact_tree(one, redact) for key, one in value.items()}
    return value
