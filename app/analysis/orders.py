"""Orders of topics that keep every prerequisite before what needs it: all of them, or the best that a search finds."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy

from app.analysis.designer import Distances, score, scores
from app.analysis.source import Floats, Ints
from app.base.errors import Invalid

MOST_LISTED = 9
"""Up to so many topics every order is looked at (362,880 of them); for more a beam search finds good ones."""
BEAM = 400
BRANCHES = 6
IMPROVED = 40
"""How many first halves are kept at each step, how many ends of each are tried on either side, and how many of the
whole orders are looked at for swaps that make them better."""

Edge = tuple[int, int]


class Ranked(NamedTuple):
    """Orders with their scores, the best first; equal ones in the order of their numbers. `is_whole`: none is left
    out."""

    orders: Ints
    scores: Floats
    is_whole: bool


def find_cycle(count: int, edges: Iterable[Edge]) -> list[int]:
    """Topics that stand before one another in a circle, the first one again at the end; empty where there is none."""
    after: dict[int, list[int]] = {}
    for before, later in edges:
        after.setdefault(before, []).append(later)
    state = [0] * count  # 0 not seen, 1 on the way, 2 done
    for start in range(count):
        way: list[tuple[int, Iterator[int]]] = []
        if state[start] == 0:
            state[start] = 1
            way.append((start, iter(after.get(start, ()))))
        while way:
            here, rest = way[-1]
            step = next(rest, None)
            if step is None:
                state[here] = 2
                way.pop()
            elif state[step] == 1:
                names = [one for one, _ in way]
                return [*names[names.index(step) :], step]
            elif state[step] == 0:
                state[step] = 1
                way.append((step, iter(after.get(step, ()))))
    return []


def need_no_cycle(names: Sequence[str], edges: Iterable[Edge]) -> None:
    """Raise Invalid, naming the topics, where some stand before one another in a circle."""
    circle = find_cycle(len(names), edges)
    if circle:
        told = " before ".join(f"“{names[one]}”" for one in circle)
        raise Invalid(f"These would go round in a circle: {told}. Remove one of these steps first.")


def every_order(count: int, edges: Sequence[Edge] = ()) -> Iterator[tuple[int, ...]]:
    """All orders that keep the edges, in the order of their numbers."""
    before: list[set[int]] = [set() for _ in range(count)]
    for one, later in edges:
        before[later].add(one)
    order: list[int] = []
    used: set[int] = set()

    def go_on() -> Iterator[tuple[int, ...]]:
        if len(order) == count:
            yield tuple(order)
            return
        for one in range(count):
            if one not in used and before[one] <= used:
                order.append(one)
                used.add(one)
                yield from go_on()
                used.remove(order.pop())

    return go_on()


def keeps(order: Sequence[int], edges: Iterable[Edge]) -> bool:
    """Whether an order has every prerequisite before what needs it."""
    place = {one: at for at, one in enumerate(order)}
    return all(place[before] < place[later] for before, later in edges if before in place and later in place)


def best_orders(distances: Distances, edges: Sequence[Edge] = (), most: int = 20) -> Ranked:
    """The best orders by the Designer's score that keep the edges, which must be free of circles."""
    count = len(distances.rows)
    if count <= MOST_LISTED:
        orders = numpy.array(list(every_order(count, edges)), dtype=numpy.int64)
        return _ranked(orders, scores(distances, orders), most, True)
    orders = numpy.array(sorted(_search(distances, edges)), dtype=numpy.int64)
    return _ranked(orders, scores(distances, orders), most, False)


def _ranked(orders: Ints, found: Floats, most: int, is_whole: bool) -> Ranked:
    best = numpy.argsort(-numpy.round(found, 12), kind="stable")[:most]
    return Ranked(orders[best], found[best], is_whole and len(orders) <= most)


class _Half(NamedTuple):
    """An order from both ends inwards: its first topics, its last ones (the very last first), and the sum so far."""

    front: tuple[int, ...]
    back: tuple[int, ...]
    total: float


def _search(distances: Distances, edges: Sequence[Edge]) -> set[tuple[int, ...]]:
    """Grow orders from both ends, as the score pairs them, keeping the best BEAM at each step."""
    count = len(distances.rows)
    before: list[set[int]] = [set() for _ in range(count)]
    after: list[set[int]] = [set() for _ in range(count)]
    for one, later in edges:
        before[later].add(one)
        after[one].add(later)
    beam = [_Half((one,), (), 1 - float(distances.variances[one])) for one in range(count) if not before[one]]
    for _ in range(math.ceil((count - 1) / 2)):
        grown = [more for half in beam for more in _grow(distances, half, before, after)]
        beam = sorted(grown, key=lambda half: (-half.total, half.front, half.back))[:BEAM]
    found = [(*half.front, *reversed(half.back)) for half in beam]
    return {*found, *(_improved(distances, order, edges) for order in found[:IMPROVED])}


def _grow(distances: Distances, half: _Half, before: list[set[int]], after: list[set[int]]) -> Iterator[_Half]:
    used = {*half.front, *half.back}
    rest = [one for one in range(len(before)) if one not in used]
    row = distances.rows[half.front[-1]]
    if len(rest) == 1:
        yield _Half((*half.front, *rest), half.back, half.total + 1)
        return
    first, last = set(half.front), set(half.back)
    starts = sorted((one for one in rest if before[one] <= first), key=lambda one: -row[one])
    ends = sorted((one for one in rest if after[one] <= last), key=lambda one: row[one])
    for end in ends[:BRANCHES]:
        for start in starts[:BRANCHES]:
            if end != start:
                gain = 1 - float(row[end]) + float(row[start])
                yield _Half((*half.front, start), (*half.back, end), half.total + gain)


def _improved(distances: Distances, order: tuple[int, ...], edges: Sequence[Edge]) -> tuple[int, ...]:
    """The order after swaps of two topics, as long as one makes it better and keeps the edges."""
    best, value = order, score(distances, order)
    for one in range(len(order)):
        for other in range(one + 1, len(order)):
            tried = list(best)
            tried[one], tried[other] = tried[other], tried[one]
            found = score(distances, tried)
            if found > value + 1e-12 and keeps(tried, edges):
                best, value = tuple(tried), found
    return best
