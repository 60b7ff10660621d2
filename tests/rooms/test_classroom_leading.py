"""A class that an instructor leads, and one that people leave."""

from datetime import timedelta

import pytest
from making import Made, make_lesson
from parts import Services
from stub_model import StubModel
from test_classroom_company import control, member, say, state, together

from app.accounts.schema import Who
from app.base.db import new_id, now, unit_of_work
from app.base.errors import Conflict
from app.base.stream import set_flag
from app.classroom import service as classroom
from app.classroom.log.writing import OpenLog
from app.classroom.schema import Body, Control, Draft, Kind, Voice
from app.lessons.models import LessonVersion
from app.lessons.schema import Ask, LessonScript


@pytest.fixture
def made(db: Services, stub: StubModel) -> Made:
    return make_lesson()


@pytest.fixture
def kim(made: Made) -> Who:
    return member(made, "kim")


def test_where_an_instructor_leads_no_student_sets_the_pace_by_words_either(made: Made, kim: Who) -> None:
    class_id = together(made, made.student, kim)
    said = Draft(kind=Kind.SAID, voice=Voice.TEACHER, body=Body(text="What is a cell?", page=1, asks=True))
    for is_led, words in ((False, "one moment please"), (True, "one moment please"), (True, "next")):
        with unit_of_work() as session:
            OpenLog.lock(session, class_id).append(said)
        if is_led:
            classroom.be_here(class_id, made.instructor.id)
        seq = say(kim, class_id, words)
        after = state(class_id)
        assert bool(after.hold_until) is not is_led
        assert after.skip is False
        assert (seq in [one.seq for one in after.pending]) is is_led


def test_whoever_leaves_takes_no_turn_away_that_is_being_spoken(made: Made, kim: Who) -> None:
    class_id = together(made, made.student, kim)
    with unit_of_work() as session:
        classroom.take_floor(session, made.instructor, class_id)
        log = OpenLog.lock(session, class_id)
        log.append(Draft(kind=Kind.TURN, voice=Voice.TUTOR, body=Body(turn=new_id(), page=1, answers=9)))
        log.row.due_at = held = now() + timedelta(seconds=30)
    for who in (kim, made.instructor):
        with unit_of_work() as session:
            classroom.leave(session, who, class_id)
        with unit_of_work() as session:
            assert OpenLog.lock(session, class_id).row.due_at == held
    assert state(class_id).floor is None


def test_a_class_that_everybody_has_left_stands(made: Made) -> None:
    class_id = together(made, made.student)
    set_flag(f"present:{class_id}", 30)
    with unit_of_work() as session:
        classroom.leave(session, made.student, class_id)
    seq = state(class_id).seq
    classroom.take_turn(class_id)
    assert state(class_id).seq == seq


def test_an_instructor_leads_the_class_past_a_question_that_holds_it(db: Services, stub: StubModel) -> None:
    made = make_lesson(ask_on=2)
    with unit_of_work() as session:
        version = session.get_one(LessonVersion, made.version_id)
        script = LessonScript.model_validate(version.script)
        next(one for one in script.actions if isinstance(one, Ask)).gate = True
        version.script = script.model_dump(mode="json")
    kim = member(made, "kim")
    class_id = together(made, made.student, kim)
    for _ in range(2):
        control(kim, class_id, Control.FORWARD)
    with pytest.raises(Conflict, match="Answer it first"):
        control(kim, class_id, Control.FORWARD)
    control(made.instructor, class_id, Control.FORWARD)
    assert state(class_id).page == 3
    control(kim, class_id, Control.BACK)
    with pytest.raises(Conflict, match="Answer it first"):
        control(kim, class_id, Control.FORWARD)
