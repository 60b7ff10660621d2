"""The cast: six files, and what a course makes of them."""

import pytest
from making import Made, make_lesson
from parts import Services
from stub_model import StubModel

from app.base.db import unit_of_work
from app.base.errors import Invalid, NotFound
from app.classroom import service as classroom
from app.classroom.schema import AGENTS, CLASSMATES, Control, Voice
from app.classroom.stage.cast import Choice, chosen_cast, full_cast, helper, lead
from app.inference.schema import Role

BEHAVIOURS = {
    "teaching and initiation",
    "in-depth discussion",
    "emotional companionship",
    "classroom management",
}


@pytest.fixture
def made(db: Services, stub: StubModel) -> Made:
    return make_lesson()


@pytest.mark.parametrize("voice", AGENTS)
def test_every_member_has_all_that_a_member_needs(voice: Voice) -> None:
    member = full_cast()[voice]
    assert set(member.behaviours) <= BEHAVIOURS
    assert all((member.behaviours, member.duties, member.actions, member.persona))
    assert 1 <= member.sentences <= 4
    assert Role(member.adapter)


def test_a_course_without_a_teacher_is_led_by_its_tutor() -> None:
    alone = chosen_cast([Choice(voice=voice, on=voice is Voice.TUTOR) for voice in AGENTS])
    assert list(alone) == [Voice.TUTOR]
    assert lead(list(alone)) is Voice.TUTOR
    assert helper([Voice.TEACHER]) is Voice.TEACHER


def test_an_instructor_chooses_and_classes_open_with_it(made: Made) -> None:
    chosen = [
        Choice(voice=voice, on=voice not in CLASSMATES, name="Ada" if voice is Voice.TUTOR else "") for voice in AGENTS
    ]
    with unit_of_work() as session:
        before = classroom.open_class(session, made.student, made.lesson_id, pace=0)
        classroom.choose_cast(session, made.instructor, made.course_id, chosen)
    with unit_of_work() as session:
        assert len(classroom.members(session, before)) == len(AGENTS)
        classroom.control(session, made.student, before, Control.END)
    with unit_of_work() as session:
        after = classroom.open_class(session, made.student, made.lesson_id, pace=0)
        members = classroom.members(session, after)
        assert set(members) == {Voice.TEACHER, Voice.TUTOR}
        assert members[Voice.TUTOR].name == "Ada"
        assert set(classroom.state(session, after).cast) == set(members)


def test_what_cannot_be_chosen(made: Made) -> None:
    nobody = [Choice(voice=voice, on=voice in CLASSMATES) for voice in AGENTS]
    twins = [Choice(voice=voice, name="Ada" if voice in CLASSMATES else "") for voice in AGENTS]
    with unit_of_work() as session:
        with pytest.raises(Invalid, match="needs a teacher or a tutor"):
            classroom.choose_cast(session, made.instructor, made.course_id, nobody)
        with pytest.raises(Invalid, match="same name"):
            classroom.choose_cast(session, made.instructor, made.course_id, twins)
        with pytest.raises(NotFound):
            classroom.choose_cast(session, made.student, made.course_id, [])
