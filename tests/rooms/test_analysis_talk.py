"""Talk: what messages are coded as, whose floor it is, what follows what, and how it goes with tests."""

import numpy as np
import pytest
from diaries import a_course, diary, lines_of, no_results
from scipy import stats

from app.analysis.logs.codes import ACTIVITIES, FLANDERS
from app.analysis.logs.intervals import correlation, holm, median, share_difference, wilson
from app.analysis.logs.lines import Lines, Results, recoded
from app.analysis.logs.rules import Said, code
from app.analysis.talk.floor import answering, flanders, talk_shares
from app.analysis.talk.messages import activities, messages
from app.analysis.talk.outcomes import outcomes, regression, relations
from app.analysis.talk.sequences import LABELS, residuals_of, sequences
from app.classroom.schema import Kind

LESSON = [
    ("start", ""),
    ("page", "1"),
    ("teacher", "Add all values and divide by how many there are.", {"action": 1}),
    ("teacher", "What is the mean of 2 and 4?", {"asks": True, "action": 2}),
    ("student", "It is 3", {"intent": "answer", "answers": 4}),
    ("tutor", "Yes, that is right.", {"answers": 5, "move": "3-confirm", "verdict": "right"}),
    ("student", "Why do we divide?", {"intent": "question"}),
    ("tutor", "Because there are two values.", {"answers": 7, "move": "11-answer"}),
    ("clown", "My cat is mean too."),
    ("end", "finished"),
]


def one_class() -> Lines:
    course = a_course(1)
    return lines_of(course, [(0, 0, diary(LESSON, course.learners[0]))])


@pytest.mark.parametrize(
    ("text", "intent", "is_asked", "wanted"),
    [
        ("Why is the variance divided by n minus one?", "question", False, "asking"),
        ("Can you give an example?", "example", False, "asking"),
        ("The median.", "answer", True, "responding"),
        ("This is like a queue in a shop.", "statement", False, "initiating"),
        ("So that means the mean moves and the median does not?", "question", False, "negotiating"),
        ("But you said before that it never shrinks.", "statement", False, "negotiating"),
        ("Go on please.", "go-on", False, "regulating"),
        ("Can we look at page 3 again?", "question", False, "regulating"),
        ("Let the tutor answer this one.", "statement", False, "managing"),
        ("Please stop joking.", "statement", False, "managing"),
        ("This is fun!", "statement", False, "feeling"),
        ("Thank you, I was quite lost.", "thanks", False, "feeling"),
        ("", "question", False, "asking"),
    ],
)
def test_the_rule_codes_the_schemes_own_examples(text: str, intent: str, is_asked: bool, wanted: str) -> None:
    told = code(Said(Kind.ASKED.value, "student", text, intent, is_asked=is_asked))
    assert told.activity == wanted


def test_teachers_are_coded_after_flanders_and_agents_who_learn_are_pupils() -> None:
    codes = [FLANDERS[at] for at in one_class()["flanders"]]
    said = [one for one in codes if one]
    assert said == [
        *("5-lectures", "4-asks", "8-pupil-responds", "2-praises"),
        *("9-pupil-initiates", "5-lectures", "9-pupil-initiates"),
    ]
    assert code(Said(Kind.SKIPPED.value, "student", is_asked=True)).flanders == "10-silence"
    assert code(Said(Kind.SAID.value, "tutor", "I can hear that.", cause="calm")).flanders == "1-feelings"
    assert code(Said(Kind.SAID.value, "teacher", "Look at the left half.", scripted=True)).flanders == "6-directs"


def test_the_matrix_begins_and_ends_with_silence_and_ratios_are_its_sums() -> None:
    told = flanders(one_class())
    wanted = np.zeros((10, 10))
    for before, after in ((10, 5), (5, 4), (4, 8), (8, 2), (2, 9), (9, 5), (5, 9), (9, 10)):
        wanted[before - 1, after - 1] = 1
    assert (told.matrix == wanted).all()
    assert told.indirect.value == pytest.approx(2 / 2)
    assert told.teacher.value == pytest.approx(4 / 7)
    assert told.initiation.value == pytest.approx(2 / 3)
    assert np.isnan(told.revised.value)  # neither 6 nor 7


def test_who_answers_whom_and_how_much_each_says() -> None:
    lines = one_class()
    names, counts = answering(lines)
    told = {(names[i], names[j]): int(counts[i, j]) for i, j in np.argwhere(counts)}
    assert told == {("tutor", "student"): 2, ("student", "teacher"): 1}
    shares = talk_shares(lines)
    assert sum(one.value for one in shares.values()) == pytest.approx(1)
    assert shares["students"].value == pytest.approx(len("It is 3Why do we divide?") / lines["characters"].sum())
    said = messages(lines)
    assert (said.each.value, said.observers.value, said.total) == (2, 0, 2)
    assert activities(lines)["asking"].value == 0.5


def test_peoples_codes_stand_above_the_rules() -> None:
    lines = one_class()
    found = recoded(lines, "activities", {(0, 7): ACTIVITIES.index("negotiating"), (0, 99): 1})
    assert found == 1
    assert activities(lines)["negotiating"].value == 0.5


def test_adjusted_residuals_are_those_of_a_chi_squared_test() -> None:
    counts = np.array([[30.0, 10.0], [15.0, 45.0]])
    told = residuals_of(counts)
    chi2, p, *_ = stats.chi2_contingency(counts, correction=False)
    assert told.residuals[0, 0] ** 2 == pytest.approx(chi2)
    assert told.p[0, 0] == pytest.approx(min(1, 4 * p))
    strongest = residuals_of(np.array([[0.0, 60.0], [40.0, 0.0]])).beyond_chance()
    assert {one[:2] for one in strongest} == {(LABELS[i], LABELS[j]) for i in (0, 1) for j in (0, 1)}


def test_sequences_do_not_reach_from_one_class_into_another() -> None:
    course = a_course(2)
    logs = [(at, 0, diary(LESSON, course.learners[at])) for at in (0, 1)]
    told = sequences(lines_of(course, logs))
    assert told.pairs == 2 * 6
    assert told.counts[LABELS.index("teacher asks"), LABELS.index("responding")] == 2
    assert told.counts[LABELS.index("classmate speaks")].sum() == 0


def test_holm_and_intervals_are_the_textbooks() -> None:
    assert holm(np.array([0.01, 0.04, np.nan, 0.03])) == pytest.approx([0.03, 0.06, np.nan, 0.06], nan_ok=True)
    assert wilson(8, 10)[:3] == pytest.approx((0.8, 0.4901625, 0.9433178), abs=1e-6)
    newcombe = share_difference(wilson(48, 80), wilson(56, 70))  # Newcombe 1998, table II, method 10
    assert newcombe[:3] == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
    assert median(np.arange(1.0, 11.0))[:3] == (5.5, 2.0, 9.0)
    x, z = np.random.default_rng(1).normal(size=(2, 200))
    y = x + z
    assert correlation(x, y).r == pytest.approx(stats.pearsonr(x, y).statistic)
    assert correlation(x, y, (z,)).r == pytest.approx(1)
    told, wanted = correlation(x, y), stats.pearsonr(x, y).confidence_interval()
    assert (told.low, told.high) == pytest.approx((wanted.low, wanted.high))


def test_talk_and_tests_go_together_as_they_were_made_to() -> None:
    rng = np.random.default_rng(3)
    n = 120
    course = a_course(n, modules=2)
    counts = rng.integers(0, 8, size=n)
    logs = []
    for learner in range(n):
        talk = [("student", "Why?")] * int(counts[learner])
        told = [("page", "1"), *talk]
        logs += [(learner, lesson, diary(told, course.learners[learner], lesson * 1e6)) for lesson in (0, 1)]
    after = np.column_stack([rng.uniform(size=n), np.zeros(n)])
    after[:, 1] = 0.1 * counts + 0.3 * after[:, 0] + rng.normal(0, 0.05, size=n)
    results = Results(np.full((n, 2), np.nan), after, np.zeros(n))
    told = outcomes(lines_of(course, logs), results)
    assert told.count == pytest.approx(counts)
    found = {(one.talk, one.test): one for one in relations(told)}["messages", "last test"]
    assert found.controlled.r > found.raw.r > 0.8
    assert found.raw.low < found.raw.r < found.raw.high
    assert np.isnan(
        {(one.talk, one.test): one for one in relations(told)}["mean length", "last test"].raw.r
    )  # all alike
    assert regression(told) == {}


def test_nobody_spoke_and_nobody_came() -> None:
    course = a_course(2)
    silent = lines_of(course, [(0, 0, diary([("page", "1"), ("teacher", "A mean is a sum."), ("end", "left")], "p"))])
    assert messages(silent).observers.value == 1
    assert np.isnan(activities(silent)["asking"].value)
    nobody = Lines(course)
    assert messages(nobody).total == 0
    assert flanders(nobody).units == sequences(nobody).pairs == 0
    assert answering(nobody)[1].sum() == 0
    assert all(np.isnan(one.raw.r) for one in relations(outcomes(nobody, no_results(course))))
