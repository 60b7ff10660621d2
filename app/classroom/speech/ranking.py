"""Which sentence of a lesson answers a question best: one ranking of all that the approved script says, the notes to
the deck say and its pages have.

A sentence is worth the share of the question's words, weighed by how rare they are in the lesson, that it has itself,
or has words near to in meaning, or that stand around it and in the title over it; then how near its meaning is as a
whole, how well its page was found, and whether it is of the kind that is asked for: a reason, a number, an example. The
weights were found on the questions about memory in tests/benchmarks/answers (`bench quotes`), and but for what speech
counts for without those about the heart.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel

from app.base.phrasebook import USUAL
from app.base.scripts import count_words, is_question
from app.courses.closeness import Closeness
from app.courses.grounding import COUNTS, TENS, nearness
from app.courses.schema import Passage

HEADING = 4
"""So many words of a slide are a heading, which explains nothing."""
REACH = 2
"""So many sentences before and after one are what it stands among."""
APART, ALIKE = 0.1, 0.5
"""Cosines of two sentences' vectors: at the first they have nothing in common, at the second nearly all."""

_WHY = re.compile(r"\bwhy\b|\bhow come\b|\breasons?\b", re.IGNORECASE)
_HOW_MUCH = re.compile(r"\bhow (?:many|much|long|often|fast|soon|far|big|old|high)\b|\bwhen\b", re.IGNORECASE)
_WHO = re.compile(r"\bwho\b|\bwhose\b|\b(?:which|what) year\b", re.IGNORECASE)
_REASON = re.compile(
    r"\b(?:because|since|so that|therefore|due to|as a result|(?:that|this|which) is why|the reason|in order to|"
    r"makes?|lets?|keeps?|leads? to|causes?|otherwise|thanks to)\b|^so\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    rf"\d|\b(?:{'|'.join([*COUNTS, *TENS])}|half|twice|hundred|thousand|minutes?|hours?|days?|weeks?|months?|years?)\b",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(?<=[a-z,;:] )[A-Z][a-z]{2,}|\(?\b(?:1[5-9]|20)\d\d\b")
"""What looks like a name, or a year."""
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


class Weights(BaseModel):
    """What each mark of a sentence counts for."""

    own: float = 1.0
    around: float = 0.1
    titled: float = 0.4
    near: float = 0.9
    near_around: float = 0.3
    found: float = 0.4
    here: float = 0.35
    said: float = 0.2
    page: float = -0.3
    reason: float = 0.4
    number: float = 0.25
    named: float = 0.2
    example: float = 0.3


WEIGHTS = Weights()


def ranked(wanted: Wanted, runs: Sequence[Run], weights: Weights = WEIGHTS) -> list[Ranked]:
    """The sentences of runs that have something of what is wanted, the best first; headings and questions are none."""
    texts = [*(one for run in runs for one in run.sentences), *dict.fromkeys(run.title for run in runs)]
    close = Closeness(wanted.words, texts, wanted.language)
    places = [(run, at) for run in runs for at in range(len(run.sentences)) if _tells(wanted, run, at)]
    scored = [Ranked(_worth(_marks(wanted, close, run, at), weights), run, at) for run, at in places]
    return sorted((one for one in scored if one.score > 0), key=lambda one: -one.score)


def _tells(wanted: Wanted, run: Run, at: int) -> bool:
    """Whether a sentence can be an answer: no question, and no heading but one that names somebody or a year."""
    sentence = run.sentences[at]
    if is_question(sentence) or sentence == run.title:
        return False
    is_name = _WHO.search(wanted.words) and _NAMED.search(sentence)
    return run.kind is not Kind.PAGE or count_words(sentence) > HEADING or bool(is_name)


def _marks(wanted: Wanted, close: Closeness, run: Run, at: int) -> dict[str, float]:
    sentence = run.sentences[at]
    before, after = run.sentences[max(0, at - REACH) : at], run.sentences[at + 1 : at + 1 + REACH]
    own, around = close.share((sentence,)), close.share((*before, *after, run.title))
    near, near_around = _near(wanted, sentence), _near(wanted, " ".join([*before[-1:], sentence, *after[:1]]))
    if not own + around + near:
        return {}
    marks = {
        "own": own,
        "around": around,
        "titled": close.share((run.title,)),
        "near": near,
        "near_around": near_around,
        "found": wanted.found.get(run.page, 0.0),
        "here": run.page == wanted.page,
        "said": run.kind is Kind.SAID,
        "page": run.kind is Kind.PAGE,
        "reason": bool(_WHY.search(wanted.words) and _REASON.search(sentence)),
        "number": bool(_HOW_MUCH.search(wanted.words) and _NUMBER.search(sentence)),
        "named": bool(_WHO.search(wanted.words) and _NAMED.search(sentence)),
        "example": bool(wanted.example and EXAMPLE.search(sentence)),
    }
    return {name: float(mark) for name, mark in marks.items()}


def _worth(marks: dict[str, float], weights: Weights) -> float:
    counts: dict[str, float] = weights.model_dump()
    return sum(counts[name] * mark for name, mark in marks.items())


def _near(wanted: Wanted, text: str) -> float:
    """How near a text is in meaning, 0 to 1; the vectors know too little of other languages' words."""
    if wanted.language != USUAL:
        return 0.0
    return min(1.0, max(0.0, (nearness(text, wanted.words) - APART) / (ALIKE - APART)))
