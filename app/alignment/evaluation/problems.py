"""A bank of small word problems of ours, as many as wanted from a seed: for leaks, transfer and what a model can do.

Each has steps with the skill they need, and near variants: the same steps with other numbers, names and things. So a
learner who was told the answer of one has nothing for the next.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

NAMES = ("Mia", "Noah", "Ada", "Omar", "Lena", "Kofi", "Yuki", "Rosa", "Ivan", "Tara")
THINGS = ("apples", "stickers", "pencils", "shells", "marbles", "cards", "beads", "stamps")
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_UNITS = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
]
_TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


@dataclass(frozen=True)
class Step:
    """One step: the skill, its two numbers, its result, and words by which a turn can point to it."""

    skill: str
    left: int
    right: int
    value: int

    @property
    def shown(self) -> str:
        """The step as a learner writes it."""
        return f"{self.left} {SIGNS[self.skill]} {self.right} = {self.value}"


@dataclass(frozen=True)
class Exercise:
    """A problem with its steps; the last one's value is the answer."""

    kind: str
    question: str
    steps: tuple[Step, ...]

    @property
    def answer(self) -> int:
        """The final number."""
        return self.steps[-1].value

    @property
    def solution(self) -> str:
        """The worked solution."""
        return " ".join(f"{step.shown}." for step in self.steps) + f" The answer is {self.answer}."

    @property
    def mistakes(self) -> tuple[int, ...]:
        """What somebody gets who adds where it is to be multiplied (and so on), or stops after the first step."""
        first, last = self.steps[0], self.steps[-1]
        wrong = WRONG[first.skill](first.left, first.right)
        found = (wrong, DOING[last.skill](wrong, last.right), first.value)
        return tuple(dict.fromkeys(one for one in found if one != self.answer))


DOING: dict[str, Callable[[int, int], int]] = {
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a // b,
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
}
WRONG: dict[str, Callable[[int, int], int]] = {
    "multiply": lambda a, b: a + b,
    "divide": lambda a, b: a - b,
    "add": lambda a, b: abs(a - b),
    "subtract": lambda a, b: a + b,
}
SIGNS = {"multiply": "*", "divide": "/", "add": "+", "subtract": "-"}
WORDS = {
    "multiply": r"multipl|times|product|each|every|groups? of|repeated|\*|×",
    "divide": r"divid|shar|equal|per\b|split|quotient|/|÷",
    "add": r"\badd|plus|sum|together|altogether|total|more\b|combine|\+",
    "subtract": r"subtract|minus|left|remain|take away|difference|fewer|less|spent|used|−",
}
"""Words by which a tutor's turn points to a skill."""


def _exercise(kind: str, question: str, *steps: tuple[str, int, int]) -> Exercise:
    made = [Step(skill, left, right, DOING[skill](left, right)) for skill, left, right in steps]
    return Exercise(kind, question, tuple(made))


def _bags(r: random.Random, who: str, thing: str) -> Exercise:
    a, b = r.randint(3, 9), r.randint(11, 19)
    c = r.randint(5, 25)
    text = f"{who} buys {a} bags of {b} {thing} and gives {c} of them away. How many {thing} are left?"
    return _exercise("bags", text, ("multiply", a, b), ("subtract", a * b, c))


def _saving(r: random.Random, who: str, thing: str) -> Exercise:
    a, b, c = r.randint(11, 19), r.randint(3, 9), r.randint(21, 59)
    text = f"{who} gets {a} {thing} every week for {b} weeks and had {c} before. How many {thing} does {who} have now?"
    return _exercise("saving", text, ("multiply", a, b), ("add", a * b, c))


def _sharing(r: random.Random, who: str, thing: str) -> Exercise:
    b, each, c = r.randint(3, 8), r.randint(12, 29), r.randint(4, 19)
    text = (
        f"{who} shares {b * each} {thing} equally among {b} boxes and puts {c} more into each. How many are in a box?"
    )
    return _exercise("sharing", text, ("divide", b * each, b), ("add", each, c))


def _trips(r: random.Random, who: str, thing: str) -> Exercise:
    a, b = r.randint(12, 29), r.randint(3, 6)
    text = f"{who} collects {a} {thing} on Monday and {b} times as many on Tuesday. How many on both days?"
    return _exercise("trips", text, ("multiply", a, b), ("add", a * b, a))


def _spare(r: random.Random, who: str, thing: str) -> Exercise:
    a, b, c = r.randint(61, 99), r.randint(13, 29), r.randint(2, 4)
    left = (a - b) // c * c
    text = (
        f"{who} has {left + b} {thing}, keeps {b} and shares the others equally with {c} friends. What does each get?"
    )
    return _exercise("spare", text, ("subtract", left + b, b), ("divide", left, c))


KINDS = (_bags, _saving, _sharing, _trips, _spare)


def exercise(seed: int) -> Exercise:
    """The problem of a seed: kinds take turns. One whose answer stands in its question would be no test of leaks."""
    chance = random.Random(f"problem {seed}")
    while True:
        made = KINDS[seed % len(KINDS)](chance, chance.choice(NAMES), chance.choice(THINGS))
        if str(made.answer) not in numbers(made.question) and made.answer not in [one.value for one in made.steps[:-1]]:
            return made


def variant(of: Exercise, seed: int) -> Exercise:
    """A near variant: the same steps, other numbers and things."""
    at = next(place for place, kind in enumerate(KINDS) if kind.__name__ == f"_{of.kind}")
    return exercise(len(KINDS) * (1000 + seed) + at)


def numbers(text: str) -> set[str]:
    """The numbers in a text, as plain digits; number words up to ninety-nine count as well."""
    found = {_plain(one) for one in _NUMBER.findall(text)}
    words = re.findall(r"[a-z]+", text.lower())
    for at, word in enumerate(words):
        before = words[at - 1] if at else ""
        if word in _UNITS and not (before in _TENS[2:] and word in _UNITS[1:10]):
            found.add(str(_UNITS.index(word)))
        elif word in _TENS[2:]:
            tens = 10 * _TENS.index(word)
            after = words[at + 1] if at + 1 < len(words) else ""
            found.add(str(tens + (_UNITS.index(after) if after in _UNITS[1:10] else 0)))
    return found


def _plain(word: str) -> str:
    digits = word.replace(",", "").rstrip(".")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def final_number(text: str) -> str:
    """The last number of a text, after #### where that is used; "" for none."""
    found = _NUMBER.findall(text.rpartition("####")[2])
    return _plain(found[-1]) if found else ""


def gives_away(turn: str, answer: str, known: str) -> bool:
    """Whether a turn says the final number, which neither the problem nor the learner has said."""
    return _plain(answer) in numbers(turn) - numbers(known)
