"""The order in which a run's steps are begun, so that all places at the model come to their end at about the same time.

Steps begin in the order of pages. Only the last of them are packed, by length: begun in the order of pages they would
end with a long page that everything waits for. Packing is first-fit decreasing under the lowest height at which it fits
(MULTIFIT; Coffman, Garey and Johnson 1978); within a place steps keep the order of pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

TAIL = 3
"""So many rounds of all places are packed at the end of a run."""
BEGINNING = 8
"""What a step takes besides the tokens it says, in tokens: the way there, the first token, the way back."""
TRIES = 12


@dataclass
class Place:
    """What one place at the model does one after the other."""

    height: int = 0
    steps: list[int] = field(default_factory=list)


def in_order(weights: Sequence[int], places: int, first: int = 0) -> list[int]:
    """The indices of steps in the order in which they are begun, given the tokens each will say, in the order of pages.

    The `first` ones, those of the first page, stay at the beginning.
    """
    head = len(weights) - TAIL * places if places > 1 else len(weights)
    tail = range(max(0, head), len(weights))
    lengths = {step: weights[step] + BEGINNING for step in tail}
    planned: list[tuple[bool, int, int]] = []
    for place in _packed(lengths, places) if tail else []:
        begins = 0
        for step in sorted(place.steps):
            planned.append((step >= first, begins, step))
            begins += lengths[step]
    return [*range(max(0, head)), *(step for _, _, step in sorted(planned))]


def _packed(weights: dict[int, int], places: int) -> list[Place]:
    """The steps in so many places, the highest of which is as low as first-fit decreasing makes it."""
    falling = sorted(weights, key=lambda step: (-weights[step], step))
    low = max(weights[falling[0]], sum(weights.values()) // places)
    high = 2 * low + 1
    best = _fit(weights, falling, places, high)
    for _ in range(TRIES):
        middle = (low + high) // 2
        if found := _fit(weights, falling, places, middle):
            best, high = found, middle
        else:
            low = middle + 1
    return best


def _fit(weights: dict[int, int], falling: list[int], places: int, most: int) -> list[Place]:
    """Each step in the first place where it does not go beyond `most`; nothing where one fits nowhere."""
    found: list[Place] = []
    for step in falling:
        place = next((one for one in found if one.height + weights[step] <= most), None)
        if place is None:
            if len(found) == places:
                return []
            place = Place()
            found.append(place)
        place.height += weights[step]
        place.steps.append(step)
    return found
