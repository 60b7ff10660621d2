"""A page's words cut into passages: stretches short enough to quote, at the ends of sentences and lines."""

import re
from collections.abc import Iterator

from app.base.scripts import CLOSING, WIDE_ENDS
from app.courses.schema import ReadPage

LONGEST = 480
SHORT = 160
"""A stretch shorter than this is joined with the next one where both fit."""
NOTES_MARK = "Notes: "
LAST = 10_000
"""The place of what a model saw on the picture, after the page's own words."""

_SENTENCE_END = re.compile(rf"(?<=[.!?…])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])|(?<=[{WIDE_ENDS}])(?![{CLOSING}\s])")
_BROKEN_LINE = re.compile(r"(?<=[a-z,;])\n(?=[a-z(])")


def cut(page: ReadPage) -> list[str]:
    """The page's passages in order: its words, headed by its title, then its notes, each marked as notes."""
    words = _stretches(page.text, LONGEST)
    marked = [NOTES_MARK + one for one in _stretches(page.notes, LONGEST - len(NOTES_MARK))]
    headed = [_headed(page.title, one) if at else one for at, one in enumerate(words)]
    return headed + marked


def _headed(title: str, stretch: str) -> str:
    """A later stretch of a page is hard to find, and to understand, without the page's title."""
    whole = f"{title}: {stretch}"
    return whole if title and len(title) <= SHORT and len(whole) <= LONGEST + SHORT else stretch


def _stretches(text: str, longest: int) -> list[str]:
    """Neighbouring sentences and lines together, none over `longest` characters."""
    joined: list[str] = []
    for piece in _pieces(text, longest):
        if joined and len(joined[-1]) + 1 + len(piece) <= longest:
            joined[-1] += "\n" + piece
        else:
            joined.append(piece)
    return joined


def _pieces(text: str, longest: int) -> Iterator[str]:
    """Lines (a PDF's mid-sentence line ends mended), cut at sentences and, where need be, at words."""
    for line in _BROKEN_LINE.sub(" ", text).splitlines():
        if len(line := line.strip()) <= longest:
            yield from [line] if line else []
            continue
        for sentence in _SENTENCE_END.split(line):
            yield from _hard_cut(sentence.strip(), longest)


def _hard_cut(text: str, longest: int) -> Iterator[str]:
    while len(text) > longest:
        at = text.rfind(" ", longest // 2, longest)
        at = at if at > 0 else longest
        yield text[:at].strip()
        text = text[at:].strip()
    if text:
        yield text
