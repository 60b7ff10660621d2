"""Questions about a section of a lesson, each with the sentence it rests on: of the author model, or made by rule.

Every question is checked before anybody sees it: its key must be among its options, no two options may be the same,
the sentence must say the answer, and neither the question nor what is said right before it may give it away. What is
refused is kept with the reason.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, Field

from app.assessment.checking import trouble
from app.assessment.schema import ChoiceItem, Item, Kind, Option, TextItem
from app.assessment.words import folded
from app.base.languages import LANGUAGES, language_of
from app.base.marks import data
from app.base.phrasebook import USUAL
from app.base.prompts import fill
from app.base.scripts import FULL_STOPS, UNSPACED, is_unspaced
from app.base.text import shorten
from app.courses.schema import Page
from app.inference.schema import ModelJunk, Prompt, Role
from app.inference.service import draft
from app.lessons.faithfulness.faithful import source_of
from app.lessons.planning.phrasing import phrase
from app.lessons.planning.points import is_bare, is_clause, points
from app.lessons.words import ended, key, sentences, share, stems, words

PROMPTS = Path(__file__).with_name("prompts")
WANTED = 3
"""Questions of a section."""
MOST_SENTENCES = 8
MOST_TOKENS = 420
LEAST_WORDS, MOST_WORDS = 5, 32
"""Of a sentence that can be asked about."""
DISTRACTORS = 3
BEFORE = 3
"""So many sentences right before a question would give its answer away word for word."""
GAP = "____"

_SPACED = rf"[^\W{UNSPACED}]"
_NUMBER = re.compile(rf"(?<!{_SPACED})(?<![.,])\d+(?:[.,]\d+)*(?:\s?%)?(?!{_SPACED})")
_TERM = re.compile(r"\b[^\W\d_]{4,}\b")


class Asked(BaseModel):
    """One question as the author model words it: which sentence says the answer, the options, and the right one."""

    sentence: int
    question: str
    options: list[str] = Field(min_length=2, max_length=5)
    right: str


class AskedOf(BaseModel):
    """What the author model is asked for of a section; also the JSON schema of its reply."""

    questions: list[Asked] = Field(min_length=1, max_length=WANTED)


class Fact(BaseModel):
    """A sentence of a section that can be asked about, its page, and the passage it stands in."""

    text: str
    page: int
    passage: UUID | None = None


class Proposed(BaseModel):
    """A question and the sentence it rests on. With a `reason` it was refused; `item` is None where it was none at all.
    `taken`: the item of the bank that it became.
    """

    item: Item | None = None
    fact: Fact
    words: str
    reason: str = ""
    by_model: bool = False
    taken: UUID | None = None


@dataclass(frozen=True)
class SectionWork:
    """A section whose questions are to be written: its pages, and what is said last before they are asked."""

    about: UUID
    title: str
    pages: tuple[Page, ...]
    said: tuple[str, ...] = ()


def facts_of(pages: Sequence[Page]) -> list[Fact]:
    """The sentences of pages that tell something by themselves."""
    found: dict[str, Fact] = {}
    for page in pages:
        told = [part for point in points(page) if not is_bare(point) for part in sentences(point)]
        for one in told:
            if LEAST_WORDS <= len(words(one)) <= MOST_WORDS and (is_clause(one) or one[-1] in FULL_STOPS):
                source = source_of(one, page.passages)
                fact = Fact(text=ended(one), page=page.number, passage=source.id if source else None)
                found.setdefault(key(one), fact)
    return list(found.values())


def propose(work: SectionWork) -> list[Proposed]:
    """Questions of the model, and where fewer than wanted hold, gaps to fill in; refused ones too. Raises
    ModelUnavailable.
    """
    facts = facts_of(work.pages)
    if not facts:
        return []
    asked = _asked(work, facts[:MOST_SENTENCES])
    return with_gaps(work, facts, asked)


def with_gaps(work: SectionWork, facts: Sequence[Fact], asked: Sequence[Proposed] = ()) -> list[Proposed]:
    """The questions there are, with gaps in sentences that none of them is about."""
    found = list(asked)
    used = {one.fact.text for one in found if not one.reason}
    for fact in facts:
        if sum(not one.reason for one in found) >= WANTED:
            break
        if fact.text not in used and (item := gap_in(fact, work.pages)):
            found.append(_judged(item, fact, work.said, by_model=False))
    return found


def _asked(work: SectionWork, facts: Sequence[Fact]) -> list[Proposed]:
    told = [data(one.text, 260) for one in facts]
    code = language_of("\n".join(one.text for one in facts))
    language = LANGUAGES[code] if code not in ("", USUAL) else ""
    prompt = Prompt(
        system=fill(PROMPTS, "questions_system.txt.j2"),
        turn=fill(PROMPTS, "questions_turn.txt.j2", title=data(work.title, 120), sentences=told, language=language),
    )
    try:
        document, _ = draft(Role.AUTHOR, prompt, AskedOf, about=work.about, max_tokens=MOST_TOKENS)
    except ModelJunk:
        return []
    return [_of_model(one, facts, work.said) for one in document.questions]


def _of_model(asked: Asked, facts: Sequence[Fact], said: Sequence[str]) -> Proposed:
    fact = facts[min(max(asked.sentence, 1), len(facts)) - 1]
    if not 1 <= asked.sentence <= len(facts):
        return Proposed(fact=fact, words=asked.question, reason="It names no sentence of the section.", by_model=True)
    options = [Option(text=" ".join(one.split())) for one in asked.options]
    right = [one.id for one in options if folded(one.text) == folded(asked.right)]
    if not right:
        reason = f"Its key, “{shorten(asked.right, 80)}”, is not among its options."
        return Proposed(fact=fact, words=asked.question, reason=reason, by_model=True)
    item = ChoiceItem(
        kind=Kind.SINGLE, stem=" ".join(asked.question.split()), options=options, right=right[:1], explanation=fact.text
    )
    return _judged(item, fact, said, by_model=True)


def _judged(item: Item, fact: Fact, said: Sequence[str], *, by_model: bool) -> Proposed:
    return Proposed(item=item, fact=fact, words=item.stem, reason=refusal(item, fact, said), by_model=by_model)


def refusal(item: Item, fact: Fact, said: Sequence[str] = ()) -> str:
    """Why a question cannot be asked, or "". `said` are the sentences said before it, the last one last."""
    if isinstance(item, ChoiceItem):
        told = [folded(one.text) for one in item.options]
        if len(set(told)) < len(told):
            return "Two of its options say the same."
        if not set(item.right) <= {one.id for one in item.options}:
            return "Its key is not among its options."
    if problem := trouble(item):
        return problem
    answer = _answer(item)
    if not _says(fact.text, answer):
        return f"The sentence does not say that the answer is “{shorten(answer, 80)}”."
    if folded(answer) in folded(item.stem.replace(GAP, " ")):
        return "The question tells its own answer."
    if key(fact.text) in [key(one) for one in said[-BEFORE:]]:
        return f"It is given away: right before it is said, word for word, “{shorten(fact.text, 120)}”"
    return ""


def _answer(item: Item) -> str:
    if isinstance(item, ChoiceItem):
        return next((one.text for one in item.options if one.id in item.right), "")
    return item.accepted[0] if isinstance(item, TextItem) else ""


def _says(sentence: str, answer: str) -> bool:
    """Whether a sentence has an answer: its words, or most of what it is about."""
    return folded(answer) in folded(sentence) or (bool(stems(answer)) and share(answer, stems(sentence)) >= 0.67)


# ----------------------------------------------------------------------------------------------------- gaps, by rule


def gap_in(fact: Fact, pages: Sequence[Page]) -> Item | None:
    """A gap to fill in a sentence: its number, or the word that is rarest on the pages; with options where the pages
    have others of the kind. None where nothing in it can be asked for.
    """
    text = "\n".join(f"{page.title}\n{page.text}" for page in pages)
    found = _NUMBER.search(fact.text) or _rarest(fact.text, text)
    if found is None:
        return None
    gapped = f"{fact.text[: found.start()]}{GAP}{fact.text[found.end() :]}"
    stem = phrase("gap", language_of(text), sentence=gapped)
    others = _others(found[0], fact.text, text)
    dice = random.Random(fact.text)
    if len(others) < DISTRACTORS:
        return TextItem(stem=stem, accepted=[found[0]], one_slip=True, explanation=fact.text)
    wrong = dice.sample(others, DISTRACTORS)
    options = [Option(text=one) for one in dice.sample([found[0], *wrong], DISTRACTORS + 1)]
    right = [one.id for one in options if one.text == found[0]]
    return ChoiceItem(kind=Kind.SINGLE, stem=stem, options=options, right=right, explanation=fact.text)


def _rarest(sentence: str, text: str) -> "re.Match[str] | None":
    """The content word that the pages have least, the longest of those; not the one that the sentence begins with. None
    where no spaces tell what a word is.
    """
    if is_unspaced(sentence):
        return None
    counts = folded(text).split()
    fit = [one for one in _TERM.finditer(sentence) if one.start() and stems(one[0])]
    return min(fit, key=lambda one: (counts.count(folded(one[0])), -len(one[0])), default=None)


def _others(answer: str, sentence: str, text: str) -> list[str]:
    """Other numbers or words of the pages that could stand in the gap and are not in the sentence."""
    pattern = _NUMBER if _NUMBER.fullmatch(answer) else _TERM
    is_number = pattern is _NUMBER
    found: dict[str, str] = {}
    for one in pattern.finditer(text):
        is_like = is_number or (bool(stems(one[0])) and one[0][0].isupper() == answer[0].isupper())
        if is_like and folded(one[0]) not in folded(sentence) and ("%" in one[0]) == ("%" in answer):
            found.setdefault(folded(one[0]), one[0])
    return list(found.values())
