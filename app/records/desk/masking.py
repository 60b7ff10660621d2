"""Words without what could name somebody: names of a course's people, addresses and numbers become marks.

Masked words are not anonymous: who tells of their own life can be known by it, and a nickname is not found.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

NAME, EMAIL, LINK, NUMBER = "[name]", "[e-mail]", "[link]", "[number]"
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_EMAIL = re.compile(
    r"[\w.+'-]+\s?(?:@|\(at\)|\[at\]|\{at\})\s?[\w-]+(?:\s?(?:\.|\(dot\)|\[dot\])\s?[\w-]+)+"
    r"|\b[\w.+-]+ at [\w-]+ dot [\w-]{2,}\b",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|www\.)\S+"
    r"|\b(?:[a-z0-9-]+\.)+(?:com|org|net|edu|gov|io|info|app|dev|cn|de|fr|uk|eu|ch|nl|jp|ca|au)\b(?:/\S*)?",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<!\w)@\w{2,}")
_NUMBER = re.compile(r"(?<![\w.,])\+?\(?\d(?:[ ().\u00a0/-]{0,2}\d){6,}(?!\w)")
_HARMLESS_NUMBER = re.compile(r"\d+\.\d+|\d{4}[-/]\d{4}|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")
"""A decimal number, two years, a date."""
SHORTEST_PLAIN = 9
"""Digits without any space or sign are a telephone number from here on, or where they begin with 0."""
_WORDS = tomllib.loads((Path(__file__).parent / "masking.toml").read_text("utf-8"))
PARTICLES = frozenset(_WORDS["particles"].split())
WORDS_TOO = frozenset(_WORDS["words_too"].split())
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class Mask:
    """Knows the names of a course's people."""

    def __init__(self, names: Iterable[str]) -> None:
        loose: set[str] = set()
        strict: set[str] = set()
        inside: set[str] = set()
        for name in names:
            for part in _parts(name):
                if _CJK.search(part):
                    inside.add(part)
                elif part.lower() in WORDS_TOO or len(part) < 3:
                    strict.add(part.title())
                else:
                    loose.update((part, _plain(part)))
        self._loose = _any_of(loose, r"(?<!\w)", r"(?!\w)", re.IGNORECASE)
        self._strict = _any_of(strict, r"(?<!\w)", r"(?!\w)", 0)
        self._inside = _any_of(inside, "", "", 0)

    def clean(self, text: str) -> str:
        """The words with marks for names, addresses, telephone numbers and links."""
        text = _UNSEEN.sub("", unicodedata.normalize("NFC", text))
        for pattern, mark in ((_EMAIL, EMAIL), (_LINK, LINK), (_HANDLE, NAME)):
            text = pattern.sub(mark, text)
        for names in (self._loose, self._strict, self._inside):
            text = names.sub(NAME, text)
        return _NUMBER.sub(_number, text)


@lru_cache(maxsize=32)
def mask_of(names: tuple[str, ...]) -> Mask:
    """The mask of a course with these people, made once for as long as they stay the same."""
    return Mask(names)


def _number(found: re.Match[str]) -> str:
    text = found[0]
    plain = text.isdigit() and not text.startswith("0") and len(text) < SHORTEST_PLAIN
    return text if plain or _HARMLESS_NUMBER.fullmatch(text) else NUMBER


def _parts(name: str) -> Iterable[str]:
    """A name as a whole, and what of it somebody may be called by."""
    name = unicodedata.normalize("NFC", " ".join(name.split()))
    if len(name) > 1:
        yield name
    if _CJK.fullmatch(name[:1]) and len(name) > 2 and " " not in name:
        yield name[1:]  # without the family name, as one is called
    for part in re.split(r"[\s.,-]+", name):
        is_word = re.sub("['’]", "", part).isalpha()
        if len(part) > 1 and is_word and part.lower() not in PARTICLES and part != name:
            yield part


def _plain(text: str) -> str:
    """Without accents, as it is often typed."""
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))


def _any_of(words: set[str], before: str, after: str, flags: int) -> re.Pattern[str]:
    if not words:
        return re.compile(r"(?!)")
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile(f"{before}(?:{'|'.join(map(re.escape, longest_first))}){after}", flags)
