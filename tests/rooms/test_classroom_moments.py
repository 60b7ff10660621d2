"""A student speaks at bad moments: while an answer is judged, while a model directs, in two tabs to one question."""

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from making import Made, make_lesson
from parts import Services
from stub_model import Scripted, StubModel
from test_classroom_failures import answers_to, go_on, log_of, open_class, say, speaking, until, wait_for

from app.base.db import unit_of_work
from app.classroom import service as classroom
from app.classroom.directing import director
from app.classroom.log.writing import OpenLog
from app.classroom.models import ClassSession
from app.classroom.schema import Activity, Body, ClassEvent, Control, Cut, Draft, Kind, Verdict, Voice
from app.classroom.stage.lesson import lesson_of
from app.inference.breaker import breaker_of
from app.inference.gateway import endpoint_of
from app.inference.schema import Role

HURT = "I want to hurt myself"
JUDGE = "You judge a student's answer"


@pytest.fixture
def made(db: Services, stub: StubModel) -> Made:
    breaker_of(endpoint_of(Role.TUTOR).url).succeeded()
    return make_lesson(ask_on=2)


def asked(made: Made, gate: bool = False) -> UUID:
    """A class whose teacher has just asked, with time to answer."""
    class_id = open_class(made, pace=4.0)
    with unit_of_work() as session:
        script = lesson_of(session, session.get_one(ClassSession, class_id)).script.actions
        at = next(at for at, one in enumerate(script) if one.kind == "ask")
        log = OpenLog.lock(session, class_id)
        log.append(Draft(kind=Kind.PAGE, body=Body(page=2, action=at - 1)))
        body = Body(text=script[at].words, page=2, action=at, asks=True, gate=gate)
        log.append(Draft(kind=Kind.SAID, voice=Voice.TEACHER, body=body))
    return class_id


def verdicts(events: list[ClassEvent]) -> list[Verdict]:
    return [event.body.verdict for event in events if event.kind is Kind.SAID and event.body.verdict]


def break_in(made: Made, class_id: UUID, text: str, share: float) -> list[str]:
    """Say this when such a share of the last line was read out; which question it is then held to reply to."""
    with unit_of_work() as session:
        last = classroom.state(session, class_id).recent[-1]
        cut = Cut(seq=last.seq, heard=int(share * len(last.text)))
        classroom.say(session, made.student, class_id, text, cut=cut)
        state = classroom.state(session, class_id)
        assert state.recent[-2].text.endswith(" ...")
        [event] = [one for one in classroom.events_after(session, class_id, 0) if one.seq == state.pending[-1].seq]
        assert event.body.answers == ((state.pending[-1].replies_to and last.seq) or None)
        return [one.replies_to for one in state.pending]


@pytest.mark.parametrize(("share", "answers"), [(0.2, False), (0.9, True)])
def test_who_breaks_into_a_question_answers_it_if_it_was_heard_well_enough(
    made: Made, share: float, answers: bool
) -> None:
    class_id = asked(made)
    with unit_of_work() as session:
        before = classroom.state(session, class_id)
    assert before.open_ask
    assert break_in(made, class_id, "perhaps the sunlight", share) == [before.open_ask.text if answers else ""]
    with unit_of_work() as session:
        after = classroom.state(session, class_id)
    assert after.cursor == before.cursor - (not answers)  # else it is put again


def test_who_breaks_into_a_question_that_is_tried_again_answers_it(made: Made, stub: StubModel) -> None:
    """It is known already, so that it does not matter how far the tutor has come with it."""
    stub.script(Scripted(JUDGE, reply='"C"'), Scripted("", reply="Look at page 2 once more."))
    class_id = asked(made)
    first = say(made.student, class_id, "perhaps the sunlight")
    events = until(class_id, lambda log: bool(answers_to(log, first)))
    assert verdicts(events) == [Verdict.WRONG]
    with unit_of_work() as session:
        asks = classroom.state(session, class_id).open_ask
    assert asks
    assert break_in(made, class_id, "the membrane then", share=0.1) == [asks.text]


@pytest.mark.parametrize("cause", ["invitation", "greeting"])
def test_who_raises_a_hand_or_comes_back_can_still_answer(made: Made, cause: str) -> None:
    class_id = asked(made)
    with unit_of_work() as session:
        log = OpenLog.lock(session, class_id)
        log.append(Draft(kind=Kind.SAID, voice=Voice.TEACHER, body=Body(text="Yes?", page=2, cause=cause)))
        asks = log.state.open_ask
    assert asks
    said = say(made.student, class_id, "perhaps the sunlight")
    with unit_of_work() as session:
        assert [one.replies_to for one in classroom.state(session, class_id).pending] == [asks.text]
    assert log_of(class_id)[said - 1].body.answers == asks.seq


@pytest.mark.parametrize(("text", "beside", "stays"), [("You are stupid", 0, True), (HURT, 1, True), (HURT, 0, False)])
def test_an_insult_or_a_cry_is_no_answer(made: Made, text: str, beside: int, stays: bool) -> None:
    """The question stays for those who are there; nobody is asked on who is in distress and alone."""
    class_id = asked(made)
    with unit_of_work() as session:
        log = OpenLog.lock(session, class_id)
        for _ in range(beside):
            log.append(Draft(kind=Kind.JOINED, person_id=uuid4(), body=Body(name="Bo")))
        asks = log.state.open_ask
    said = say(made.student, class_id, text)
    until(class_id, lambda log: bool(answers_to(log, said)))
    assert log_of(class_id)[said - 1].body.answers is None
    with unit_of_work() as session:
        state = classroom.state(session, class_id)
    assert asks
    assert (state.open_ask and state.open_ask.seq) == (asks.seq if stays else None)


def test_words_while_an_answer_is_judged_are_answered_after_it(made: Made, stub: StubModel) -> None:
    stub.script(Scripted(JUDGE, reply='"C"', first_token_ms=700), Scripted("", reply="Look at page 2 once more."))
    class_id = asked(made)
    first = say(made.student, class_id, "perhaps the sunlight")
    thread = speaking(class_id)
    wait_for(class_id, lambda log: any(one.kind is Kind.TURN and one.body.answers == first for one in log))
    second = say(made.student, class_id, "What is a cell?")
    thread.join()
    events = until(class_id, lambda log: bool(answers_to(log, second)))
    assert len(answers_to(events, first)) == len(answers_to(events, second)) == 1
    assert verdicts(events)[0] is Verdict.WRONG
    said = [one.body.answers for one in events if one.kind is Kind.SAID and one.body.answers in (first, second)]
    assert said == [first, second]


def test_a_reply_to_a_gate_is_judged_by_rule_while_the_model_is_gone(
    made: Made, stub: StubModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The class is held there: neither does it go on past the gate, nor does it stand until the model is back."""
    monkeypatch.setattr(director, "RETRY_SECONDS", (0.5,) * 400)
    stub.script(Scripted("", fault="status:503"))
    class_id = asked(made, gate=True)
    said = say(made.student, class_id, "perhaps the sunlight")
    events = until(class_id, lambda log: bool(answers_to(log, said)))
    assert [one.body.cause for one in events if one.kind is Kind.NOTICE] == ["model-gone"]
    with unit_of_work() as session:
        asks = classroom.state(session, class_id).open_ask
    assert asks
    assert (asks.gate, asks.failures, verdicts(events)) == (True, 1, [Verdict.UNCLEAR])


@pytest.mark.parametrize("verb", [Control.CONTINUE, Control.HAND, Control.PAUSE])
def test_what_a_classmate_prepared_comes_before_no_wish_of_the_students(
    made: Made, stub: StubModel, monkeypatch: pytest.MonkeyPatch, verb: Control
) -> None:
    """It is said only once the line before has been read, and would swallow the wish until then."""
    monkeypatch.setitem(director.HEAT, Activity.NORMAL, 1.0)
    monkeypatch.setattr(director, "CHOICE_SHARE", 1.0)
    stub.script(Scripted("The teacher just said", reply="So a cell is a smallest unit?"))
    class_id = open_class(made, Activity.NORMAL, pace=4.0)
    thread = speaking(class_id)
    wait_for(class_id, lambda log: any(one.kind is Kind.TURN and one.body.cause == "prepared" for one in log))
    with unit_of_work() as session:
        seq = classroom.state(session, class_id).seq
        classroom.control(session, made.student, class_id, verb)
    enders = (Kind.WITHDRAWN,) if verb is Control.PAUSE else (Kind.SAID,)
    after = wait_for(class_id, lambda log: any(one.kind in enders for one in log[seq:]), seconds=120)
    told = [(one.kind, one.voice) for one in after[seq:] if one.kind in (Kind.WITHDRAWN, Kind.SAID)]
    assert told[0][0] is Kind.WITHDRAWN
    assert told[1:2] == ([] if verb is Control.PAUSE else [(Kind.SAID, Voice.TEACHER)])
    with unit_of_work() as session:
        classroom.control(session, made.student, class_id, Control.END)
    thread.join()


def test_two_tabs_answer_an_open_question_at_once(made: Made, stub: StubModel) -> None:
    """The question takes one answer; the other words find it closed and are met as what they are. Nothing is lost."""
    stub.script(Scripted(JUDGE, reply='"C"'), Scripted("", reply="Look at page 2 once more."))
    class_id = asked(made)
    with ThreadPoolExecutor(2) as pool:
        seqs = list(pool.map(lambda words: say(made.student, class_id, words), ("the sunlight", "all the water")))
    with unit_of_work() as session:
        waiting = OpenLog.lock(session, class_id).state.pending
        assert sorted(bool(one.replies_to) for one in waiting) == [False, True]
    events = until(class_id, lambda log: all(answers_to(log, seq) for seq in seqs))
    assert [len(answers_to(events, seq)) for seq in seqs] == [1, 1]
    assert len(verdicts(events)) == 1


def test_words_while_a_model_directs_come_first(made: Made, stub: StubModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """The choice was made for a class that went on meanwhile: it is dropped."""
    monkeypatch.setitem(director.HEAT, Activity.LIVELY, 1.0)
    monkeypatch.setattr(director, "CHOICE_SHARE", 1.0)
    stub.script(Scripted("You direct", reply='"A"', first_token_ms=900))
    class_id = open_class(made, Activity.LIVELY)
    thread = speaking(class_id)
    ends = time.monotonic() + 20
    while time.monotonic() < ends and not any("You direct" in one.system for one in stub.log):
        time.sleep(0.03)
    seq = say(made.student, class_id, "What is a cell?")
    thread.join()
    events = until(class_id, lambda log: bool(answers_to(log, seq)))
    following = [one for one in events if one.seq > seq and one.kind is Kind.TURN]
    assert following[0].body.answers == seq
    assert len(answers_to(log_of(class_id), seq)) == 1


def test_a_class_that_is_ended_in_mid_answer_stays_ended(made: Made, stub: StubModel) -> None:
    stub.script(Scripted("cell", reply="A cell is the smallest unit of life.", tokens_per_second=12))
    class_id = open_class(made, pace=4.0)
    seq = say(made.student, class_id, "What is a cell?")
    thread = speaking(class_id)
    wait_for(class_id, lambda log: any(one.kind is Kind.TURN and one.body.answers == seq for one in log))
    with unit_of_work() as session:
        classroom.control(session, made.student, class_id, Control.END)
    thread.join()
    events = go_on(class_id)
    assert events[-1].kind is Kind.ENDED
    assert [one.kind for one in events].count(Kind.ENDED) == 1
