"""A whole simulated course whose truth is known: the hazard is found again, and reading is fast.

`./lyceum test -m heavy -k analysis_flow_truth -s` runs it, with 500 learners and 100,000 records.
"""

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
from making import make_person
from parts import Services
from sqlalchemy import event

from app.accounts import service as accounts
from app.accounts.schema import CourseRole
from app.analysis.agents import part as agents
from app.analysis.building import build
from app.analysis.flow import part as flow
from app.analysis.flow.dropout import hazard
from app.analysis.flow.periods import periods
from app.analysis.logs.subjects import records_of
from app.analysis.subject import Subject
from app.analysis.talk import part as talk
from app.base.db import get_engine, unit_of_work
from app.classroom import service as classroom
from app.cli.simulated.classes import attend
from app.cli.simulated.course import course_text
from app.cli.simulated.learners import make_learners
from app.cli.simulated.school import School, simulate

pytestmark = pytest.mark.heavy


@contextmanager
def in_database() -> Iterator[list[float]]:
    """The seconds that Postgres takes for each statement, its rows' way included."""
    began, took = [], []

    def before(*told: object) -> None:
        began.append(time.perf_counter())

    def after(*told: object) -> None:
        took.append(time.perf_counter() - began.pop())

    event.listen(get_engine(), "before_cursor_execute", before)
    event.listen(get_engine(), "after_cursor_execute", after)
    try:
        yield took
    finally:
        event.remove(get_engine(), "before_cursor_execute", before)
        event.remove(get_engine(), "after_cursor_execute", after)


def all_parts(course_id: UUID) -> dict[str, float]:
    """Talk, flow and agents from SQL: seconds in all, and in the database."""
    began = time.perf_counter()
    with in_database() as took, unit_of_work() as session:
        source = build("database", (), (), course_id=course_id)
        subject = Subject(source, session=session)
        records_of(subject)
        read = time.perf_counter() - began
        for part in (talk, flow, agents):
            assert "nan" not in part.make(subject).model_dump_json().lower()
    return {"seconds": time.perf_counter() - began, "reading": read, "database": sum(took)}


def add_records(school: School, wanted: int) -> int:
    """New classes of new learners, until they come to so many events."""
    rng, added = random.Random(99), 0
    module = course_text().module[0]
    for learner in make_learners(rng, 200):
        who = make_person(f"later-{learner.number}@school.test")
        log = attend(rng, learner, who.id, module, school.truth.skills, datetime.now(UTC) - timedelta(hours=1))
        with unit_of_work() as session:
            accounts.enrol(session, school.lessons.course_id, who.id, CourseRole.STUDENT)
            classroom.bring_in(session, who, school.lessons.lesson_ids[0], log)
        added += len(log)
        if added >= wanted:
            break
    return added


def test_the_truth_behind_500_learners_is_found_again(db: Services) -> None:
    school = simulate(500, 1, lambda words: None, records_wanted=100_000)
    course_id, truth = school.lessons.course_id, school.truth.hazard
    figures = {"records": school.statements, "first": all_parts(course_id), "again": all_parts(course_id)}
    with unit_of_work() as session:
        records = records_of(Subject(build("database", (), (), course_id=course_id), session=session))
    told = periods(records.lines, records.results, records.as_of)
    found = hazard(told)
    assert not isinstance(found, str)
    for name in ("messages", "length"):
        one = found.effects[name]
        print(f"{name}: truth {truth[name]}, found {one.value:.3f} ({one.low:.3f} to {one.high:.3f}), n {one.n}")
        assert abs(one.value - truth[name]) < 2.6 * (one.high - one.low) / 3.92
    dropped = [one.dropped_at for one in school.truth.learners]
    stopped = int(told.gone.sum())
    print(f"stopped: truth {sum(one in (1, 2, 3) for one in dropped)}, found {stopped}")
    assert stopped == sum(one in (1, 2, 3) for one in dropped)
    print(f"held back: AUC {found.held.auc.value:.3f}, Brier {found.held.brier:.4f} of {found.held.brier_base:.4f}")
    off = np.mean([abs(one.predicted - one.observed.value) for one in found.bins])
    print(f"calibration: off by {off:.3f} on the mean of {len(found.bins)} groups")
    figures |= {"added": add_records(school, 1000), "after": all_parts(course_id)}
    print(json.dumps(figures))
