"""The part about learning: figures from a course's answers, sentences where there are none, and a known truth."""

import random

import numpy as np
import pytest
from parts import Services
from scipy.stats import spearmanr
from sqlalchemy import select

from app.accounts.models import Person
from app.analysis.building import build
from app.analysis.items.analysing import analyse_items
from app.analysis.learners import part as learning
from app.analysis.source import AnswerRow, Source
from app.analysis.subject import Subject, read_course
from app.base.db import unit_of_work
from app.cli.simulated.learners import Truth, chance, logistic, make_learners, make_skills, practise
from app.cli.simulated.school import simulate


def course(rows: list[tuple[int, str, int, float]]) -> Source:
    """Answers of learners: who, about what (names with + between), whether right, when."""
    told = []
    for who, about, right, at in rows:
        what = {"item": f"q{about}", "version": 1, "kind": "single", "components": tuple(about.split("+"))}
        where = {"sitting": f"{who}", "purpose": "practice", "module": "m"}
        told.append(AnswerRow(f"p{who}", **what, **where, at=at, seconds=5.0, raw=right, points=1.0))
    return build("database", told, [], title="Biology")


def test_an_answer_about_two_components_is_an_answer_to_each() -> None:
    source = course([(0, "light+water", 1, 1.0), (1, "light", 0, 2.0), (0, "water", 0, 3.0)])
    practice = learning.practice_of(source)
    assert practice.skills == ["light", "water"]
    assert list(zip(practice.learner.tolist(), practice.skill.tolist(), practice.right.tolist(), strict=True)) == [
        (0, 0, 1),
        (0, 1, 1),
        (1, 0, 0),
        (0, 1, 0),
    ]
    assert practice.answer.tolist() == [0, 0, 1, 2]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "No answer is about a knowledge component"),
        ([(0, "light", 1, 1.0)], "One learner alone"),
        ([(who, "light", 1, float(at)) for who in range(6) for at in range(4)], "All answers are right"),
        ([(who, "light", 0, float(at)) for who in range(6) for at in range(4)], "All answers are wrong"),
        ([(0, "light", 1, 5.0), (1, "light", 0, -9e9)], "fewer than 30 answers"),
    ],
)
def test_edges_give_sentences_and_no_nan(rows: list[tuple[int, str, int, float]], said: str) -> None:
    part = learning.make(Subject(course(rows)))
    assert any(said in one for one in part.sentences), part.sentences
    assert "nan" not in part.model_dump_json().lower()


def test_what_does_not_get_better_is_said() -> None:
    rng = np.random.default_rng(1)
    rows = [
        (who, name, int(rng.random() < (0.35 if name == "stuck" else 0.3 + 0.1 * step)), 10.0 * step)
        for who in range(300)
        for step in range(6)
        for name in ("stuck", "grows")
    ]
    part = learning.make(Subject(course(rows)))
    assert [one.todo for one in part.findings] == ["Look at “stuck”: answers about it do not get better."]
    assert {one.name for one in part.charts} >= {"mastery-by-component", "learning-curves", "calibration-bkt"}
    assert part.measures[1].value is not None


def recovered(truth: Truth, source: Source, names: dict[str, str]) -> dict[str, float]:
    """How well what the records say agrees with what is behind them; `names` are those of the source's learners."""
    pairs = []
    for one in analyse_items(source).items:
        if one.purpose == "pre" and one.b.value is not None:
            about = truth.items[one.item]
            pairs.append((one.b.value, float(about["difficulty"]) - truth.skills[str(about["component"])].ease))
    learned, people = learning.learn(source), {one.name: one for one in truth.learners}
    known, chances = learned.known, []
    for learner, skill in zip(known.learner, known.skill, strict=True):
        person, about = people[names[source.learners[learner]]], truth.skills[source.components[skill]]
        chances.append(logistic(person.ability + about.ease + about.gain * person.opportunities.get(about.name, 0)))
    difficulty = np.array(pairs)
    return {
        "difficulty_correlation": float(np.corrcoef(difficulty.T)[0, 1]),
        "difficulty_rmse": float(np.sqrt(((difficulty[:, 0] - difficulty[:, 1]) ** 2).mean())),
        "mastery_rank_correlation": float(spearmanr(known.value, chances).statistic),
        **{f"{name}_auc": float(one.auc or 0) for name, one in learned.comparison.models.items()},
    }


def answered(truth: Truth, rng: random.Random) -> Source:
    """A test before and practice on every component, answered by the simulated learners without any store."""
    rows = []
    for skill in truth.skills.values():
        for purpose, count in (("pre", 5), ("practice", 8)):
            for at in range(count):
                told = {"component": skill.name, "difficulty": rng.gauss(0, 0.8), "discrimination": 1.0}
                truth.items[f"{purpose} {skill.name} {at}"] = told
    for learner in truth.learners:
        for moment, (name, about) in enumerate(truth.items.items()):
            purpose, skill = name.split()[0], truth.skills[str(about["component"])]
            right = rng.random() < chance(learner, skill, float(about["difficulty"]))
            if purpose == "practice":
                practise(learner, skill)
            what = {"item": name, "version": 1, "kind": "numeric", "components": (skill.name,)}
            where = {"sitting": f"{purpose} {learner.number}", "purpose": purpose, "module": "m"}
            rows.append(AnswerRow(learner.name, **what, **where, at=moment, seconds=5.0, raw=float(right), points=1.0))
    return build("database", rows, [], title="Numbers")


def test_the_truth_behind_simulated_answers_is_found_again() -> None:
    rng = random.Random(11)
    skills = make_skills(rng, [("mean", 0), ("range", 0), ("chance", 1)])
    truth = Truth(seed=11, skills=skills, learners=make_learners(rng, 150))
    source = answered(truth, rng)
    found = recovered(truth, source, {one: one for one in source.learners})
    assert found["difficulty_correlation"] > 0.93
    assert found["difficulty_rmse"] < 0.35
    assert found["mastery_rank_correlation"] > 0.6
    assert found["afm_auc"] > 0.65


@pytest.mark.heavy
def test_the_truth_behind_a_course_of_500_is_found_again(db: Services) -> None:
    school = simulate(500, 7, lambda _: None, records_wanted=100_000)
    with unit_of_work() as session:
        source = read_course(session, school.lessons.course_id).source
        names = {str(one): name for one, name in session.execute(select(Person.id, Person.name))}
    found = recovered(school.truth, source, names)
    print(found)
    assert found["difficulty_correlation"] > 0.93
    assert found["difficulty_rmse"] < 0.35
    assert found["mastery_rank_correlation"] > 0.55
    assert found["bkt_auc"] > 0.64
