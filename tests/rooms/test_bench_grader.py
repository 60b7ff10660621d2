"""`bench grader`: its CSV, its figures, and what it says to a file it cannot use."""

import json
from pathlib import Path

import pytest
from parts import Services
from stub_model import Scripted, StubModel

from app.assessment.marking import CANNOT, JUNK
from app.base.errors import Invalid
from app.base.settings import ROOT
from app.cli import bench_grader
from app.cli.bench_grader import Answer, Marked, figures_of, item_of, read_answers

SHIPPED = ROOT / "tests" / "benchmarks" / "grader" / "answers.csv"
HEAD = "question,rubric,answer,max,mark\n"


def test_the_answers_we_ship_are_enough_and_fair() -> None:
    answers = read_answers(SHIPPED)
    assert len(answers) >= 40
    assert len({one.question for one in answers}) >= 8
    assert {one.mark for one in answers} == {0, 1, 2, 3}
    assert all(sum(line.points for line in item_of(one).criteria) == one.max for one in answers)
    assert all(len(item_of(one).criteria) > 1 for one in answers)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no answers"),
        (HEAD, "no answers"),
        (HEAD + "q,r,a,2,3\n", "line 2: the mark is above"),
        (HEAD + "q,r,a,2,1\nq,r,a,two,1\n", "line 3: the column max"),
        ("question,answer\nq,a\n", "line 2: the column rubric"),
    ],
)
def test_a_file_that_cannot_be_used_says_where(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "answers.csv"
    path.write_text(text)
    with pytest.raises(Invalid, match=words):
        read_answers(path)


def marked(mark: int, raw: float | None, sure: bool = True, reason: str = "") -> Marked:
    return Marked(
        answer=Answer(question="q", rubric="r", answer="a", max=2, mark=mark), raw=raw, sure=sure, reason=reason
    )


def test_figures_worked_out_by_hand() -> None:
    told = [marked(0, 0), marked(1, 1.5), marked(2, 2), marked(2, 0, sure=False)]
    figures = figures_of([*told, marked(1, None, False, CANNOT), marked(1, None, False, JUNK)], "m")
    assert (figures.answers, figures.marked) == (6, 4)
    assert figures.confusion == [[1, 0, 0], [0, 0, 1], [1, 0, 1]]
    # One pair is a step apart, one two steps: sum(w O) = 1/4 + 1. The human gave 0, 1, 2 once, once and twice, the
    # model twice, never and twice; by chance (1*2 + 1*2) / 4 pairs are a step apart and (1*2 + 2*2) / 4 two steps.
    assert figures.kappa == pytest.approx(1 - 1.25 / ((1 * 2 + 1 * 2) / 16 + (1 * 2 + 2 * 2) / 4), abs=1e-3)
    assert figures.kappa_sure == pytest.approx(1 - 0.25 / ((1 * 1 + 1 * 2) / 12 + (1 * 2 + 1 * 1) / 3), abs=1e-3)
    assert (figures.cannot_grade_share, figures.refused_share, figures.to_instructor_share) == (0.167, 0.167, 0.5)
    assert figures.mean_difference == -0.375


def test_the_command_writes_its_figures(db: Services, stub: StubModel, tmp_path: Path) -> None:
    path, out = tmp_path / "answers.csv", tmp_path / "out.json"
    path.write_text(HEAD + 'Why?,"Cause (1). Example (1).",Heat makes it rise,2,1\nWhy?,Cause,nothing,1,0\n')
    two = [{"criterion": 1, "marks": 1, "quote": "Heat"}, {"criterion": 2, "marks": 0, "quote": ""}]
    one = {"criterion": 1, "marks": 0, "quote": ""}
    stub.script(
        Scripted(match="Heat makes", reply=json.dumps({"criteria": two, "cannot_grade": False, "confidence": 0.9})),
        Scripted(match="nothing", reply=json.dumps({"criteria": [one], "cannot_grade": True, "confidence": 0.9})),
    )
    import argparse

    assert bench_grader.run(argparse.Namespace(file=path, json=out)) == 0
    figures = json.loads(out.read_text())
    assert (figures["model"], figures["answers"], figures["marked"]) == ("stub-model", 2, 1)
    assert (figures["cannot_grade_share"], figures["confusion"]) == (0.5, [[0, 0, 0], [0, 1, 0], [0, 0, 0]])
