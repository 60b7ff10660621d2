"""Leases: renewed while held, told of cancelling, and left alone once another holds the turn."""

import time
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from making import Made, make_lesson
from parts import Services

from app.base.db import new_id, now, unit_of_work
from app.base.settings import get_settings
from app.base.stream import set_flag
from app.classroom import service as classroom
from app.classroom.log.writing import OpenLog
from app.classroom.models import ClassSession
from app.classroom.schema import Body, Draft, Kind, Voice
from app.classroom.turns import lease


@pytest.fixture
def made(db: Services, monkeypatch: pytest.MonkeyPatch) -> Made:
    monkeypatch.setattr(get_settings(), "lease_seconds", 1.0)
    return make_lesson()


def claimed(made: Made) -> tuple[UUID, UUID]:
    """A class with an open turn whose claim is about to run out: (class, turn)."""
    turn = new_id()
    with unit_of_work() as session:
        class_id = classroom.open_class(session, made.student, made.lesson_id, pace=0)
        log = OpenLog.lock(session, class_id)
        log.append(Draft(kind=Kind.TURN, voice=Voice.TUTOR, body=Body(turn=turn, page=1)))
        log.row.due_at = now() + timedelta(seconds=0.3)
    return class_id, turn


def due(class_id: UUID) -> datetime:
    """When the claim may be taken over."""
    with unit_of_work() as session:
        at = session.get_one(ClassSession, class_id).due_at
    assert at is not None
    return at


def left(class_id: UUID) -> float:
    """Seconds until the claim may be taken over."""
    return (due(class_id) - now()).total_seconds()


def renewed(class_id: UUID, before: datetime) -> datetime:
    """Wait until the claim's deadline is later than before."""
    ends = time.monotonic() + 15
    while (at := due(class_id)) <= before:
        assert time.monotonic() < ends, "it is not renewed"
        time.sleep(0.02)
    return at


def test_a_held_turn_is_renewed_and_a_dropped_one_is_not(made: Made) -> None:
    class_id, turn = claimed(made)
    at = due(class_id)
    with lease.hold(class_id, turn):
        for _ in range(3):
            at = renewed(class_id, at)
    time.sleep(1.3)
    assert left(class_id) < 0


def test_a_turn_that_another_took_over_is_not_renewed(made: Made) -> None:
    class_id, _ = claimed(made)
    with lease.hold(class_id, new_id()):
        time.sleep(0.8)
    assert left(class_id) < 0


def test_cancelling_is_noticed(made: Made) -> None:
    class_id, turn = claimed(made)
    with lease.hold(class_id, turn) as held:
        assert not held.cancelled
        set_flag(f"cancel:{turn}", 10)
        ends = time.monotonic() + 3
        while not held.cancelled and time.monotonic() < ends:
            time.sleep(0.02)
        assert held.cancelled
