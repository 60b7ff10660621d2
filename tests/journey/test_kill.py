"""kill -9 in mid-answer: the class goes on, and its log has no lost and no doubled words."""

import time
from collections.abc import Callable
from uuid import UUID

import httpx
import pytest
from making import PASSWORD, Made, make_lesson
from parts import Services, Web
from sqlalchemy.exc import OperationalError
from stub_model import Scripted, StubModel

from app.base.db import unit_of_work
from app.base.embedded.processes import Child
from app.base.stream import set_flag
from app.classroom import service as classroom
from app.classroom.log.folding import fold
from app.classroom.schema import ClassEvent, Kind
from app.cli.teach_client import Visitor

pytestmark = pytest.mark.journey

SLOW = "A membrane surrounds each cell. It lets water in and keeps harmful things out."
PATIENCE = 60.0


@pytest.fixture
def made(db: Services, stub: StubModel, worker: Child) -> Made:
    stub.script(Scripted(match="keep out", reply=SLOW, tokens_per_second=4))
    return make_lesson()


@pytest.fixture
def asked(made: Made) -> tuple[UUID, int]:
    """A class in which the tutor is in the middle of an answer: (class, seq of the question)."""
    with unit_of_work() as session:
        class_id = classroom.open_class(session, made.student, made.lesson_id, pace=0)
        seq = classroom.say(session, made.student, class_id, "What does the membrane keep out?")
    wait_for(class_id, lambda events: any(e.kind is Kind.TURN and e.body.answers == seq for e in events))
    time.sleep(1.5)
    return class_id, seq


def log_of(class_id: UUID) -> list[ClassEvent]:
    with unit_of_work() as session:
        return classroom.events_after(session, class_id, 0)


def wait_for(class_id: UUID, met: Callable[[list[ClassEvent]], bool]) -> list[ClassEvent]:
    """The log once the condition is met; somebody attends meanwhile."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        try:
            set_flag(f"present:{class_id}", 30)
            events = log_of(class_id)
            if met(events):
                return events
        except OperationalError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"not met within {PATIENCE} s")


def check(class_id: UUID, seq: int) -> list[ClassEvent]:
    """The class comes to its end: answered once, every line once, every claim closed, and the fold is the state."""
    events = wait_for(class_id, lambda log: log[-1].kind is Kind.ENDED)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    answers = [event for event in events if event.kind is Kind.SAID and event.body.answers == seq]
    assert [event.body.text for event in answers] == [SLOW]
    actions = [event.body.action for event in events if event.kind is Kind.SAID and event.body.action is not None]
    assert actions == sorted(set(actions))
    assert len(actions) == 6
    opened = {event.body.turn for event in events if event.kind is Kind.TURN}
    closed = [event.body.turn for event in events if event.kind in (Kind.SAID, Kind.WITHDRAWN)]
    assert opened == set(closed)
    assert len(closed) == len(set(closed))
    with unit_of_work() as session:
        assert fold(events) == classroom.state(session, class_id)
    return events


def see_it_go_on(class_id: UUID, before: int, what: str) -> None:
    """There are new events. How soon is printed and decides nothing: on a busy machine a start alone takes long."""
    began = time.monotonic()
    wait_for(class_id, lambda log: log[-1].seq > before)
    print(f"{what} killed: the class went on after {time.monotonic() - began:.1f} s")


def last_of(class_id: UUID) -> int:
    return log_of(class_id)[-1].seq


def test_the_worker_is_killed(asked: tuple[UUID, int], worker: Child) -> None:
    before = last_of(asked[0])
    worker.process.kill()
    worker.process.wait()
    worker.start()
    see_it_go_on(asked[0], before, "worker")
    events = check(*asked)
    withdrawn = [event for event in events if event.kind is Kind.WITHDRAWN and event.body.answers == asked[1]]
    assert [event.body.cause for event in withdrawn] == ["lost"]


def test_postgres_is_killed(asked: tuple[UUID, int], services: Services) -> None:
    before = last_of(asked[0])
    services.database.process.kill()
    services.database.process.wait()
    services.database.start()
    services.database.wait_ready()
    see_it_go_on(asked[0], before, "database")
    check(*asked)


def test_the_broker_is_killed(asked: tuple[UUID, int], services: Services) -> None:
    before = last_of(asked[0])
    services.broker.process.kill()
    services.broker.process.wait()
    services.broker.start()
    services.broker.wait_ready()
    see_it_go_on(asked[0], before, "broker")
    check(*asked)


def test_the_web_server_is_killed_and_the_listener_comes_back_to_the_same_class(
    asked: tuple[UUID, int], made: Made, web_server: Web
) -> None:
    class_id, seq = asked
    heard: list[int] = []
    with Visitor(web_server.url) as student:
        student.sign_in(made.student.email, PASSWORD)
        for kind, document in student.listen(str(class_id)):
            if kind == "event":
                heard.append(int(str(document["seq"])))
            if len(heard) == 4:
                web_server.child.process.kill()
                web_server.child.process.wait()
                web_server.child.start()
    events = check(class_id, seq)
    assert heard == [event.seq for event in events]
    assert httpx.get(f"{web_server.url}/health").status_code == 200


@pytest.mark.parametrize("names", [("database", "broker"), ("broker", "worker"), ("database", "worker")])
def test_two_are_killed_at_once(
    asked: tuple[UUID, int], services: Services, worker: Child, names: tuple[str, str]
) -> None:
    known = {"database": services.database, "broker": services.broker, "worker": worker}
    before = last_of(asked[0])
    for name in names:
        known[name].process.kill()
        known[name].process.wait()
    for name in names:
        known[name].start()
        known[name].wait_ready()
    see_it_go_on(asked[0], before, " and ".join(names))
    check(*asked)
