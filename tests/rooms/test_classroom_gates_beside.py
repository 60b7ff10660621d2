"""Gates and what else goes on: discussions, and turning back."""

import pytest
from gating import begin, give, make_gated, put, take_time
from making import make_person
from parts import Services
from stub_model import Scripted, StubModel

from app.accounts import service as accounts
from app.accounts.schema import CourseRole
from app.base.db import unit_of_work
from app.classroom import service as classroom
from app.classroom.directing.director import Act, Move
from app.classroom.log.asking import asked_now
from app.classroom.log.state import OpenAsk, Question
from app.classroom.models import ClassSession
from app.classroom.schema import Activity, Control, Intent, Voice
from app.classroom.speech.scene import set_scene

HINT = "Look again at what page 2 says about the membrane."


@pytest.fixture
def stubbed(db: Services, stub: StubModel) -> StubModel:
    stub.script(Scripted(match="membrane", reply=HINT))
    return stub


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
    assert scene.key, "what is right about the question that is open now is guarded"
    assert not scene.judges
