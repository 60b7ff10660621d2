"""Item analysis: against figures worked out by hand and by girth, against a known truth, and at its edges."""

import math

import girth
import numpy
import pytest

from app.analysis.building import build
from app.analysis.items import classical, irt
from app.analysis.items import part as items
from app.analysis.items.analysing import analyse_items
from app.analysis.items.flags import Sort
from app.analysis.items.forms import forms_of
from app.analysis.items.tracing import trace_chart
from app.analysis.source import AnswerRow, Source
from app.analysis.subject import Subject


def answer(learner: int, item: str, right: float, chosen: str = "", **more: object) -> AnswerRow:
    told = {"sitting": f"{learner}", "purpose": "post", "at": 1000.0 * learner + float(len(item)), **more}
    return AnswerRow(  # type: ignore[arg-type]
        learner=f"p{learner}",
        item=item,
        version=1,
        kind="single",
        components=("cells",),
        module="m",
        seconds=9.0,
        raw=right,
        points=1.0,
        chosen=chosen,
        **told,
    )


def course(rows: list[AnswerRow]) -> Source:
    return build("database", rows, [], title="Biology")


def drawn(learners: int, questions: int, seed: int = 1, guess: float = 0.0) -> tuple[numpy.ndarray, ...]:
    rng = numpy.random.default_rng(seed)
    a, b, ability = rng.lognormal(0, 0.3, questions), rng.normal(0, 1, questions), rng.normal(0, 1, learners)
    chance = guess + (1 - guess) / (1 + numpy.exp(-a * (ability[:, None] - b)))
    return (rng.random(chance.shape) < chance).astype(float), a, b, ability


def test_classical_figures_worked_out_by_hand() -> None:
    shares = numpy.array([[1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0], [1, 0, 1]], float)
    assert classical.difficulty(shares[:, 0]).value == pytest.approx(0.8)
    rest = classical.rest_scores(shares)
    assert rest[:, 0].tolist() == [1.0, 0.5, 0.0, 0.0, 0.5]
    told = classical.discrimination(shares[:, 0], rest[:, 0])
    assert told.value == pytest.approx(numpy.corrcoef(shares[:, 0], rest[:, 0])[0, 1])
    assert told.low < told.value < told.high
    # Item variances .2, .3, .3; totals 3, 2, 1, 0, 2 with variance 1.3; of the first two 0.7.
    assert classical.alpha(shares).value == pytest.approx(1.5 * (1 - 0.8 / 1.3))
    assert classical.alpha_without(shares, 2).value == pytest.approx(2 * (1 - 0.5 / 0.7))
    upper, lower = classical.groups(numpy.array([*range(20)], float))
    assert (upper.sum(), lower.sum()) == (5, 5)
    marks = numpy.array([0.0] * 10 + [1.0] * 10)
    assert classical.upper_lower(marks, upper, lower).value == 1.0
    assert not classical.groups(numpy.ones(20))[0].any()


def test_item_response_models_agree_with_girth_and_with_the_truth() -> None:
    right, _, b, ability = drawn(600, 20)
    found = irt.fit(right, "2PL")
    theirs = girth.twopl_mml(right.T.astype(int))
    ours_off, theirs_off = (numpy.sqrt(((one - b) ** 2).mean()) for one in (found.b, theirs["Difficulty"]))
    assert ours_off <= theirs_off + 0.03
    assert numpy.abs(found.b - theirs["Difficulty"]).max() < 0.35
    assert numpy.corrcoef(found.ability, ability)[0, 1] > 0.85
    assert 0.5 < ((found.b - b) / found.b_error).std() < 1.6
    one = irt.fit(right, "1PL")
    rasch = girth.onepl_mml(right.T.astype(int))
    assert one.a[0] == pytest.approx(rasch["Discrimination"], abs=0.05)
    numpy.testing.assert_allclose(one.b, rasch["Difficulty"], atol=0.12)
    assert irt.best(right)[0].kind == "2PL"


def test_guessing_is_found_where_there_is_any() -> None:
    right, _, b, _ = drawn(2000, 15, seed=3, guess=0.25)
    three, two = irt.fit(right, "3PL"), irt.fit(right, "2PL")
    assert abs(three.c.mean() - 0.25) < 0.06
    assert numpy.sqrt(((three.b - b) ** 2).mean()) < numpy.sqrt(((two.b - b) ** 2).mean())


def test_missing_answers_leave_the_scale_where_it_is() -> None:
    right, _, b, _ = drawn(800, 16, seed=5)
    right[numpy.random.default_rng(1).random(right.shape) < 0.4] = numpy.nan
    assert numpy.corrcoef(irt.fit(right, "2PL").b, b)[0, 1] > 0.95


def with_a_wrong_key() -> Source:
    """Ten questions on one test; of the first, the key is A though the strong choose B, and nobody chooses D."""
    right, *_ = drawn(120, 10, seed=2)
    rows = []
    for learner, line in enumerate(right):
        strong = line[1:].sum() >= 5
        first = 0.0 if strong else 1.0
        if learner % 10 == 0:
            first = 1 - first
        rows.append(answer(learner, "q0", first, "1" if first else "2"))
        rows += [answer(learner, f"q{at}", line[at], "1" if line[at] else "23"[learner % 2]) for at in range(1, 10)]
    return course(rows)


def test_a_wrong_key_is_said_in_words() -> None:
    source = with_a_wrong_key()
    found = analyse_items(source, {("q0", 1): 4})
    first = next(one for one in found.items if one.item == "q0")
    assert first.flags[0].sort is Sort.KEY
    assert first.flags[0].words.startswith("Option B is chosen by the strongest: check the key.")
    assert {Sort.KEY, Sort.BACKWARDS, Sort.UNUSED} <= {one.sort for one in first.flags}
    assert any("C and D" in one.words for one in first.flags)
    others = [one for one in found.items if one.item != "q0"]
    assert not [one for one in others for flag in one.flags if flag.sort in (Sort.KEY, Sort.BACKWARDS)]
    part = items.make(Subject(source))
    assert part.findings[0].todo.startswith("Check the key of")
    assert 1 <= (part.measures[0].value or 0) <= 3
    chart = trace_chart(source, first)
    assert chart is not None
    assert len(chart.table.rows) == 10


def test_questions_that_were_sat_together_are_a_form_and_the_first_answer_counts() -> None:
    rows = [
        answer(1, "a", 1.0),
        answer(1, "b", 0.0),
        answer(2, "b", 1.0),
        answer(3, "x", 1.0, sitting="s", purpose="pre"),
    ]
    rows.append(answer(1, "a", 0.0, sitting="again", at=9e6))
    forms = forms_of(course(rows))
    assert sorted((len(one.questions), one.purpose) for one in forms) == [(1, "pre"), (2, "post")]
    both = next(one for one in forms if len(one.questions) == 2)
    assert both.share[0].tolist() == [1.0, 0.0]
    assert both.asked.tolist() == [1, 2]


def test_edges_give_sentences_and_no_nan() -> None:
    one = [answer(1, "a", 1.0), answer(1, "b", 0.0)]
    all_right = [answer(learner, item, 1.0) for learner in range(30) for item in "ab"]
    all_wrong = [answer(learner, item, 0.0) for learner in range(30) for item in "ab"]
    for rows, said in (
        ([], "nothing to say"),
        (one, "more than 20"),
        (all_right, "All answers are right"),
        (all_wrong, "keys"),
    ):
        part = items.make(Subject(course(rows)))
        assert any(said in sentence for sentence in part.sentences), said
        assert "nan" not in part.model_dump_json().lower().replace("finance", "")
    found = analyse_items(course(all_wrong))
    assert found.forms[0].alpha.value is None
    assert all(math.isfinite(one.b.value or 0) for one in found.items)
