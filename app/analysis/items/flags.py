"""What a question's figures ask its author to look at, in words."""

import math
from enum import StrEnum

from pydantic import BaseModel

from app.analysis.intervals import Interval
from app.analysis.items.classical import Option

ENOUGH = 20
"""Fewer answers than these raise no flag but that they are few."""
EASY, HARD = 0.95, 0.2
LITTLE = 0.1
FEW_CHOSE = 0.02
SURE = 2.6
"""Standard errors beyond which a difference is no chance, with several options of many questions being looked at."""


class Sort(StrEnum):
    """What is the matter, the gravest first."""

    KEY = "key"
    BACKWARDS = "backwards"
    HARD = "hard"
    LITTLE = "tells little"
    EASY = "easy"
    UNUSED = "unused option"
    FEW = "few answers"


class Flag(BaseModel):
    """One thing to look at: `weight` is from 0 to 1."""

    sort: Sort
    words: str
    weight: float


def letter(place: int) -> str:
    """An option's letter by its place from 1."""
    return chr(64 + place) if 1 <= place <= 26 else str(place)


def flags_of(hard: Interval, telling: Interval, options: list[Option], count: int = 0) -> list[Flag]:
    """The flags of a question, the gravest first; `count` is how many options it has, where that is known."""
    if hard.n < ENOUGH:
        return [Flag(sort=Sort.FEW, words=f"Only {hard.n} answers so far: too few to judge it.", weight=0.0)]
    found = [*_key(options, hard.n), *_telling(telling), *_level(hard), *_unused(options, count)]
    return sorted(found, key=lambda one: -one.weight)


def _key(options: list[Option], n: int) -> list[Flag]:
    """An option beside the key that the stronger ones choose: its choosers earn clearly more elsewhere."""
    keys = [one for one in options if one.is_key and math.isfinite(one.rest)]
    if len(keys) != 1:
        return []
    key = keys[0]
    least = max(5, 0.05 * n)
    rivals = [one for one in options if not one.is_key and one.n >= least and _is_clearly_above(one, key)]
    if not rivals:
        return []
    best = max(rivals, key=lambda one: one.rest)
    words = (
        f"Option {letter(best.place)} is chosen by the strongest: check the key. Its choosers earn {best.rest:.0%} of "
        f"the rest of the test, those of the key ({letter(key.place)}) {key.rest:.0%}."
    )
    return [Flag(sort=Sort.KEY, words=words, weight=0.9)]


def _is_clearly_above(one: Option, key: Option) -> bool:
    """Whether an option's choosers earn more elsewhere than the key's, beyond chance."""
    return one.rest - key.rest > SURE * math.hypot(one.rest_error, key.rest_error)


def _telling(telling: Interval) -> list[Flag]:
    if not math.isfinite(telling.value):
        return []
    if telling.high < 0:
        words = "Those who know more get it wrong more often: check the key and the wording."
        return [Flag(sort=Sort.BACKWARDS, words=words, weight=0.85)]
    if telling.high < 2 * LITTLE or (telling.value < LITTLE and telling.n >= 5 * ENOUGH):
        words = "It hardly tells those who know from those who do not."
        return [Flag(sort=Sort.LITTLE, words=words, weight=0.4)]
    return []


def _level(hard: Interval) -> list[Flag]:
    if hard.low > EASY or hard.value == 1:
        return [Flag(sort=Sort.EASY, words=f"Nearly everybody ({hard.value:.0%}) gets it right.", weight=0.2)]
    if hard.high < HARD or hard.value == 0:
        words = f"Hardly anybody ({hard.value:.0%}) gets it right: was it taught, and is the key right?"
        return [Flag(sort=Sort.HARD, words=words, weight=0.6)]
    return []


def _unused(options: list[Option], count: int) -> list[Flag]:
    shares = {one.place: one.chosen.value for one in options if not one.is_key}
    places = {*shares, *(place for place in range(1, count + 1) if all(one.place != place for one in options))}
    idle = [letter(one) for one in sorted(places) if shares.get(one, 0.0) < FEW_CHOSE]
    if not options or not idle:
        return []
    named = f"Option {idle[0]}" if len(idle) == 1 else f"Options {', '.join(idle[:-1])} and {idle[-1]}"
    return [Flag(sort=Sort.UNUSED, words=f"{named} nobody or hardly anybody chooses.", weight=0.15)]
