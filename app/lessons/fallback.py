"""Words for a page when the model has none that can be used: made from the page itself, fit to be said aloud. Pure."""

import re

from app.base.text import shorten
from app.courses.schema import Page
from app.lessons.points import is_whole, points, spoken
from app.lessons.words import ended, sentences, tidy, words

ITEM_CHARACTERS = 420
ITEMS = 5
ITEM_WORDS = 45

_ID = re.compile(r"(?=\S*\d)\S{20,}")
"""A serial number where a title should be."""

UNREAD = "This page could not be read, so we go on with what comes next."
EMPTY = "There is nothing written here, so take a breath before we go on."
REST = "There is more here than I say aloud; read it in your own time, and ask about anything."


def fallback_words(page: Page) -> list[str]:
    """One to five things to say about a page in its own words: its title, its points, and that there is more."""
    said = [part for one in spoken(points(page)) for part in sentences(one)]
    items = [naming(page) if said else _alone(page), *grouped(said)]
    items = [item for item in items if words(item)]
    if len(items) > ITEMS or not is_whole(page):
        items = [*items[: ITEMS - 1], REST]
    return [shorten(item, ITEM_CHARACTERS) for item in items] or [EMPTY]


def grouped(said: list[str]) -> list[str]:
    """Sentences as things to say one after the other: one to three sentences each, about 45 words at most."""
    items: list[list[str]] = []
    for sentence in said:
        if items and len(items[-1]) < 3 and len(words(" ".join([*items[-1], sentence]))) <= ITEM_WORDS:
            items[-1].append(sentence)
        else:
            items.append([sentence])
    return [" ".join(item) for item in items]


def naming(page: Page) -> str:
    """A sentence that names what a page is about; "" for one without a title that can be said."""
    title = tidy(page.title)
    return f"Let us look at this together: {ended(title)}" if words(title) and not _ID.fullmatch(title) else ""


def _alone(page: Page) -> str:
    """What is said about a page that has no words but its title."""
    title = ended(tidy(page.title)) if words(page.title) else ""
    if page.has_picture:
        named = f" It is called: {title}" if title else ""
        return f"Take a moment with this picture.{named} Look for what stands out, and ask what you wonder about."
    if title:
        return f"Here we come to: {title}"
    return UNREAD if page.problem else EMPTY
