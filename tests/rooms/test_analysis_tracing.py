"""Knowledge tracing, learning curves and ratings as methods: against sums written out, and against a known truth."""

from itertools import product

import numpy as np
import pytest

from app.analysis.learners import afm, bkt, bkt_forgetting, elo, tracing
from app.analysis.learners.comparing import compare
from app.analysis.learners.parameters import USUAL
from app.analysis.learners.practice import Floats, Practice, opportunities, sequences
from app.analysis.learners.scoring import auc, score, wilson

TRUTH = np.array([[0.3, 0.2, 0.15, 0.1], [0.6, 0.05, 0.3, 0.05]])


def practice_of(rows: list[tuple[int, int, int]], skills: int = 0) -> Practice:
    learner, skill, right = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    names = [f"s{one}" for one in range(max(skills, int(skill.max()) + 1))]
    people = [f"p{one}" for one in range(int(learner.max()) + 1)]
    return Practice(learner, skill, right, np.arange(len(right)), people, names)


def simulated(learners: int, steps: int, seed: int = 2) -> Practice:
    """Answers of learners to both skills of TRUTH, taking turns."""
    rng, rows = np.random.default_rng(seed), []
    for learner in range(learners):
        known = rng.random(2) < TRUTH[:, 0]
        for _ in range(int(rng.integers(1, steps))):
            for skill in (0, 1):
                chance = 1 - TRUTH[skill, 3] if known[skill] else TRUTH[skill, 2]
                rows.append((learner, skill, int(rng.random() < chance)))
                known[skill] |= rng.random() < TRUTH[skill, 1]
    return practice_of(rows)


def written_out(answers: tuple[int, ...], values: Floats) -> tuple[float, Floats, Floats]:
    """Likelihood, and expected successes and trials of prior, learn, guess, slip, forget: a sum over every path."""
    prior, learn, guess, slip, forget = values
    total, hits, trials = 0.0, np.zeros(5), np.zeros(5)
    for path in product((0, 1), repeat=len(answers)):
        chance = prior if path[0] else 1 - prior
        own_hits, own_trials = np.zeros(5), np.zeros(5)
        own_hits[0], own_trials[0] = path[0], 1
        for at, (known, right) in enumerate(zip(path, answers, strict=True)):
            chance *= (1 - slip if right else slip) if known else (guess if right else 1 - guess)
            own_hits[3 if known else 2] += (1 - right) if known else right
            own_trials[3 if known else 2] += 1
            if at + 1 < len(path):
                moves = path[at + 1] != known
                chance *= (forget if moves else 1 - forget) if known else (learn if moves else 1 - learn)
                own_hits[4 if known else 1] += moves
                own_trials[4 if known else 1] += 1
        total += chance
        hits, trials = hits + chance * own_hits, trials + chance * own_trials
    return total, hits / total, trials / total


@pytest.mark.parametrize("answers", [(1,), (0,), (0, 1), (0, 0, 1, 1, 0, 1), (1, 1, 1, 1)])
def test_expectations_equal_the_sum_over_every_path(answers: tuple[int, ...]) -> None:
    found = sequences(practice_of([(0, 0, one) for one in answers]))
    every = np.arange(len(found.starts))
    values = np.array([0.35, 0.2, 0.25, 0.12, 0.0])
    total, hits, trials = written_out(answers, values)
    likelihood, got_hits, got_trials = bkt.each(bkt.moments(found, every), values[None, None, :4])
    assert likelihood[0, 0] == pytest.approx(np.log(total), abs=1e-12)
    np.testing.assert_allclose(got_hits[0, 0], hits[:4], atol=1e-12)
    np.testing.assert_allclose(got_trials[0, 0], trials[:4], atol=1e-12)
    values[4] = 0.15
    total, hits, trials = written_out(answers, values)
    likelihood, got_hits, got_trials = bkt_forgetting.each(bkt_forgetting.rows(found, every), values[None, None])
    assert likelihood[0, 0] == pytest.approx(np.log(total), abs=1e-12)
    np.testing.assert_allclose(got_hits[0, 0], hits, atol=1e-12)
    np.testing.assert_allclose(got_trials[0, 0], trials, atol=1e-12)


def test_the_same_sequence_twice_counts_twice() -> None:
    found = sequences(practice_of([(0, 0, 1), (0, 0, 0), (1, 0, 1), (1, 0, 0), (2, 0, 0), (2, 0, 1)]))
    at = bkt.moments(found, np.arange(3))
    assert sorted(at.weights) == [1.0, 2.0]
    assert at.weights @ at.lengths == 6


def test_parameters_are_found_again_within_their_errors() -> None:
    practice = simulated(600, 16)
    fitted = tracing.fit(practice)
    logits = np.log(fitted.values[:2, :4] / (1 - fitted.values[:2, :4])) - np.log(TRUTH / (1 - TRUTH))
    errors = np.sqrt(np.diagonal(fitted.covariance, axis1=1, axis2=2))[:2, :4]
    assert np.abs(logits / errors).max() < 3.5
    assert np.abs(fitted.values[:2, :4] - TRUTH).max() < 0.08
    again = tracing.fit(practice, seed=9)
    np.testing.assert_allclose(again.values, fitted.values, atol=5e-3)
    assert np.abs(tracing.fit(practice, forgets=True).values[:2, :4] - TRUTH).max() < 0.12


def test_what_is_predicted_rests_on_earlier_answers_only() -> None:
    practice = simulated(40, 8)
    fitted = tracing.fit(practice)
    whole = tracing.predict(fitted, practice)
    head = practice.of(np.arange(len(practice)) < 60)
    np.testing.assert_allclose(tracing.predict(fitted, head), whole[:60])
    assert len(set(np.round(whole[opportunities(practice) == 0], 12))) == 2


def test_without_data_a_skill_has_what_is_usual_and_a_wide_error() -> None:
    practice = practice_of([(0, 0, 1)], skills=2)
    fitted = tracing.fit(practice)
    assert np.abs(fitted.values[0, :4] - USUAL[:4]).max() < 0.15
    known = tracing.mastery(fitted, practice)
    assert (known.learner.tolist(), known.skill.tolist(), known.n.tolist()) == ([0], [0], [1])
    assert 0.4 < known.value[0] < 0.9
    assert known.error[0] > 0.1
    assert tracing.mastery(tracing.fit(simulated(600, 16)), practice).error[0] < 0.06
    assert fitted.rows_of(np.array([0, 1, 7, -1])).tolist() == [0, 2, 2, 2]


@pytest.mark.parametrize("right", [0, 1])
def test_all_right_and_all_wrong_stay_finite(right: int) -> None:
    practice = practice_of([(learner, 0, right) for learner in range(5) for _ in range(4)])
    found = compare(practice)
    assert found.models["bkt"].auc is None
    assert found.models["bkt"].rmse is not None
    assert any("All answers" in one for one in found.sentences)
    assert "NaN" not in found.model_dump_json()
    assert np.isfinite(tracing.fit(practice).values).all()


def test_learning_curves_are_found_again() -> None:
    rng, rows = np.random.default_rng(4), []
    ability, ease, slope = rng.normal(0, 0.8, 300), np.array([-0.5, 0.6, 0.0]), np.array([0.3, 0.05, 0.15])
    for learner in range(300):
        for step in range(8):
            for skill in range(3):
                chance = 1 / (1 + np.exp(-(ability[learner] + ease[skill] + slope[skill] * step)))
                rows.append((learner, skill, int(rng.random() < chance)))
    fitted = afm.fit(practice_of(rows))
    assert np.abs((fitted.ease - ease) / fitted.ease_error).max() < 3
    assert np.abs((fitted.slope - slope) / fitted.slope_error).max() < 3
    assert np.corrcoef(fitted.learner, ability)[0, 1] > 0.8
    assert fitted.variance == pytest.approx(0.64, abs=0.15)


def test_an_answer_about_two_skills_is_one_answer() -> None:
    learner, answer = np.array([0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 2])
    right, skill = np.array([1, 1, 0, 0, 1]), np.array([0, 1, 0, 1, 0])
    practice = Practice(learner, skill, right, answer, ["a", "b", "c"], ["x", "y"])
    assert practice.outcomes.tolist() == [1, 0, 1]
    assert practice.per_answer(np.array([0.2, 0.4, 0.6, 0.8, 0.5])).tolist() == pytest.approx([0.3, 0.7, 0.5])
    assert len(afm.predict(afm.fit(practice), practice)) == 3
    assert compare(practice).models["elo"].n == 3


def test_one_learner_alone_gives_a_sentence() -> None:
    found = compare(practice_of([(0, 0, 1), (0, 0, 0), (0, 1, 1)]))
    assert found.models["bkt"].auc is None
    assert any("One learner alone" in one for one in found.sentences)


def test_ratings_tell_strong_from_weak() -> None:
    practice = practice_of([(learner, 0, int(learner == 1)) for _ in range(10) for learner in (0, 1)])
    predicted = elo.predict(elo.fit(practice), practice)
    assert predicted[-1] > 0.7 > 0.3 > predicted[-2]


def test_scores() -> None:
    right, predicted = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.4, 0.8])
    assert auc(right, predicted) == pytest.approx(0.875)
    found = score(right, predicted)
    assert found.rmse == pytest.approx(np.sqrt((0.01 + 0.16 + 0.36 + 0.04) / 4))
    assert sum(one.n for one in found.bins) == 4
    low, high = wilson(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)
    rng = np.random.default_rng(1)
    chances = rng.random(5000)
    calm = score((rng.random(5000) < chances).astype(np.int64), chances)
    assert calm.off is not None
    assert calm.off < 0.04


def test_who_was_right_a_hundred_times_can_still_be_found_not_to_know() -> None:
    """With probabilities instead of odds, known would be exactly 1 after some forty right answers, for ever."""
    values = np.array([[0.5, 0.01, 0.2, 0.05, 0.0]])
    for rights in (10, 100, 2000):
        right = np.array([1] * rights + [0] * (2 * rights))
        practice = Practice(
            learner=np.zeros(len(right), np.int64),
            skill=np.zeros(len(right), np.int64),
            right=right,
            answer=np.arange(len(right)),
            learners=["A"],
            skills=["adding"],
        )
        predicted, known = tracing.follow(sequences(practice), values)
        assert predicted[rights] > 0.94
        assert predicted[-1] < 0.25
        assert known[0] < 0.05
