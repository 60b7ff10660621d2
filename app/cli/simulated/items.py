"""Items for the simulated course: small exercises on each knowledge component, made up by the seed.

What a learner gets wrong is one of the mistakes that the component invites, the likelier first, so that distractors
differ.
"""

import random
from collections.abc import Callable
from typing import NamedTuple

from app.assessment.schema import ChoiceItem, Item, Kind, NumericItem, Option, Response


class Exercise(NamedTuple):
    """A question with a number for an answer, and the numbers that mistakes lead to."""

    stem: str
    right: float
    mistakes: tuple[float, ...]


def _mean(rng: random.Random) -> Exercise:
    values = [rng.randrange(1, 12) for _ in range(3)]
    values[0] += -sum(values) % 3
    total = sum(values)
    return Exercise(f"What is the mean of {_listed(values)}?", total / 3, (sorted(values)[1], total, max(values)))


def _median(rng: random.Random) -> Exercise:
    values = rng.sample(range(1, 40), 5)
    middle = sorted(values)[2]
    return Exercise(f"What is the median of {_listed(values)}?", middle, (values[2], sum(values) / 5, max(values)))


def _range(rng: random.Random) -> Exercise:
    values = rng.sample(range(1, 50), 4)
    right = max(values) - min(values)
    return Exercise(f"What is the range of {_listed(values)}?", right, (max(values), right + 1, min(values)))


def _outliers(rng: random.Random) -> Exercise:
    near = rng.sample(range(10, 20), 4)
    far = rng.randrange(60, 99)
    values = rng.sample([*near, far], 5)
    return Exercise(f"Which value is the outlier of {_listed(values)}?", far, (min(near), max(near), values[2] + 0.5))


def _percentages(rng: random.Random) -> Exercise:
    share, whole = rng.choice((5, 10, 20, 25, 50)), rng.randrange(2, 20) * 20
    right = share * whole / 100
    return Exercise(f"What is {share} per cent of {whole}?", right, (whole / share, whole - right, share))


def _percent_change(rng: random.Random) -> Exercise:
    old, change = rng.randrange(2, 10) * 20, rng.choice((5, 10, 20, 25))
    new = old + old * change / 100
    stem = f"A price rises from {old} to {new:g}. By how many per cent?"
    return Exercise(stem, change, (new - old, round(100 * (new - old) / new, 1), 100 + change))


def _probability(rng: random.Random) -> Exercise:
    whole = rng.choice((4, 5, 8, 10, 20))
    good = rng.randrange(1, whole - 1)
    stem = f"A bag has {good} red and {whole - good} blue balls. How likely is a red one? Give a number from 0 to 1."
    return Exercise(stem, good / whole, (round(good / (whole - good), 3), 0.5, good))


def _expected_value(rng: random.Random) -> Exercise:
    gain, chance = rng.randrange(2, 20) * 5, rng.choice((0.1, 0.2, 0.4, 0.5))
    stem = f"You win {gain} with probability {chance}. What is the game worth on average?"
    return Exercise(stem, gain * chance, (gain, gain + chance, chance))


EXERCISES: dict[str, Callable[[random.Random], Exercise]] = {
    "mean": _mean,
    "median": _median,
    "range": _range,
    "outliers": _outliers,
    "percentages": _percentages,
    "percent change": _percent_change,
    "probability": _probability,
    "expected value": _expected_value,
}
MISTAKES = (0.55, 0.3, 0.15)
"""How likely the first, second and third mistake is among wrong answers."""


def make_item(rng: random.Random, component: str, chooses: bool) -> Item:
    """An item on a component: a number to be typed, or one to be chosen among four."""
    exercise = EXERCISES[component](rng)
    while len({exercise.right, *exercise.mistakes}) < 4:
        exercise = EXERCISES[component](rng)
    if not chooses:
        return NumericItem(stem=exercise.stem, value=exercise.right, tolerance=0.01)
    options = [Option(id=f"o{at}", text=f"{one:g}") for at, one in enumerate((exercise.right, *exercise.mistakes))]
    rng.shuffle(options)
    return ChoiceItem(kind=Kind.SINGLE, stem=exercise.stem, options=options, right=["o0"])


def respond(rng: random.Random, item: Item, is_right: bool) -> Response:
    """An answer that is right, or wrong by one of the mistakes."""
    wrong = rng.choices((1, 2, 3), MISTAKES)[0]
    if isinstance(item, ChoiceItem):
        return Response(chosen=["o0" if is_right else f"o{wrong}"])
    if isinstance(item, NumericItem):
        return Response(text=f"{item.value if is_right else item.value + wrong:g}")
    raise TypeError("simulated items are choices and numbers")


def _listed(values: list[int]) -> str:
    return f"{', '.join(map(str, values[:-1]))} and {values[-1]}"
