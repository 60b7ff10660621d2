"""Flow: strips page by page, a hazard that finds what it was made from, curves of the textbooks, edge cases."""

from dataclasses import replace

import numpy as np
import pytest
from diaries import DAY, a_course, diary, lines_of, no_results
from scipy import stats
from scipy.special import expit

from app.analysis.flow.comparing import cohorts, large_enough, version_changes
from app.analysis.flow.dropout import NAMES, at_risk, hazard
from app.analysis.flow.logistic import auc, calibration, fit, quality
from app.analysis.flow.periods import Periods, periods
from app.analysis.flow.strip import stopped_at, strip, time_ratios
from app.analysis.flow.survival import kaplan_meier, log_rank, spans
from app.analysis.logs.lines import Lines

WHOLE = [("page", "1"), ("page", "2"), ("page", "3"), ("end", "finished")]


def test_a_strip_says_where_classes_stop_go_back_ask_and_slow_down() -> None:
    course = a_course(4)
    logs = [
        WHOLE,
        [("page", "1"), ("page", "2"), ("student", "Why?", {"intent": "question"}), ("end", "left")],
        [("page", "1"), ("page", "2"), ("page", "1", {"cause": "back"}), ("page", "2"), ("end", "left")],
        [("page", "1"), ("page", "2"), ("student", "lost", {"at": 2 * DAY})],
    ]
    lines = lines_of(course, [(at, 0, diary(log, course.learners[at])) for at, log in enumerate(logs)])
    told = strip(lines, 0, as_of=2.5 * DAY)
    one, two, three = told.pages
    assert (told.classes, told.finished.value) == (4, 0.25)
    assert [page.shown for page in told.pages] == [4, 4, 1]
    assert (one.back.value, two.asked.value, two.questions) == (0.25, 0.25, 1)
    assert (one.stopped.value, two.stopped.value, three.stopped.value) == (0, 0.5, 0)
    assert strip(lines, 0, as_of=9 * DAY).pages[1].stopped.value == 0.75  # the last one stands still for days by then
    assert stopped_at(lines, 0, 2, 2.5 * DAY).tolist() == [1, 2]
    assert told.heat(two, "stopped") == 10
    assert told.heat(one, "stopped") == 0
    # the whole class: 10 s a page, of which the pages say 10, 20 and 30 words
    assert [time_ratios(lines, 0, page)[0] for page in (1, 2, 3)] == pytest.approx([2, 1, 2 / 3])


def test_absences_pauses_and_two_clocks_take_no_time() -> None:
    course = a_course(1)
    log = [
        ("page", "1", {"at": 0}),
        ("teacher", "One.", {"at": 20}),
        ("pause", "", {"at": 30}),
        ("resume", "", {"at": 100}),
        ("page", "2", {"at": 90}),
        ("teacher", "Two.", {"at": 95}),
        ("end", "finished", {"at": 4000}),
    ]
    lines = lines_of(course, [(0, 0, diary(log, course.learners[0]))])
    assert lines.backwards == 1
    assert lines.gaps.tolist() == [20, 10, 0, 0, 5, 0, 0]
    assert lines.page.tolist() == [1, 1, 1, 1, 2, 2, 2]
    told = strip(lines, 0, DAY)
    assert [page.seconds.value for page in told.pages[:2]] == [30, 5]


def made_periods(n: int, seed: int) -> tuple[Periods, dict[str, float]]:
    """Learners over four modules who go by a known hazard."""
    truth = {"base": 0.5, "messages": -0.7, "length": -0.3, "left": 0.9, "marks": -1.5}
    rng, rows = np.random.default_rng(seed), []
    for learner in range(n):
        for module in range(4):
            messages = rng.poisson(3)
            length = rng.uniform(5, 60) if messages else 0.0
            left, marks = rng.random() < 0.2, rng.uniform()
            told = (np.log1p(messages), np.log1p(length), left, marks)
            logit = truth["base"] + sum(truth[name] * value for name, value in zip(NAMES, told, strict=True))
            gone = bool(rng.random() < expit(logit)) and module < 3
            rows.append((learner, module, messages, length, left, marks, gone, module < 3))
            if gone:
                break
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return Periods(*columns, last_module=3), truth


def test_the_hazard_finds_what_it_was_made_from_and_keeps_its_promises() -> None:
    told, truth = made_periods(700, 5)
    found = hazard(told)
    assert not isinstance(found, str)
    assert found.converged
    for name in NAMES:
        error = (found.effects[name].high - found.effects[name].low) / 2 / 1.96
        assert abs(found.effects[name].value - truth[name]) < 3 * error, name
    assert found.held.auc.low > 0.55
    assert found.held.brier < found.held.brier_base
    off = [abs(one.predicted - one.observed.value) for one in found.bins]
    assert np.mean(off) < 0.05
    assert found.held.n == int(told.known.sum())


def test_the_fit_is_the_maximum_and_auc_is_mann_and_whitneys() -> None:
    rng = np.random.default_rng(2)
    x = np.column_stack([np.ones(300), rng.normal(size=(300, 2))])
    y = rng.random(300) < expit(x @ [0.2, 1.0, -0.5])
    found = fit(x, y, np.zeros(3))
    slope = x.T @ (y - found.chances(x))
    assert np.abs(slope).max() < 1e-6
    chances = found.chances(x)
    told = auc(chances, y)
    wanted = stats.mannwhitneyu(chances[y], chances[~y]).statistic / (y.sum() * (~y).sum())
    assert told.value == pytest.approx(wanted)
    assert told.low < told.value < told.high
    assert quality(chances, y).brier == pytest.approx(((chances - y) ** 2).mean())
    assert sum(one.observed.n for one in calibration(chances, y)) == 300
    assert np.isnan(auc(chances, np.ones(300, dtype=bool)).value)


def test_a_fit_that_no_data_bound_stays_finite() -> None:
    """Perfect separation: the ridge holds it."""
    x = np.column_stack([np.ones(40), np.r_[-np.ones(20), np.ones(20)]])
    found = fit(x, x[:, 1] > 0, np.array([0.0, 1.0]))
    assert found.converged
    assert np.isfinite(found.coefficients).all()
    assert np.isfinite(found.covariance).all()


def test_curves_and_log_rank_are_the_textbooks() -> None:
    """Freireich's leukaemia trial as in Cox (1972): remission under 6-MP and placebo."""
    drug = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    gone = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    curve = kaplan_meier(np.array(drug), np.array(gone, dtype=bool))
    share = dict(zip(curve.times.tolist(), curve.share.tolist(), strict=True))
    assert (share[6], share[10], share[23]) == pytest.approx((0.857, 0.753, 0.448), abs=5e-4)
    low = dict(zip(curve.times.tolist(), curve.low.tolist(), strict=True))
    assert low[6] == pytest.approx(0.6197, abs=5e-4)  # log-log, as lifelines and R's survival give it
    test = log_rank(
        np.array(drug + placebo),
        np.array(gone + [1] * 21, dtype=bool),
        np.array([0] * 21 + [1] * 21),
    )
    assert (test.chi2, test.freedom) == (pytest.approx(16.793, abs=1e-3), 1)


def test_whom_to_write_to_are_those_who_said_nothing_and_are_still_here() -> None:
    told, _ = made_periods(400, 7)
    model = hazard(told)
    assert not isinstance(model, str)
    seen = np.full(400, 90 * DAY)
    found = at_risk(told, model, seen, 100 * DAY)
    here = [one for one in found if not one.is_gone]
    assert [one.chance for one in here] == sorted((one.chance for one in here), reverse=True)
    assert all(one.module < 3 for one in found)
    assert any("said nothing" in one.why for one in found)
    assert found[0].silent_days == pytest.approx(10)


def term(gone_at: list[int], modules: int = 3) -> Lines:
    """Learners of whom each attends modules up to one, a week apart."""
    course = a_course(len(gone_at), modules)
    logs = [
        (learner, module, diary([("page", "1"), ("end", "finished")], course.learners[learner], module * 7 * DAY))
        for learner, last in enumerate(gone_at)
        for module in range(last + 1)
    ]
    return lines_of(course, logs)


def test_who_cannot_be_told_yet_is_counted_neither_way() -> None:
    lines = term([0, 1, 2, 2])
    results = replace(no_results(lines.course), seen=np.array([0.0, 7 * DAY, 14 * DAY, 14 * DAY]))
    early = periods(lines, results, as_of=16 * DAY)
    assert early.known.tolist() == [True, True, False, True, False, False, True, False, False]
    assert early.gone.tolist() == [True, False, False, False, False, False, False, False, False]
    late = periods(lines, results, as_of=40 * DAY)
    assert late.gone.tolist() == [True, False, True, False, False, False, False, False, False]
    times, gone, _ = spans(late)
    assert (times.tolist(), gone.tolist()) == ([1, 2, 2, 2], [True, True, False, False])
    assert kaplan_meier(times, gone).share.tolist() == pytest.approx([0.75, 0.5])


def test_edge_cases_have_sentences() -> None:
    nobody = Lines(a_course(0))
    assert hazard(periods(nobody, no_results(nobody.course), DAY)) == "Nobody has attended a class yet."
    one = term([0], 1)
    assert "second module" in str(hazard(periods(one, no_results(one.course), 99 * DAY)))
    lost = term([0, 0, 1], 3)
    assert "a model needs" in str(hazard(periods(lost, no_results(lost.course), 99 * DAY)))
    everybody = term([0] * 9 + [1], 2)
    told = periods(everybody, no_results(everybody.course), 99 * DAY)
    assert "a model needs" in str(hazard(told))
    now = term([0, 1])
    assert "14 days after" in str(hazard(periods(now, no_results(now.course), 8 * DAY)))
    assert large_enough(cohorts(nobody)) == []
    assert version_changes(nobody) == []


def test_cohorts_are_weeks_or_months_and_versions_are_compared() -> None:
    course = a_course(20, versions=2)
    logs = [
        (at, 0, diary(WHOLE if at % 2 else [*WHOLE[:2], ("end", "left")], course.learners[at], (at // 10) * 30 * DAY))
        for at in range(20)
    ]
    lines = lines_of(course, logs, versions=[at // 10 for at in range(20)])
    found = cohorts(lines)
    assert found.names == ["week 1 of 1970", "week 5 of 1970"]
    assert large_enough(found) == [0, 1]
    (change,) = version_changes(lines)
    assert (change.before.number, change.after.number, change.finished.value) == (1, 2, 0)
    assert change.finished.low < 0 < change.finished.high
