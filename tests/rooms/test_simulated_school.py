"""Simulated learners: the same seed is the same course, the log is a class's own, and the truth can be found again."""

from statistics import mean

import pytest
from making import make_lesson
from parts import Services
from sqlalchemy import func, select

from app.assessment import service as assessment
from app.assessment.documents import Purpose
from app.base.db import now, unit_of_work
from app.base.errors import Invalid
from app.classroom import service as classroom
from app.classroom.log.folding import fold
from app.classroom.models import ClassSession
from app.classroom.people.importing import Dated
from app.classroom.schema import Body, Kind, Verdict
from app.cli.simulated.course import course_text
from app.cli.simulated.school import School, simulate
from app.records.models import StatementRow


@pytest.fixture(scope="module")
def told() -> list[str]:
    return []


def logs(school: School) -> list[list[str]]:
    """What happened in each class, without ids, in the order of learner and time."""
    query = select(ClassSession).where(ClassSession.course_id == school.lessons.course_id)
    with unit_of_work() as session:
        rows = session.scalars(query.order_by(ClassSession.created_at)).all()
        found = []
        for row in rows:
            events = classroom.events_after(session, row.id, 0, 1000)
            assert fold(events).model_dump(mode="json") == row.state
            found.append([f"{one.at} {one.kind.value} {one.body.text} {one.body.verdict}" for one in events])
        return found


def test_the_same_seed_is_the_same_course_and_another_is_not(db: Services, told: list[str]) -> None:
    first, second, third = (simulate(4, seed, told.append) for seed in (3, 3, 4))
    assert logs(first) == logs(second) != logs(third)
    assert first.truth.learners == second.truth.learners != third.truth.learners
    assert list(first.truth.items.values()) == list(second.truth.items.values())
    with unit_of_work() as session:
        query = select(func.count()).where(StatementRow.course_id == first.lessons.course_id)
        assert session.scalar(query) == first.statements
    assert marks(first) == marks(second) != marks(third)


def marks(school: School) -> list[str]:
    """What was answered on the tests, without ids, in the order of time."""
    with unit_of_work() as session:
        found = [one for one in assessment.attempts_after(session, 0, 5000) if one.course == school.lessons.course_id]
    return [f"{one.answered_at} {one.stem} {one.response_text} {one.raw}" for one in found]


def test_as_many_records_as_are_wanted(db: Services, told: list[str]) -> None:
    school = simulate(2, 6, told.append, records_wanted=600)
    assert 600 <= school.statements < 610
    with unit_of_work() as session:
        query = select(func.count()).where(StatementRow.course_id == school.lessons.course_id)
        assert session.scalar(query) == school.statements


def test_the_able_answer_better_and_the_keen_ask_more(db: Services, told: list[str]) -> None:
    school = simulate(30, 5, told.append)
    by_name = {one.name: one for one in school.truth.learners}
    right: dict[bool, list[bool]] = {True: [], False: []}
    with unit_of_work() as session:
        rows = session.scalars(select(ClassSession).where(ClassSession.course_id == school.lessons.course_id)).all()
        for row in rows:
            events = classroom.events_after(session, row.id, 0, 1000)
            able = by_name[events[0].body.name].ability > 0
            right[able] += [one.body.verdict is Verdict.RIGHT for one in events if one.body.verdict]
    assert mean(right[True]) > mean(right[False]) + 0.1
    share: dict[bool, list[bool]] = {True: [], False: []}
    with unit_of_work() as session:
        for one in assessment.attempts_after(session, 0, 10_000):
            hard = float(school.truth.items[str(one.item)]["difficulty"]) > 0
            if one.purpose is Purpose.PRE:
                share[hard].append(bool(one.success))
    assert mean(share[False]) > mean(share[True]) + 0.1
    assert {one.dropped_at for one in by_name.values()} > {None}
    assert all(one.modules <= len(course_text().module) for one in by_name.values())


def test_a_log_that_is_no_class_is_refused(db: Services) -> None:
    made = make_lesson()
    start = Dated(kind=Kind.STARTED, person_id=made.student.id, body=Body(pages=3, name="Sam"), at=now())
    for log in ([], [start], [start.model_copy(update={"kind": Kind.PAGE})]):
        with pytest.raises(Invalid), unit_of_work() as session:
            classroom.bring_in(session, made.student, made.lesson_id, log)
    with unit_of_work() as session:
        assert session.scalar(select(func.count()).select_from(ClassSession)) == 0
