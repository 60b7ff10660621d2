"""Whether other words say the same: numbers, negations, names, terms, opposites, order, ground and length. Pure.

It is made to refuse: a good sentence that is refused costs nothing, as the approved one stands. What it cannot see is a
claim turned round with the same words in the same order. In another language words cannot be compared, and what is held
against the approved line is its numbers, negations and names, and that it is in that language at all.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel

from app.base.languages import LANGUAGES, language_of
from app.base.scripts import is_question
from app.lessons.faithfulness.negating import negations
from app.lessons.personal.schema import Depth, Profile
from app.lessons.words import foreign_names, is_meta, key, numbers, sentences, share, stems, words

SHORT = 8
"""A line with so few words is left alone: there is nothing to say otherwise."""
LEADING = 16
"""The same for one that only leads over, up to so many words."""
GROUNDED = 0.7
"""How much of what the new line is about must be in the approved one or on its page."""
KEPT = 0.5
"""How much of what the approved line is about must still be told."""
LEAST, MOST, MOST_FULL, MORE = 0.4, 1.8, 2.6, 12
"""Words of the new line: a share of the approved one's, and some."""
ABROAD_LEAST = 0.3

_LEADS = re.compile(
    r"^(?:let us|let's|now|so far|next|first,|then,|and now|here we|we (?:have come|come|go on|turn)"
    r"|take a (?:moment|breath)|welcome|that was|in short|to sum up|there is more|before we)\b",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_NAMED = re.compile(r"(?<=[\w,;:)] )(?:[A-Z][\w-]*|[a-z]+[A-Z]\w*)|\b[A-Z]{2,}\b|\b[A-Za-z]+\d[\w-]*")


class _Turning(BaseModel):
    """What turns a sentence round, as the file has it."""

    opposites: str


@lru_cache
def _turning() -> _Turning:
    return _Turning.model_validate(tomllib.loads(Path(__file__).with_name("turning.toml").read_text("utf-8")))


@lru_cache
def _opposites() -> list[tuple[str, str]]:
    pairs = [pair.split("/") for pair in _turning().opposites.split()]
    return [(one, other) for one, other in pairs] + [(other, one) for one, other in pairs]


def is_left_alone(text: str) -> bool:
    """Whether a line is too short to be put otherwise, or only leads over."""
    count = len(words(text))
    return count <= SHORT or (count <= LEADING and bool(_LEADS.match(text))) or not stems(text)


@dataclass(frozen=True)
class Original:
    """An approved line with what it stands on: its page's words, terms that must be kept, and its language's code."""

    text: str
    ground: str
    terms: frozenset[str] = frozenset()
    language: str = "en"


def trouble(one: Original, text: str, profile: Profile) -> str:
    """Why `text` must not be said instead of the approved line, or ""."""
    if not words(text) or is_meta(text):
        return "Say only the sentence itself."
    if is_question(text.rstrip()) and not is_question(one.text.rstrip()):
        return "Do not make a question of it."
    is_abroad = bool(profile.language) and profile.language != one.language
    told = _language_differs(one, text, profile) if is_abroad else ""
    told = told or _numbers_differ(one, text, is_abroad) or _names_differ(one, text)
    told = told or _negations_differ(one, text, profile.language if is_abroad else one.language)
    return told or (_length(one, text, profile, ABROAD_LEAST) if is_abroad else _trouble_at_home(one, text, profile))


def _numbers_differ(one: Original, text: str, is_abroad: bool) -> str:
    """Numbers in digits anywhere; in words only where their language is that of the approved line."""
    read = _plain_digits if is_abroad else numbers
    before, after = read(one.text), read(text)
    if lost := before - after:
        return f"The number {min(lost)} is missing."
    if strange := after - before - read(one.ground):
        return f"The number {min(strange)} is not in the sentence."
    return ""


def _plain_digits(text: str) -> set[str]:
    return {re.sub(r"[.,](?=\d{3}\b)", "", found).replace(",", ".") for found in _DIGITS.findall(text)}


def _names_differ(one: Original, text: str) -> str:
    there = text.casefold()
    lost = sorted(name for name in set(_NAMED.findall(one.text)) if name.casefold() not in there)
    return f"Keep {lost[0]} as it is." if lost else ""


def _negations_differ(one: Original, text: str, language: str) -> str:
    before, after = negations(one.text, one.language), negations(text, language)
    is_same = before == after if language == one.language else bool(before) == bool(after)
    return "" if is_same else "It must not say the opposite: keep every not and no, and add none."


def _language_differs(one: Original, text: str, profile: Profile) -> str:
    found = language_of(text)
    if found and found != profile.language:
        return f"Say it in {LANGUAGES[profile.language]}."
    is_none = not found or key(text) == key(one.text)
    return f"Say all of it in {LANGUAGES[profile.language]}." if is_none else ""


def _trouble_at_home(one: Original, text: str, profile: Profile) -> str:
    if lost := sorted(one.terms & stems(one.text) - stems(text)):
        return f"Keep the term that begins with “{lost[0]}”."
    ground = stems(one.text) | stems(one.ground)
    if strange := foreign_names(text, ground):
        return f"{min(strange)} is not in the sentence."
    for sentence in sentences(text):
        if share(sentence, ground) < GROUNDED:
            return f"This is not in the sentence: {sentence}"
    if share(one.text, stems(text)) < KEPT:
        return "Leave nothing out."
    return _opposite(one.text, text) or _order(one, text) or _length(one, text, profile, LEAST)


def _opposite(before: str, after: str) -> str:
    said, told = set(words(before.casefold())), set(words(after.casefold()))
    for one, other in _opposites():
        if _has(said, one) and not _has(said, other) and _has(told, other) and not _has(told, one):
            return f"It says “{one}”, not “{other}”."
    return ""


def _has(there: set[str], word: str) -> bool:
    return any(one == word or (len(word) > 4 and one.startswith(word)) for one in there)


def _order(one: Original, text: str) -> str:
    """Who does what to whom: three things named in a row must not come back in reverse, unless a passive says so."""
    if re.search(r"\bby\b", text.casefold()) and not re.search(r"\bby\b", one.text.casefold()):
        return ""
    first, then = list(_places(one.text)), _places(text)
    for row in zip(first, first[1:], first[2:], strict=False):
        if all(stem in then for stem in row) and then[row[0]] > then[row[1]] > then[row[2]]:
            return "Keep who does what to whom."
    return ""


def _places(text: str) -> dict[str, int]:
    """Where each thing that the text is about is named first."""
    found: dict[str, int] = {}
    for at, word in enumerate(words(text)):
        for stem in stems(word):
            found.setdefault(stem, at)
    return found


def _length(one: Original, text: str, profile: Profile, least: float) -> str:
    before, after = len(words(one.text)), len(words(text))
    most = (MOST_FULL if profile.depth is Depth.FULL else MOST) * before + MORE
    if after > most:
        return "Be briefer."
    return "Leave nothing out." if after < least * before else ""
