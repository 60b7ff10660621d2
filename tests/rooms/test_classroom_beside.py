"""What is said without a model to questions on the demo lesson, those of students that are beside it among them."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from app.base.db import unit_of_work
from app.classroom.models import ClassSession
from app.classroom.speech.phrasing import phrase
from app.classroom.speech.speaking import Utterance
from app.classroom.stage.lesson import lesson_of
from app.cli import bench_class_stage as stage
from app.cli.bench_answers import answer

QUESTIONS = Path(__file__).parents[1] / "benchmarks" / "answers" / "beside.jsonl"


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
        lesson = lesson_of(session, session.get_one(ClassSession, seat.class_id))
    for one in asked:
        said = answer(seat.class_id, lesson, one.page, one.text, by_rule=True)
        if (kind := kind_of(said)) != one.kind:
            wrong.append((one.text, kind, said.text))
    assert not wrong
