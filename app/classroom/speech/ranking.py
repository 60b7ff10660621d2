"""Which sentence of a lesson answers a question best: one ranking of all that the approved script says, the notes to
the deck say and its pages have.

A sentence is worth the share of the question's words, weighed by how rare they are in the lesson, that it has itself,
or has words near to in meaning, or that stand around it and in the title over it; then how near its meaning is as a
whole, how well its page was found, and whether it is of the kind that is asked for: a reason, a number, an example. The
weights were found on the questions about memory in tests/benchmarks/answers (`bench quotes`); those about the heart
decided what speech and pages count for.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel

from app.base.phrasebook import USUAL
from app.base.scripts import count_words, is_question
from app.classroom.speech.guard import tells_why
from app.courses.closeness import Closeness
from app.courses.grounding import COUNTS, TENS, names_in, nearness
from app.courses.schema import Passage

HEADING = 4
"""So many words of a slide are a heading, which explains nothing."""
REACH = 2
"""So many sentences before and after one are what it stands among."""
APART, ALIKE = 0.1, 0.5
"""Cosines of two sentences' vectors: at the first they have nothing in common, at the second nearly all."""

_WHY = re.compile(r"\bwhy\b|\bhow come\b|\breasons?\b", re.IGNORECASE)
_HOW_MUCH = re.compile(
    r"\bhow (?:many|much|long|often|fast|soon|far|big|old|high)\b|\bwhen\b|\b(?:which|what) year\b", re.IGNORECASE
)
_WHO = re.compile(r"\bwho\b|\bwhose\b", re.IGNORECASE)
_NUMBER = re.compile(
    rf"\d|\b(?:{'|'.join([*COUNTS, *TENS])}|half|twice|hundred|thousand|minutes?|hours?|days?|weeks?|months?|years?)\b",
    re.IGNORECASE,
)
EXAMPLE = re.compile(
    r"\b(?:for example|for instance|such as|e\.g\.|think of|imagine|suppose|picture an?|say you)\b",
    re.IGNORECASE,
)
"""How an example begins."""


class Kind(StrEnum):
    """Where sentences stand: in the approved script, in the notes to a page of the deck, or on the page."""

    SAID = "said"
    NOTES = "notes"
    PAGE = "page"


class Run(NamedTuple):
    """Sentences that go on from each other, each with its passage, and the title of their page."""

    kind: Kind
    page: int
    title: str
    sentences: tuple[str, ...]
    passages: tuple[Passage, ...]


class Ranked(NamedTuple):
    """A sentence, by its place in its run, and what it is worth as an answer: over 1 where it has most of it."""

    score: float
    run: Run
    at: int


class Wanted(BaseModel):
    """What is asked: the words with a meaning, without how they are wished for; the page that is shown; whether an
    example is wanted; and how well passages of each page answer (0 to 1). `language` is the code of the class's.
    """

    words: str
    page: int
    example: bool = False
    found: dict[int, float] = {}
    language: str = USUAL


WEIGHTS = {
    "own": 1.0,
    "around": 0.1,
    "titled": 0.4,
    "titled_here": 2.2,
    "near": 0.9,
    "near_around": 0.3,
    "found": 0.4,
    "here": 0.35,
    "said": 0.2,
    "page": -0.3,
    "page_here": -0.4,
    "reason": 0.4,
    "number": 0.25,
    "named": 0.2,
    "example": 0.3,
}
"""What each mark of a sentence counts for; marks are 0 to 1. What stands on the page shown is seen anyway."""


def ranked(wanted: Wanted, runs: Sequence[Run]) -> list[Ranked]:
    """The sentences of runs that have something of what is wanted, the best first; headings and questions are none."""
    texts = [*(one for run in runs for one in run.sentences), *dict.fromkeys(run.title for run in runs)]
    close = Closeness(wanted.words, texts, wanted.language)
    places = [(run, at) for run in runs for at in range(len(run.sentences)) if _tells(wanted, run, at)]
    scored = [Ranked(_worth(_marks(wanted, close, run, at)), run, at) for run, at in places]
    return sorted((one for one in scored if one.score > 0), key=lambda one: -one.score)


def _tells(wanted: Wanted, run: Run, at: int) -> bool:
    """Whether a sentence can be an answer: no question, and no heading but one that names somebody who is asked for."""
    sentence = run.sentences[at]
    if is_question(sentence) or sentence == run.title:
        return False
    return run.kind is not Kind.PAGE or count_words(sentence) > HEADING or _names(wanted, sentence)


def _names(wanted: Wanted, sentence: str) -> bool:
    return bool(_WHO.search(wanted.words) and names_in(sentence))


def _marks(wanted: Wanted, close: Closeness, run: Run, at: int) -> dict[str, float]:
    sentence = run.sentences[at]
    before, after = run.sentences[max(0, at - REACH) : at], run.sentences[at + 1 : at + 1 + REACH]
    own, around = close.share((sentence,)), close.share((*before, *after, run.title))
    near, near_around = _near(wanted, sentence), _near(wanted, " ".join([*before[-1:], sentence, *after[:1]]))
    if not own + around + near:
        return {}
    titled, is_here = close.share((run.title,)), run.page == wanted.page
    marks = {
        "own": own,
        "around": around,
        "titled": titled,
        "titled_here": titled * is_here,
        "near": near,
        "near_around": near_around,
        "found": wanted.found.get(run.page, 0.0),
        "here": is_here,
        "said": run.kind is Kind.SAID,
        "page": run.kind is Kind.PAGE,
        "page_here": run.kind is Kind.PAGE and is_here,
        "reason": bool(_WHY.search(wanted.words) and tells_why(sentence)),
        "number": bool(_HOW_MUCH.search(wanted.words) and _NUMBER.search(sentence)),
        "named": _names(wanted, sentence),
        "example": bool(wanted.example and EXAMPLE.search(sentence)),
    }
    return {name: float(mark) for name, mark in marks.items()}


def _worth(marks: dict[str, float]) -> float:
    return sum(WEIGHTS[name] * mark for name, mark in marks.items())


def _near(wanted: Wanted, text: str) -> float:
    """How near a text is in meaning, 0 to 1; the vectors know too little of other languages' words."""
    if wanted.language != USUAL:
        return 0.0
    return min(1.0, max(0.0, (nearness(text, wanted.words) - APART) / (ALIKE - APART)))
