"""Agents: whose lines are whose, thumbs, leaks, the next try against what was expected, adapters by lot."""

from uuid import UUID, uuid4

import numpy as np
import pytest
from diaries import a_course, diary, lines_of
from pydantic import ValidationError

from app.analysis.agents.attempts import expected, next_tries, tries
from app.analysis.agents.doing import Refused, Who, doings, spoken_by
from app.analysis.agents.schema import Thumb, Trial
from app.analysis.agents.trials import read_trial
from app.analysis.logs.lines import Lines

GOOD, BAD = {"model": "good", "prompts": "1a2b3c4d"}, {"model": "bad", "prompts": "1a2b3c4d"}


def lesson(rng: np.random.Generator, model: dict[str, object], chance: float) -> list[tuple]:
    """A question, a wrong answer, help by a model, and a next try that is right with a chance."""
    right = "right" if rng.random() < chance else "wrong"
    return [
        ("page", "1"),
        ("teacher", "What is 2 and 2?", {"asks": True, "action": 1}),
        ("student", "5", {"intent": "answer"}),
        ("tutor", "Not yet.", {"answers": 3, "verdict": "wrong", "asks": True, **model}),
        ("student", "4", {"intent": "answer"}),
        ("tutor", "Let us see.", {"answers": 5, "verdict": right, **model}),
        ("end", "finished"),
    ]


def many(n: int = 200) -> Lines:
    """As many classes with a good tutor as with a bad one."""
    rng, course = np.random.default_rng(4), a_course(n)
    chances = ((GOOD, 0.8), (BAD, 0.3))
    return lines_of(course, [(at, 0, diary(lesson(rng, *chances[at % 2]), course.learners[at])) for at in range(n)])


def test_the_next_try_is_held_against_what_was_to_be_expected() -> None:
    lines = many()
    people, whose = spoken_by(lines)
    assert {one.model for one in people} == {"good", "bad"}
    assert {one.words() for one in people} == {"tutor, good, prompts 1a2b3c4d", "tutor, bad, prompts 1a2b3c4d"}
    told = tries(lines)
    assert len(told.right) == 200
    assert set(told.tried.tolist()) == {1}
    assert expected(told).mean() == pytest.approx(told.right.mean(), abs=0.01)
    after = dict(zip((one.model for one in people), next_tries(told, whose, len(people)), strict=True))
    assert after["good"].difference.low > 0 > after["bad"].difference.high
    assert after["good"].n == after["bad"].n == 100


def test_what_a_learner_did_before_is_what_is_expected_of_them() -> None:
    course = a_course(1)
    log = [("page", "1")]
    for _ in range(3):
        log += [("student", "x", {"intent": "answer"}), ("tutor", "No.", {"verdict": "wrong", "answers": len(log) + 1})]
    told = tries(lines_of(course, [(0, 0, diary(log, course.learners[0]))]))
    assert told.before.tolist() == pytest.approx([1 / 3, 1 / 4])
    assert told.tried.tolist() == [1, 2]
    assert np.isnan(expected(told)).all()  # too few


def test_thumbs_and_refusals_find_whose_they_are() -> None:
    course = a_course(1)
    log = diary(
        [("page", "1"), ("tutor", "One.", GOOD), ("tutor", "Two.", BAD), ("tutor", "Page.", {"fallback": True})], ""
    )
    lines = lines_of(course, [(0, 0, log)])
    class_id = uuid4()
    lines = Lines(course, (lines.classes[0].__class__(str(class_id), 0, 0, 0, False, 0.0),), *_rest(lines))
    thumbs = [Thumb(class_id=class_id, seq=2, is_up=True), Thumb(class_id=class_id, seq=3, is_up=False)]
    thumbs += [Thumb(class_id=uuid4(), seq=2, is_up=True), Thumb(class_id=class_id, seq=77, is_up=True)]
    refused = [Refused(Who("tutor", "bad", "1a2b3c4d"), "hands over the answer", 1)]
    told = {one.who.model: one for one in doings(lines, thumbs, refused, "hands over the answer")}
    assert (told["good"].up.value, told["bad"].up.value) == (1, 0)
    assert np.isnan(told[""].up.value)
    assert (told["good"].leaks.value, told["bad"].leaks.value, told["bad"].refused.value) == (0, 1, 1)
    assert told[""].fallback.value == 1


def _rest(lines: Lines) -> tuple:
    return lines.figures, lines.klass, lines.learner, lines.names


def test_adapters_given_by_lot_are_compared_by_learner() -> None:
    lines = many(80)
    ids = [UUID(int=at) for at in range(80)]
    classes = tuple(one.__class__(str(ids[at]), 0, 0, at, False, 0.0) for at, one in enumerate(lines.classes))
    lines = Lines(lines.course, classes, *_rest(lines))
    assigned = {one: ("base", "new")[at % 2] for at, one in enumerate(ids)}
    base, new = read_trial(lines, Trial(name="Tutor", arms=["base", "new"], assigned=assigned), [])
    assert (base.learners, new.learners) == (40, 40)
    assert base.differences == {}
    assert new.differences["right"].high < 0  # the odd ones have the bad tutor
    assert new.p["right"] < 0.01
    assert np.isnan(new.differences["up"].value)
    assert new.differences["finished"].value == 0
    with pytest.raises(ValidationError, match="not an arm"):
        Trial(name="Tutor", arms=["base", "new"], assigned={ids[0]: "other"})


def test_nobody_said_anything() -> None:
    lines = Lines(a_course(1))
    assert spoken_by(lines)[0] == []
    assert len(tries(lines).right) == 0
    assert doings(lines, [], [], "") == []
    arms = read_trial(lines, Trial(name="Tutor", arms=["base", "new"], assigned={}), [])
    assert [one.learners for one in arms] == [0, 0]
