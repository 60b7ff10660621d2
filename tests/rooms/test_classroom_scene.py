"""What a turn's words depend on: what is looked for, and what counts as a question about the lesson."""

import pytest
from making import Made, make_lesson
from parts import Services

from app.base.db import unit_of_work
from app.classroom import service as classroom
from app.classroom.directing.director import Act, Move
from app.classroom.log.writing import OpenLog
from app.classroom.schema import Body, Draft, Intent, Kind, Voice
from app.classroom.speech.phrasing import phrase
from app.classroom.speech.prompting import Scene
from app.classroom.speech.scene import set_scene
from app.classroom.stage.lesson import lesson_of
from app.lessons.schema import Ask

pytestmark = pytest.mark.usefixtures("stub")


@pytest.fixture
def made(db: Services) -> Made:
    return make_lesson()


def scene_of(made: Made, told: list[str], words: str, intent: Intent) -> Scene:
    """The tutor's scene after a teacher's lines and a student's words on page 2."""
    with unit_of_work() as session:
        log = OpenLog.lock(session, classroom.open_class(session, made.student, made.lesson_id))
        log.append(Draft(kind=Kind.PAGE, body=Body(page=2, action=0, cause="script")))
        for line in told:
            log.append(Draft(kind=Kind.SAID, voice=Voice.TEACHER, body=Body(text=line, page=2)))
        body = Body(text=words, page=2, intent=intent)
        asked = log.append(Draft(kind=Kind.ASKED, voice=Voice.STUDENT, person_id=made.student.id, body=body))
        return set_scene(session, log.row, log.state, Move(act=Act.ANSWER, voice=Voice.TUTOR, answers=asked.seq))


def test_who_names_nothing_is_helped_with_what_was_said_last(made: Made) -> None:
    lost = scene_of(made, ["A membrane lets water in."], "I don't get it", Intent.CONFUSED)
    assert lost.passages[0].page == 2
    assert not lost.names_a_thing
    named = scene_of(made, ["A membrane lets water in."], "I don't get the membrane", Intent.CONFUSED)
    assert named.names_a_thing


def test_a_word_of_the_page_makes_it_about_the_lesson(made: Made) -> None:
    assert scene_of(made, [], "Can membranes ever rest?", Intent.QUESTION).covered
    assert not scene_of(made, [], "Who won the football?", Intent.QUESTION).covered


def test_what_is_named_when_asked_for_the_spot_is_what_was_not_understood(made: Made) -> None:
    which = phrase("which_part", "English", page=2)
    assert scene_of(made, [which, "Let us go on."], "the membrane", Intent.STATEMENT).intent is Intent.CONFUSED
    assert scene_of(made, ["Let us go on."], "the membrane", Intent.STATEMENT).intent is Intent.STATEMENT


def test_a_nudge_knows_how_many_questions_the_script_has_put(db: Services) -> None:
    made = make_lesson(ask_on=2)
    with unit_of_work() as session:
        log = OpenLog.lock(session, classroom.open_class(session, made.student, made.lesson_id))
        script = lesson_of(session, log.row).script.actions
        at = next(number for number, one in enumerate(script) if isinstance(one, Ask))
        move = Move(act=Act.NUDGE, voice=Voice.TUTOR)
        for cursor, asked in ((at, 0), (at + 1, 1)):
            log.state.cursor = cursor
            assert set_scene(session, log.row, log.state, move).asks_before == asked
