"""Admission: places at the model, a fair line, honest words about the wait, and nothing lost when somebody dies."""

import threading
import time
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from logs import log_of
from making import Made, make_lesson, make_person
from parts import Services
from stub_model import Scripted, StubModel

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.base.db import unit_of_work
from app.base.queue import get_redis, queue_lengths
from app.base.settings import get_settings
from app.base.stream import set_flag
from app.classroom import service as classroom
from app.classroom.directing import admission, director
from app.classroom.schema import CLASSMATES, Activity, ClassEvent, Kind
from app.classroom.turns.lease import hold

ANSWER = "A membrane surrounds each cell."


@pytest.fixture
def made(db: Services, stub: StubModel, monkeypatch: pytest.MonkeyPatch) -> Made:
    monkeypatch.setattr(get_settings(), "live_capacity", 2)
    return make_lesson()


def student(made: Made, number: int) -> Who:
    who = make_person(f"student{number}@school.test")
    with unit_of_work() as session:
        accounts.enrol(session, made.course_id, who.id, CourseRole.STUDENT)
    return who


def open_class(made: Made, who: Who, activity: Activity = Activity.OFF) -> UUID:
    with unit_of_work() as session:
        class_id = classroom.open_class(session, who, made.lesson_id, pace=0)
        classroom.set_activity(session, who, class_id, activity)
    return class_id


def ask(who: Who, class_id: UUID) -> int:
    with unit_of_work() as session:
        return classroom.say(session, who, class_id, "What does the membrane keep out?")


def turn(class_id: UUID) -> list[ClassEvent]:
    set_flag(f"present:{class_id}", 30)
    classroom.take_turn(class_id)
    return log_of(class_id)


def is_answered(events: list[ClassEvent], seq: int) -> bool:
    return any(event.kind is Kind.SAID and event.body.answers == seq for event in events)


def test_places_are_given_in_the_order_of_coming(made: Made) -> None:
    one, two, three, four = (uuid4() for _ in range(4))
    assert admission.enter(one)
    assert admission.enter(two)
    assert not admission.enter(three)
    assert not admission.enter(four)
    assert admission.is_full()
    assert admission.enter(one)  # again: it has its place
    rung = queue_lengths()["live"]
    admission.leave(one, 2.0)
    assert queue_lengths()["live"] == rung + 1
    assert not admission.enter(four)
    assert admission.enter(three)


def test_the_dead_leave_their_place_and_their_ticket(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr(admission, "time", SimpleNamespace(time=lambda: clock[0]))
    dead, other, waiting, alive = (uuid4() for _ in range(4))
    assert admission.enter(dead)
    assert admission.enter(other)
    assert not admission.enter(waiting)
    clock[0] += admission.LIFE - 0.1
    assert admission.is_full()
    clock[0] += 0.2
    assert not admission.is_full()
    assert admission.enter(alive)


def test_a_place_that_is_kept_lives_on(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_settings(), "live_capacity", 1)
    monkeypatch.setattr(get_settings(), "lease_seconds", 0.4)
    monkeypatch.setattr(admission, "LIFE", 1.5)  # much longer than a busy machine lets the keeper wait
    class_id = uuid4()
    with hold(class_id, uuid4()), admission.place(class_id):
        time.sleep(2)
        assert not admission.enter(uuid4())
    time.sleep(1.6)
    assert admission.enter(uuid4())


def test_a_place_is_given_back_once(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_settings(), "live_capacity", 1)
    speaking, other = uuid4(), uuid4()
    with admission.place(speaking) as taken:
        assert not admission.enter(other)
        taken.give_back()  # the words are there, and wait for their time
        assert admission.enter(other)
        assert admission.enter(speaking) is False
    assert not admission.enter(uuid4()), "the other's place is still the other's"


def test_without_the_broker_everybody_is_admitted(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.classroom.directing.admission.get_redis", _nobody)
    with admission.place(uuid4()):
        assert admission.enter(uuid4())
    assert not admission.is_full()


def _nobody() -> object:
    import redis

    return redis.Redis.from_url("redis://127.0.0.1:9/0", socket_connect_timeout=0.2)


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "10 seconds"), (31, "40 seconds"), (61, "1 minute"), (120, "2 minutes")]
)
def test_waiting_times_are_said_roughly(seconds: float, words: str) -> None:
    assert admission.in_words(seconds) == f"about {words}"


def test_a_class_that_opens_in_a_crowd_says_so_and_its_lesson_begins(made: Made) -> None:
    for _ in range(2):
        admission.enter(uuid4())
    get_redis().set(admission.SECONDS, 240)
    class_id = open_class(made, made.student)
    seq = ask(made.student, class_id)
    events = turn(class_id)
    told = [event.body.text for event in events if event.kind is Kind.NOTICE]
    assert told[0] == admission.FULL.format(wait="about 2 minutes")
    assert told[1].startswith("Many classes are asking")
    assert any(event.kind is Kind.PAGE for event in events)
    assert not is_answered(events, seq)
    assert len([event for event in turn(class_id) if event.kind is Kind.NOTICE]) == 2
    get_redis().delete(admission.SPEAKING)
    assert is_answered(turn(class_id), seq)


def test_classmates_step_back_first(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(director.HEAT, Activity.LIVELY, 1.0)
    for _ in range(2):
        admission.enter(uuid4())
    events = turn(open_class(made, made.student, Activity.LIVELY))
    assert len([event for event in events if event.kind is Kind.SAID]) > 3
    assert not [event for event in events if event.voice in CLASSMATES]


def test_more_classes_than_places_are_all_answered_and_never_more_at_once(made: Made, stub: StubModel) -> None:
    stub.script(Scripted(match="membrane", reply=ANSWER, first_token_ms=150))
    people = [student(made, number) for number in range(6)]
    rooms = {open_class(made, who): who for who in people}
    asked = {class_id: ask(who, class_id) for class_id, who in rooms.items()}
    most = 0

    def attend(class_id: UUID) -> None:
        for _ in range(60):
            if is_answered(turn(class_id), asked[class_id]):
                return
            time.sleep(0.1)

    jobs = [threading.Thread(target=attend, args=(class_id,)) for class_id in rooms]
    for job in jobs:
        job.start()
    while any(job.is_alive() for job in jobs):
        most = max(most, len([seen for seen in list(stub.log) if seen.outcome == "open"]))
        time.sleep(0.02)
    assert all(is_answered(log_of(class_id), seq) for class_id, seq in asked.items())
    assert most <= 2
