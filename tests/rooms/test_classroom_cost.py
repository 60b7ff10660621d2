"""What one plain turn costs the stores: bounds on statements, transactions and calls, so that they cannot creep up."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
import pytest
from making import Made, make_lesson
from parts import Services
from redis.connection import AbstractConnection
from sqlalchemy import event
from stub_model import StubModel

from app.base.db import get_engine, unit_of_work
from app.classroom import service as classroom
from app.classroom.schema import Control, Kind

OF_THE_TURN = (b"PUBLISH", b"XADD", b"SET", b"GET", b"EXISTS", b"EVAL", b"EVALSHA", b"LPUSH", b"LLEN")
"""What a turn sends; the rest comes by the clock, as looking for cancelled turns, or with a new connection."""


@pytest.fixture
def made(db: Services, stub: StubModel) -> Made:
    return make_lesson()


def say(made: Made, class_id: UUID, key: str) -> int:
    with unit_of_work() as session:
        return classroom.say(session, made.student, class_id, "What turns sugar into energy?", key)


@pytest.fixture
def class_id(made: Made) -> UUID:
    """A paused class, which only answers; one question was answered, so that what is kept has been read."""
    with unit_of_work() as session:
        found = classroom.open_class(session, made.student, made.lesson_id, pace=0)
        classroom.control(session, made.student, found, Control.PAUSE)
    say(made, found, "first")
    classroom.take_turn(found)
    return found


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Counts what goes to the stores in the block, as "sql", "transactions" and "redis" (packets).

    Not what the keeper of leases does in its own thread: it renews a turn that takes long on a busy machine.
    """
    found: Counter[str] = Counter()

    def count(what: str) -> None:
        found[what] += threading.current_thread().name != "leases"

    send = AbstractConnection.send_packed_command

    def sent(connection: AbstractConnection, command: object, check_health: bool = True) -> None:
        packed = command if isinstance(command, bytes) else b"".join(command)  # type: ignore[call-overload]
        if any(b"\r\n%b\r\n" % word in packed for word in OF_THE_TURN):
            count("redis")
        send(connection, command, check_health)

    def asked(*_: object) -> None:
        count("sql")

    def committed(*_: object) -> None:
        count("transactions")

    execute = psycopg.Connection.execute

    def executed(connection: psycopg.Connection[object], *given: object, **told: object) -> object:
        count("sql")  # what goes to the driver as it is, past SQLAlchemy
        return execute(connection, *given, **told)  # type: ignore[arg-type]

    engine = get_engine()
    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Connection, "execute", executed)
        patch.setattr(AbstractConnection, "send_packed_command", sent)
        event.listen(engine, "before_cursor_execute", asked)
        event.listen(engine, "commit", committed)
        yield found
        event.remove(engine, "before_cursor_execute", asked)
        event.remove(engine, "commit", committed)


def test_a_question_costs_three_statements_and_three_calls(
    made: Made, class_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    with counted(monkeypatch) as cost:
        say(made, class_id, "second")
    assert cost["transactions"] == 1
    assert cost["sql"] <= 3  # lock, was it said before, write
    assert cost["redis"] <= 4  # publish and present flag in one; doorbell with a look at its queue; records' bell


def test_an_answer_costs_two_transactions(made: Made, class_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that claims and one that appends and decides what is next; words on their way are a packet a sentence."""
    seq = say(made, class_id, "second")
    with counted(monkeypatch) as cost:
        classroom.take_turn(class_id)
    with unit_of_work() as session:
        events = classroom.events_after(session, class_id, seq)
    assert [one.kind for one in events] == [Kind.TURN, Kind.SAID]
    assert not events[1].body.fallback
    assert cost["transactions"] == 2
    assert cost["sql"] <= 9  # lock, budget, passages, notes, write; lock, account, prompt, write
    assert cost["redis"] <= 12
