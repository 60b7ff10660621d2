"""The Curriculum Designer: its published formula to the last digit, ties included, and orders under prerequisites."""

import itertools
import json
import math
import random
from argparse import Namespace
from pathlib import Path

import numpy
import pytest

from app.analysis.designer import normalise, ranks, score, scores
from app.analysis.orders import best_orders, every_order, find_cycle, keeps
from app.base.errors import Invalid
from app.cli import analyse_designer
from app.cli.analyse_designer import Asked, answer


def by_hand(matrix: list[list[float]], order: list[int], is_sample: bool = False) -> float:
    """The formula as it is printed, in plain Python, with topics and places counted from 1 as there."""
    rows = [[one / math.fsum(row) for one in row] for row in matrix]
    spreads = []
    for row in rows:
        middle = math.fsum(row) / len(row)
        spreads.append(math.fsum((one - middle) ** 2 for one in row) / (len(row) - is_sample))
    v = [one / math.fsum(spreads) for one in spreads]
    c = dict(enumerate(order, 1))
    length = len(order)
    total = 1 - v[c[1]]
    for i in range(1, math.ceil((length - 1) / 2) + 1):
        total += 1 - rows[c[i]][c[length - i + 1]] + rows[c[i]][c[i + 1]]
    return total


def drawn(count: int, seed: int) -> list[list[float]]:
    rng = random.Random(seed)
    return [[0.0 if a == b else rng.uniform(0.1, 3) for b in range(count)] for a in range(count)]


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6])
def test_every_order_has_the_score_of_the_formula(count: int) -> None:
    matrix = drawn(count, count)
    distances = normalise(matrix)
    orders = list(itertools.permutations(range(count)))
    found = scores(distances, numpy.array(orders))
    assert len(orders) == math.factorial(count)
    for order, value in zip(orders, found, strict=True):
        assert value == pytest.approx(by_hand(matrix, list(order)), abs=1e-12)


def test_which_variance_is_taken_does_not_matter_once_they_are_scaled() -> None:
    matrix, order = drawn(5, 9), [3, 0, 4, 1, 2]
    assert by_hand(matrix, order, is_sample=True) == pytest.approx(by_hand(matrix, order), abs=1e-12)


def test_ties_have_the_same_score_and_share_a_place() -> None:
    alike = [[0.0 if a == b else 1.0 for b in range(4)] for a in range(4)]
    found = scores(normalise(alike), numpy.array(list(itertools.permutations(range(4)))))
    assert numpy.ptp(found) == pytest.approx(0, abs=1e-12)
    assert set(ranks(found)) == {1}
    assert ranks(numpy.array([2.0, 3.0, 2.0, 1.0])) == [2, 1, 2, 4]
    flat = [[1.0] * 3] * 3  # no row varies at all: nobody is more central than others
    assert score(normalise(flat), [0, 1, 2]) == pytest.approx(1 - 1 / 3 + 1)


@pytest.mark.parametrize(
    ("matrix", "words"),
    [([[0]], "two topics"), ([[0, 1]], "square"), ([[0, 0], [1, 0]], "topic 1"), ([[0, math.nan], [1, 0]], "finite")],
)
def test_what_has_no_score_is_told(matrix: list[list[float]], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        normalise(matrix)


def test_orders_keep_prerequisites_and_circles_are_named() -> None:
    edges = [(2, 0), (0, 1)]
    found = list(every_order(4, edges))
    wanted = [one for one in itertools.permutations(range(4)) if keeps(one, edges)]
    assert found == wanted
    assert len(found) == 4
    assert find_cycle(4, edges) == []
    assert find_cycle(4, [*edges, (1, 2)]) == [0, 1, 2, 0]
    assert find_cycle(2, [(1, 1)]) == [1, 1]
    assert find_cycle(3000, [(one, one + 1) for one in range(2999)]) == []


@pytest.mark.parametrize("edges", [[], [(0, 5), (5, 3), (1, 2)]])
def test_the_search_finds_what_looking_at_every_order_finds(edges: list[tuple[int, int]], monkeypatch) -> None:
    for seed in range(4):
        distances = normalise(drawn(8, seed))
        whole = best_orders(distances, edges, most=1)
        monkeypatch.setattr("app.analysis.orders.MOST_LISTED", 1)
        searched = best_orders(distances, edges, most=5)
        monkeypatch.undo()
        assert searched.scores[0] == pytest.approx(whole.scores[0], abs=1e-9)
        assert all(keeps(one, edges) for one in searched.orders.tolist())
    large = best_orders(normalise(drawn(25, 1)), [(at, at + 1) for at in range(9)], most=3)
    assert sorted(large.orders[0].tolist()) == list(range(25))
    assert keeps(large.orders[0].tolist(), [(at, at + 1) for at in range(9)])
    assert not large.is_whole


def test_the_command_scores_what_it_is_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    matrix = drawn(5, 3)
    bare, told = tmp_path / "bare.json", tmp_path / "told.json"
    bare.write_text(json.dumps(matrix))
    told.write_text(json.dumps({"matrix": matrix, "names": list("abcde"), "orders": [list("edcba"), [0, 1, 2, 3, 4]]}))
    out = tmp_path / "out.json"
    assert analyse_designer.run(Namespace(designer=bare, json=out)) == 0
    found = json.loads(out.read_text())
    assert len(found["orders"]) == 120
    for one in found["orders"]:
        assert one["score"] == pytest.approx(by_hand(matrix, one["order"]), abs=1e-9)
    assert analyse_designer.run(Namespace(designer=told, json=out)) == 0
    found = json.loads(out.read_text())
    assert [one["order"] for one in found["orders"]] == [[4, 3, 2, 1, 0], [0, 1, 2, 3, 4]]
    assert found["scores"] == [one["score"] for one in found["orders"]]
    assert "at about chance" in found["caution"]
    assert "e → d → c → b → a" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"orders": [[0, 0]]}, "twice"),
        ({"orders": [["z"]]}, "no topic z"),
        ({"names": ["a", "a", "b"]}, "no two alike"),
        ({"prerequisites": [[0, 1], [1, 0]]}, "circle"),
    ],
)
def test_a_wrong_wish_is_answered_with_a_sentence(given: dict[str, object], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        answer(Asked.model_validate({"matrix": drawn(3, 1), **given}))


def test_with_prerequisites_only_orders_that_keep_them_are_told() -> None:
    found = answer(Asked(matrix=drawn(4, 2), prerequisites=[(3, 0)]))
    assert len(found.orders) == 12
    assert all(one.order.index(3) < one.order.index(0) for one in found.orders)
