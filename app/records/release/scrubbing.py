"""Words without names: e-mail and web addresses, numbers and the names of a course's people become marks.

A scrubbed text is no anonymous text: who tells of their own life can be known by it. The code book says so.
"""

import re
from collections.abc import Iterable
from uuid import UUID

_EMAIL = re.compile(r"[\w.+'-]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<!\w)@\w{2,}")
_NUMBER = re.compile(r"\+?\d(?:[\s()./-]{0,3}\d){5,}")
PHONE = re.compile(r"(?<![\w.,])(?:\+|00)\d(?:[\s()./-]{0,3}\d){6,}|(?<![\w.,])0\d{1,5}[\s/-]\d(?:[\s-]?\d){4,}")
"""A number that is hardly anything but a telephone's."""
_I_AM = re.compile(
    r"(?i:\b(?:my name is|my name's|call me|i am called|mein name ist|ich heiße|je m'appelle|me llamo))"
    r"\s+(\w[\w'-]*(?:\s+[A-Z][\w'-]*)*)|我叫\s*(\w{1,4})"
)
SHORTEST = 3
"""Parts of names shorter than this are words of their own too often."""


class Scrubber:
    """Knows the names of everybody in the courses. `people` maps a person to their name and e-mail address."""

    def __init__(self, people: dict[UUID, tuple[str, str]], strangers: Iterable[UUID]) -> None:
        own = {person: _parts(name, email) for person, (name, email) in people.items()}
        self._all = _any_of(set().union(*own.values()))
        self._strangers = _any_of(set().union(*(own.get(person, set()) for person in strangers)))

    def tells_of_a_stranger(self, text: str) -> bool:
        """Whether the words name somebody of the courses who is not in the release."""
        return bool(self._strangers.search(text))

    def scrub(self, text: str, numbers: re.Pattern[str] = _NUMBER) -> str:
        """The words with marks for what could name somebody; with PHONE as `numbers`, sums keep theirs."""
        text = _EMAIL.sub("[e-mail]", text)
        text = _ADDRESS.sub("[address]", text)
        text = self._all.sub("[name]", text)
        text = _I_AM.sub(lambda found: found[0].replace(found[1] or found[2], "[name]"), text)
        text = _HANDLE.sub("[name]", text)
        return numbers.sub("[number]", text)


def _parts(name: str, email: str) -> set[str]:
    """What somebody can be called by: the whole name, its parts, and what stands before the @ of the address."""
    parts = {name, email, email.partition("@")[0], *re.split(r"[\s.-]+", name)}
    return {one for one in parts if len(one) >= SHORTEST}


def _any_of(words: set[str]) -> re.Pattern[str]:
    if not words:
        return re.compile(r"(?!)")
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)", re.IGNORECASE)
