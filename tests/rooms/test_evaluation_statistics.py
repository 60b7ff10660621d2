"""Figures with intervals: what bootstrap, length control, F1 and paired tests say of numbers that are known."""

import random

import pytest
from scipy import stats

from app.alignment.evaluation.statistics import compared, estimate, length_controlled, macro_f1, mcnemar, mean_of
from app.alignment.serving.sequential import always_valid_p


def test_an_interval_is_of_conversations_and_not_of_turns() -> None:
    wins = [float(one) for one in [1] * 50 + [0] * 50]
    apart = estimate([str(n) for n in range(100)], mean_of(wins))
    together = estimate([str(n // 25) for n in range(100)], mean_of(wins))
    assert apart
    assert together
    assert apart.value == together.value == 0.5
    assert (together.groups, together.n) == (4, 100)
    assert together.high - together.low > 2 * (apart.high - apart.low)
    assert apart.low == pytest.approx(0.5 - 1.96 * 0.05, abs=0.03)


def test_all_right_is_not_certainty_and_nothing_is_no_figure() -> None:
    found = estimate([str(n) for n in range(10)], mean_of([1.0] * 10))
    assert found
    assert found.low == pytest.approx(0.722, abs=0.01)
    assert estimate([], mean_of([])) is None


def test_a_preference_that_is_length_alone_is_gone_when_length_is_controlled() -> None:
    chance = random.Random(1)
    longer = [chance.gauss(-10, 8) for _ in range(300)]
    by_length = [difference < 0 for difference in longer]
    noise = [chance.random() < 0.1 for _ in longer]
    wins = [win != flip for win, flip in zip(by_length, noise, strict=True)]
    groups = [str(n) for n in range(300)]
    raw, held = (
        estimate(groups, mean_of([float(win) for win in wins])),
        estimate(groups, length_controlled(wins, longer)),
    )
    assert raw
    assert held
    assert raw.low > 0.75
    assert held.low < 0.5 < held.high


def test_a_real_preference_stays_when_length_is_controlled() -> None:
    chance = random.Random(2)
    longer = [chance.gauss(-10, 8) for _ in range(300)]
    wins = [chance.random() < 0.75 for _ in longer]
    found = estimate([str(n) for n in range(300)], length_controlled(wins, longer))
    assert found
    assert found.low > 0.6


def test_no_class_is_dropped_from_macro_f1() -> None:
    wanted, said = ["a", "a", "b", "c"], ["a", "a", "b", ""]
    found = estimate(["1", "2", "3", "4"], macro_f1(wanted, said))
    assert found
    assert found.value == pytest.approx(2 / 3)  # a and b are right, c is never said: not left out


def test_a_paired_comparison_sees_what_two_intervals_hide() -> None:
    chance = random.Random(3)
    first = [chance.random() < 0.5 for _ in range(200)]
    second = [one or chance.random() < 0.15 for one in first]
    groups = [str(n) for n in range(200)]
    one, other = mean_of([float(x) for x in first]), mean_of([float(x) for x in second])
    found = compared(groups, one, other)
    assert found
    assert found.low > 0
    assert estimate(groups, other).low < estimate(groups, one).high  # type: ignore[union-attr]
    gained = sum(b and not a for a, b in zip(first, second, strict=True))
    assert mcnemar(first, second) == pytest.approx(stats.binomtest(0, gained).pvalue)


def test_the_sequential_test_holds_its_level_however_often_it_looks_and_finds_harm() -> None:
    def ended(second_rate: float, seed: int) -> bool:
        chance = random.Random(seed)
        one, other = [], []
        for _ in range(60):  # a look after every two learners with ten turns each
            one.append(sum(chance.random() < 0.05 for _ in range(10)) / 10)
            other.append(sum(chance.random() < second_rate for _ in range(10)) / 10)
            first, second = _told(one), _told(other)
            if always_valid_p(*first, *second) < 0.05:
                return True
        return False

    assert sum(ended(0.05, seed) for seed in range(200)) <= 10
    assert sum(ended(0.35, seed) for seed in range(50)) >= 45


def _told(rates: list[float]) -> tuple[float, float, int]:
    mean = sum(rates) / len(rates)
    return mean, sum((one - mean) ** 2 for one in rates) / max(1, len(rates) - 1), len(rates)
