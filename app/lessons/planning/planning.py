"""From words to teaching actions: where to point, what to write on the board, when to stop, sum up and discuss. Pure.

A page's words come from the author, or from the page; all else follows by rule from where the words stand on the page
and where the page stands in its section, as a teacher would do it: few places are pointed at, what is hard to hear is
written down, and at the end of a section the class looks back, now and then talks about it, and is asked what is open.
"""

import re
from dataclasses import dataclass
from uuid import UUID

from app.base.scripts import is_question, is_unspaced, run_on
from app.base.text import shorten
from app.courses.placing import place_of
from app.courses.schema import Page, Region
from app.lessons.faithfulness.faithful import source_of
from app.lessons.planning.chalk import board_of
from app.lessons.planning.phrasing import has_phrases, phrase
from app.lessons.planning.points import is_bare, is_clause, page_lines, points
from app.lessons.schema import Ask, Board, Discuss, Pause, Say, Show, Spotlight, Summarise, TeachingAction
from app.lessons.words import ended, sentences, share, stems, words

MOST_PLACES = 3
"""How often a page is pointed at; more would be restless."""
LEAST_SAID = 2
"""A page about which less is said needs no pointing."""
SECTION = 2
"""A section of fewer pages is not summed up."""
TALK = 3
"""Nor discussed, with fewer than this."""
SUMMED_UP, SUMMARY_WORDS = 4, 75
"""Sentences of a summary, and its words."""
LEAST_WORDS, MOST_WORDS = 5, 26
"""Of a sentence that is worth hearing twice."""
SAME = 0.6
"""How much of two places must be common, for them to be one."""
TITLE_LENGTH = 80


@dataclass(frozen=True)
class Place:
    """Where a page stands. `section`: the pages of the section that ends with it, it included; none in mid-section.
    `talks`: whether that section is discussed. `is_last`: of the deck. `language`: the code of what is taught in, ""
    where it is not known; `crosses` where that is not the deck's, so that the deck's words cannot be said.
    """

    section: tuple[Page, ...] = ()
    title: str = ""
    talks: bool = False
    is_last: bool = False
    language: str = ""
    crosses: bool = False


NOWHERE = Place()

_POINTS_BACK = re.compile(r"(?:it|they|this|that|these|those|he|she|so|then|but|and|here|there)\b", re.IGNORECASE)
_UNNAMED = re.compile(r"Page \d+|")
"""What the structure calls a section whose pages have no titles."""


def planned(
    page: Page, say: list[str], ask: str, rests: list[list[UUID]], place: Place = NOWHERE, own: list[str] | None = None
) -> list[TeachingAction]:
    """The actions of a page: its words, each with the passages it rests on (`rests`, its own last), and more. `own` is
    the same in the page's own words, where it is said in another language.
    """
    board = board_of(page.number, page.text)
    written = _nearest(board, own or say) if board else -1
    spots = _spots(page, own or say)
    stream: list[TeachingAction] = [Show(page=page.number)]
    for at, text in enumerate(say):
        if board and at == written:
            stream.append(board)
        if region := spots.get(at):
            stream.append(Spotlight(page=page.number, region=region, passages=rests[at]))
        stream.append(Say(page=page.number, text=text, passages=rests[at]))
    if ask:
        stream.append(Ask(page=page.number, text=ask, passages=rests[-1]))
    return [*stream, *_section_end(page, place, asks=bool(ask))]


def _nearest(board: Board, say: list[str]) -> int:
    """Before which of the things said the board is written: the first that tells most of it."""
    about = stems(board.text)
    return max(range(len(say)), key=lambda at: len(stems(say[at]) & about), default=0)


def _spots(page: Page, say: list[str]) -> dict[int, Region]:
    """Where to point before which of the things said: at places that differ, not at the title, the clearest first."""
    if len(say) < LEAST_SAID or not page.lines:
        return {}
    title, found = place_of(page.title, page.lines), dict[int, Region]()
    for at, text in enumerate(say):
        region = place_of(text, page.lines)
        known = [*found.values(), *([title] if title else [])]
        if region and len(found) < MOST_PLACES and not any(_common(region, one) > SAME for one in known):
            found[at] = region
    return found


def _common(one: Region, other: Region) -> float:
    """How much of the smaller of two places lies in the other, 0 to 1."""
    wide = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    high = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    smaller = min(one.width * one.height, other.width * other.height)
    return max(0.0, wide) * max(0.0, high) / smaller if smaller else 0.0


# ------------------------------------------------------------------------------------------------ the end of a section


def _section_end(page: Page, place: Place, *, asks: bool) -> list[TeachingAction]:
    """What follows the last page of a section."""
    if len(place.section) < SECTION or not has_phrases(place.language):
        return []
    title = "" if _UNNAMED.fullmatch(place.title) else shorten(place.title, TITLE_LENGTH)
    found: list[TeachingAction] = [] if place.crosses else _summary(page, place, title)
    if place.talks and not asks and title and len(place.section) >= TALK:
        found.append(Discuss(page=page.number, text=phrase("discuss", place.language, title=title)))
    if not place.is_last:
        found.append(Pause(page=page.number, text=phrase("pause", place.language)))
    return found


def _summary(page: Page, place: Place, title: str) -> list[TeachingAction]:
    """The section's main sentences in the deck's own words, or what it was about; nothing where neither can be said."""
    said: list[str] = []
    for one in place.section:
        sentence = _main_sentence(one)
        if sentence and len(said) < SUMMED_UP and len(words(" ".join([*said, sentence]))) <= SUMMARY_WORDS:
            said.append(sentence)
    if len(said) >= SECTION and title:
        text = run_on((phrase("summary", place.language, title=title), *said))
    elif len(titles := list(dict.fromkeys(one.title for one in place.section if words(one.title)))) >= SECTION:
        text = phrase("seen", place.language, titles=", ".join(shorten(one, TITLE_LENGTH) for one in titles[:6]))
    else:
        return []
    passages = [passage for one in place.section for passage in one.passages]
    found = [source_of(one, passages) for one in sentences(text)]
    return [Summarise(page=page.number, text=text, passages=list(dict.fromkeys(one.id for one in found if one)))]


def _is_worth_twice(sentence: str) -> bool:
    """Whether a sentence can be said once more, by itself: whole, short, and telling something."""
    if _POINTS_BACK.match(sentence):
        return False
    is_short = LEAST_WORDS <= len(words(sentence)) <= MOST_WORDS
    return (
        is_short
        and is_clause(sentence)
        and (sentence[0].isupper() or is_unspaced(sentence[0]))
        and not is_question(sentence)
        and ":" not in sentence
    )


def _main_sentence(page: Page) -> str:
    """The sentence of a page's own that says most of what its title names; "" where it has none that can be said."""
    own = page_lines(page)
    told = [part for point in points(page) if not is_bare(point) for part in sentences(point)]
    fit = [ended(one) for one in told if _is_worth_twice(one) and any(one in line for line in own)]
    about = stems(page.title)
    return max(fit, key=lambda one: share(page.title, stems(one)) if about else 0.0, default="")
