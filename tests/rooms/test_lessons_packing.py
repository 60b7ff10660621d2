"""The order in which a run's steps are begun."""

import random

from app.lessons.runs.packing import BEGINNING, in_order


def test_steps_begin_in_the_order_of_pages_and_the_last_are_packed() -> None:
    assert in_order([9, 1, 5], 1) == [0, 1, 2]
    assert in_order([], 4) == []
    long_run = in_order([10] * 20 + [100, 10, 10, 100, 10, 10], 2)
    assert long_run[:20] == list(range(20))
    assert sorted(long_run[20:]) == list(range(20, 26))


def makespan(weights: list[int], order: list[int], places: int) -> int:
    free = [0] * places
    for step in order:
        free.sort()
        free[0] += weights[step] + BEGINNING
    return max(free)


def test_packed_steps_end_together_where_pages_in_order_would_not() -> None:
    for seed in range(20):
        chance = random.Random(seed)
        weights = [24 * chance.choice((2, 3, 4, 5, 6)) for _ in range(40)]
        order = in_order(weights, 16, 1)
        assert sorted(order) == list(range(40))
        assert order[0] == 0
        least = (sum(weights) + 40 * BEGINNING) / 16
        assert makespan(weights, order, 16) <= 1.18 * least
        assert makespan(weights, order, 16) <= makespan(weights, list(range(40)), 16)
