"""What can go wrong in a class, and what comes of it: junk, silence, doubled jobs, odd clocks, bad moments."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from logs import log_of
from making import Made, make_lesson, make_person
from parts import Services
from stub_model import Scripted, StubModel

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.base.db import unit_of_work
from app.base.errors import Busy
from app.base.queue import get_redis
from app.base.settings import get_settings
from app.base.stream import set_flag
from app.classroom import service as classroom
from app.classroom.directing import admission, choosing, director
from app.classroom.log import writing as log
from app.classroom.people import attending
from app.classroom.schema import CLASSMATES, Activity, ClassEvent, Control, Cut, Kind
from app.classroom.turns import turn
from app.inference.breaker import breaker_of
from app.inference.gateway import endpoint_of
from app.inference.schema import Role
from app.lessons import service as lessons
from app.lessons.schema import Ask, Discuss

QUESTION = "What does the membrane keep out?"
ANSWER = "A membrane surrounds each cell. It lets water in and keeps harmful things out."


@pytest.fixture
def made(db: Services, stub: StubModel) -> Made:
    breaker_of(endpoint_of(Role.TUTOR).url).succeeded()
    return make_lesson()


def open_class(made: Made, activity: Activity = Activity.OFF, pace: float = 0) -> UUID:
    with unit_of_work() as session:
        class_id = classroom.open_class(session, made.student, made.lesson_id, pace=pace)
        classroom.set_activity(session, made.student, class_id, activity)
    return class_id


def say(who: Who, class_id: UUID, text: str = QUESTION, key: str = "", cut: Cut | None = None) -> int:
    with unit_of_work() as session:
        return classroom.say(session, who, class_id, text, key, cut)


def go_on(class_id: UUID) -> list[ClassEvent]:
    set_flag(f"present:{class_id}", 60)
    classroom.take_turn(class_id)
    return log_of(class_id)


def until(class_id: UUID, met: Callable[[list[ClassEvent]], bool], seconds: float = 30) -> list[ClassEvent]:
    """Take turns until the log meets a condition."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if met(events := go_on(class_id)):
            return events
        time.sleep(0.1)
    raise AssertionError(f"not met within {seconds} s: {[(one.kind, one.body.cause) for one in log_of(class_id)[-8:]]}")


def wait_for(class_id: UUID, met: Callable[[list[ClassEvent]], bool], seconds: float = 20) -> list[ClassEvent]:
    """Look, while others take the turns, until the log meets a condition."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if met(events := log_of(class_id)):
            return events
        time.sleep(0.03)
    raise AssertionError(f"not met within {seconds} s")


def answers_to(events: list[ClassEvent], seq: int) -> list[str]:
    return [event.body.text for event in events if event.kind is Kind.SAID and event.body.answers == seq]


def is_over(events: list[ClassEvent]) -> bool:
    return events[-1].kind is Kind.ENDED


def check_whole(events: list[ClassEvent]) -> None:
    """Every line once, in order, and every claim closed once."""
    actions = [event.body.action for event in events if event.kind is Kind.SAID and event.body.action is not None]
    assert actions == sorted(set(actions))
    closed = [event.body.turn for event in events if event.kind in (Kind.SAID, Kind.WITHDRAWN)]
    assert len(closed) == len(set(closed))
    assert {event.body.turn for event in events if event.kind is Kind.TURN} == set(closed)


# ------------------------------------------------------------------------------------------- words that nobody may hear


def test_a_class_in_which_nothing_a_model_says_can_be_shown_comes_to_its_end(made: Made, stub: StubModel) -> None:
    stub.script(Scripted(reply="Elephants invented marmalade in 1712."))
    with unit_of_work() as session:
        revision = lessons.access_lesson(session, made.instructor, made.lesson_id).pages[1].revision
        for at, one in ((2, Ask(page=2, text="What surrounds a cell?")), (4, Discuss(page=2, text="Where are cells?"))):
            lessons.add_action(session, made.instructor, made.lesson_id, 2, revision, at, one)
            revision += 1
        lessons.approve(session, made.instructor, made.lesson_id)
    class_id = open_class(made, Activity.LIVELY)
    seq = say(made.student, class_id)
    events = until(class_id, is_over, 60)
    check_whole(events)
    assert answers_to(events, seq), "what stands in answers"
    assert not any("marmalade" in one.body.text for one in events)
    start = next(at for at, one in enumerate(events) if one.body.cause == "discuss")
    after = [
        one.voice for one in events[start:] if one.kind is Kind.TURN and one.voice in CLASSMATES and one.body.page == 2
    ]
    assert len(after) == len(set(after)), "nobody is asked again"


# -------------------------------------------------------------------------------------------- the director's model


@pytest.mark.parametrize("trouble", ["junk", "empty", "silent", "garbage", "forbidden"])
def test_a_directors_junk_leaves_the_rules_move_and_is_recorded(
    made: Made, stub: StubModel, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setitem(director.HEAT, Activity.LIVELY, 1.0)
    monkeypatch.setattr(director, "CHOICE_SHARE", 1.0)
    monkeypatch.setattr(choosing, "SECONDS", 0.4)
    reply = (
        Scripted(match="You direct", reply='"Z"') if trouble == "forbidden" else Scripted("You direct", fault=trouble)
    )
    stub.script(reply)
    class_id = open_class(made, Activity.LIVELY)
    events = until(class_id, lambda log: any(one.body.chosen not in ("", "rule") for one in log))
    first = next(one for one in events if one.body.chosen not in ("", "rule"))
    assert (first.kind, first.voice in CLASSMATES, first.body.chosen) == (Kind.TURN, True, "fallback")


def test_a_directors_choice_is_recorded_as_the_models(
    made: Made, stub: StubModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(director.HEAT, Activity.LIVELY, 1.0)
    monkeypatch.setattr(director, "CHOICE_SHARE", 1.0)
    stub.script(Scripted(match="You direct", reply='"B"'))
    class_id = open_class(made, Activity.LIVELY)
    events = until(class_id, lambda log: any(one.body.chosen not in ("", "rule") for one in log))
    first = next(one for one in events if one.body.chosen not in ("", "rule"))
    assert (first.kind, first.voice in CLASSMATES, first.body.chosen) == (Kind.TURN, True, "model")


def test_a_director_is_not_asked_the_same_twice(made: Made, stub: StubModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """While words are read it is decided who comes after them; when they were read, that stands."""
    monkeypatch.setitem(director.HEAT, Activity.LIVELY, 1.0)
    monkeypatch.setattr(director, "CHOICE_SHARE", 1.0)
    stub.script(Scripted(match="You direct", reply='"D"'))
    class_id = open_class(made, Activity.LIVELY, pace=0.3)
    until(class_id, lambda log: sum(one.body.action is not None for one in log) >= 4)
    asked = [one.turn for one in stub.log if "You direct" in one.system]
    assert len(asked) >= 2
    assert len(asked) == len(set(asked))


def test_a_class_ends_though_its_director_wants_nobody_to_speak(
    made: Made, stub: StubModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after the last words of the script, where there is no next line to go on with."""
    monkeypatch.setitem(director.HEAT, Activity.LIVELY, 1.0)
    monkeypatch.setattr(director, "CHOICE_SHARE", 1.0)
    monkeypatch.setattr(choosing.inference, "choose", lambda role, prompt, labels, **given: labels[-1])
    class_id = open_class(made, Activity.LIVELY)
    until(class_id, lambda log: any(one.body.cause == "closing" for one in log))
    check_whole(until(class_id, is_over))
    assert get_redis().zcard(admission.SPEAKING) == 0


# ------------------------------------------------------------------------------------------------ the model's trouble


@pytest.mark.parametrize("fault", ["empty", "junk", "garbage"])
def test_nothing_and_junk_become_the_passage(made: Made, stub: StubModel, fault: str) -> None:
    stub.script(Scripted(match="student>", fault=fault))
    class_id = open_class(made)
    seq = say(made.student, class_id)
    events = until(class_id, lambda log: bool(answers_to(log, seq)))
    assert "A membrane surrounds each cell" in answers_to(events, seq)[0]


def test_a_stream_cut_in_mid_word_keeps_the_whole_sentences(made: Made, stub: StubModel) -> None:
    stub.script(
        Scripted(match="student>", reply=f"{ANSWER} And then some more words that are never heard", fault="cut")
    )
    class_id = open_class(made)
    seq = say(made.student, class_id)
    events = until(class_id, lambda log: bool(answers_to(log, seq)))
    assert answers_to(events, seq) == ["A membrane surrounds each cell."]


def test_a_model_that_is_down_keeps_all_questions_and_answers_them_afterwards(
    made: Made, stub: StubModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(director, "RETRY_SECONDS", (1.5,) * 400)  # however long a busy machine takes to look four times
    stub.script(Scripted(match="student>", fault="status:503"))
    class_id = open_class(made)
    asked = [say(made.student, class_id, words) for words in (QUESTION, "What is a cell?", "What turns into energy?")]
    for _ in range(4):
        events = go_on(class_id)
        time.sleep(0.8)
    assert [one.body.cause for one in events if one.kind is Kind.NOTICE] == ["model-gone"]
    assert not [seq for seq in asked if answers_to(events, seq)]
    stub.script()
    breaker_of(endpoint_of(Role.TUTOR).url).succeeded()
    events = until(class_id, lambda log: all(answers_to(log, seq) for seq in asked))
    assert all(len(answers_to(events, seq)) == 1 for seq in asked)


# ------------------------------------------------------------------------------------------------ doubled and at once


def test_a_doorbell_delivered_twice_to_two_workers_says_everything_once(made: Made, stub: StubModel) -> None:
    stub.script(Scripted(match="student>", reply=ANSWER, tokens_per_second=60))
    class_id = open_class(made)
    seq = say(made.student, class_id)
    set_flag(f"present:{class_id}", 60)
    for _ in range(4):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: classroom.take_turn(class_id), range(2)))
    events = until(class_id, is_over)
    assert len(answers_to(events, seq)) == 1
    check_whole(events)


@pytest.mark.parametrize("keys", [("one", "one"), ("one", "two")])
def test_two_tabs_answer_the_same_question(made: Made, keys: tuple[str, str]) -> None:
    class_id = open_class(made)
    with ThreadPoolExecutor(2) as pool:
        seqs = list(pool.map(lambda key: say(made.student, class_id, QUESTION, key), keys))
    events = until(class_id, is_over)
    assert len(set(seqs)) == len(set(keys))
    assert all(len(answers_to(events, seq)) == 1 for seq in seqs)
    check_whole(events)


@pytest.mark.parametrize("count", [20, pytest.param(200, marks=pytest.mark.heavy)])
def test_many_students_join_at_once(made: Made, count: int) -> None:
    people = [make_person(f"s{number}@school.test") for number in range(count)]
    with unit_of_work() as session:
        for who in people:
            accounts.enrol(session, made.course_id, who.id, CourseRole.STUDENT)

    def join(who: Who) -> UUID:
        with unit_of_work() as session:
            return classroom.open_class(session, who, made.lesson_id, pace=0)

    began = time.monotonic()
    with ThreadPoolExecutor(12) as pool:
        opened = list(pool.map(join, [*people, *people]))
    assert time.monotonic() - began < 10
    assert len(set(opened)) == count
    assert opened[:count] == opened[count:]
    assert len(log_of(opened[0])) == 1


# --------------------------------------------------------------------------------------------------------- odd clocks


class Clock:
    """The classroom's clock, which a test may turn."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.ahead = timedelta()
        for module in (turn, log, attending):
            patch.setattr(module, "now", self.now)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.mark.parametrize("jump", [timedelta(hours=3), timedelta(hours=-3), timedelta(days=400)])
def test_a_clock_that_jumps_loses_nothing(made: Made, monkeypatch: pytest.MonkeyPatch, jump: timedelta) -> None:
    clock = Clock(monkeypatch)
    class_id = open_class(made)
    seq = say(made.student, class_id)
    go_on(class_id)
    clock.ahead = jump
    later = say(made.student, class_id, "What is a cell?")
    events = until(class_id, lambda log: bool(answers_to(log, later)))
    clock.ahead = timedelta()
    last = say(made.student, class_id, "What turns sugar into energy?")
    events = until(class_id, lambda log: bool(answers_to(log, last)))
    assert all(len(answers_to(events, one)) == 1 for one in (seq, later, last))
    check_whole(events)


def test_a_class_goes_on_soon_after_its_clock_was_set_back(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    clock.ahead = timedelta(hours=3)
    class_id = open_class(made, pace=0.05)
    go_on(class_id)
    clock.ahead = timedelta()
    with unit_of_work() as session:
        assert classroom.due(session) == [class_id]
    events = until(class_id, is_over, 40)
    check_whole(events)


# ----------------------------------------------------------------------------------- a student speaks at a bad moment


def speaking(class_id: UUID) -> threading.Thread:
    """Somebody else takes the class's turns."""
    set_flag(f"present:{class_id}", 60)
    thread = threading.Thread(target=classroom.take_turn, args=(class_id,))
    thread.start()
    return thread


@pytest.mark.parametrize("phase", ["claimed", "streaming", "finishing"])
def test_words_during_an_answer_are_answered_after_it(made: Made, stub: StubModel, phase: str) -> None:
    waits = {"claimed": Scripted("keep out", reply=ANSWER, first_token_ms=700)}
    stub.script(waits.get(phase, Scripted("keep out", reply=ANSWER, tokens_per_second=14)))
    class_id = open_class(made)
    seq = say(made.student, class_id)
    thread = speaking(class_id)
    wait_for(class_id, lambda log: any(one.kind is Kind.TURN and one.body.answers == seq for one in log))
    time.sleep({"claimed": 0.1, "streaming": 0.6, "finishing": 1.0}[phase])
    second = say(made.student, class_id, "What is a cell?")
    thread.join()
    events = until(class_id, lambda log: bool(answers_to(log, second)))
    assert answers_to(events, seq) == [ANSWER]
    assert len(answers_to(events, second)) == 1
    check_whole(events)


@pytest.mark.parametrize("reply", [0.0, 0.5])
def test_words_during_a_classmates_prepared_turn_come_first(
    made: Made, stub: StubModel, monkeypatch: pytest.MonkeyPatch, reply: float
) -> None:
    monkeypatch.setitem(director.HEAT, Activity.LIVELY, 1.0)
    monkeypatch.setattr(director, "CHOICE_SHARE", 1.0)
    stub.script(
        Scripted(match="The teacher just said", reply="So a cell is a smallest unit?", first_token_ms=reply * 1000)
    )
    class_id = open_class(made, Activity.LIVELY, pace=0.6)
    thread = speaking(class_id)
    wait_for(class_id, lambda log: any(one.kind is Kind.TURN and one.body.cause == "prepared" for one in log))
    time.sleep(0.2)
    seq = say(made.student, class_id)
    thread.join()
    events = until(class_id, lambda log: bool(answers_to(log, seq)))
    said = [one for one in events if one.kind is Kind.SAID and one.seq > seq]
    assert said[0].body.answers == seq
    check_whole(events)


def test_words_while_the_class_naps_wake_it(made: Made) -> None:
    """Whoever asks is answered by the very job that naps: there is no other here."""
    class_id = open_class(made, pace=0.15)
    thread = speaking(class_id)
    wait_for(class_id, lambda log: any(one.kind is Kind.SAID for one in log))
    seq = say(made.student, class_id)
    wait_for(class_id, lambda log: bool(answers_to(log, seq)))
    with unit_of_work() as session:
        classroom.control(session, made.student, class_id, Control.END)
    thread.join()


def test_a_full_desk_says_so_and_keeps_what_was_asked(made: Made, stub: StubModel) -> None:
    class_id = open_class(made)
    asked = [say(made.student, class_id, f"What is a cell of kind {number}?") for number in range(5)]
    with pytest.raises(Busy):
        say(made.student, class_id)
    events = until(class_id, lambda log: all(answers_to(log, seq) for seq in asked))
    check_whole(events)


def test_the_lease_is_kept_while_a_slow_model_speaks(
    made: Made, stub: StubModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_settings(), "lease_seconds", 0.6)
    stub.script(Scripted("keep out", reply=ANSWER, tokens_per_second=6))
    class_id = open_class(made)
    seq = say(made.student, class_id)
    thread = speaking(class_id)
    for _ in range(12):
        time.sleep(0.15)
        go_on(class_id)
    thread.join()
    events = until(class_id, lambda log: bool(answers_to(log, seq)))
    assert answers_to(events, seq) == [ANSWER]
    assert not [one for one in events if one.kind is Kind.WITHDRAWN]
