"""Words for a page when the model has none that can be used: made from the page itself, fit to be said aloud. Pure."""

import re

from app.base.scripts import run_on
from app.base.text import shorten
from app.courses.schema import Page
from app.lessons.planning.phrasing import phrase
from app.lessons.planning.points import is_whole, points, spoken
from app.lessons.words import ended, sentences, tidy, words

ITEM_CHARACTERS = 420
ITEMS = 5
ITEM_WORDS = 45

_ID = re.compile(r"(?=\S*\d)\S{20,}")
"""A serial number where a title should be."""


def fallback_words(page: Page, language: str = "") -> list[str]:
    """One to five things to say about a page in its own words: its title, its points, and that there is more. What is
    not the page's is in the language with this code.
    """
    said = [part for one in spoken(points(page), language) for part in sentences(one)]
    items = [naming(page, language) if said else _alone(page, language), *grouped(said)]
    items = [item for item in items if words(item)]
    if len(items) > ITEMS or not is_whole(page):
        items = [*items[: ITEMS - 1], phrase("rest", language)]
    return [shorten(item, ITEM_CHARACTERS) for item in items] or [phrase("empty", language)]


def grouped(said: list[str]) -> list[str]:
    """Sentences as things to say one after the other: one to three sentences each, about 45 words at most."""
    items: list[list[str]] = []
    for sentence in said:
        if items and len(items[-1]) < 3 and len(words(" ".join([*items[-1], sentence]))) <= ITEM_WORDS:
            items[-1].append(sentence)
        else:
            items.append([sentence])
    return [run_on(item) for item in items]


def naming(page: Page, language: str = "") -> str:
    """A sentence that names what a page is about; "" for one without a title that can be said."""
    title = tidy(page.title)
    is_said = words(title) and not _ID.fullmatch(title)
    return phrase("naming", language, title=ended(title)) if is_said else ""


def _alone(page: Page, language: str) -> str:
    """What is said about a page that has no words but its title."""
    title = ended(tidy(page.title)) if words(page.title) else ""
    if page.has_picture:
        return phrase("named_picture", language, title=title) if title else phrase("picture", language)
    if title:
        return phrase("alone", language, title=title)
    return phrase("unread" if page.problem else "empty", language)
