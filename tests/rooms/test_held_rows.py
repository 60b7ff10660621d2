"""A transaction that hangs with a class's row held: who waits fails soon and clearly, others go on, and it is ended."""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from logs import log_of
from making import Made, make_lesson, make_person
from parts import Services
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from stub_model import StubModel

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.analysis.learners import service as learners
from app.base.db import get_engine, is_held, run_sql, take_time, unit_of_work
from app.base.embedded.address import kept_environment, use_environment
from app.base.queue import get_redis
from app.base.stream import clear_flag, flag_is_up, set_flag
from app.classroom import service as classroom
from app.classroom.log.writing import OpenLog
from app.classroom.models import ClassSession
from app.classroom.schema import Activity, Kind
from app.classroom.turns import turn
from app.cli.migrate import upgrade
from app.records import service as records
from workers import tasks, turns

SOON = 60
"""Seconds after which a test says that something waits without end."""


@pytest.fixture
def made(db: Services, stub: StubModel) -> Iterator[Made]:
    with kept_environment():
        use_environment({"LYCEUM_LOCK_SECONDS": "0.2"})
        yield make_lesson()


def open_class(made: Made, who: Who) -> UUID:
    with unit_of_work() as session:
        class_id = classroom.open_class(session, who, made.lesson_id, pace=0)
        classroom.set_activity(session, who, class_id, Activity.OFF)
    set_flag(f"present:{class_id}", 60)
    return class_id


@pytest.fixture
def classes(made: Made) -> tuple[UUID, UUID]:
    """Two classes whose turn it is."""
    other = make_person("kim@school.test")
    with unit_of_work() as session:
        accounts.enrol(session, made.course_id, other.id, CourseRole.STUDENT)
    return open_class(made, made.student), open_class(made, other)


@contextmanager
def held(class_id: UUID) -> Iterator[None]:
    """Within the block another connection holds the class's row, as one whose host has lost its power does."""
    with get_engine().connect() as connection:
        connection.execute(text("select from class_session where id = :id for update"), {"id": class_id})
        yield


def soon(act: Callable[[], object]) -> object:
    """What an act comes to, which must not wait without end."""
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(act).result(SOON)
    finally:
        pool.shutdown(wait=False)


def due() -> set[UUID]:
    with unit_of_work() as session:
        return set(classroom.due(session, free=True))


def test_a_class_that_is_held_holds_up_no_other_and_goes_on_when_it_is_let_go(
    classes: tuple[UUID, UUID], caplog: pytest.LogCaptureFixture
) -> None:
    stuck, other = classes
    before = log_of(stuck)
    assert due() == {stuck, other}
    with held(stuck):
        assert due() == {other}
        get_redis().delete("live")
        turns.live_sweep()
        assert [str(other) in bell.decode() for bell in get_redis().lrange("live", 0, -1)] == [True]
        with pytest.raises(OperationalError) as found:
            soon(lambda: classroom.take_turn(stuck))
        assert is_held(found.value)
        with caplog.at_level(logging.WARNING):
            soon(lambda: turns.live_turn(str(stuck)))
        assert f"class {stuck} is held" in caplog.text
        soon(lambda: turns.live_turn(str(other)))
        assert len(log_of(other)) > 2
        assert log_of(stuck) == before
    assert stuck in due()
    turns.live_turn(str(stuck))
    assert len(log_of(stuck)) > len(before)


def test_what_was_said_is_kept_when_the_row_is_let_go(
    made: Made, classes: tuple[UUID, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has spoken tries again for longer than a transaction that hangs is left alone."""
    class_id, finish = classes[0], turn._finish_and_go_on
    tried: list[bool] = []

    def finishing(outcome: turn.Outcome, goes_on: bool) -> turn.Step:
        if tried:
            return finish(outcome, goes_on)
        with held(class_id):
            tried.append(True)
            return finish(outcome, goes_on)

    monkeypatch.setattr(turn, "_finish_and_go_on", finishing)
    with unit_of_work() as session:
        asked = classroom.say(session, made.student, class_id, "What does the membrane keep out?", "")
    soon(lambda: classroom.take_turn(class_id))
    assert tried
    assert [one for one in log_of(class_id) if one.body.answers == asked and one.kind is Kind.SAID]


def test_a_class_that_is_held_keeps_no_other_from_being_woken_or_left(
    classes: tuple[UUID, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = classes
    for class_id in classes:
        clear_flag(f"present:{class_id}")
        with unit_of_work() as session:
            session.get_one(ClassSession, class_id).due_at = None
    with held(stuck):
        soon(lambda: classroom.present([stuck, other]))
        assert due() == {other}
        assert [flag_is_up(f"present:{one}") for one in classes] == [False, True]
        seen = []
        monkeypatch.setattr(classroom, "attended", lambda session: [stuck, other])
        monkeypatch.setattr(classroom, "see_off", lambda session, one: seen.append(OpenLog.lock(session, one).row.id))
        soon(tasks.live_absent)
        assert seen == [other]


def by_driver(session: Session) -> None:
    run_sql(session, "select 1", ())


def by_library(session: Session) -> None:
    session.execute(text("select 1"))


@pytest.mark.parametrize("again", [by_driver, by_library, Session.commit])
def test_a_transaction_in_which_nothing_is_done_is_ended(
    classes: tuple[UUID, UUID], again: Callable[[Session], None]
) -> None:
    with kept_environment():
        use_environment({"LYCEUM_IDLE_SECONDS": "0.2", "LYCEUM_LOCK_SECONDS": "20"})
        with Session(get_engine()) as hanging:
            OpenLog.lock(hanging, classes[0])
            with unit_of_work() as session:
                assert OpenLog.lock(session, classes[0]).row.id == classes[0]
            with pytest.raises(OperationalError) as found:
                again(hanging)
        assert found.value.connection_invalidated


def limits() -> list[str]:
    with get_engine().connect() as connection:
        names = ("lock_timeout", "idle_in_transaction_session_timeout", "work_mem")
        return [str(connection.execute(text(f"show {name}")).scalar()) for name in names]


def test_the_limits_are_settings_and_the_address_has_the_last_word(db: Services) -> None:
    its_own = limits()[2]
    assert limits() == ["5s", "1min", its_own]
    with unit_of_work() as session:
        take_time(session)
        assert session.execute(text("show lock_timeout")).scalar() == "10min"
        assert session.execute(text("show idle_in_transaction_session_timeout")).scalar() == "10min"
    assert limits() == ["5s", "1min", its_own]
    address = db.environment["DATABASE_URL"]
    more = f"{address}{'&' if '?' in address else '?'}options=-c%20lock_timeout%3D7s%20-c%20work_mem%3D5MB"
    with kept_environment():
        use_environment({"DATABASE_URL": more})
        assert limits() == ["7s", "1min", "5MB"]
        use_environment({**db.environment, "LYCEUM_LOCK_SECONDS": "0", "LYCEUM_IDLE_SECONDS": "0"})
        assert limits() == ["0", "0", its_own]
        with get_engine().connect() as connection:
            driver: Any = connection.connection.driver_connection
            assert "options" not in driver.info.get_parameters()


HOLD_MARK = "update follow_mark set change = change"
HOLD_ANSWERS = "update bookmark set change = change"
HOLD_TABLES = "select pg_advisory_xact_lock(7421337)"


@pytest.mark.parametrize(
    ("hold", "job"), [(HOLD_MARK, learners.follow), (HOLD_ANSWERS, records.follow_answers), (HOLD_TABLES, upgrade)]
)
def test_what_nobody_waits_for_waits_longer(made: Made, hold: str, job: Callable[[], object]) -> None:
    """Migrations for each other, and jobs that take turns at one list."""
    waits = text("select count(*) from pg_locks where not granted")
    job()
    with ThreadPoolExecutor(1) as pool:
        with get_engine().connect() as other:
            other.execute(text(hold))
            waiting = pool.submit(job)
            while not waiting.done() and not other.execute(waits).scalar():
                time.sleep(0.02)
            time.sleep(0.6)  # longer than anything else waits here
            assert not waiting.done()
        waiting.result(SOON)
    assert limits()[0] == "200ms"
