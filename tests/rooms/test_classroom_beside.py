"""What is said without a model to questions on the demo lesson, those of students that are beside it among them."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from app.base.db import unit_of_work
from app.classroom.directing.director import Act, Move
from app.classroom.log.hearing import hear
from app.classroom.log.state import ClassState, Line, Question
from app.classroom.models import ClassSession
from app.classroom.schema import Voice
from app.classroom.speech.phrasing import phrase
from app.classroom.speech.scene import set_scene
from app.classroom.speech.speaking import Utterance, speak
from app.classroom.stage.lesson import lesson_of
from app.cli import bench_class_stage as stage
from app.lessons.schema import Say

QUESTIONS = Path(__file__).parents[1] / "benchmarks" / "answers" / "beside.jsonl"
ASKED_AT = 90


class Asked(BaseModel):
    """A question on a page of the demo lesson and what an answer without a model is: told by the class, that a word is
    none of the lesson's, something that is only near, or words of the lesson.
    """

    page: int
    text: str
    kind: str


def kind_of(said: Utterance) -> str:
    """Of what kind an answer is, by how it begins."""
    if not said.fallback and said.prompt is None and "does not come up" not in said.text:
        return "class" if phrase("not_covered", "English", here="")[:20] not in said.text else "nothing"
    begins = {"strange": phrase("strange", "English", word="", here="")[:10], "near": phrase("near_only", "English")}
    found = next((kind for kind, words in begins.items() if said.text.startswith(words)), "lesson")
    return found if said.sources or found == "strange" else "nothing"


@pytest.mark.usefixtures("db", "stub")
def test_each_question_is_met_as_it_should_be_where_no_model_may_speak() -> None:
    asked = [Asked.model_validate_json(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    (seat,) = stage.enrol(stage.demo_school(), 1)
    wrong = []
    with unit_of_work() as session:
        row = session.get_one(ClassSession, seat.class_id)
        lesson = lesson_of(session, row)
        for one in asked:
            heard = [each.text for each in lesson.script.actions if each.page == one.page and isinstance(each, Say)][:2]
            recent = [Line(seq=at, voice=Voice.TEACHER, text=words, page=one.page) for at, words in enumerate(heard, 1)]
            words = Question(seq=ASKED_AT, text=one.text, page=one.page, intent=hear(one.text).intent)
            state = ClassState(seq=ASKED_AT, page=one.page, pages=10, recent=recent, pending=[words])
            scene = set_scene(session, row, state, Move(act=Act.ANSWER, voice=Voice.TUTOR, answers=ASKED_AT))
            said = speak(scene.model_copy(update={"script_only": True}), lambda _: None, lambda: False)
            assert said
            if (kind := kind_of(said)) != one.kind:
                wrong.append((one.text, kind, said.text))
    assert not wrong
