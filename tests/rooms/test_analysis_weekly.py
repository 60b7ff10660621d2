"""Weekly digests and kept parts: made once, told as they were made, and never older than what they tell of."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from analysing import answer_all, make_test, students
from making import make_lesson
from parts import Services
from sqlalchemy import func, select

from app.accounts.schema import Who
from app.analysis import keeping, weekly
from app.analysis import service as analysis
from app.analysis.order.models import Digest
from app.assessment.schema import ItemCard
from app.base.db import unit_of_work
from app.base.errors import NotFound

NOW = datetime(2026, 9, 16, 12, tzinfo=UTC)
LAST_WEEK = datetime(2026, 9, 9, 12, tzinfo=UTC)
"""Wednesdays of weeks 38 and 37."""

Place = tuple[UUID, list[Who], UUID, list[ItemCard]]


@pytest.fixture
def place(db: Services) -> Place:
    made = make_lesson()
    paper, cards = make_test(made.instructor, made.course_id, ["Cells", "Energy", "Membranes"])
    return made.course_id, students(made.course_id, 6), paper, cards


def answer(place: Place, at: datetime, right: bool = True) -> None:
    _, people, paper, cards = place
    for who in people:
        answer_all(who, paper, cards, [right] * len(cards), at)


def test_a_week_in_which_something_happened_gets_one_digest(place: Place) -> None:
    course = place[0]
    with unit_of_work() as session:
        assert analysis.digests_due(session, NOW) == []
    answer(place, LAST_WEEK)
    with unit_of_work() as session:
        assert analysis.digests_due(session, NOW) == [course]
    for _ in range(2):
        analysis.make_digest(course, NOW)
    with unit_of_work() as session:
        assert session.scalar(select(func.count()).select_from(Digest)) == 1
        assert analysis.digests_due(session, NOW) == []
        assert analysis.digests(session, course) == ["2026-W37"]
        told = analysis.digest_of(session, course, "2026-W37")
    counts = {one.name: (one.value, one.before) for one in told.counts}
    assert counts["answers"] == (54, 0)
    assert counts["learners who answered"] == (6, 0)
    assert (told.since.isoformat(), told.until.isoformat()) == ("2026-09-07", "2026-09-13")
    answer(place, LAST_WEEK + timedelta(hours=1))
    with unit_of_work() as session:
        assert analysis.digest_of(session, course, "2026-W37") == told, "told as it was made"
        with pytest.raises(NotFound):
            analysis.digest_of(session, course, "2026-W36")


def test_weeks_are_iso_weeks_also_at_the_years_end() -> None:
    assert weekly.week_of(datetime(2027, 1, 1, tzinfo=UTC)) == "2026-W53"
    assert weekly.first_day("2026-W53").isoformat() == "2026-12-28"
    for nonsense in ("2026", "2026-W99", "x-Wy"):
        with pytest.raises(NotFound):
            weekly.first_day(nonsense)


def test_parts_are_kept_until_something_changes(place: Place) -> None:
    keeping.forget()
    course = place[0]

    def parts() -> list[object]:
        with unit_of_work() as session:
            return list(analysis.parts_of(session, course))

    first = parts()
    assert all(one is other for one, other in zip(first, parts(), strict=True))
    answer(place, LAST_WEEK)
    second = parts()
    assert second[0] is not first[0]
    assert second[0].measures[1].n == 54
    assert all(one is other for one, other in zip(second, parts(), strict=True))
    with unit_of_work() as session:
        fresh = analysis.make_parts(analysis.read_course(session, course))
    assert [one.measures for one in fresh[:2]] == [one.measures for one in second[:2]]
    keeping.forget()
