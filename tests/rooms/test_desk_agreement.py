"""Cohen's kappa against tables worked out by hand, and the coding schemes as they are written."""

import numpy as np
import pytest

from app.records.desk.agreement import agreement, cohen
from app.records.desk.schemes import CANNOT, scheme_named, schemes


def test_kappa_and_its_error_by_hand() -> None:
    """Shares .4 .1 / .2 .3: o = .7, e = .5·.6 + .5·.4 = .5, so kappa = .2 / .5 = .4.

    A = .4 (1 - 1.1·.6)² + .3 (1 - .9·.6)² = .10972; B = .36 (.1 (.6 + .5)² + .2 (.4 + .5)²) = .10188;
    C = (.4 - .5·.6)² = .01; variance = .2016 / (50 · .25) = .016128.
    """
    kappa, error = cohen(np.array([[20.0, 5.0], [10.0, 15.0]]))
    assert kappa == pytest.approx(0.4)
    assert error == pytest.approx(0.016128**0.5)


def test_three_codes_by_hand() -> None:
    """o = 75/100, e = (30·35 + 40·35 + 30·30) / 10⁴ = .335, kappa = .415 / .665."""
    kappa, error = cohen(np.array([[25.0, 3.0, 2.0], [6.0, 28.0, 6.0], [4.0, 4.0, 22.0]]))
    assert kappa == pytest.approx(0.415 / 0.665)
    assert error is not None
    assert 0.05 < error < 0.08


@pytest.mark.parametrize(
    ("table", "kappa"),
    [([[0, 0], [0, 0]], None), ([[9, 0], [0, 0]], None), ([[5, 0], [0, 5]], 1.0), ([[0, 5], [5, 0]], -1.0)],
)
def test_where_kappa_is_undefined_or_at_its_ends(table: list[list[int]], kappa: float | None) -> None:
    assert cohen(np.array(table, dtype=float))[0] == kappa


def test_only_what_both_coded_counts_and_each_code_is_told() -> None:
    first = {1: "a", 2: "a", 3: "b", 4: "b", 5: "-", 6: "a"}
    second = {1: "a", 2: "b", 3: "b", 4: "b", 5: "a", 7: "b"}
    found = agreement(first, second, ["a", "b", "c"], apart="-")
    assert (found.units, found.apart, found.percent) == (4, 1, 0.75)
    assert found.kappa == pytest.approx(0.5)
    assert found.low is not None
    assert found.high is not None
    assert -1 <= found.low < 0.5 < found.high <= 1
    a, b, c = found.codes
    assert (a.first, a.second, a.both, a.share) == (2, 1, 1, pytest.approx(2 / 3))
    assert (b.share, c.share, c.kappa) == (pytest.approx(0.8), None, None)
    assert agreement({}, {}, ["a"]).kappa is None


def test_the_schemes_are_whole() -> None:
    assert {name: len(one.codes) for name, one in schemes().items()} == {
        "activities": 7,
        "flanders": 10,
        "functions": 4,
        "inquiry": 6,
    }
    for one in schemes().values():
        assert one.speakers in ("students", "agents", "all")
        assert all(code.says and code.examples and len(code.key) == 1 and code.name != CANNOT for code in one.codes)
    assert [code.key for code in scheme_named("flanders").codes] == [*"1234567890"]
    assert [code.key for code in scheme_named("activities").codes] == [*"1234567"]
