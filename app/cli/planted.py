"""Errors planted in a deck's own sentences, and changes that leave them true: what a checker must find and let pass.

Everything is drawn with a seed. A planted number is one that the page does not have; a sentence from another deck has
at least five words and tells something.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.courses.schema import Page
from app.lessons.planning.points import points, spoken
from app.lessons.words import sentences, stems, words

LEAST_WORDS = 5
_DIGITS = re.compile(r"(?<![\w.,-])\d+(?:[.,]\d+)*(?![\w-]|[.,]\d)")
_SPELLED = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_SPELLED_OUT = re.compile(rf"\b({'|'.join(_SPELLED)})\b", re.IGNORECASE)
_NAMED = re.compile(r"(?:[A-Z]\w*|\d)[ \[(]$")
_SEPARATED = re.compile(r"(?<!\d)(\d{1,3}),(\d{3})(?!\d)")


@dataclass(frozen=True)
class Told:
    """A sentence of a deck's own, as it would be said, and the page it stands on."""

    deck: str
    page: Page
    sentence: str


def own_sentences(deck: str, pages: Sequence[Page]) -> list[Told]:
    """What is said of each page when it is told in its own words."""
    return [
        Told(deck, page, sentence)
        for page in pages
        for item in spoken(points(page))
        for sentence in sentences(item)
        if len(words(sentence)) >= LEAST_WORDS
    ]


def altered(told: Told, dice: random.Random) -> Told | None:
    """The sentence with one of its numbers changed to one that the page does not have; None for one without numbers."""
    found = [*_DIGITS.finditer(told.sentence), *_SPELLED_OUT.finditer(told.sentence)]
    dice.shuffle(found)
    for one in found:
        for _ in range(20):
            number = _another(one[0], dice)
            changed = f"{told.sentence[: one.start()]}{number}{told.sentence[one.end() :]}"
            if number.casefold() not in f"{told.page.text}\n{told.page.notes}".casefold():
                return Told(told.deck, told.page, changed)
    return None


def _another(number: str, dice: random.Random) -> str:
    """A number of the same make."""
    if number.casefold() in _SPELLED:
        return dice.choice([one for one in _SPELLED if one != number.casefold()])
    digits = [at for at, sign in enumerate(number) if sign.isdigit()]
    at = dice.choice(digits)
    least = 1 if at == digits[0] and len(digits) > 1 else 0
    sign = dice.choice([str(one) for one in range(least, 10) if str(one) != number[at]])
    return f"{number[:at]}{sign}{number[at + 1 :]}"


def strangers(told: Sequence[Told], dice: random.Random) -> list[Told]:
    """For each sentence one of another deck in its place, where that is about something."""
    found = []
    for one in told:
        others = [other for other in told if other.deck != one.deck and len(stems(other.sentence)) > 1]
        if others:
            found.append(Told(one.deck, one.page, dice.choice(others).sentence))
    return found


def reworded(told: Told) -> Told | None:
    """The sentence with its numbers said another way, and as true as before; None for one without numbers."""
    changed = _SEPARATED.sub(r"\1\2", told.sentence)
    changed = re.sub(r"(\d)\s?%", r"\1 percent", changed)
    changed = _DIGITS.sub(lambda found: _spelled_out(found, changed), changed)
    if changed == told.sentence:
        changed = _SPELLED_OUT.sub(lambda found: str(_SPELLED.index(found[0].casefold()) + 2), changed)
    return Told(told.deck, told.page, changed) if changed != told.sentence else None


def _spelled_out(found: "re.Match[str]", sentence: str) -> str:
    """A small number in words; one behind a name or another number ("Series 3") belongs to a name and stays."""
    is_small = found[0].isdigit() and 2 <= int(found[0]) <= 12
    return _SPELLED[int(found[0]) - 2] if is_small and not _NAMED.search(sentence[: found.start()]) else found[0]
