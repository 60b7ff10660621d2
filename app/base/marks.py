"""Words from outside as data: what students write and what slides say stands between marks that it cannot end."""

import re

from app.base.text import shorten

_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_MARK = re.compile(
    r"[<＜]\s*[/／]?\s*(?:student|answer|question|rubric|page|passage|record|system|assistant)\b(?:[^<>＜＞]{0,80}[>＞])?",
    re.IGNORECASE,
)
"""A mark of our prompts, closed or not, also in the disguise of other brackets."""
_OPEN_END = re.compile(r"[<＜][<＜/／\s]*+$")
"""What would be the beginning of a mark together with the words that follow."""


def without_marks(text: str) -> str:
    """Students' and slides' words as data: without the marks that would end them in a prompt."""
    text, found = _UNSEEN.sub("", text), 1
    while found:  # what is left of two marks in one another may be a mark
        text, found = _MARK.subn(" ", text)
    return _OPEN_END.sub("", text)


def data(text: str, limit: int) -> str:
    """Words that came from outside, ready to stand between marks: without marks of their own, and not too long."""
    return shorten(without_marks(text), limit)
