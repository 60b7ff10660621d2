"""Prerequisites, machine learners, and trials of two orders among the willing, compared at any time."""

import math
import random
from collections.abc import Iterator
from uuid import UUID, uuid4

import numpy
import pytest
from making import answer_consent, make_lesson, make_person
from ordering import NEEDS, simulated_source, simulated_trial
from parts import Services, empty_stores
from sqlalchemy import func, select

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.analysis import overview
from app.analysis import service as analysis
from app.analysis.building import build
from app.analysis.order import curriculum, machine, records, sequences, trials
from app.analysis.order import service as order
from app.analysis.order.models import Trial, TrialPlace
from app.analysis.order.outcomes import before, forgetting, transfer
from app.analysis.order.prerequisites import Graph, find
from app.analysis.source import AnswerRow, ClassRow
from app.assessment.models import Component
from app.base.db import unit_of_work
from app.base.errors import Conflict, Invalid, NotFound
from app.cli.simulated.school import School, simulate
from app.courses import service as courses
from app.records.privacy.schema import Purpose


def test_true_prerequisites_stand_out_of_the_records_of_500_learners() -> None:
    areas, ways = [], []
    for seed in range(1, 7):
        source = simulated_source(500, seed)
        found = records.evidence(source)
        place = {name: at for at, name in enumerate(source.components)}
        true = {(place[one], place[other]) for one, other in NEEDS}
        pairs = [(a, b) for a in range(8) for b in range(8) if a != b]
        yes, no = ([found.confidence[one] for one in pairs if (one in true) is is_true] for is_true in (True, False))
        areas.append(numpy.mean([(a > b) + 0.5 * (a == b) for a in yes for b in no]))
        ways.append(numpy.mean([found.confidence[a, b] > found.confidence[b, a] for a, b in true]))
    assert numpy.mean(areas) > 0.75
    assert numpy.mean(ways) > 0.6


def test_without_prerequisites_hardly_any_is_suggested() -> None:
    for seed in (1, 2, 3):
        graph = find(simulated_source(300, seed, needs=()), None).graph
        assert sum(one.counts for one in graph.edges) <= 3


@pytest.mark.parametrize("kind", ["nothing", "one learner", "all right", "all wrong", "no components"])
def test_courses_that_say_little_give_sentences_and_no_nan(kind: str) -> None:
    def answer(who: int, item: int, right: bool) -> AnswerRow:
        named = () if kind == "no components" else (f"c{item % 3}",)
        return AnswerRow(str(who), f"i{item}", 1, "single", named, f"s{who}", "post", "m", item, 5.0, float(right), 1.0)

    rng = random.Random(1)
    people = {"nothing": 0, "one learner": 1}.get(kind, 30)
    chance = {"all right": 1.0, "all wrong": 0.0}.get(kind, 0.5)
    answers = [answer(who, item, rng.random() < chance) for who in range(people) for item in range(6)]
    classes = [ClassRow(str(who), "l", "v", 0.0, math.nan, False, 1) for who in range(people)]
    source = build("simulated", answers, classes, enrolled=people)
    for make in (overview.make, curriculum.make):
        part = make(analysis.Subject(source))
        told = part.model_dump_json()
        assert "NaN" not in told
        assert "nan" not in " ".join(one.svg for one in part.charts)
        assert part.sentences, part.name


def test_machine_learners_learn_forget_and_are_repeatable() -> None:
    vectors = numpy.random.default_rng(1).standard_normal((6, 20))
    orders = numpy.array([[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0]])
    naive, again = machine.learn(vectors, orders, 3), machine.learn(vectors, orders, 3)
    assert (naive.worth == again.worth).all()
    assert (naive.accuracy > 1 / 6).all()
    elastic = machine.learn(vectors, orders, 3, elastic=50.0)
    assert (elastic.forgotten <= naive.forgotten + 1e-9).all()
    first = naive.accuracy[0], naive.forgotten[0]
    assert naive.worth[0] == pytest.approx(2 * first[0] / (first[1] * first[0] + 1))


# -------------------------------------------------------------------------------------------------- looking any time


def looks(rng: numpy.random.Generator, gap: float, most: int) -> list[sequences.Verdict]:
    arms = rng.integers(0, 2, most)
    values = rng.normal(0.5, 0.2, most) + gap * arms
    return [
        sequences.verdict(sequences.compare(values[:n], arms[:n]), ("first", "second")) for n in range(20, most, 20)
    ]


def test_looking_often_rarely_finds_what_is_not_there() -> None:
    """A fixed interval looked at as often errs in more than a fifth of trials."""
    rng = numpy.random.default_rng(7)
    false = sum(any(one.better is not None for one in looks(rng, 0.0, 600)) for _ in range(150))
    assert false <= 15


def test_a_real_difference_is_found_and_the_right_way_round() -> None:
    rng = numpy.random.default_rng(8)
    ends = [next((one for one in looks(rng, 0.12, 600) if one.may_stop), None) for _ in range(20)]
    assert sum(one is not None and one.better == 1 for one in ends) >= 18
    assert all(one is None or one.better != 0 for one in ends)


def test_no_verdict_from_few_or_from_one_order_only() -> None:
    few = sequences.compare(numpy.array([0.1, 0.9]), numpy.array([0, 1]))
    assert not sequences.verdict(few, ("a", "b")).may_stop
    one = sequences.compare(numpy.full(50, 0.5), numpy.zeros(50, dtype=numpy.int64))
    assert "at least 20" in sequences.verdict(one, ("a", "b")).sentence


# ---------------------------------------------------------------------------------------------------- in the database


@pytest.fixture
def course(db: Services) -> tuple[Who, Who, UUID, list[UUID]]:
    """An instructor, a student, a course, and its three modules."""
    made = make_lesson()
    with unit_of_work() as session:
        for title in ("Second", "Third"):
            courses.add_module(session, made.course_id, title)
        modules = [one.id for one in courses.access_course(session, made.instructor, made.course_id).modules]
    return made.instructor, made.student, made.course_id, modules


def begin(course: tuple[Who, Who, UUID, list[UUID]]) -> UUID:
    who, _, course_id, modules = course
    with unit_of_work() as session:
        return order.set_up(session, who, course_id, None, "Turn them", (modules, modules[::-1]))


def met(course: tuple[Who, Who, UUID, list[UUID]], person: UUID) -> list[UUID]:
    with unit_of_work() as session:
        return order.shown(session, person, course[2], None, course[3], course[3])


def willing(course: tuple[Who, Who, UUID, list[UUID]], count: int) -> list[Who]:
    found = [make_person(f"w{at}@school.test") for at in range(count)]
    with unit_of_work() as session:
        for one in found:
            accounts.enrol(session, course[2], one.id, CourseRole.STUDENT)
    for one in found:
        answer_consent(one.id, Purpose.TEACHING, Purpose.RESEARCH)
    return found


def test_the_willing_meet_one_of_two_orders_and_keep_it(course: tuple[Who, Who, UUID, list[UUID]]) -> None:
    trial = begin(course)
    people, modules = willing(course, 12), course[3]
    first = [met(course, one.id) for one in people]
    assert all(one in (modules, modules[::-1]) for one in first)
    assert modules in first
    assert modules[::-1] in first
    assert [met(course, one.id) for one in people] == first
    assert met(course, course[1].id) == modules, "who did not allow research meets the course's own order"
    with unit_of_work() as session:
        row = session.get_one(Trial, trial)
        places = trials.placed(session, row)
        assert set(places) == {one.id for one in people}
        assert [modules[:: -1 if places[one.id] else 1] for one in people] == first


def test_who_withdraws_leaves_the_trial_at_once(course: tuple[Who, Who, UUID, list[UUID]]) -> None:
    trial = begin(course)
    people = willing(course, 6)
    for one in people:
        met(course, one.id)
    gone = next(one for one in people if met(course, one.id) != course[3])
    answer_consent(gone.id, Purpose.TEACHING)
    assert met(course, gone.id) == course[3]
    with unit_of_work() as session:
        assert gone.id not in trials.placed(session, session.get_one(Trial, trial))
        assert order.forget_withdrawn(session) == 1
    with unit_of_work() as session:
        assert session.scalar(select(func.count()).select_from(TrialPlace)) == 5
        assert order.forget_withdrawn(session) == 0


def test_a_kept_order_is_everybodys_until_the_next_trial(course: tuple[Who, Who, UUID, list[UUID]]) -> None:
    trial, modules = begin(course), course[3]
    with pytest.raises(Conflict, match="running"):
        begin(course)
    with unit_of_work() as session:
        order.end(session, course[2], trial, 1)
        order.end(session, course[2], trial, 0)  # a second click changes nothing
    assert met(course, course[1].id) == modules[::-1]
    second = begin(course)
    assert met(course, course[1].id) == modules
    with unit_of_work() as session:
        order.end(session, course[2], second, None)
        with pytest.raises(NotFound):
            order.access_trial(session, uuid4(), trial)
    assert met(course, course[1].id) == modules


@pytest.mark.parametrize(("turn", "words"), [(0, "the same"), (1, "everything once")])
def test_orders_that_make_no_trial_are_refused(
    course: tuple[Who, Who, UUID, list[UUID]], turn: int, words: str
) -> None:
    who, _, course_id, modules = course
    second = modules if turn == 0 else modules[:2]
    with pytest.raises(Invalid, match=words), unit_of_work() as session:
        order.set_up(session, who, course_id, None, "", (modules, second))


def test_what_is_settled_holds_and_circles_are_refused(course: tuple[Who, Who, UUID, list[UUID]]) -> None:
    who, _, course_id, _ = course
    with unit_of_work() as session:
        rows = [Component(course_id=course_id, name=name) for name in ("Cells", "Energy", "Membranes")]
        session.add_all(rows)
        session.flush()
        ids = [row.id for row in rows]
        order.settle(session, who, course_id, ids[0], ids[1], True)
        order.settle(session, who, course_id, ids[1], ids[2], True)
    with (
        pytest.raises(Invalid, match="go round in a circle"),
        unit_of_work() as session,
    ):
        order.settle(session, who, course_id, ids[2], ids[0], True)
    with pytest.raises(Invalid, match="itself"), unit_of_work() as session:
        order.settle(session, who, course_id, ids[0], ids[0], True)
    with pytest.raises(NotFound), unit_of_work() as session:
        order.settle(session, who, course_id, ids[0], uuid4(), True)
    graph = graph_of(course_id)
    assert [(one.before, one.after) for one in graph.edges if one.settled] == [
        ("Cells", "Energy"),
        ("Energy", "Membranes"),
    ]
    assert graph.kept()[:2] == [(0, 1), (1, 2)]
    with unit_of_work() as session:
        order.settle(session, who, course_id, ids[0], ids[1], False)
        order.settle(session, who, course_id, ids[1], ids[2], None)
    graph = graph_of(course_id)
    assert [one.settled for one in graph.edges if (one.before, one.after) == ("Cells", "Energy")] == [False]
    assert (0, 1) not in graph.kept()


def graph_of(course_id: UUID) -> Graph:
    with unit_of_work() as session:
        subject = analysis.read_course(session, course_id)
        return find(subject.source, session).graph


@pytest.fixture(scope="module")
def ordered(services: Services) -> Iterator[School]:
    empty_stores()
    yield simulate(14, 11, lambda _: None, is_ordered=True)
    empty_stores()


def test_the_better_order_is_recovered_from_simulated_learners() -> None:
    """In the course's own order what is needed comes first; in the other it comes last, at the expense of transfer."""
    source, arms = simulated_trial(700, 3)
    compared = sequences.compare(transfer(source), arms, before(source))
    assert compared.difference.high < 0
    assert sequences.verdict(compared, ("own", "worse")).better == 0
    same, arms = simulated_trial(400, 3, needs=())
    assert sequences.verdict(sequences.compare(transfer(same), arms, before(same)), ("own", "worse")).better is None
    lost = forgetting(source)
    assert numpy.isfinite(lost).all()
    assert abs(lost.mean()) < 0.2


def test_a_trial_is_told_of_those_who_were_placed_and_allow_research(ordered: School) -> None:
    with unit_of_work() as session:
        subject = analysis.read_course(session, ordered.lessons.course_id, for_research=True)
        row = session.scalars(select(Trial)).one()
        found = order.outcomes(subject, row)
    by_name = {one.name: one for one in found.measures}
    assert set(by_name) == {"transfer", "forgetting", "survival"}
    willing = sum(one.consents["research"] for one in ordered.truth.learners)
    assert found.trial.placed[0] + found.trial.placed[1] == willing
    assert by_name["survival"].n == willing
    assert by_name["transfer"].value is not None
    assert "NaN" not in "".join(one.model_dump_json() for one in (*found.measures, *found.charts))


def test_text_and_records_together_suggest_true_steps(ordered: School) -> None:
    graph = graph_of(ordered.lessons.course_id)
    kept = {(one.before, one.after) for one in graph.edges if one.counts}
    assert ("percentages", "percent change") in kept
    assert all(one.text is not None for one in graph.edges)
    assert ("probability", "expected value") in kept
