"""Gates on sections: held until it is shown, talked over after a wrong answer, never for ever, and told to those who
teach."""

import itertools

import pytest
from gating import (
    CELLS,
    ITEMS,
    MEMBRANES,
    RIGHT,
    answer_to,
    begin,
    give,
    go_on,
    make_gated,
    page_of,
    passed,
    put,
    take_time,
)
from logs import log_of
from making import make_person
from parts import Services
from sqlalchemy import select
from stub_model import Scripted, StubModel

from app.accounts import service as accounts
from app.accounts.schema import CourseRole
from app.analysis.learners import service as learners
from app.analysis.learners.mastery import rebuild
from app.assessment import service as assessment
from app.assessment.documents import PaperPlan, Purpose
from app.assessment.models import Attempt, Paper
from app.assessment.schema import Response
from app.base.db import unit_of_work
from app.base.errors import Conflict, Invalid
from app.classroom import service as classroom
from app.classroom.models import ClassSession, TurnPrompt
from app.classroom.schema import Activity, Control, How, Kind, TutorAction, Verdict, Voice
from app.inference.breaker import breaker_of
from app.inference.gateway import endpoint_of
from app.inference.schema import Role
from app.records import service as records
from app.records.reading import extension

HINT = "Look again at what page 2 says about the membrane."


@pytest.fixture
def stubbed(db: Services, stub: StubModel) -> StubModel:
    stub.script(Scripted(match="membrane", reply=HINT))
    return stub


def test_a_gate_holds_the_class_until_it_is_shown(stubbed: StubModel) -> None:
    """Two right answers in a row about the component; the answers are attempts, timed by the server, and records."""
    made = make_gated(in_a_row=2)
    class_id = begin(made)
    first = put(class_id)
    assert page_of(class_id) == 2
    assert "Of cells" in first.body.text
    with unit_of_work() as session, pytest.raises(Conflict, match="this section"):
        classroom.control(session, made.student, class_id, Control.FORWARD)
    with unit_of_work() as session:
        classroom.control(session, made.student, class_id, Control.CONTINUE)
    go_on(class_id)
    assert page_of(class_id) == 2
    assert give(made, class_id, first, is_right=True) is Verdict.RIGHT
    second = put(class_id)
    assert second.body.text.startswith("That is right.")
    assert second.body.item.view.version_id != first.body.item.view.version_id
    assert give(made, class_id, second, is_right=True) is Verdict.RIGHT
    events = go_on(class_id)
    assert passed(class_id) == [How.EVIDENCE]
    assert any(event.body.cause == "gate" and "so we go on" in event.body.text for event in events)
    assert page_of(class_id) == 3
    with unit_of_work() as session:
        told = assessment.answers_of(session, made.student.id)
        assert [(one.success, one.components) for one in told] == [(True, [MEMBRANES]), (True, [MEMBRANES])]
        assert all(0 <= one.seconds < 60 for one in told)
        assert assessment.papers_of(session, made.course_id) == []
        assert assessment.my_papers(session, made.student, made.course_id) == []
        assert assessment.practice_lines(session, made.student, made.course_id) == []
    records.follow_answers()
    records.project(class_id)
    with unit_of_work() as session:
        verbs = {
            str(one.verb.id).rpartition("/")[2]
            for one in records.class_statements(session, class_id, reader=made.student.id)
        }
        assert "came-through" in verbs
        lines = classroom.gates_in(session, made.course_id)
    assert [(one.person, one.section, one.how, one.right, one.asked) for one in lines] == [
        ("Sam", "Of cells", How.EVIDENCE, 2, 2)
    ]


def test_a_wrong_answer_is_talked_over_and_its_key_is_in_no_prompt(stubbed: StubModel) -> None:
    """Hint, hint, and at last the answer, said by code; only the first answer is an attempt."""
    made = make_gated(items=1)
    class_id = begin(made)
    asked = put(class_id)
    take_time(class_id)
    assert give(made, class_id, asked, is_right=False) is Verdict.WRONG
    events = go_on(class_id)
    tutor = [event for event in events if event.kind is Kind.SAID and event.body.verdict]
    assert [event.body.move for event in tutor] == [TutorAction.HINT]
    assert tutor[0].body.text == HINT
    assert page_of(class_id) == 2
    for words in ("perhaps the water", "perhaps the light"):
        with unit_of_work() as session:
            classroom.say(session, made.student, class_id, words)
        go_on(class_id)
    moves = [event.body.move for event in log_of(class_id) if event.kind is Kind.SAID and event.body.verdict]
    assert moves[0] is TutorAction.HINT
    assert len(moves) == 3
    with unit_of_work() as session:
        prompts = "\n".join(f"{one.system}\n{one.words}" for one in session.scalars(select(TurnPrompt)))
        assert "Page 2 says so" not in prompts
        assert len(assessment.answers_of(session, made.student.id)) == 1
    assert "What does a membrane keep out?" in prompts


def test_what_hands_over_the_answer_is_not_shown_while_it_is_open(db: Services, stub: StubModel) -> None:
    made = make_gated(items=1)
    leak = f"It keeps {RIGHT} out."
    stub.script(Scripted(match="membrane", reply=leak))
    class_id = begin(made)
    asked = put(class_id)
    with unit_of_work() as session:
        classroom.say(session, made.student, class_id, "Can you explain the membrane again, please?")
    answers = [event for event in go_on(class_id) if event.kind is Kind.SAID and event.voice is Voice.TUTOR]
    assert answers
    assert all(RIGHT not in event.body.text for event in answers)
    assert all(RIGHT not in source.text for event in answers for source in event.body.sources)
    with unit_of_work() as session:
        item = classroom.state(session, class_id).item
    assert item is not None
    assert item.is_open, "a question in between leaves it open"
    give(made, class_id, asked, is_right=False)
    hints = [event for event in go_on(class_id) if event.kind is Kind.SAID and event.body.verdict]
    assert hints
    assert RIGHT not in hints[0].body.text


def test_nothing_that_a_student_gets_holds_the_key_before_the_answer(stubbed: StubModel) -> None:
    made = make_gated(items=1)
    class_id = begin(made)
    asked = put(class_id)
    with unit_of_work() as session:
        shown = classroom.asked_item(session, made.student, class_id, asked.seq)
        state = classroom.state_for(session, made.student, class_id)
    for document in (asked, shown, state):
        for word in ("right", "explanation", "Page 2 says so"):
            assert f'"{word}":[' not in document.model_dump_json()
            assert "Page 2 says so" not in document.model_dump_json()


def test_an_endless_hold_is_none(stubbed: StubModel) -> None:
    """After as many questions as allowed the class goes on; the instructor is told by how, and so after the last one of
    the bank."""
    made = make_gated(in_a_row=2, most=2)
    class_id = begin(made)
    for _ in range(2):
        give(made, class_id, put(class_id), is_right=False)
        with unit_of_work() as session:
            go_on(class_id)
            classroom.control(session, made.student, class_id, Control.CONTINUE)
    events = go_on(class_id)
    assert passed(class_id) == [How.BOUND]
    assert page_of(class_id) == 3
    concerns = [event for event in events if event.kind is Kind.CONCERN]
    assert [(one.body.cause, "0 of 2 answers right" in one.body.text) for one in concerns] == [
        ("gate-without-evidence", True)
    ]
    assert any(event.body.text.startswith("The answer was") for event in events)


@pytest.mark.parametrize("items", [0, 1])
def test_a_bank_that_has_no_more_questions_holds_nobody(stubbed: StubModel, items: int) -> None:
    made = make_gated(in_a_row=2, items=items)
    class_id = begin(made)
    if items:
        give(made, class_id, put(class_id), is_right=True)
    go_on(class_id)
    assert passed(class_id) == [How.RAN_OUT]
    assert page_of(class_id) == 3


def test_what_is_known_already_is_not_asked(stubbed: StubModel) -> None:
    """A mastery estimate at the door is evidence; of two components the other one alone is asked about."""
    made = make_gated(components=(CELLS, MEMBRANES))
    class_id = begin(made, known={MEMBRANES: 0.95, CELLS: 0.4})
    asked = put(class_id)
    assert asked.body.item.components == [CELLS]
    give(made, class_id, asked, is_right=True)
    go_on(class_id)
    assert page_of(class_id) == 3
    other = make_person("kim@school.test")
    with unit_of_work() as session:
        accounts.enrol(session, made.course_id, other.id, CourseRole.STUDENT)
    class_id = begin(made, other, known={MEMBRANES: 0.95, CELLS: 0.9})
    assert not [event for event in go_on(class_id) if event.body.item]
    with unit_of_work() as session:
        hows = {(one.person, one.how) for one in classroom.gates_in(session, made.course_id)}
    assert hows == {("Sam", How.EVIDENCE), ("Kim", How.MASTERY)}


def test_an_answer_counts_once_however_often_it_is_sent(stubbed: StubModel) -> None:
    """Two tabs: the first answer stands, the second learns what it was; and a closed question takes none."""
    made = make_gated(items=1)
    class_id = begin(made)
    asked = put(class_id)
    version = asked.body.item.view.version_id
    with unit_of_work() as session, pytest.raises(Invalid):
        classroom.answer(session, made.student, class_id, asked.seq, Response())
    given = []
    for is_right in (False, True, True):
        with unit_of_work() as session:
            response = Response.model_validate(answer_to(version, is_right))
            given.append(classroom.answer(session, made.student, class_id, asked.seq, response))
    assert [one.first for one in given] == [True, False, False]
    assert {one.verdict for one in given} == {Verdict.WRONG}
    with unit_of_work() as session:
        assert len(session.scalars(select(Attempt)).all()) == 1
        assert session.scalars(select(Paper.title)).all() == ["Asked in class: Cells and energy"]
    assert [event.kind for event in log_of(class_id)].count(Kind.ANSWERED) == 1


def test_an_exchange_that_waits_for_a_model_ends_with_the_answer(db: Services, stub: StubModel) -> None:
    """The model is away: the class tells what was right, puts the next question, and comes back to nothing."""
    stub.script(Scripted(match="membrane", fault="status:503"))
    made = make_gated(in_a_row=2)
    class_id = begin(made)
    give(made, class_id, put(class_id), is_right=False)
    second = put(class_id)
    assert second.body.text.startswith("Not quite. The answer was")
    with unit_of_work() as session:
        assert classroom.state(session, class_id).pending == []
    breaker_of(endpoint_of(Role.TUTOR).url).succeeded()


def test_who_does_not_know_gets_a_hint_and_no_empty_promise_of_one(stubbed: StubModel) -> None:
    promise = "Sure, I can help you with that. Let us think about it together."
    stubbed.script(Scripted(match="does not know", reply=promise))
    made = make_gated(items=1)
    class_id = begin(made)
    asked = put(class_id)
    with unit_of_work() as session:
        classroom.answer(session, made.student, class_id, asked.seq, Response(), passes=True)
    told = [event for event in go_on(class_id) if event.kind is Kind.SAID and event.body.verdict]
    assert [(event.body.move, event.body.verdict) for event in told] == [(TutorAction.HINT_ON_REQUEST, Verdict.UNCLEAR)]
    assert told[0].body.text.startswith("Take your time. What you need stands on page")


def test_a_question_on_a_test_is_kept_for_it(stubbed: StubModel) -> None:
    """Also one on a quiz that is not published yet; one of practice may be asked."""
    made = make_gated()
    with unit_of_work() as session:
        cards = {card.item.stem: card.id for card in assessment.items_of(session, made.course_id)}
        for purpose, stems in (
            (Purpose.QUIZ, [ITEMS[0][0].stem, ITEMS[1][0].stem]),
            (Purpose.PRACTICE, [ITEMS[2][0].stem]),
        ):
            paper = assessment.make_paper(
                session, made.instructor, made.course_id, PaperPlan(title="T", purpose=purpose)
            )
            assessment.set_items(session, made.instructor, paper, [cards[one] for one in stems])
        found = assessment.class_items(session, made.course_id, [MEMBRANES], "")
    assert [one.view.stem for one in found] == [ITEMS[2][0].stem]


def test_several_answer_each_for_themselves(stubbed: StubModel) -> None:
    """Nobody sees how others answered; the class goes on once each came through, and who leaves holds nobody."""
    made = make_gated(in_a_row=1, most=2)
    kim, lea = make_person("kim@school.test"), make_person("lea@school.test")
    with unit_of_work() as session:
        for one in (kim, lea):
            accounts.enrol(session, made.course_id, one.id, CourseRole.STUDENT)
        class_id = classroom.open_shared(session, made.instructor, made.lesson_id)
    with unit_of_work() as session:
        for one in (made.student, kim, lea):
            classroom.join(session, one, class_id)
        session.get_one(ClassSession, class_id).pace = 0.05
        classroom.set_activity(session, made.instructor, class_id, Activity.OFF)
    asked = put(class_id)
    take_time(class_id)
    give(made, class_id, asked, is_right=True)
    give(made, class_id, asked, is_right=False, who=kim)
    with unit_of_work() as session:
        seen = classroom.state_for(session, kim, class_id)
        assert [set(gate.people) for gate in seen.gates] == [{kim.id}]
        assert seen.item is not None
        assert seen.item.answered == [kim.id]
        classroom.leave(session, lea, class_id)
    second = put(class_id)
    assert second.body.text.startswith("The answer was")
    assert passed(class_id) == [How.EVIDENCE]
    assert page_of(class_id) == 2
    give(made, class_id, second, is_right=True, who=kim)
    take_time(class_id, 0)
    go_on(class_id)
    assert passed(class_id) == [How.EVIDENCE, How.EVIDENCE]
    assert page_of(class_id) == 3
    records.project(class_id)
    with unit_of_work() as session:
        own = records.class_statements(session, class_id, reader=kim.id)
    about = [one for one in own if extension(one, "kind") in ("item.answered", "gate.passed")]
    assert {one.actor.account.name for one in about if one.actor.account} == {str(kim.id)}


def test_back_and_forth_asks_anew_and_counts_nothing(stubbed: StubModel) -> None:
    made = make_gated(items=1)
    class_id = begin(made)
    first = put(class_id)
    with unit_of_work() as session:
        classroom.control(session, made.student, class_id, Control.BACK)
    response = Response.model_validate(answer_to(first.body.item.view.version_id, is_right=True))
    with unit_of_work() as session, pytest.raises(Conflict):
        classroom.answer(session, made.student, class_id, first.seq, response)
    again = put(class_id)
    assert again.seq > first.seq
    assert again.body.item.view.version_id == first.body.item.view.version_id
    with unit_of_work() as session:
        (gate,) = classroom.state(session, class_id).gates
    assert gate.people == {}


def test_the_estimate_grows_from_what_was_asked_in_class(stubbed: StubModel) -> None:
    """What is answered at a gate reaches mastery like any other answer."""
    made = make_gated(in_a_row=3)
    class_id = begin(made)
    for _ in itertools.repeat(None, 3):
        give(made, class_id, put(class_id), is_right=True)
    rebuild()
    with unit_of_work() as session:
        known = learners.known_values(session, made.student.id, made.lesson_id)
    assert known[MEMBRANES] > 0.5
