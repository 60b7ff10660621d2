"""Texts that are read before an exam: what is to be written, who reads it, and what they are asked afterwards.

The worth of a text is the mark of those who read it, on questions that it does not show. A text about a problem is
examined on near variants of it (learning by teaching, arXiv 2406.14629); words for a page of a lesson on the questions
of a bank that tell learners apart best (ARTE, arXiv 2406.19227). Readers are learners that follow rules, here, and
models, in workers/training/students.py.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from statistics import fmean, pvariance

from app.alignment.evaluation.problems import DOING, Exercise, exercise, variant
from app.alignment.schema import Message
from app.base.prompts import fill

SCRIPTS = Path(__file__).parent / "scripts"
EXPLAIN = "Explain to me, step by step, how to solve it."
KNOWN, GUESSED, LEARNT = 0.95, 0.15, 0.7
"""Chance to do a step right with its skill and without, and to take a skill from a step that was shown."""
CLASS = 16
"""Learners that read a text; its mark is their mean."""
BANK = range(7000, 7060)
CHOICES = 5
NEAR = (-1, 1, 10, -10, 2)
_SIGNS = {"+": "add", "plus": "add", "-": "subtract", "−": "subtract", "–": "subtract", "minus": "subtract"}
_SIGNS |= dict.fromkeys(("*", "x", "×", "times", "multiplied by"), "multiply")
_SIGNS |= dict.fromkeys(("/", "÷", "divided by"), "divide")
_SHOWN = re.compile(
    rf"(\d+)\s*({'|'.join(re.escape(one) for one in sorted(_SIGNS, key=len, reverse=True))})\s*(\d+)"
    r"\s*(?:=|is|are|equals?|makes?|gives?)\s*(\d+)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reading:
    """A text that is wanted: the words that ask for it, and the exam afterwards."""

    id: str
    prompt: tuple[Message, ...]
    exam: tuple[Exercise, ...]


def explaining(problem: Exercise) -> list[Message]:
    """What asks a teacher for an explanation of a problem."""
    return [Message(role="user", content=f"{problem.question} {EXPLAIN}")]


def explanation(seed: int, questions: int) -> Reading:
    """An explanation of the bank's problem of this seed, with an exam on near variants."""
    problem = exercise(seed)
    exam = tuple(variant(problem, seed * 50 + at) for at in range(questions))
    return Reading(f"explanation:{seed}", tuple(explaining(problem)), exam)


def lesson(seed: int, questions: int) -> Reading:
    """What a teacher says on a page that shows the problem of this seed: a question of their own, worked out."""
    words = fill(SCRIPTS, "lesson.txt.j2", problem=exercise(seed).question)
    prompt = (Message(role="system", content=words), Message(role="user", content="Go on."))
    return Reading(f"lesson:{seed}", prompt, telling(questions))


@lru_cache
def telling(questions: int) -> tuple[Exercise, ...]:
    """The questions of the bank whose marks differ most among learners who have read nothing, of each kind in turn."""
    told = {seed: pvariance([Reader(at).mark(exercise(seed)) for at in range(4 * CLASS)]) for seed in BANK}
    best = sorted(BANK, key=lambda seed: -told[seed])
    kinds: dict[str, list[Exercise]] = {}
    for seed in best:
        kinds.setdefault(exercise(seed).kind, []).append(exercise(seed))
    turns = (kinds[kind][at] for at in range(len(BANK)) for kind in kinds if at < len(kinds[kind]))
    return tuple(islice(turns, questions))


class Reader:
    """A learner that follows rules: some skills from the start, and others from steps that a text shows and works out
    right. Chance comes from the seed alone, so that every text meets the same learner."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(f"reader {seed}")
        drawn = {skill: (chance.random(), chance.random()) for skill in DOING}
        self.skills = {skill for skill, (has, _) in drawn.items() if has < 0.3}
        self.quick = {skill for skill, (_, learns) in drawn.items() if learns < LEARNT}

    def read(self, text: str) -> "Reader":
        """Take in a text."""
        self.skills |= shown(text) & self.quick
        return self

    def mark(self, question: Exercise) -> float:
        """Chance of a right answer."""
        product = 1.0
        for step in question.steps:
            product *= KNOWN if step.skill in self.skills else GUESSED
        return product


def shown(text: str) -> set[str]:
    """The skills of which a text shows a step that is right, such as 3 times 4 is 12."""
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    found = set()
    for left, sign, right, value in _SHOWN.findall(plain):
        skill = _SIGNS[sign.lower()]
        if not (skill == "divide" and int(right) == 0) and DOING[skill](int(left), int(right)) == int(value):
            found.add(skill)
    return found


def learners_mark(text: str, exam: Sequence[Exercise]) -> float:
    """Mean mark of a class that has read the text ("": nothing)."""
    readers = [Reader(at).read(text) for at in range(CLASS)]
    return fmean(reader.mark(question) for reader in readers for question in exam)


def choices(question: Exercise) -> list[int]:
    """The right number first, then what learners get wrong, and numbers near by."""
    wrong = [*question.mistakes, *(question.answer + step for step in NEAR)]
    return list(dict.fromkeys([question.answer, *(one for one in wrong if one >= 0)]))[:CHOICES]
