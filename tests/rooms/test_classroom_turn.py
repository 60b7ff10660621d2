"""Live turns against the stub model: answers, silence, junk, interruption, and a class taught from start to end."""

import threading
import time
from uuid import UUID

import pytest
from logs import log_of
from making import Made, make_lesson
from parts import Services
from sqlalchemy import select
from stub_model import Scripted, StubModel

from app.base.db import unit_of_work
from app.base.settings import get_settings
from app.base.stream import set_flag
from app.classroom import service as classroom
from app.classroom.directing import director
from app.classroom.models import GuardPair
from app.classroom.schema import Activity, ClassEvent, Control, Kind, Voice
from app.inference.breaker import breaker_of
from app.inference.gateway import endpoint_of
from app.inference.schema import Role

ANSWER = "Mitochondria turn sugar into energy. A muscle cell has thousands of mitochondria."


@pytest.fixture
def made(db: Services, stub: StubModel) -> Made:
    return make_lesson()


def start(made: Made, activity: Activity = Activity.OFF) -> UUID:
    with unit_of_work() as session:
        class_id = classroom.open_class(session, made.student, made.lesson_id, pace=0)
        classroom.set_activity(session, made.student, class_id, activity)
    return class_id


def say(made: Made, class_id: UUID, text: str) -> int:
    with unit_of_work() as session:
        return classroom.say(session, made.student, class_id, text)


def said(events: list[ClassEvent], voice: Voice) -> list[str]:
    return [event.body.text for event in events if event.kind is Kind.SAID and event.voice is voice]


def run_on(class_id: UUID, until: Kind, seconds: float = 20) -> list[ClassEvent]:
    """Take turns, as the clock would ring for them, until an event of this kind is in the log."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        set_flag(f"present:{class_id}", 30)
        classroom.take_turn(class_id)
        events = log_of(class_id)
        if any(event.kind is until for event in events):
            return events
        time.sleep(0.2)
    raise AssertionError(f"no {until} within {seconds} s")


def test_a_class_is_taught_from_start_to_end(made: Made) -> None:
    events = run_on(start(made), Kind.ENDED)
    assert [event.body.page for event in events if event.kind is Kind.PAGE] == [1, 2, 3]
    words = said(events, Voice.TEACHER)
    assert words[0] == "A cell is the smallest unit of life."
    assert words[-1].startswith("That was the last page")
    assert len(words) == 7
    assert all(event.body.sources for event in events if event.kind is Kind.SAID and event.body.action is not None)


def test_a_question_is_answered_next_with_its_page(made: Made, stub: StubModel) -> None:
    stub.script(Scripted(match="thousands of what", reply=ANSWER))
    class_id = start(made)
    seq = say(made, class_id, "A muscle cell has thousands of what?")
    run_on(class_id, Kind.SAID)
    events = log_of(class_id)
    after = [event for event in events if event.seq > seq]
    assert [event.kind for event in after[:2]] == [Kind.TURN, Kind.SAID]
    answer = after[1]
    assert (answer.voice, answer.body.answers, answer.body.fallback) == (Voice.TUTOR, seq, False)
    assert answer.body.text == ANSWER
    assert 3 in {source.page for source in answer.body.sources}
    assert answer.body.model == "stub-model"


def test_what_the_pages_do_not_say_is_not_shown(made: Made, stub: StubModel) -> None:
    invented = "Napoleon was born in 1769 on Corsica. " + ANSWER
    stub.script(Scripted(match="what is a mitochondrion", reply=invented))
    class_id = start(made)
    say(made, class_id, "Please, what is a mitochondrion?")
    events = run_on(class_id, Kind.SAID)
    assert said(events, Voice.TUTOR) == [ANSWER]


@pytest.mark.parametrize("fault", ["junk", "empty"])
def test_junk_or_nothing_becomes_a_quoted_passage(made: Made, stub: StubModel, fault: str) -> None:
    stub.script(Scripted(match="membrane", fault=fault))
    class_id = start(made)
    seq = say(made, class_id, "What does the membrane keep out?")
    events = run_on(class_id, Kind.SAID)
    answer = next(event for event in events if event.body.answers == seq and event.kind is Kind.SAID)
    assert answer.body.fallback
    assert "A membrane surrounds each cell" in answer.body.text
    assert answer.body.sources[0].page == 2


@pytest.mark.parametrize("second", ["The Romans built twelve aqueducts.", "Mitochondria turn sugar into energy."])
def test_a_refused_turn_is_said_anew_or_replaced_and_the_pair_is_kept(made: Made, stub: StubModel, second: str) -> None:
    invented = "Julius Caesar invented 42 telescopes in Paris."
    stub.script(Scripted(match="were not shown", reply=second), Scripted(match="energy", reply=invented))
    class_id = start(made)
    seq = say(made, class_id, "What do mitochondria make energy from?")
    run_on(class_id, Kind.SAID)
    said = next(event for event in log_of(class_id) if event.kind is Kind.SAID and event.body.answers == seq)
    with unit_of_work() as session:
        [pair] = session.scalars(select(GuardPair).where(GuardPair.class_id == class_id))
        assert (pair.turn, pair.shown, pair.reason) == (said.body.turn, said.body.text, "not supported by the pages")
        assert invented in pair.refused
    assert said.body.fallback is not second.startswith("Mito")


def test_a_promise_of_an_answer_is_shown_only_with_one(made: Made, stub: StubModel) -> None:
    """ "Sure, I can help" alone is asked for once more, and then replaced; before an answer it stands."""
    opening = "Sure, I can help you with that."
    stub.script(Scripted(match="into energy", reply=opening))
    class_id = start(made)
    seq = say(made, class_id, "What turns sugar into energy?")
    events = run_on(class_id, Kind.ENDED)
    answer = next(event for event in events if event.kind is Kind.SAID and event.body.answers == seq)
    assert answer.body.fallback
    assert opening not in answer.body.text
    stub.script(Scripted(match="into energy", reply=f"{opening} {ANSWER}"))
    class_id = start(made)
    seq = say(made, class_id, "What turns sugar into energy?")
    events = run_on(class_id, Kind.ENDED)
    answer = next(event for event in events if event.kind is Kind.SAID and event.body.answers == seq)
    assert answer.body.text == f"{opening} {ANSWER}"


def test_a_question_far_from_the_course_gets_a_plain_word(made: Made) -> None:
    class_id = start(made)
    say(made, class_id, "Which team won the football championship yesterday evening in Madrid?")
    events = run_on(class_id, Kind.SAID)
    assert "“football” does not come up in this lesson" in said(events, Voice.TUTOR)[0]


def test_a_model_that_is_gone_keeps_the_question_and_the_lesson_goes_on(
    made: Made, stub: StubModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_settings(), "live_first_token_seconds", 0.5)
    monkeypatch.setattr(get_settings(), "live_total_seconds", 1.0)
    monkeypatch.setattr("app.classroom.directing.director.RETRY_SECONDS", (2.0, 2.0, 2.0))
    stub.script(Scripted(match="membrane", fault="silent"))
    class_id = start(made)
    seq = say(made, class_id, "What does the membrane keep out?")
    events = run_on(class_id, Kind.NOTICE)
    notice = next(event for event in events if event.kind is Kind.NOTICE)
    assert (notice.body.cause, notice.body.answers) == ("model-gone", seq)
    assert any(event.kind is Kind.PAGE for event in events)
    stub.script()
    breaker_of(endpoint_of(Role.TUTOR).url).succeeded()
    ends = time.monotonic() + 15
    while not any(event.body.answers == seq and event.kind is Kind.SAID for event in log_of(class_id)):
        assert time.monotonic() < ends
        set_flag(f"present:{class_id}", 30)
        classroom.take_turn(class_id)
        time.sleep(0.2)


def test_a_classmate_yields_to_the_student(made: Made, stub: StubModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(director.HEAT, Activity.LIVELY, 1.0)
    slow = Scripted(
        match="class clown|classmate", reply="So a cell is a smallest unit of life. " * 8, tokens_per_second=15
    )
    stub.script(slow)
    class_id = start(made, Activity.LIVELY)
    thread = threading.Thread(target=run_on, args=(class_id, Kind.WITHDRAWN, 40))
    thread.start()
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        turn = next(
            (e for e in log_of(class_id) if e.kind is Kind.TURN and e.voice in set(Voice) - {Voice.TEACHER}), None
        )
        if turn:
            break
        time.sleep(0.05)
    assert turn is not None
    seq = say(made, class_id, "What is a cell?")
    thread.join()
    events = log_of(class_id)
    withdrawn = next(event for event in events if event.kind is Kind.WITHDRAWN)
    assert withdrawn.body.cause == "interrupted"
    assert next(event for event in events if event.kind is Kind.TURN and event.seq > seq).body.answers == seq


def test_the_same_job_many_times_at_once_says_everything_once(made: Made) -> None:
    class_id = start(made)
    seq = say(made, class_id, "What is a cell?")
    jobs = [threading.Thread(target=classroom.take_turn, args=(class_id,)) for _ in range(6)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    events = run_on(class_id, Kind.ENDED)
    actions = [event.body.action for event in events if event.kind is Kind.SAID and event.body.action is not None]
    assert actions == sorted(set(actions))
    assert len([event for event in events if event.kind is Kind.SAID and event.body.answers == seq]) == 1


def test_leaving_ends_the_class_at_once(made: Made) -> None:
    class_id = start(made)
    with unit_of_work() as session:
        classroom.control(session, made.student, class_id, Control.END)
    classroom.take_turn(class_id)
    assert log_of(class_id)[-1].kind is Kind.ENDED
