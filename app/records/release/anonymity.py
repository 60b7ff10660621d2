"""k-anonymity: every combination of quasi-identifiers that is told holds for at least k people.

Each step goes only as far as it must. Bands are made coarser for all while more than a tenth of the people stand out;
then whoever still stands out has single values told as "other"; if too few are told so, some of a large group join
them; and where no group is large enough for that, who stands out is left out. Pure.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import TypeVar
from uuid import UUID

from app.records.release.schema import Quasi

OTHER = "other"
NONE = "none"
STANDING_OUT = 0.1
"""Up to this share of the people is helped one by one; more of them, and the bands are made coarser for all."""

Raw = str | int | datetime | None
P = TypeVar("P", str, UUID)


@dataclass(frozen=True)
class Bands:
    """One way of telling a value: what the bands are called, and the band of a value."""

    words: str
    band: Callable[[Raw], str]


def _as_it_is(value: Raw) -> str:
    return NONE if value is None else str(value)


def _counts(*edges: int) -> Bands:
    """Bands of a count by their lower edges, the first of which is 0 or 1: "1-9", the last "10+"."""
    names = [str(low) if low == high - 1 else f"{low}-{high - 1}" for low, high in pairwise(edges)]
    names.append(f"{edges[-1]}+")

    def band(value: Raw) -> str:
        count = value if isinstance(value, int) else 0
        return names[max((at for at, low in enumerate(edges) if count >= low), default=0)]

    return Bands(", ".join(names), band)


def _months(words: str, months: int) -> Bands:
    """Bands of a time: as many months of a year together."""
    letters = {1: "", 3: "Q", 6: "H"}

    def band(value: Raw) -> str:
        if not isinstance(value, datetime):
            return NONE
        part = (value.month - 1) // months + 1
        if months == 12:
            return f"{value.year}"
        return f"{value.year}-{part:02}" if months == 1 else f"{value.year}-{letters[months]}{part}"

    return Bands(words, band)


LADDERS: dict[Quasi, tuple[Bands, ...]] = {
    Quasi.ROLE: (Bands("as it is", _as_it_is),),
    Quasi.COURSES: (_counts(0, 1, 2, 3, 4, 5), _counts(0, 1, 2, 4), _counts(0, 2)),
    Quasi.FIRST_ACTIVE: (_months("month", 1), _months("quarter", 3), _months("half-year", 6), _months("year", 12)),
    Quasi.ACTIVITY: (_counts(0, 1, 10, 30, 100, 300), _counts(0, 10, 100), _counts(0, 10)),
}
"""The bands of each quasi-identifier, the finest first."""


@dataclass
class Outcome:
    """Who stays, with what is told of them; the bands used; how many values were told as "other"; who is left out."""

    told: dict[Quasi, list[str]] = field(default_factory=dict)
    bands: dict[Quasi, str] = field(default_factory=dict)
    cells: dict[Quasi, int] = field(default_factory=dict)
    dropped: int = 0
    reached: int = 0


def anonymise(
    people: Mapping[P, Mapping[Quasi, Raw]], quasi: Sequence[Quasi], k: int
) -> tuple[dict[P, dict[Quasi, str]], Outcome]:
    """What may be told of each person who stays, and what it cost. `reached` is the smallest group, 0 for nobody."""
    levels = _levels(people, quasi, k)
    told = {person: _told(raw, levels) for person, raw in people.items()}
    before = {name: [one[name] for one in told.values()] for name in quasi}
    cells = _suppress(told, quasi, k)
    kept = {person: told[person] for person in told if person not in set(_small(told, k))}
    sizes = Counter(_key(one) for one in kept.values())
    for person in told.keys() - kept.keys():
        for name in quasi:
            cells[name] -= told[person][name] == OTHER
    return kept, Outcome(
        told=before,
        bands={name: LADDERS[name][level].words for name, level in levels.items()},
        cells=cells,
        dropped=len(told) - len(kept),
        reached=min(sizes.values(), default=0),
    )


def entropy(values: Sequence[str]) -> float:
    """Bits of surprise in a column; 0 where all are alike."""
    sizes = Counter(values).values()
    total = sum(sizes)
    return sum(-size / total * math.log2(size / total) for size in sizes) if total else 0.0


def _told(raw: Mapping[Quasi, Raw], levels: Mapping[Quasi, int]) -> dict[Quasi, str]:
    return {name: LADDERS[name][level].band(raw.get(name)) for name, level in levels.items()}


def _key(told: Mapping[Quasi, str]) -> tuple[str, ...]:
    return tuple(told.values())


def _small(told: Mapping[P, Mapping[Quasi, str]], k: int) -> list[P]:
    """Who is in a group of fewer than k."""
    sizes = Counter(_key(one) for one in told.values())
    return [person for person, one in told.items() if sizes[_key(one)] < k]


def _levels(people: Mapping[P, Mapping[Quasi, Raw]], quasi: Sequence[Quasi], k: int) -> dict[Quasi, int]:
    """How coarse each quasi-identifier must be told, so that no more than a tenth of the people stand out."""

    def standing_out(levels: dict[Quasi, int]) -> int:
        return len(_small({person: _told(raw, levels) for person, raw in people.items()}, k))

    levels = dict.fromkeys(quasi, 0)
    while standing_out(levels) > STANDING_OUT * len(people):
        coarser = [{**levels, name: levels[name] + 1} for name in quasi if levels[name] + 1 < len(LADDERS[name])]
        if not coarser:
            break
        levels = min(coarser, key=standing_out)
    return levels


def _suppress(told: dict[P, dict[Quasi, str]], quasi: Sequence[Quasi], k: int) -> dict[Quasi, int]:
    """Tell single values of those who stand out as "other", the column of most values first."""
    cells = dict.fromkeys(quasi, 0)
    variety = {name: len({one[name] for one in told.values()}) for name in quasi}
    for name in sorted(quasi, key=lambda one: -variety[one]):
        for person in _small(told, k):
            cells[name] += told[person][name] != OTHER
            told[person][name] = OTHER
    for person in _joining(told, k):
        for name in quasi:
            cells[name] += told[person][name] != OTHER
            told[person][name] = OTHER
    return cells


def _joining(told: dict[P, dict[Quasi, str]], k: int) -> list[P]:
    """Who joins those who stand out although nothing is told of them: so many of the largest group that can spare them.
    They are the last by name, which tells nothing of them.
    """
    lonely = _small(told, k)
    if not lonely:
        return []
    missing = k - len(lonely)
    ((group, size),) = Counter(_key(one) for one in told.values()).most_common(1)
    some = sorted((person for person, one in told.items() if _key(one) == group), key=str)
    return some[-missing:] if missing > 0 and size - missing >= k else []
