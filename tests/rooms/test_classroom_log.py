"""The class log on a real Postgres: gapless, folded, and safe under several hands."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from making import Made, make_lesson, make_person
from parts import Services

from app.base.db import unit_of_work
from app.base.errors import Busy, Conflict, Invalid, NotFound
from app.base.queue import queue_lengths
from app.base.settings import get_settings
from app.classroom import service as classroom
from app.classroom.log.folding import fold
from app.classroom.log.state import Status
from app.classroom.log.writing import OpenLog
from app.classroom.schema import Activity, Body, Control, Draft, Kind, Voice


@pytest.fixture
def made(db: Services) -> Made:
    return make_lesson()


def open_class(made: Made) -> UUID:
    with unit_of_work() as session:
        return classroom.open_class(session, made.student, made.lesson_id, pace=0)


words = st.text(st.characters(), max_size=40)
turns = st.sampled_from([uuid4() for _ in range(3)])
drafts = st.one_of(
    st.builds(
        lambda text, key: Draft(kind=Kind.ASKED, voice=Voice.STUDENT, body=Body(text=text, page=1)), words, st.none()
    ),
    st.builds(
        lambda page: Draft(kind=Kind.PAGE, body=Body(page=page, action=3 * (page - 1), cause="script")),
        st.integers(1, 3),
    ),
    st.builds(
        lambda voice, turn, answers: Draft(kind=Kind.TURN, voice=voice, body=Body(turn=turn, page=1, answers=answers)),
        st.sampled_from(list(Voice)),
        turns,
        st.one_of(st.none(), st.integers(1, 9)),
    ),
    st.builds(
        lambda voice, turn, text, asks, action: Draft(
            kind=Kind.SAID, voice=voice, body=Body(turn=turn, text=text, asks=asks, action=action, page=1)
        ),
        st.sampled_from(list(Voice)),
        turns,
        words,
        st.booleans(),
        st.one_of(st.none(), st.integers(0, 8)),
    ),
    st.builds(
        lambda turn, cause, answers: Draft(
            kind=Kind.WITHDRAWN, voice=Voice.TUTOR, body=Body(turn=turn, cause=cause, answers=answers)
        ),
        turns,
        st.sampled_from(["lost", "model-gone", "interrupted"]),
        st.integers(1, 9),
    ),
    st.builds(
        lambda cause: Draft(kind=Kind.NOTICE, body=Body(cause=cause, text=cause, answers=2)),
        st.sampled_from(["model-gone", "unanswered"]),
    ),
    st.builds(lambda kind: Draft(kind=kind), st.sampled_from([Kind.PAUSED, Kind.RESUMED, Kind.SKIPPED])),
    st.builds(lambda level: Draft(kind=Kind.ACTIVITY, body=Body(activity=level)), st.sampled_from(list(Activity))),
)


@given(st.lists(drafts, max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_folding_the_log_equals_the_served_state_after_every_event(made: Made, happened: list[Draft]) -> None:
    class_id = open_class(made)
    for draft in happened:
        with unit_of_work() as session:
            OpenLog.lock(session, class_id).append(draft)
        with unit_of_work() as session:
            events = classroom.events_after(session, class_id, 0)
            assert [event.seq for event in events] == list(range(1, len(events) + 1))
            assert fold(events) == classroom.state(session, class_id)
    with unit_of_work() as session:
        classroom.control(session, made.student, class_id, Control.END)


def test_an_unfinished_class_is_resumed_and_a_finished_one_is_not(made: Made) -> None:
    first = open_class(made)
    assert open_class(made) == first
    with unit_of_work() as session:
        classroom.control(session, made.student, first, Control.END)
    assert open_class(made) != first


def test_nobody_else_finds_the_class(made: Made) -> None:
    class_id = open_class(made)
    stranger = make_person("stranger@school.test")
    for who in (stranger, made.instructor):
        with unit_of_work() as session, pytest.raises(NotFound):
            classroom.access_class(session, who, class_id)
    with unit_of_work() as session, pytest.raises(NotFound):
        classroom.open_class(session, stranger, made.lesson_id)
    with unit_of_work() as session, pytest.raises(NotFound):
        classroom.say(session, stranger, class_id, "Hello?")


def test_what_a_student_says_is_bounded_and_cleaned(made: Made) -> None:
    class_id = open_class(made)
    with unit_of_work() as session, pytest.raises(Invalid, match="50,000"):
        classroom.say(session, made.student, class_id, "x" * 50_000)
    with unit_of_work() as session, pytest.raises(Invalid):
        classroom.say(session, made.student, class_id, " \x00 ")
    with unit_of_work() as session:
        classroom.say(session, made.student, class_id, "Why\x00 \ud800 so?")
    with unit_of_work() as session:
        assert classroom.state(session, class_id).pending[0].text == "Why \ufffd so?"


def test_the_same_words_sent_twice_are_said_once_and_too_many_wait(made: Made) -> None:
    class_id = open_class(made)
    for _ in range(2):
        with unit_of_work() as session:
            assert classroom.say(session, made.student, class_id, "What is a cell?", "k1") == 2
    for number in range(4):
        with unit_of_work() as session:
            classroom.say(session, made.student, class_id, f"Question {number}?")
    with unit_of_work() as session, pytest.raises(Busy):
        classroom.say(session, made.student, class_id, "One more?")


def test_twenty_hands_at_once_leave_no_gap_and_no_doubled_seq(made: Made) -> None:
    class_id = open_class(made)

    def append(number: int) -> None:
        with unit_of_work() as session:
            log = OpenLog.lock(session, class_id)
            log.append(Draft(kind=Kind.NOTICE, body=Body(text=str(number), cause="test")))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(append, range(20)))
    with unit_of_work() as session:
        events = classroom.events_after(session, class_id, 0)
        assert [event.seq for event in events] == list(range(1, 22))
        assert {event.body.text for event in events[1:]} == {str(number) for number in range(20)}
        assert fold(events) == classroom.state(session, class_id)


def test_pages_turn_back_and_forward_within_the_deck(made: Made) -> None:
    class_id = open_class(made)

    def turn(verb: Control) -> int:
        with unit_of_work() as session:
            classroom.control(session, made.student, class_id, verb)
        with unit_of_work() as session:
            return classroom.state(session, class_id).page

    assert [turn(Control.FORWARD), turn(Control.FORWARD), turn(Control.BACK)] == [1, 2, 1]
    with pytest.raises(Conflict, match="first page"):
        turn(Control.BACK)


def test_a_class_that_is_over_takes_nothing_more(made: Made) -> None:
    class_id = open_class(made)
    with unit_of_work() as session:
        classroom.control(session, made.student, class_id, Control.END)
    with unit_of_work() as session, pytest.raises(Conflict, match="over"):
        classroom.say(session, made.student, class_id, "Too late?")
    with unit_of_work() as session:
        assert classroom.state(session, class_id).status is Status.ENDED


def test_a_full_queue_loses_nothing(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_settings(), "queue_limit", 0)
    before = queue_lengths()
    class_id = open_class(made)
    with unit_of_work() as session:
        classroom.say(session, made.student, class_id, "What is a cell?")
    assert queue_lengths() == before
    with unit_of_work() as session:
        assert classroom.due(session) == [class_id]
        assert classroom.state(session, class_id).pending[0].text == "What is a cell?"
