"""The director: a pure decision, tested on states that a class can come to."""

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.classroom.directing.director import SPOKEN_BY_MODEL, Act, Moment, Move, decide, voice_for
from app.classroom.log.folding import apply, fold
from app.classroom.log.state import ClassState, Line, Question, Status
from app.classroom.schema import (
    AGENTS,
    CLASSMATES,
    Activity,
    Body,
    ClassEvent,
    Draft,
    Intent,
    Kind,
    Mode,
    TutorAction,
    Verdict,
    Voice,
)
from app.lessons.schema import Ask, Discuss, Say, Show, TeachingAction

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
CLASS = UUID(int=1)
SCRIPT = [
    Show(page=1),
    Say(page=1, text="Cells are small rooms of life."),
    Ask(page=1, text="What might a cell need?"),
    Show(page=2),
    Say(page=2, text="A membrane keeps the inside in."),
]


def log_of(*drafts: Draft, every: float = 1.0) -> list[ClassEvent]:
    """A log of these drafts, one every so many seconds."""
    return [
        ClassEvent(
            class_id=CLASS,
            seq=at,
            id=UUID(int=at * 7919),
            at=START + timedelta(seconds=at * every),
            **draft.model_dump(),
        )
        for at, draft in enumerate(drafts, start=1)
    ]


def started(activity: Activity = Activity.OFF) -> Draft:
    return Draft(kind=Kind.STARTED, body=Body(pages=2, activity=activity))


def shown(page: int, action: int) -> Draft:
    return Draft(kind=Kind.PAGE, body=Body(page=page, action=action, cause="script"))


def said(voice: Voice = Voice.TEACHER, **body: object) -> Draft:
    return Draft(kind=Kind.SAID, voice=voice, body=Body(text="Cells are small.", page=1, turn=uuid4(), **body))


def asked(text: str = "What is a cell?") -> Draft:
    return Draft(kind=Kind.ASKED, voice=Voice.STUDENT, body=Body(text=text, page=1))


def at(seconds: float, present: bool = True, pace: float = 1.0) -> Moment:
    return Moment(now=START + timedelta(seconds=seconds), present=present, pace=pace)


def test_a_fresh_class_shows_the_first_page() -> None:
    move = decide(fold(log_of(started())), SCRIPT, at(2))
    assert (move.act, move.action) == (Act.SCRIPT, 0)


def test_a_waiting_student_is_answered_next_even_while_words_are_being_read() -> None:
    state = fold(log_of(started(), shown(1, 0), said(action=1), asked()))
    move = decide(state, SCRIPT, at(4.1))
    assert (move.act, move.answers, move.voice) == (Act.ANSWER, 4, Voice.TUTOR)


def test_a_waiting_student_is_answered_while_the_class_is_paused() -> None:
    state = fold(log_of(started(), shown(1, 0), Draft(kind=Kind.PAUSED), asked()))
    assert decide(state, SCRIPT, at(9)).act is Act.ANSWER


def test_questions_are_answered_in_order() -> None:
    state = fold(log_of(started(), shown(1, 0), asked("One?"), asked("Two?"), said(Voice.TUTOR, answers=3)))
    assert decide(state, SCRIPT, at(9)).answers == 4


@pytest.mark.parametrize(
    ("named", "cast", "last", "voice"),
    [
        (None, list(AGENTS), Voice.TEACHER, Voice.TUTOR),
        (None, list(AGENTS), Voice.TUTOR, Voice.TEACHER),
        (None, [Voice.TEACHER], Voice.TEACHER, Voice.TEACHER),
        (None, [Voice.TUTOR], Voice.TUTOR, Voice.TUTOR),
        (Voice.TEACHER, list(AGENTS), Voice.TUTOR, Voice.TEACHER),
        (Voice.CLOWN, list(AGENTS), Voice.TEACHER, Voice.CLOWN),
        (Voice.CLOWN, [Voice.TEACHER, Voice.TUTOR], Voice.TEACHER, Voice.TUTOR),
    ],
)
def test_who_answers(named: Voice | None, cast: list[Voice], last: Voice, voice: Voice) -> None:
    state = ClassState(cast=cast, recent=[Line(seq=1, voice=last, text="A cell is small.", page=1)])
    assert voice_for(Question(seq=2, text="What is it?", page=1, named=named), state) is voice


def test_the_script_waits_for_the_reader_and_continue_skips_the_wait() -> None:
    log = [started(), shown(1, 0), said(action=1)]
    waiting = decide(fold(log_of(*log)), SCRIPT, at(3.2))
    assert waiting.act is Act.WAIT
    assert waiting.until is not None
    assert decide(fold(log_of(*log)), SCRIPT, Moment(now=waiting.until)).action == 2
    assert decide(fold(log_of(*log, Draft(kind=Kind.SKIPPED))), SCRIPT, at(4.1)).action == 2


def test_a_question_of_the_teachers_leaves_the_student_time_and_then_the_lesson_goes_on() -> None:
    state = fold(log_of(started(), shown(1, 0), said(action=1), said(action=2, asks=True)))
    assert decide(state, SCRIPT, at(20)).act is Act.WAIT
    helped = decide(state, SCRIPT, at(60))
    assert (helped.act, helped.voice) == (Act.NUDGE, Voice.TUTOR)
    nudge = Draft(kind=Kind.SAID, voice=Voice.TUTOR, body=Body(text="Try it.", page=1, turn=uuid4(), cause="nudge"))
    state = apply(state, ClassEvent(class_id=CLASS, seq=5, id=uuid4(), at=START, **nudge.model_dump()))
    assert decide(state, SCRIPT, at(10)).act is Act.WAIT
    assert decide(state, SCRIPT, at(90)).action == 3


def test_nobody_is_taught_while_nobody_attends() -> None:
    move = decide(fold(log_of(started(), shown(1, 0))), SCRIPT, at(60, present=False))
    assert (move.act, move.until) == (Act.WAIT, None)


def test_an_open_turn_is_waited_for() -> None:
    turn = Draft(kind=Kind.TURN, voice=Voice.TUTOR, body=Body(turn=uuid4(), page=1, answers=3))
    assert decide(fold(log_of(started(), shown(1, 0), asked(), turn)), SCRIPT, at(60)).act is Act.WAIT


def test_a_question_lost_thrice_is_given_up_in_the_open() -> None:
    turn = Draft(kind=Kind.TURN, voice=Voice.TUTOR, body=Body(turn=uuid4(), page=1, answers=3))
    lost = Draft(kind=Kind.WITHDRAWN, voice=Voice.TUTOR, body=Body(turn=turn.body.turn, answers=3, cause="lost"))
    state = fold(log_of(started(), shown(1, 0), asked(), turn, lost, turn, lost, turn, lost))
    assert decide(state, SCRIPT, at(60)).act is Act.GIVE_UP


def test_a_question_kept_for_the_model_lets_the_script_go_on_and_comes_back() -> None:
    turn = Draft(kind=Kind.TURN, voice=Voice.TUTOR, body=Body(turn=uuid4(), page=1, answers=3))
    gone = Draft(kind=Kind.WITHDRAWN, voice=Voice.TUTOR, body=Body(turn=turn.body.turn, answers=3, cause="model-gone"))
    notice = Draft(kind=Kind.NOTICE, body=Body(cause="model-gone", answers=3))
    state = fold(log_of(started(), shown(1, 0), asked(), turn, gone, notice))
    assert state.model_gone
    assert decide(state, SCRIPT, at(7)).act is Act.SCRIPT
    assert decide(state, SCRIPT, at(30)).act is Act.ANSWER


def test_a_reply_to_a_classmate_that_failed_is_not_tried_for_ever() -> None:
    curious = said(Voice.CURIOUS, asks=True)
    state = fold(log_of(started(Activity.LIVELY), shown(1, 0), said(action=1), curious))
    move = decide(state, SCRIPT, at(60))
    assert (move.act, move.voice, move.answers) == (Act.REPLY, Voice.TUTOR, 4)
    turn = Draft(kind=Kind.TURN, voice=Voice.TUTOR, body=Body(turn=uuid4(), page=1, answers=4))
    gone = Draft(kind=Kind.WITHDRAWN, voice=Voice.TUTOR, body=Body(turn=turn.body.turn, answers=4, cause="model-gone"))
    state = fold(log_of(started(Activity.LIVELY), shown(1, 0), said(action=1), curious, turn, gone))
    assert decide(state, SCRIPT, at(60)).act is Act.SCRIPT


def _walk(activity: Activity, fails: str = "") -> list[Move]:
    """A whole class without a student's word, every wait waited out; for the reason in `fails` no model has a word."""
    state, moves = fold(log_of(started(activity))), []
    script = [*SCRIPT, Discuss(page=2, text="Where are cells?")] * 8 if fails else SCRIPT * 8
    moment = at(1)
    while not moves or moves[-1].act is not Act.END:
        assert len(moves) < 2000, "the class never ends"
        move = decide(state, script, moment)
        moves.append(move)
        moment = Moment(now=(move.until if move.act is Act.WAIT and move.until else moment.now) + timedelta(seconds=1))
        for draft in _fail(move, fails) if fails and move.act in SPOKEN_BY_MODEL else _carry_out(move, script):
            event = ClassEvent(class_id=CLASS, seq=state.seq + 1, id=uuid4(), at=moment.now, **draft.model_dump())
            state = apply(state, event)
    return moves


def _fail(move: Move, cause: str) -> list[Draft]:
    """A model's turn of which nothing can be shown."""
    body = Body(page=1, turn=uuid4(), answers=move.answers)
    gone = body.model_copy(update={"cause": cause})
    return [Draft(kind=Kind.TURN, voice=move.voice, body=body), Draft(kind=Kind.WITHDRAWN, voice=move.voice, body=gone)]


def _carry_out(move: Move, script: list[TeachingAction]) -> list[Draft]:
    if move.act is Act.SCRIPT and move.action is not None:
        action = script[move.action]
        if isinstance(action, Show):
            return [shown(action.page, move.action)]
        return [said(action=move.action, asks=isinstance(action, (Ask, Discuss)), cause=action.kind.value)]
    if move.act in (Act.CHAT, Act.REPLY) and move.voice:
        return [said(move.voice, asks=move.voice is Voice.CURIOUS)]
    if move.act is Act.NUDGE and move.voice:
        return [said(move.voice, cause="nudge")]
    if move.act is Act.CLOSE:
        return [said(cause="closing")]
    return []


def test_activity_levels_are_ordered_and_off_means_silence() -> None:
    talk = [sum(move.act is Act.CHAT for move in _walk(level)) for level in Activity]
    assert talk[0] == 0
    assert talk == sorted(talk)
    assert talk[-1] > talk[1]


@pytest.mark.parametrize("activity", list(Activity))
def test_every_line_is_taught_once_and_nobody_speaks_twice_running(activity: Activity) -> None:
    moves = _walk(activity)
    taught = [move.action for move in moves if move.act is Act.SCRIPT]
    assert taught == list(range(len(SCRIPT) * 8))
    speakers = [move.voice for move in moves if move.voice]
    assert all(one != two or one is Voice.TEACHER for one, two in itertools.pairwise(speakers))
    assert sum(move.voice in CLASSMATES for move in moves) < len(taught)


@pytest.mark.parametrize("fails", ["nothing-to-add", "lost"])
@pytest.mark.parametrize("activity", list(Activity))
def test_a_class_in_which_no_model_has_a_word_is_taught_to_its_end(activity: Activity, fails: str) -> None:
    moves = _walk(activity, fails)
    assert [move.action for move in moves if move.act is Act.SCRIPT] == list(range(len(SCRIPT) * 8 + 8))
    assert sum(move.act in SPOKEN_BY_MODEL for move in moves) <= len(SCRIPT) * 16


@given(st.lists(st.sampled_from(["ask", "pause", "resume", "skip", "said", "turn", "lost", "page"]), max_size=25))
def test_a_pending_question_always_outranks_the_script(steps: list[str]) -> None:
    happens = {
        "ask": asked(),
        "pause": Draft(kind=Kind.PAUSED),
        "resume": Draft(kind=Kind.RESUMED),
        "skip": Draft(kind=Kind.SKIPPED),
        "said": said(action=1),
        "turn": Draft(kind=Kind.TURN, voice=Voice.THINKER, body=Body(turn=uuid4(), page=1)),
        "lost": Draft(kind=Kind.WITHDRAWN, voice=Voice.THINKER, body=Body(cause="lost")),
        "page": shown(2, 3),
    }
    drafts = [started(Activity.LIVELY), shown(1, 0), *(happens[step] for step in steps)]
    state = fold(log_of(*drafts))
    move = decide(state, SCRIPT, at(1000))
    if state.pending and not state.open_turn:
        assert move.act is Act.ANSWER
        assert move.voice in (Voice.TEACHER, Voice.TUTOR)
    if state.status is Status.RUNNING and not state.open_turn:
        assert move.act is not Act.WAIT
    assert decide(state, SCRIPT, at(1000)) == move


def test_apply_refuses_a_gap() -> None:
    with pytest.raises(ValueError, match="does not follow"):
        apply(ClassState(), log_of(started(), started())[1])


def gated(text: str, verdict: Verdict, move: TutorAction, answers: int) -> list[Draft]:
    """A student's answer at a gate, and the tutor's words about it."""
    reply = Body(text=text, page=1, intent=Intent.ANSWER)
    about = Body(text="Hm.", page=1, turn=uuid4(), answers=answers, verdict=verdict, move=move)
    return [
        Draft(kind=Kind.ASKED, voice=Voice.STUDENT, body=reply),
        Draft(kind=Kind.SAID, voice=Voice.TUTOR, body=about),
    ]


def test_a_gate_holds_the_class_until_the_answer_is_right() -> None:
    log = [started(), shown(1, 0), said(action=1), said(action=2, asks=True, gate=True)]
    nudge = said(Voice.TUTOR, cause="nudge")
    held = fold(log_of(*log, nudge, Draft(kind=Kind.SKIPPED)))
    assert decide(held, SCRIPT, at(500)) == Move(act=Act.WAIT)
    hint = gated("the wall", Verdict.WRONG, TutorAction.HINT, 5)
    assert fold(log_of(*log, *hint)).open_ask is not None
    opened = fold(log_of(*log, *gated("food", Verdict.RIGHT, TutorAction.CONFIRM, 5)))
    assert (opened.passed, decide(opened, SCRIPT, at(500)).action) == ([2], 3)


def test_after_the_solution_the_gates_question_is_put_once_more_and_then_the_class_goes_on() -> None:
    told = gated("the wall", Verdict.WRONG, TutorAction.SOLUTION_AFTER_FAILURE, 5)
    log = [started(), shown(1, 0), said(action=1), said(action=2, asks=True, gate=True), *told]
    state = fold(log_of(*log))
    assert decide(state, SCRIPT, at(500)).action == 2
    again = gated("the roof", Verdict.WRONG, TutorAction.SOLUTION_AFTER_FAILURE, 8)
    state = fold(log_of(*log, said(action=2, asks=True, gate=True), *again))
    assert (state.passed, decide(state, SCRIPT, at(500)).action) == ([2], 3)


def test_a_raised_hand_is_invited_and_has_a_minute() -> None:
    log = [started(), shown(1, 0), said(action=1), Draft(kind=Kind.HAND, body=Body(cause="up"))]
    assert decide(fold(log_of(*log)), SCRIPT, at(5)).act is Act.INVITE
    invited = fold(log_of(*log, said(cause="invitation")))
    assert decide(invited, SCRIPT, at(30)).act is Act.WAIT
    assert decide(invited, SCRIPT, at(90)).action == 2
    assert decide(fold(log_of(*log, said(cause="invitation"), asked())), SCRIPT, at(8)).act is Act.ANSWER


def test_an_interactive_class_leaves_the_floor_after_each_point() -> None:
    log = [started(), Draft(kind=Kind.MODE, body=Body(mode=Mode.INTERACTIVE)), shown(1, 0), said(action=1)]
    assert decide(fold(log_of(*log)), SCRIPT, at(20)).act is Act.WAIT
    assert decide(fold(log_of(*log, Draft(kind=Kind.SKIPPED))), SCRIPT, at(6)).action == 2
    assert decide(fold(log_of(*log)), SCRIPT, at(60)).action == 2


def test_a_line_cut_early_is_said_again_and_one_cut_late_is_not() -> None:
    line = "A cell is small, and many cells make a plant or an animal that lives."
    say_it = Draft(kind=Kind.SAID, voice=Voice.TEACHER, body=Body(text=line, page=1, turn=uuid4(), action=1))
    for heard, cursor in ((10, 1), (len(line) - 4, 2)):
        cut = Draft(kind=Kind.CUT, body=Body(answers=3, heard=heard))
        state = fold(log_of(started(), shown(1, 0), say_it, cut))
        assert state.cursor == cursor
        assert state.recent[-1].text.startswith(line[:heard].rstrip())


def test_several_students_are_answered_in_turn_and_trouble_first() -> None:
    one, two = uuid4(), uuid4()

    def by(person: UUID, text: str, intent: Intent = Intent.QUESTION) -> Draft:
        body = Body(text=text, page=1, intent=intent)
        return Draft(kind=Kind.ASKED, voice=Voice.STUDENT, person_id=person, body=body)

    log = [started(), shown(1, 0), by(one, "a?"), by(one, "b?"), by(two, "c?"), said(Voice.TUTOR, answers=3)]
    state = fold(log_of(*log))
    assert decide(state, SCRIPT, at(9)).answers == 5
    hurt = fold(log_of(*log, by(one, "I want to die", Intent.DISTRESS)))
    assert (decide(hurt, SCRIPT, at(9)).act, decide(hurt, SCRIPT, at(9)).answers) == (Act.CALM, 7)


def test_a_floor_that_was_not_used_is_given_back() -> None:
    """A hand that was invited and said nothing is down once the class goes on, so that it can be raised again."""
    up = Draft(kind=Kind.HAND, body=Body(cause="up"))
    invited = [started(), shown(1, 0), up, said(cause="invitation")]
    hand = fold(log_of(*invited)).hand
    assert hand
    assert hand.invited
    assert fold(log_of(*invited, said(action=1))).hand is None
    assert fold(log_of(*invited, shown(2, 2))).hand is None
    assert fold(log_of(started(), shown(1, 0), up, said(action=1))).hand


def test_hands_are_called_in_the_order_in_which_they_were_raised() -> None:
    """Whoever lets the minute pass makes room for the next at once, and who spoke comes after the others."""
    first, second = uuid4(), uuid4()

    def hand(person: UUID, cause: str = "up") -> Draft:
        return Draft(kind=Kind.HAND, person_id=person, body=Body(cause=cause))

    def by(person: UUID) -> Draft:
        return Draft(kind=Kind.ASKED, voice=Voice.STUDENT, person_id=person, body=Body(text="Why?", page=1))

    def up(*events: Draft) -> list[UUID | None]:
        state = fold(log_of(started(), shown(1, 0), *events))
        return [one.person for one in (state.hand, *state.hands) if one]

    invited = [hand(first), hand(second), said(cause="invitation")]
    waits = fold(log_of(started(), shown(1, 0), *invited))
    assert decide(waits, SCRIPT, at(9)).act is Act.WAIT
    assert decide(waits, SCRIPT, at(9 + 61)).act is Act.INVITE
    assert up(*invited) == [first, second]
    assert up(*invited, said(cause="invitation")) == [second]
    assert up(*invited, by(first)) == [second]
    assert up(*invited, by(first), hand(first)) == [second, first]
    assert up(*invited, by(second)) == [first]
    assert up(hand(first), hand(second), hand(first, "down")) == [second]
    assert up(hand(first), hand(first)) == [first]


def test_who_stops_the_answer_to_their_own_question_gets_the_floor_and_not_the_answer_again() -> None:
    asker, turn = uuid4(), uuid4()
    question = Draft(kind=Kind.ASKED, voice=Voice.STUDENT, person_id=asker, body=Body(text="What?", page=1))
    begun = Draft(kind=Kind.TURN, voice=Voice.TUTOR, body=Body(turn=turn, page=1, answers=3))
    ended = Draft(kind=Kind.WITHDRAWN, voice=Voice.TUTOR, body=Body(turn=turn, page=1, answers=3, cause="interrupted"))

    def after(stopper: UUID | None) -> Move:
        hand = [Draft(kind=Kind.HAND, person_id=stopper, body=Body(cause="up"))] if stopper else []
        return decide(fold(log_of(started(), shown(1, 0), question, begun, *hand, ended)), SCRIPT, at(9))

    assert after(asker).act is Act.INVITE
    assert (after(uuid4()).act, after(None).act) == (Act.ANSWER, Act.ANSWER)
