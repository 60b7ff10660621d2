"""What a page shows, in a few sentences: what the model of role "reader" is asked, what of its words holds, and the
description by rule that stands where no model was asked or none of its words held. No database.

A model that looks at pictures sees the page and its words together. One that does not is given words, notes, tables and
chart data; it is asked only of pages that show more than they say, as a page of words tells itself.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, Field

from app.base.marks import data
from app.base.prompts import digest, fill
from app.base.scripts import SENTENCE_GAP
from app.base.settings import get_settings
from app.base.text import shorten
from app.courses.grounding import is_talk, supported
from app.courses.schema import Page, Passage
from app.inference.schema import Prompt

PROMPTS = Path(__file__).with_name("prompts")

FEW_WORDS = 60
"""A page with so few words and a table, a chart or a picture shows more than it says."""
BARE_WORDS = 4
"""With fewer, a model that does not see the page has nothing to describe."""
WORDS, NOTES, NEIGHBOUR, BEGINNING = 2000, 600, 240, 200
LONGEST = 900
"""Characters of a description."""
KEPT = 0.5
"""The share of sentences that must rest on the page, for a description from words to be kept."""

_WORD = re.compile(r"[^\W_]+")
_SENTENCE = re.compile(SENTENCE_GAP)
_SHOWN = re.compile(r"^(?:Chart|Picture): ")
_REFUSES = re.compile(
    r"\bas an? (?:ai|language model)\b|\bi(?:'m| am) (?:sorry|unable)\b|\bi can(?:no|')t (?:see|view|help)\b"
    r"|\bno (?:image|picture) (?:was|is) (?:given|provided|attached)\b",
    re.IGNORECASE,
)


class Source(StrEnum):
    """What a description was made from: the page's picture and words, its words alone, or by rule."""

    PICTURE = "picture"
    TEXT = "text"
    RULE = "rule"


class Description(BaseModel):
    """What a page shows. `fallback`: a model was asked and its words did not hold, for the `reason`; `call_id` is the
    model's call."""

    page: int
    text: str
    source: Source
    fallback: bool = False
    reason: str = ""
    model: str = ""
    call_id: UUID | None = None

    @property
    def is_new(self) -> bool:
        """Whether it tells something that a model found, and not only what stands on the page."""
        return self.source is not Source.RULE


class Seen(BaseModel):
    """What the reader is asked for; also the JSON schema of its reply."""

    sentences: list[str] = Field(min_length=1, max_length=4)


@dataclass(frozen=True)
class View:
    """One page with its neighbours, as the reader gets them: what is known of each, "" at an end of the deck."""

    page: Page
    deck: str
    total: int
    before: str = ""
    after: str = ""


def way(page: Page, sees: bool) -> Source:
    """From what a page is described, by a model that looks at pictures (`sees`) or does not."""
    how = get_settings().reader
    if how == "off":
        return Source.RULE
    if sees and page.has_picture:
        return Source.PICTURE
    count = len(_WORD.findall(page.text))
    if count < BARE_WORDS or (how == "auto" and not (count <= FEW_WORDS and shows(page))):
        return Source.RULE
    return Source.TEXT


def shows(page: Page) -> list[str]:
    """What a page shows besides plain lines, told by how its reading words it."""
    lines = page.text.splitlines()
    found = [shorten(line, 120) for line in lines if _SHOWN.match(line)]
    if rows := sum(" | " in line for line in lines):
        found.append(f"A table of {rows} rows")
    return found


def by_rule(page: Page) -> str:
    """The same page always gives the same words: its title, what it shows, how it begins."""
    title = shorten(page.title, 120)
    rest = [one for line in page.text.splitlines() if (one := line.strip()) and one != page.title.strip()]
    told = [f"{title.rstrip('.')}." if title else "A page without a title."]
    told += [f"{one.rstrip('.')}." for one in shows(page)]
    if plain := " · ".join(one for one in rest if not _SHOWN.match(one) and " | " not in one):
        told.append(f"It says: {shorten(plain, BEGINNING)}")
    elif page.has_picture and not shows(page):
        told.append("It has a picture, which nobody has described.")
    return " ".join(told)


def glimpse(title: str, text: str) -> str:
    """What is told of a neighbour that has no description yet: its first words."""
    return shorten(f"{title}. {text.removeprefix(title)}" if title else text, NEIGHBOUR)


def stamp(page: Page, source: Source) -> str:
    """What a description depends on: another stamp, and the page is described again."""
    return digest("\n".join((source, page.title, page.text, page.notes, str(page.has_picture))))


def prompt(view: View, pictures: tuple[str, ...] = ()) -> Prompt:
    """What the reader reads, and looks at."""
    page = view.page
    turn = fill(
        PROMPTS,
        "reader_turn.txt.j2",
        deck=data(view.deck, 160),
        before=data(view.before, NEIGHBOUR),
        after=data(view.after, NEIGHBOUR),
        number=page.number,
        total=view.total,
        words="\n".join(data(line, 400) for line in page.text[:WORDS].splitlines() if line.strip()),
        notes=data(page.notes, NOTES),
        seen=bool(pictures),
    )
    return Prompt(system=fill(PROMPTS, "reader_system.txt.j2"), turn=turn, pictures=pictures)


@dataclass
class SeenCheck:
    """Checks what the reader said. From words, each sentence has to rest on the page; what only a picture shows cannot
    be held against words, so that only refusals and endless talk are turned away there."""

    page: Page
    source: Source
    kept: list[str] = field(default_factory=list)

    def __call__(self, document: Seen) -> str:
        """ "" when it can be kept, else what is wrong."""
        said = [one for text in document.sentences for one in _SENTENCE.split(" ".join(text.split())) if one]
        if any(_REFUSES.search(one) for one in said):
            return "Describe what is there; do not speak about yourself."
        if self.source is Source.PICTURE:
            self.kept = said
            return "" if sum(map(len, said)) <= 2 * LONGEST else "Be briefer: two to four sentences."
        ground = self.ground()
        held = [one for one in said if not is_talk(one) and supported(one, ground)]
        self.kept = held if len(held) > len(self.kept) else self.kept
        wrong = next((one for one in said if one not in held), "")
        return "" if held and len(held) >= KEPT * len(said) else f"The page does not say this: {shorten(wrong, 120)}"

    def ground(self) -> list[Passage]:
        """The page's own words as one passage, its notes beside them."""
        page = self.page
        return [
            Passage(id=page.id, page=page.number, text=f"Page {page.number}\n{page.title}\n{page.text}\n{page.notes}")
        ]

    def text(self) -> str:
        """What is kept, as one text."""
        return shorten(" ".join(dict.fromkeys(self.kept)), LONGEST)
