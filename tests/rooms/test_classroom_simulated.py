"""Simulated students attend; what must hold of every class is checked on its whole log."""

import pytest
from manners import KINDS
from parts import Services
from simulated import attend, faults, simulate, simulated_lesson
from stub_model import StubModel


@pytest.mark.parametrize("kind", list(KINDS))
def test_classes_hold_what_must_always_hold(db: Services, stub: StubModel, kind: str) -> None:
    made = simulated_lesson()
    for seed in range(2):
        faults(stub, seed)
        report = attend(made, kind, seed)
        assert report.breaches == [], report


@pytest.mark.heavy
def test_a_hundred_classes(db: Services, stub: StubModel) -> None:
    assert [line for report in simulate(100, stub) for line in report.breaches] == []
