"""Words for a page when the model has none that can be used: made from the page itself, fit to be said aloud. Pure."""

import re

from app.base.text import shorten
from app.courses.schema import Page
from app.lessons.words import ended, key, sentences, tidy, words

ITEM_CHARACTERS = 420
ITEMS = 4
LONG_LINE = 9
"""From this many words on, a line is taken for a sentence and not for a point of a list."""

_BROKEN_LINE = re.compile(r"(?<=[^\n]{40}[a-z,;])\n(?=[a-z(])")
"""Where the line of a PDF ends in mid-sentence; the points of a list are shorter."""

UNREAD = "This page could not be read, so we go on with what comes next."
REST = "The rest is there for you to read."


def fallback_words(page: Page) -> list[str]:
    """One to four things to say about a page, in its own words: its title, its sentences, its points, its notes."""
    lines = page_lines(page)
    said = [part for part in (_opening(page, lines), *_bodies(lines), _notes(page)) if part]
    if len(said) > ITEMS:
        said = [*said[: ITEMS - 1], shorten(said[ITEMS - 1], ITEM_CHARACTERS - len(REST)) + " " + REST]
    return [shorten(one, ITEM_CHARACTERS) for one in said]


def page_lines(page: Page) -> list[str]:
    """The page's lines without its title, without repetitions, without lines that hold no word."""
    seen = {key(page.title), ""}
    lines = []
    for line in _BROKEN_LINE.sub(" ", page.text).splitlines():
        line = tidy(line)
        if key(line) not in seen:
            seen.add(key(line))
            lines.append(line)
    return lines


def _opening(page: Page, lines: list[str]) -> str:
    title = tidy(page.title)
    if lines:
        return f"Let us look at this together: {ended(title)}" if title else ""
    if page.has_picture:
        named = f" It is called: {ended(title)}" if title else ""
        return f"Take a moment with this picture.{named} Look for what stands out, and ask what you wonder about."
    if title:
        return f"Here we come to: {ended(title)}"
    return UNREAD if page.problem else "There is nothing written here, so take a breath before we go on."


def _bodies(lines: list[str]) -> list[str]:
    """Long lines as they are, runs of short lines as one spoken list; filled into items of a bounded length."""
    spoken: list[str] = []
    points: list[str] = []
    for line in [*lines, ""]:
        if line and len(words(line)) < LONG_LINE and "|" not in line:
            points.append(line)
            continue
        spoken += [_listed(points)] if points else []
        spoken += [ended(line)] if line else []
        points = []
    return _packed([sentence for one in spoken for sentence in sentences(one)])


def _listed(points: list[str]) -> str:
    plain = [point.rstrip(".;:, ") for point in points]
    if len(plain) == 1:
        return ended(plain[0])
    return ended(f"We have {'; '.join(plain[:-1])}; and {plain[-1]}")


def _packed(spoken: list[str]) -> list[str]:
    items: list[str] = []
    for sentence in spoken:
        if items and len(items[-1]) + len(sentence) < ITEM_CHARACTERS:
            items[-1] = f"{items[-1]} {sentence}"
        else:
            items.append(sentence)
    return items


def _notes(page: Page) -> str:
    return shorten(" ".join(sentences(tidy(page.notes))[:3]), ITEM_CHARACTERS)
