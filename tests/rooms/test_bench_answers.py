"""`bench answers`: how the tutor's answers to fixed questions are counted, and what cannot be read."""

from pathlib import Path

import pytest
from parts import Services
from stub_model import Scripted, StubModel

from app.base.db import unit_of_work
from app.base.errors import Invalid
from app.classroom.models import ClassSession
from app.classroom.stage.lesson import lesson_of
from app.cli.bench_answers import QUESTIONS, ask_all, read_questions
from app.cli.bench_class_stage import enrol, make_school

SENTENCES = ["A membrane surrounds each cell.", "It keeps water inside.", "Small gates let salt through."]


def test_answers_are_counted_by_whose_words_they_are(
    services: Services, stub: StubModel, capsys: pytest.CaptureFixture[str]
) -> None:
    (seat,) = enrol(make_school(SENTENCES), 1)
    with unit_of_work() as session:
        lesson = lesson_of(session, session.get_one(ClassSession, seat.class_id))
    stub.script(
        Scripted(match="What surrounds", reply="A membrane surrounds each cell."),
        Scripted(match="were not shown[^<]*$", reply="Small gates let salt through.", times=1),
        Scripted(reply="Bananas ripen in Ecuador."),
    )
    texts = ["What surrounds a cell?", "What lets salt through?", "What keeps water inside?", "Who won the world cup?"]
    figures = ask_all(seat.class_id, lesson, [(1, text) for text in texts], "stub", show=True)
    assert (figures.own, figures.second, figures.stood_in, figures.unasked) == (0.25, 0.25, 0.25, 0.25)
    assert figures.refused_for == {"not supported by the pages": 2}
    shown = capsys.readouterr().out
    assert "page 1: What lets salt through?\n  second: Small gates let salt through." in shown
    assert "not shown (not supported by the pages): Bananas" in shown


def test_there_are_questions_for_every_page_and_lines_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    assert {one.page for one in read_questions(QUESTIONS)} == set(range(11))
    path = tmp_path / "questions.jsonl"
    path.write_text('{"page": 1, "text": "Why?"}\n{"page": "one"}\n')
    with pytest.raises(Invalid, match="Line 2"):
        read_questions(path)
    with pytest.raises(Invalid, match="cannot be read"):
        read_questions(tmp_path / "missing.jsonl")
