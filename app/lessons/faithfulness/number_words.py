"""Numbers that are written out, in English and, up to twelve, in German, French and Spanish. Pure."""

import re
from dataclasses import dataclass

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_OTHERS = {
    "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "elf": 11,
    "zwölf": 12,
    "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "onze": 11, "douze": 12,
    "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10,
    "doce": 12,
}  # fmt: skip
SMALL = {
    **{word: at for at, word in enumerate(_ONES)},
    **{word: 10 * at for at, word in enumerate(_TENS, 2)},
}
SCALES = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "k": 1e3, "m": 1e6, "mn": 1e6,
    "bn": 1e9, "tausend": 1e3, "mio": 1e6, "mrd": 1e9, "millionen": 1e6, "milliarde": 1e9, "milliarden": 1e9,
    "mille": 1e3, "millions": 1e6, "milliard": 1e9, "milliards": 1e9, "mil": 1e3, "millón": 1e6, "millones": 1e6,
}  # fmt: skip
VAGUE = {"dozens": 24.0, "hundreds": 3e2, "thousands": 3e3, "millions": 3e6, "billions": 3e9}
"""Sizes rather than numbers; each in the middle of what it is said of."""
HALF = ("half", "hälfte", "moitié", "mitad")

_SCALE_WORDS = ("hundred", "thousand", "million", "billion", "trillion")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Spelled:
    """A number in words: its value, and where it stands."""

    text: str
    value: float
    start: int
    end: int


def spelled(text: str) -> list[Spelled]:
    """The numbers written out in a text, the longest runs of words first read as one; a lone "one" is none."""
    words = [(found[0].casefold(), found.start(), found.end()) for found in _WORD.finditer(text)]
    found: list[Spelled] = []
    at = 0
    while at < len(words):
        run = _run(words, at, text)
        if run:
            value, size = run
            start, end = words[at][1], words[at + size - 1][2]
            found.append(Spelled(text[start:end], value, start, end))
        at += run[1] if run else 1
    return found


def _run(words: list[tuple[str, int, int]], at: int, text: str) -> tuple[float, int] | None:
    """The value of the number that begins at a word, and of how many words it is."""
    first = words[at][0]
    if first in HALF:
        return 0.5, 1
    if first in VAGUE:
        return VAGUE[first], 1
    if first == "dozen":
        return 12.0, 1
    if first in _OTHERS:
        return float(_OTHERS[first]), 1
    size = 0
    while at + size < len(words) and _goes_on(words, at, size, text):
        size += 1
    parts = [words[at + step][0] for step in range(size)]
    if parts and parts[-1] == "and":
        parts, size = parts[:-1], size - 1
    if not parts or parts == ["one"] or (parts[0] in _SCALE_WORDS and not _is_a(words, at)):
        return None
    return _value(parts), size


def _goes_on(words: list[tuple[str, int, int]], at: int, size: int, text: str) -> bool:
    """Whether the next word belongs to the number that began at a word: three hundred and twenty-five."""
    word = words[at + size][0]
    if not size:
        return word in SMALL or word in _SCALE_WORDS
    if text[words[at + size - 1][2] : words[at + size][1]] not in (" ", "-", "\u00a0", "‑"):
        return False
    before = words[at + size - 1][0]
    if word == "and":
        return before in _SCALE_WORDS
    if word in _SCALE_WORDS:
        return before != "and"
    return word in SMALL and (before in _SCALE_WORDS or before == "and" or (before in _TENS and 0 < SMALL[word] < 10))


def _is_a(words: list[tuple[str, int, int]], at: int) -> bool:
    """ "A hundred", "a million": one of them."""
    return at > 0 and words[at - 1][0] in ("a", "one")


def _value(parts: list[str]) -> float:
    total, current = 0.0, 0.0
    for part in parts:
        if part in SMALL:
            current += SMALL[part]
        elif part == "hundred":
            current = max(1.0, current) * 100
        elif part != "and":
            total += max(1.0, current) * SCALES[part]
            current = 0.0
    return total + current
