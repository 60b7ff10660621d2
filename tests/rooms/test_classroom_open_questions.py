"""A question that is open, above all one that holds the class, outlasts what is said and done beside it."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from test_classroom_director import SCRIPT, START, log_of, said, shown

from app.classroom.directing.director import Act, Moment, Move, decide
from app.classroom.log.folding import fold
from app.classroom.log.state import ClassState
from app.classroom.schema import Body, Draft, Intent, Kind, TutorAction, Verdict, Voice
from app.classroom.speech.scaffold import MOST_FAILURES, judge

ANN, BO, IDA = (UUID(int=each) for each in (11, 12, 13))
ASK = 2
"""The place of the question in the script."""


class Room:
    """A class whose question has just been put, and what happens in it, a second each."""

    def __init__(self, gate: bool = True, people: tuple[UUID, ...] = (ANN, BO)) -> None:
        first, *others = people
        self.drafts = [Draft(kind=Kind.STARTED, person_id=first, body=Body(pages=2, activity="off", name="Ann"))]
        self.drafts += [Draft(kind=Kind.JOINED, person_id=one, body=Body(name="Bo")) for one in others]
        self.drafts += [shown(1, 0), said(action=1), said(action=ASK, asks=True, gate=gate)]
        self.put = len(self.drafts)

    def does(self, kind: Kind, person: UUID | None = None, **body: object) -> int:
        self.drafts.append(Draft(kind=kind, person_id=person, body=Body(page=1, **body)))
        return len(self.drafts)

    def hears(self, text: str, intent: Intent = Intent.ANSWER, person: UUID = ANN) -> int:
        return self.does(Kind.ASKED, person, text=text, intent=intent)

    def says(self, **body: object) -> int:
        self.drafts.append(said(Voice.TUTOR, **body))
        return len(self.drafts)

    def turn(self, answers: int, cause: str) -> None:
        """A turn about a student's words that comes to nothing."""
        turn = uuid4()
        self.drafts.append(Draft(kind=Kind.TURN, voice=Voice.TUTOR, body=Body(turn=turn, page=1, answers=answers)))
        self.does(Kind.WITHDRAWN, turn=turn, answers=answers, cause=cause)

    @property
    def state(self) -> ClassState:
        return fold(log_of(*self.drafts))

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=len(self.drafts))

    def next(self, seconds: float = 60.0) -> Move:
        """What the director does so long after the last thing that happened."""
        return decide(self.state, SCRIPT, Moment(now=self.now + timedelta(seconds=seconds)))


@pytest.mark.parametrize("gate", [True, False])
@pytest.mark.parametrize("person", [ANN, BO])
def test_the_answer_to_other_words_leaves_the_question_open(gate: bool, person: UUID) -> None:
    room = Room(gate)
    first, beside = room.hears("the wall"), room.hears("what is a wall?", Intent.QUESTION, person)
    room.says(answers=first, verdict=Verdict.WRONG, move=TutorAction.HINT, asks=True)
    room.says(answers=beside)
    ask = room.state.open_ask
    assert ask
    assert (ask.gate, ask.failures, room.state.passed) == (gate, 1, [])
    assert room.next(5).act is Act.WAIT


def test_an_instructors_remark_leaves_the_question_open_and_their_question_takes_its_place() -> None:
    for gate, stays in ((True, True), (False, False)):
        room = Room(gate)
        room.says(cause="instructor")
        assert room.state.open_ask
        assert room.state.open_ask.seq == room.put
        asks = room.says(cause="instructor", asks=True)
        assert room.state.open_ask.seq == (room.put if stays else asks)


def test_a_question_kept_from_before_takes_no_gate_with_it() -> None:
    room = Room(gate=False)
    kept = room.hears("the wall")
    room.turn(kept, "model-gone")
    room.drafts.append(said(action=ASK, asks=True, gate=True))
    room.says(answers=kept, verdict=Verdict.WRONG, move=TutorAction.HINT)
    assert room.state.open_ask
    assert room.state.open_ask.gate


@pytest.mark.parametrize("how", ["stopped", "given up"])
def test_a_reply_that_stays_unanswered_opens_no_gate(how: str) -> None:
    room = Room()
    reply = room.hears("the wall")
    if how == "stopped":
        room.does(Kind.HAND, ANN, cause="up", name="Ann")
        room.turn(reply, "interrupted")
        room.says(cause="invitation")
        room.does(Kind.HAND, ANN, cause="down", name="Ann")
    else:
        room.does(Kind.NOTICE, cause="unanswered", answers=reply)
    assert room.state.pending == []
    move = room.next()
    assert (move.act, move.action) == (Act.SCRIPT, ASK)


def test_who_turned_the_page_back_is_not_thrown_forward_by_a_reply_that_was_given_up() -> None:
    room = Room()
    room.drafts += [shown(2, 3), Draft(kind=Kind.PAGE, person_id=ANN, body=Body(page=1, action=0, cause="back"))]
    room.drafts.append(said(action=ASK, asks=True, gate=True))
    reply = room.hears("the wall")
    room.drafts.append(shown(2, 3))
    room.does(Kind.NOTICE, cause="unanswered", answers=reply)
    assert room.state.cursor == 4


def test_a_gate_holds_while_the_reply_to_it_waits_for_a_model() -> None:
    room = Room()
    reply = room.hears("the wall")
    room.turn(reply, "model-gone")
    room.does(Kind.NOTICE, cause="model-gone", answers=reply)
    move = room.next(3)
    assert move.act is Act.WAIT
    assert move.until
    again = room.next((move.until - room.now).total_seconds() + 1)
    assert (again.act, again.answers) == (Act.ANSWER, reply)


def test_who_does_not_know_comes_through_a_gate_in_the_end() -> None:
    """Whatever is said: three rounds, the solution, once more, and the class goes on."""
    for intent, text in ((Intent.CONFUSED, "I don't know"), (Intent.ANSWER, "the wall")):
        room = Room()
        for _ in range(2 * (MOST_FAILURES + 1)):
            if room.state.open_ask is None:
                room.drafts.append(said(action=ASK, asks=True, gate=True))
            reply = room.hears(text, intent)
            judged = judge(room.state.pending[-1], "A cell needs energy from sunlight.", by_rule=True)
            room.says(answers=reply, verdict=judged.verdict, move=judged.move)
        assert room.state.passed == [ASK]
        assert room.next().action == ASK + 1


@pytest.mark.parametrize("stop", [(Kind.PAUSED, Kind.RESUMED), (Kind.FLOOR, Kind.RELEASED)])
def test_who_was_asked_has_their_whole_time_again_after_the_class_stood(stop: tuple[Kind, Kind]) -> None:
    room = Room(gate=False)
    room.says(cause="nudge")
    room.does(stop[0], IDA)
    room.drafts += [Draft(kind=Kind.SPEED, body=Body(speed=1.0))] * 200
    room.does(stop[1], IDA)
    assert room.next(2).act is Act.WAIT
    assert room.state.open_ask
    assert room.state.open_ask.since == room.now


def test_continue_ends_a_moment_that_was_asked_for() -> None:
    room = Room(gate=False)
    room.hears("wait a sec", Intent.HOLD_ON)
    room.does(Kind.SKIPPED, ANN)
    room.drafts.append(said(action=ASK + 1))
    assert room.state.hold_until is None


@pytest.mark.parametrize("cause", ["instructor", "interrupted"])
def test_an_instructor_who_breaks_in_takes_no_students_question_away(cause: str) -> None:
    """Who has a hand up did not stop the answer, and no attempt of a tutor's has failed."""
    room = Room(gate=False)
    asked = room.hears("Why?", Intent.QUESTION)
    room.does(Kind.HAND, ANN, cause="up", name="Ann")
    if cause == "interrupted":
        room.does(Kind.FLOOR, IDA)
    room.turn(asked, cause)
    assert [(one.seq, one.tries) for one in room.state.pending] == [(asked, 0)]


def test_who_cries_at_a_gate_is_not_asked_again() -> None:
    room = Room(people=(ANN,))
    cry = room.hears("I want to hurt myself", Intent.DISTRESS)
    room.says(answers=cry, cause="calm")
    state = room.state
    assert (state.open_ask, state.cursor, state.gate_rounds) == (None, ASK + 1, 0)
