"""The table of mastery: live it is what it is from scratch, it follows what people allow, and says when to review."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from analysing import answer_all, make_test, students
from making import PASSWORD, answer_consent, make_person
from parts import Services
from sqlalchemy import select

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, SiteRole, Who
from app.analysis import service as analysis
from app.analysis.learners import mastery, reviewing
from app.analysis.learners import service as learners
from app.analysis.learners.knowing import in_words
from app.analysis.learners.models import Mastery, Tracing
from app.assessment import service as assessment
from app.assessment.schema import ItemCard, Response
from app.base.db import new_id, now, unit_of_work
from app.base.embedded.processes import Child
from app.base.queue import ring
from app.courses import service as courses
from app.records.privacy import service as privacy
from app.records.privacy.schema import Purpose
from workers.tasks import records_erase

Line = tuple[float, float, int, int, datetime, datetime, float]


class Place:
    """A course with practice about two components, and pupils."""

    def __init__(self, pupils: int = 6) -> None:
        self.instructor = make_person("ines@school.test", SiteRole.INSTRUCTOR)
        with unit_of_work() as session:
            self.course_id = courses.create_course(session, self.instructor, "Biology")
        self.paper, self.cards = make_test(self.instructor, self.course_id, ["Cells", "Energy"])
        self.pupils = students(self.course_id, pupils)

    def answer(self, who: Who, rights: str, days_ago: float = 0.0) -> None:
        """A sitting of the practice test, "1" for each question answered rightly."""
        answer_all(
            who, self.paper, self.cards, [one == "1" for one in rights], now() - timedelta(days=days_ago, hours=1)
        )

    def component(self, name: str) -> UUID:
        with unit_of_work() as session:
            return next(one.id for one in assessment.components_of(session, self.course_id) if one.name == name)


def table() -> dict[tuple[UUID, UUID], Line]:
    with unit_of_work() as session:
        return {
            (row.person_id, row.component_id): (
                row.value,
                row.error,
                row.n,
                row.right,
                row.answered_at,
                row.due_at,
                row.stability,
            )
            for row in session.scalars(select(Mastery))
        }


@pytest.fixture
def place(db: Services) -> Place:
    return Place()


def test_live_and_from_scratch_are_the_same(place: Place) -> None:
    for at, who in enumerate(place.pupils):
        place.answer(who, "110100" if at % 2 else "111111", days_ago=3)
        assert learners.follow() == 2
    assert learners.refit(place.course_id) == 12
    for who in place.pupils[:3]:
        place.answer(who, "011111")
    with unit_of_work() as session:
        assert learners.waits(session)
    assert learners.follow() == 6
    assert learners.follow() == 0
    live = table()
    assert len(live) == 12
    assert learners.rebuild() == 12
    assert table() == live
    assert learners.refit(place.course_id) == 12
    assert table().keys() == live.keys()
    assert {line[2:] for line in table().values()} == {line[2:] for line in live.values()}


def test_a_withdrawn_question_no_longer_counts(place: Place) -> None:
    who = place.pupils[0]
    place.answer(who, "100111")
    learners.follow()
    before = table()[who.id, place.component("Cells")]
    with unit_of_work() as session:
        for card in place.cards[1:3]:
            assessment.withdraw_item(session, place.instructor, card.id, "wrong key")
    learners.follow()
    after = table()[who.id, place.component("Cells")]
    assert (before[2:4], after[2:4]) == ((3, 1), (1, 1))
    assert after[0] > before[0]
    live = table()
    learners.rebuild()
    assert table() == live


def test_nothing_is_worked_out_of_who_does_not_allow_it(place: Place) -> None:
    who, other = place.pupils[:2]
    place.answer(who, "111000")
    place.answer(other, "111000")
    learners.follow()
    answer_consent(who.id)
    with unit_of_work() as session:
        assert learners.known_of(session, who.id) == []
        assert [line.person_id for line in learners.learners_of(session, place.course_id)] == [other.id]
        learners.heed(session, who.id)
    assert {person for person, _ in table()} == {other.id}
    place.answer(who, "111111")
    learners.follow()
    learners.refit(place.course_id)
    assert {person for person, _ in table()} == {other.id}
    answer_consent(who.id, Purpose.TEACHING)
    with unit_of_work() as session:
        learners.heed(session, who.id)
        assert {one.component: one.n for one in learners.known_of(session, who.id)} == {"Cells": 6, "Energy": 6}
        learners.forget(session, who.id)
    assert {person for person, _ in table()} == {other.id}


def test_parameters_are_fitted_when_there_is_much_more_to_fit_them_to(place: Place) -> None:
    for who in place.pupils:
        place.answer(who, "110110", days_ago=1)
    assert mastery.AT_LEAST > 36
    with unit_of_work() as session:
        assert mastery._grown(session, {place.component("Cells")}) == []
    place.answer(place.pupils[0], "111111")
    learners.follow()
    with unit_of_work() as session:
        assert mastery._grown(session, {place.component("Cells")}) == [place.course_id]
    learners.refit_all()
    with unit_of_work() as session:
        assert mastery._grown(session, {place.component("Cells")}) == []
        fitted = {row.component_id: row for row in session.scalars(select(Tracing))}
    assert {row.answers for row in fitted.values()} == {21}
    assert fitted[place.component("Cells")].parameters[4] == 0.0


def test_what_is_known_is_said_with_its_uncertainty(place: Place) -> None:
    who = place.pupils[0]
    place.answer(who, "111000")
    place.answer(who, "111000")
    place.answer(who, "111000")
    learners.follow()
    with unit_of_work() as session:
        known = {one.component: one for one in learners.known_of(session, who.id, place.course_id)}
        plain = learners.mastery_values(session, who.id, place.course_id)
    assert known["Cells"].value > 0.9 > 0.5 > known["Energy"].value
    assert known["Cells"].low <= known["Cells"].value <= known["Cells"].high
    assert plain == {name: round(one.value, 4) for name, one in known.items()}
    assert in_words(0.95, 0.92, 0.97, 9) == "known"
    assert in_words(0.95, 0.6, 1.0, 9) == "probably known; it may be on the way"
    assert in_words(0.5, 0.45, 0.95, 9) == "probably on the way; it may be known"
    assert in_words(0.95, 0.9, 1.0, 2) == "too few answers to say (2 of at least 3)"


def test_what_was_learnt_long_ago_is_due(place: Place) -> None:
    who = place.pupils[0]
    place.answer(who, "111000", days_ago=400)
    learners.follow()
    with unit_of_work() as session:
        assert [one.component for one in learners.known_of(session, who.id) if one.is_due] == ["Cells", "Energy"]
    place.answer(who, "111000")
    learners.follow()
    with unit_of_work() as session:
        due = {one.component: one.due_at for one in learners.known_of(session, who.id)}
    assert due["Cells"] > due["Energy"] > now()


def test_reviews_come_later_the_better_it_goes_and_two_clocks_do_no_harm() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    good = [(start + timedelta(days=day), True) for day in (0, 3, 12)]
    slipped = [*good[:2], (good[2][0], False)]
    assert reviewing.review_of(good).due > reviewing.review_of(slipped).due > good[2][0]
    behind = [(start, True), (start - timedelta(days=2), True)]
    assert reviewing.review_of(behind).due > start
    assert reviewing.review_of(good) == reviewing.review_of(good)


def practise(who: Who, place: Place, card: ItemCard) -> None:
    """One question of the practice, answered as on its page."""
    with unit_of_work() as session:
        sitting = assessment.start(session, who, place.paper)
        assessment.save(session, who, sitting, card.version_id, Response(chosen=["o0"]), new_id(), 0)


def test_the_worker_brings_answers_into_the_table_and_a_week_that_is_over_into_a_digest(
    db: Services, worker: Child
) -> None:
    place = Place(2)
    for who in place.pupils:
        practise(who, place, place.cards[0])
        key = who.id, place.component("Cells")
        until(lambda key=key: key in table())
    place.answer(place.pupils[0], "110110", days_ago=now().weekday() + 3)  # last week's Friday, whatever day it is
    assert ring("records.weeks")
    until(lambda: digests(place))


def digests(place: Place) -> list[str]:
    with unit_of_work() as session:
        return analysis.digests(session, place.course_id)


def until(true: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.02)


def test_an_erased_account_leaves_no_line(place: Place) -> None:
    who = make_person("zoe@school.test")
    with unit_of_work() as session:
        accounts.enrol(session, place.course_id, who.id, CourseRole.STUDENT)
    place.answer(who, "111000")
    learners.follow()
    assert len(table()) == 2
    with unit_of_work() as session:
        privacy.ask_to_be_erased(session, who, PASSWORD, "127.0.0.1")
    records_erase(str(who.id))
    assert table() == {}
    learners.rebuild()
    learners.refit(place.course_id)
    assert table() == {}
