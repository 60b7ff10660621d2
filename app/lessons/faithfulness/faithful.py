"""Whether what a lesson says is faithful to its pages: a check without a model, sentence by sentence. Pure.

It flags what a person should look at: nothing on the page that says so, a number the page does not have, another
language, more words than one can follow. It cannot see a sentence that turns the page's own words around.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import groupby

from pydantic import BaseModel

from app.base.formulas import small_numbers
from app.base.languages import LANGUAGES, language_of
from app.base.scripts import is_question
from app.courses.schema import Page, Passage
from app.lessons.faithfulness.quantities import Quantity, identifiers, loose_measures, quantities
from app.lessons.planning.phrasing import is_phrase
from app.lessons.schema import Ask, Discuss, Pause, Spoken, Summarise, TeachingAction
from app.lessons.words import sentences, share, stems, words

HERE = 0.34
"""How much of what a sentence is about must be on its page."""
GROUNDED = 0.5
"""How much of it must be on its page or those before it."""
ASKED = 0.25
"""How much of what a question is about must be on the page: it may bring words of its own to think with."""
SOURCE = 0.34
"""How much of what a sentence is about must be in a passage, for that to be its source."""
SENTENCE_BUDGET, ACTION_BUDGET, PAGE_BUDGET = 45, 90, 320
"""Words of one sentence, of what is said in one go, and of a whole page (a little over two minutes)."""
WORDS_A_SIGN = 0.6
"""What one sign of a script without spaces counts."""

ENTRY_WORDS = 25
"""A line with more words is no entry of a list."""

_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_COUNTING = re.compile(r",|;|/|\band\b|\bund\b|\bet\b|\by\b|\boder\b|\bor\b|&", re.IGNORECASE)
_LABEL = re.compile(r"(?:[^\W\d_]*[A-Z][^\W\d_]*\s|[\[(])$")
"""A word with a capital before a number makes it a name: Version 5, Series 3."""
_SUCH = re.compile(r"\b(?:these|all|following|diese|alle|ces|estos|estas)\s$", re.IGNORECASE)
_COUNTED = stems(
    "points steps things parts ways kinds types reasons examples items ideas rules stages phases features categories "
    "rows columns lines names groups elements factors causes properties methods principles topics aspects sections"
)
"""What lists are of where their page does not say."""
_CELLS = " | "


class FlagKind(StrEnum):
    """What can be wrong with a sentence."""

    SUPPORT = "support"
    NUMBER = "number"
    LANGUAGE = "language"
    LENGTH = "length"


class Flag(BaseModel):
    """Something to look at: which sentence ("" for the whole action or page), and what is the matter, in words."""

    kind: FlagKind
    sentence: str = ""
    words: str


@dataclass(frozen=True)
class Ground:
    """What a page, or a section's pages, give to stand on. `heard`: what the deck said before. `counted`: stems of what
    its lists are of. `loose`: what units without a number measure, as in the head of a table.
    """

    here: frozenset[str]
    heard: frozenset[str]
    numbers: tuple[Quantity, ...]
    names: frozenset[str]
    counts: frozenset[int]
    counted: frozenset[str]
    loose: frozenset[str]
    language: str = ""


@dataclass
class PageFlags:
    """The flags of a page's actions, in their order, and those of the page as a whole."""

    actions: list[list[Flag]] = field(default_factory=list)
    page: list[Flag] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.page) + sum(map(len, self.actions))


def ground_of(pages: Sequence[Page], heard: str = "", language: str = "") -> Ground:
    """The ground of one or several pages. `language`: the deck's code; "" takes the pages' own."""
    texts = [text for page in pages for text in (page.title, page.text, page.notes, *_described(page))]
    return _ground("\n".join(texts), heard, language)


def _described(page: Page) -> list[str]:
    """The passages that stand in none of the page's own words: what a model saw on its picture."""
    return [one.text for one in page.passages if one.described]


@lru_cache(maxsize=512)
def _ground(text: str, heard: str, language: str) -> Ground:
    here = frozenset(stems(text))
    names = [one for one in identifiers(text) if not one.isdigit()]
    inner = [one for name in [*names, *small_numbers(text)] for one in _digits_of(name)]
    return Ground(
        here=here,
        heard=here | stems(heard),
        numbers=(*quantities(text), *inner),
        names=frozenset(identifiers(text)),
        counts=frozenset(_counts(text)),
        counted=frozenset(_COUNTED | stems("\n".join(_heads(text)))),
        loose=frozenset(loose_measures(text)),
        language=language or language_of(text),
    )


def _digits_of(name: str) -> list[Quantity]:
    """The digits of a name ("GPT-4") as numbers that may be said of it."""
    return [Quantity(one, frozenset([float(one)])) for one in re.findall(r"\d{1,12}", name)]


def _counts(text: str) -> set[int]:
    """How many things the page's lists have: its lines, runs of them between headings, what a line enumerates, and the
    rows and columns of tables.
    """
    lines = [line.strip() for line in text.splitlines() if words(line)]
    tables = [line for line in lines if _CELLS in line]
    found = {len(lines) - 1, len(tables) - 1}
    for is_entry, run in groupby(lines, key=lambda line: not line.endswith(":") and len(words(line)) <= ENTRY_WORDS):
        count = len(list(run))
        found |= {count} if is_entry else set()
    for line in lines:
        found |= {line.count(_CELLS) + 1, *_enumerated(line)}
    return {one for one in found if one >= 2}


def _heads(text: str) -> list[str]:
    """The lines that say what a list is of: the first, and those that end in a colon."""
    lines = [line.strip() for line in text.splitlines() if words(line)]
    return [*lines[:1], *(line for line in lines if line.endswith(":"))]


def _enumerated(line: str) -> set[int]:
    """How many things a line lists, behind its colon or as a whole; one with a number says itself how many."""
    parts = line.split(":")[1:] or [line]
    return {len(_listed(part)) for part in parts if not any(sign.isdigit() for sign in part)}


def _listed(text: str) -> list[str]:
    return [one for one in _COUNTING.split(text) if words(one)]


def check_page(actions: Sequence[TeachingAction], grounds: Ground | Sequence[Ground], language: str = "") -> PageFlags:
    """The flags of a page's actions. `grounds`: the page's, or one for each action. `language`: the code of the
    language it is taught in; "" for that of the page.
    """
    each = [grounds] * len(actions) if isinstance(grounds, Ground) else list(grounds)
    found = PageFlags([check(action, ground, language) for action, ground in zip(actions, each, strict=True)])
    said = sum(_length(action.words) for action in actions)
    if said > PAGE_BUDGET:
        told = (
            f"This page takes {said} words to say; {PAGE_BUDGET} is what a listener has patience for. Leave some out."
        )
        found.page.append(Flag(kind=FlagKind.LENGTH, words=told))
    return found


def check(action: TeachingAction, ground: Ground, language: str = "") -> list[Flag]:
    """What to look at in one action; nothing for one that is silent."""
    if not isinstance(action, Spoken):
        return []
    flags = [flag for one in sentences(action.text) for flag in _sentence(action, one, ground, language)]
    length = _length(action.text)
    if length > ACTION_BUDGET:
        told = f"These are {length} words in one go; up to {ACTION_BUDGET} can be followed. Make it two."
        flags.append(Flag(kind=FlagKind.LENGTH, words=told))
    return flags


def _sentence(action: Spoken, sentence: str, ground: Ground, language: str) -> list[Flag]:
    expected, own = language or ground.language, language_of(sentence)
    is_foreign = bool(own and expected and own != expected)
    told = [f"{one} is not on the page." for one in strange_numbers(sentence, ground)]
    flags = [Flag(kind=FlagKind.NUMBER, sentence=sentence, words=words_) for words_ in told]
    if is_foreign:
        told_language = f"This is {LANGUAGES[own]}; the lesson is taught in {LANGUAGES[expected]}."
        flags.append(Flag(kind=FlagKind.LANGUAGE, sentence=sentence, words=told_language))
    if not _crosses(own or expected, ground.language) and not _rests(action, sentence, ground):
        unsupported = "The page does not say this. Check it, or say it in the page's own words."
        flags.append(Flag(kind=FlagKind.SUPPORT, sentence=sentence, words=unsupported))
    if _length(sentence) > SENTENCE_BUDGET:
        long = f"This sentence has {_length(sentence)} words; over {SENTENCE_BUDGET} are hard to follow by ear."
        flags.append(Flag(kind=FlagKind.LENGTH, sentence=sentence, words=long))
    return flags


def _crosses(said: str, written: str) -> bool:
    """Whether words of one language cannot be held against those of the page: only numbers can, then."""
    return bool(said and written and said != written)


def _rests(action: Spoken, sentence: str, ground: Ground) -> bool:
    if isinstance(action, (Pause, Discuss)) or is_phrase(sentence):
        return True
    here, so_far = share(sentence, set(ground.here)), share(sentence, set(ground.heard))
    if isinstance(action, Ask) or is_question(sentence):
        return here >= ASKED or so_far >= GROUNDED
    return here >= HERE and so_far >= GROUNDED


def strange_numbers(sentence: str, ground: Ground) -> list[str]:
    """The numbers of a sentence that its page does not have, as they stand there, with what the page says instead."""
    known_names = ground.names
    strange = [one for one in quantities(sentence) if not _is_known(one, sentence, ground)]
    told = [_as_told(one, ground) for one in strange]
    named = [one for one in sorted(identifiers(sentence) - known_names) if not _digits_known(one, ground)]
    return list(dict.fromkeys([*told, *(f"“{one}”" for one in named)]))


def _is_known(said: Quantity, sentence: str, ground: Ground) -> bool:
    measured = (
        said.measure and said.measure not in ground.loose and any(one.measure == said.measure for one in ground.numbers)
    )
    if any(said.agrees(one) for one in ground.numbers if one.measure or not measured):
        return True
    if not said.is_count or not _counts_a_list(said, sentence, ground):
        return False
    follows = sentence.partition(said.text)[2].replace(":", ",")
    listed = ground.counts | {len(_listed(follows)) - 1}
    return any(int(one) in listed for one in said.values if one == int(one))


def _counts_a_list(said: Quantity, sentence: str, ground: Ground) -> bool:
    """Whether a number is said of entries of a list ("three steps") and belongs to no name ("Version 3")."""
    before, _, after = sentence.partition(said.text)
    if _LABEL.search(before):
        return False
    return _SUCH.search(before) is not None or bool(stems(" ".join(words(after)[:2])) & ground.counted)


def _digits_known(name: str, ground: Ground) -> bool:
    return all(any(digits.agrees(one) for one in ground.numbers) for digits in _digits_of(name))


def _as_told(said: Quantity, ground: Ground) -> str:
    """The number, and where the page has it of something else, what it has."""
    same = next((one for one in ground.numbers if said.measure and one.measure and said.values & one.values), None)
    return f"“{said.text}” ({said.measure}; the page has {same.text} as {same.measure})" if same else f"“{said.text}”"


def _length(text: str) -> int:
    unspaced = len(_UNSPACED.findall(text))
    return len(words(_UNSPACED.sub(" ", text))) + round(WORDS_A_SIGN * unspaced)


def source_of(sentence: str, passages: Iterable[Passage]) -> Passage | None:
    """The passage that says most of what a sentence is about, None where none says enough of it."""
    scored = [(share(sentence, stems(one.text)), one) for one in passages] if stems(sentence) else []
    best = max(scored, key=lambda pair: pair[0], default=None)
    return best[1] if best and best[0] >= SOURCE else None


def is_claim(action: TeachingAction) -> bool:
    """Whether an action tells something about the subject, so that it needs sources."""
    return (isinstance(action, Spoken) and not isinstance(action, (Pause, Discuss, Ask))) or isinstance(
        action, Summarise
    )
