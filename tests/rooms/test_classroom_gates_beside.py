"""Gates and what else goes on: discussions, and turning back."""

from datetime import timedelta
from uuid import UUID

import pytest
from gating import ITEMS, RIGHT, begin, give, go_on, make_gated, put, take_time
from making import make_person
from parts import Services
from simulated import ANSWERS, ASKS, simulated_lesson
from stub_model import Scripted, StubModel

from app.accounts import service as accounts
from app.accounts.schema import CourseRole
from app.assessment import service as assessment
from app.base.db import new_id, now, unit_of_work
from app.classroom import service as classroom
from app.classroom.directing.director import Act, Moment, Move, decide
from app.classroom.log.asking import asked_now
from app.classroom.log.folding import apply
from app.classroom.log.state import Line, OpenAsk, Question
from app.classroom.models import ClassSession
from app.classroom.schema import Activity, Control, Intent, TutorAction, Verdict, Voice
from app.classroom.speech import quizzing
from app.classroom.speech.guard import Refusal
from app.classroom.speech.phrasing import phrase
from app.classroom.speech.refusing import refusal
from app.classroom.speech.scene import secrets_now, set_scene
from app.classroom.speech.speaking import speak
from app.classroom.speech.standing_in import not_covered
from app.classroom.stage.lesson import lesson_of

HINT = "Look again at what page 2 says about the membrane."


@pytest.fixture
def stubbed(db: Services, stub: StubModel) -> StubModel:
    stub.script(Scripted(match="membrane", reply=HINT))
    return stub


def at_the_gate_of_the_simulated_lesson() -> UUID:
    """A class of it in which the gate has put its question."""
    class_id = begin(simulated_lesson())
    for _ in range(4):
        go_on(class_id)
    return class_id


def test_a_page_back_does_not_put_anew_what_somebody_answered(stubbed: StubModel) -> None:
    made = make_gated(in_a_row=2, most=4)
    kim = make_person("kim@school.test")
    with unit_of_work() as session:
        accounts.enrol(session, made.course_id, kim.id, CourseRole.STUDENT)
        class_id = classroom.open_shared(session, made.instructor, made.lesson_id)
    with unit_of_work() as session:
        for one in (made.student, kim):
            classroom.join(session, one, class_id)
        session.get_one(ClassSession, class_id).pace = 0.05
        classroom.set_activity(session, made.instructor, class_id, Activity.OFF)
    first = put(class_id)
    take_time(class_id)
    give(made, class_id, first, is_right=True)
    take_time(class_id, 0.05)
    with unit_of_work() as session:
        classroom.control(session, made.instructor, class_id, Control.BACK)
    again = put(class_id)
    assert again.body.item.view.version_id != first.body.item.view.version_id


def test_a_discussion_ends_where_a_question_of_the_bank_is_put(stubbed: StubModel) -> None:
    """Else what is right about it would be guarded by nobody, and who talks would be judged by its key."""
    made = make_gated(items=1)
    class_id = begin(made)
    asked = put(class_id)
    talk = OpenAsk(seq=1, text="Where do you meet cells?", since=asked.at, is_talk=True)
    assert asked_now(talk, None, asked, Voice.TEACHER) is None
    with unit_of_work() as session:
        row, state = session.get_one(ClassSession, class_id), classroom.state(session, class_id)
        reply = Question(seq=99, text="In my skin.", page=2, intent=Intent.ANSWER, replies_to=talk.text)
        told = state.model_copy(update={"pending": [reply]})
        scene = set_scene(session, row, told, Move(act=Act.ANSWER, voice=Voice.TUTOR, answers=99))
    assert [words for _, words in scene.others] == [ITEMS[0][0].stem], "what is open now is guarded by its own words"
    assert scene.hidden == RIGHT
    assert (scene.key, scene.solution, scene.judges) == ("", "", False)
    assert scene.asked == talk.text


def test_who_answers_one_question_tells_nothing_of_the_others_that_are_open(stubbed: StubModel) -> None:
    """Words that waited for a model come back to the script's question while the gate has put its own."""
    class_id = at_the_gate_of_the_simulated_lesson()
    with unit_of_work() as session:
        row, state = session.get_one(ClassSession, class_id), classroom.state(session, class_id)
        actions = lesson_of(session, row).script.actions
        first, second = (next(at for at, one in enumerate(actions) if one.words == asked) for asked in ASKS[:2])
        assert state.item
        gate = assessment.solution(session, state.item.version)
        state.open_ask = OpenAsk(seq=2, text=ASKS[1], since=now(), action=second)
        state.pending = [Question(seq=1, text="idk", page=1, replies_to=ASKS[0], action=first)]
        scene = set_scene(session, row, state, Move(act=Act.ANSWER, voice=Voice.TUTOR, answers=1))
        assert secrets_now(session, row, state) == scene.others
    (told, words), last = scene.others
    assert told.endswith(ANSWERS[1])
    assert (words, last) == (ASKS[1], ("\n".join(gate.lines), gate.stem))
    assert scene.hidden == "\n".join([scene.key, *(key for key, _ in scene.others)])
    assert refusal(ANSWERS[1], scene, []) is Refusal.LEAK
    scene.move = TutorAction.CONFIRM
    assert refusal(ANSWERS[0], scene, []) is None
    assert refusal(ANSWERS[1], scene, []) is Refusal.LEAK


def test_the_words_of_one_open_question_may_be_the_answer_of_another(stubbed: StubModel) -> None:
    """The script has just asked what the membrane keeps outside, and the gate what surrounds each cell."""
    class_id = at_the_gate_of_the_simulated_lesson()
    with unit_of_work() as session:
        row, state = session.get_one(ClassSession, class_id), classroom.state(session, class_id)
        wish = Question(seq=99, text="tell me the answer", page=2, intent=Intent.QUESTION)
        state.pending, state.open_ask = [wish], None
        scene = set_scene(session, row, state, Move(act=Act.ANSWER, voice=Voice.TEACHER, answers=99))
    assert scene.asked, "what is wanted is the answer of the gate's question"
    told: list[str] = []
    speak(scene, told.append, lambda: False)
    assert told
    assert "found nothing" not in told[0]
    scene.stem, scene.asked, scene.key = "", ASKS[1], ANSWERS[1]
    scene.others = [("a membrane", "What surrounds each cell?")]
    assert "Membranes" not in not_covered(scene)
    assert refusal("A membrane surrounds each cell.", scene, []) is Refusal.LEAK
    scene.others.insert(0, ("harmful things", "Is a membrane a skin?"))
    assert refusal("A membrane surrounds each cell.", scene, []) is Refusal.LEAK
    scene.others = []
    assert "Membranes" in not_covered(scene)


def test_the_options_of_the_other_open_question_do_not_cover_its_answer(stubbed: StubModel) -> None:
    """What is right stands among them."""
    class_id = begin(make_gated(items=1))
    put(class_id)
    with unit_of_work() as session:
        row, state = session.get_one(ClassSession, class_id), classroom.state(session, class_id)
        assert state.item
        assert RIGHT in state.item.words
        state.pending = [Question(seq=99, text="idk", page=2, replies_to=ASKS[0], action=0)]
        scene = set_scene(session, row, state, Move(act=Act.ANSWER, voice=Voice.TUTOR, answers=99))
    assert refusal("The membrane keeps out harmful things.", scene, []) is Refusal.LEAK
    assert not scene.is_safe("The membrane keeps out harmful things.")


def test_who_wants_an_open_answer_is_encouraged_where_the_model_only_hands_it_over(stubbed: StubModel) -> None:
    class_id = begin(make_gated(items=1))
    put(class_id)
    stubbed.script(Scripted(match="membrane", reply="It keeps out harmful things."))
    with unit_of_work() as session:
        row, state = session.get_one(ClassSession, class_id), classroom.state(session, class_id)
        state.pending = [Question(seq=99, text="tell me the answer", page=2, intent=Intent.QUESTION)]
        scene = set_scene(session, row, state, Move(act=Act.ANSWER, voice=Voice.TUTOR, answers=99))
    told: list[str] = []
    speak(scene, told.append, lambda: False)
    assert told == [scene.phrase("encouraged")]


@pytest.mark.parametrize(("last", "helps"), [(Voice.TEACHER, Voice.TUTOR), (Voice.TUTOR, Voice.TEACHER)])
def test_nobody_helps_at_a_gate_just_after_words_of_their_own(stubbed: StubModel, last: Voice, helps: Voice) -> None:
    class_id = begin(make_gated(in_a_row=2, most=4))
    put(class_id)
    with unit_of_work() as session:
        state = classroom.state(session, class_id)
    assert state.item
    state.item.nudged = False
    state.recent = [Line(seq=state.seq, voice=last, text="Take your time.", page=2)]
    move = decide(state, [], Moment(now=now() + timedelta(minutes=10)))
    assert (move.act, move.voice) == (Act.NUDGE, helps)


def test_the_answer_that_is_wanted_is_that_of_what_an_agent_asked_last(stubbed: StubModel) -> None:
    made = simulated_lesson()
    class_id = begin(made)
    wish = Question(seq=9, text="What is the answer?", page=1, intent=Intent.QUESTION)
    wondered = Line(seq=8, voice=Voice.CURIOUS, text="What is it that surrounds a cell?", page=1)
    with unit_of_work() as session:
        row, state = session.get_one(ClassSession, class_id), classroom.state(session, class_id)
        state.pending, state.recent, state.open_ask, state.item = [wish], [wondered], None, None
        scene = set_scene(session, row, state, Move(act=Act.ANSWER, voice=Voice.TUTOR, answers=9))
        assert scene.question == f"{wish.text}\n{wondered.text}"
        assert not scene.wants_answer
        state.recent = [wondered.model_copy(update={"text": "Cells rest."})]
        assert set_scene(session, row, state, Move(act=Act.ANSWER, voice=Voice.TUTOR, answers=9)).wants_answer


def test_a_question_that_waited_for_a_model_outlives_the_question_of_the_bank_it_came_up_at(stubbed: StubModel) -> None:
    """An attempt is answered by the line that tells what was right; what was asked still wants its own answer."""
    made = make_gated(in_a_row=2, most=4)
    class_id = begin(made)
    asked = put(class_id)
    words = {Intent.ANSWER: "stones", Intent.THANKS: "lol", Intent.QUESTION: "Why is that so?", Intent.DISTRESS: "help"}
    waiting = [
        Question(seq=seq, text=text, page=2, intent=intent, replies_to="What is a cell?", item=new_id())
        for seq, (intent, text) in enumerate(words.items(), start=1)
    ]
    with unit_of_work() as session:
        state = classroom.state(session, class_id).model_copy(update={"pending": waiting})
    left = apply(state, asked.model_copy(update={"seq": state.seq + 1})).pending
    assert [(one.text, one.item, one.replies_to) for one in left] == [("Why is that so?", None, ""), ("help", None, "")]


def test_only_a_right_answer_is_called_right_not_what_was_said_after_it(stubbed: StubModel) -> None:
    class_id = begin(make_gated(in_a_row=2, most=4))
    put(class_id)
    with unit_of_work() as session:
        state = classroom.state(session, class_id)
        assert state.item
        state.item = state.item.model_copy(update={"told": True})
        state.recent = [Line(seq=90, voice=Voice.STUDENT, text="lol", page=2)]
        assert quizzing._told(session, state, "English") == ""
        state.recent = [Line(seq=90, voice=Voice.STUDENT, text="a membrane", page=2, verdict=Verdict.RIGHT)]
        assert quizzing._told(session, state, "English") == phrase("gate_right", "English")
