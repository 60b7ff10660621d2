"""The table of mastery: kept up with the answers as they come, and made anew it is the same.

A learner's line about a component is always worked out from all of their answers about it, with the component's fitted
parameters; the list of changed answers only says which lines to work out. So marks that change later, a question that
is withdrawn, and a job that runs twice or is killed all end in the same table.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import numpy as np
from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.analysis.learners import tracing
from app.analysis.learners.histories import (
    Answered,
    Pair,
    allowing,
    of_course,
    of_pairs,
    pairs_of,
    practice_of,
    touched_after,
)
from app.analysis.learners.models import FollowMark, Mastery, Tracing
from app.analysis.learners.parameters import USUAL, usual_covariance
from app.analysis.learners.reviewing import Review, review_of
from app.analysis.learners.tracing import Tracer
from app.assessment import service as assessment
from app.assessment.models import Component
from app.base.db import now, take_time, unit_of_work
from app.base.queue import ring_once

NAME = "mastery"
BATCH = 1000
SEED = 1
GROWN, AT_LEAST = 1.2, 40
"""Parameters are fitted anew when a course has this many times as many answers, and this many more."""
REST_SECONDS = 60.0
ROWS = 2000
"""Lines that are written at once."""


def follow() -> int:
    """The job: work out the lines that answers since the last time concern. Returns how many."""
    done = 0
    while True:
        with unit_of_work() as session:
            mark = _mark(session)
            pairs, last = touched_after(session, mark.change, BATCH)
            is_more = last > mark.change
            done += _work_out(session, pairs)
            mark.change = last
            grown = _grown(session, {component for _, component in pairs})
        for course_id in grown:
            ring_once("records.refit", str(course_id), REST_SECONDS)
        if not is_more:
            return done


def waits(session: Session) -> bool:
    """Whether there are answers that were not followed yet, for the clock."""
    mark = session.get(FollowMark, NAME)
    return assessment.changes(session) > (mark.change if mark else 0)


def rebuild() -> int:
    """Work out every line anew. Returns how many there are."""
    with unit_of_work() as session:
        _mark(session).change = 0
        session.execute(delete(Mastery))
    return follow()


def refit(course_id: UUID) -> int:
    """The job: fit a course's parameters to all of its answers, and work out its lines with them. Returns how many."""
    with unit_of_work() as session:
        _mark(session)
        components = _components(session, course_id)
        answers = of_course(session, course_id)
        practice, _ = practice_of(answers, components)
        fitted = tracing.fit(practice, SEED)
        for at, component_id in enumerate(components):
            _keep(session, component_id, fitted, at)
        session.flush()
        known = _reviews(session, components)
        session.execute(delete(Mastery).where(Mastery.component_id.in_(components)))
        return _write(session, answers, known)


def refit_all() -> None:
    """The daily job: every course that has answers."""
    with unit_of_work() as session:
        courses = session.scalars(select(Component.course_id).distinct()).all()
    for course_id in courses:
        refit(course_id)


def heed(session: Session, person_id: UUID) -> None:
    """Bring the lines about a person in line with what they allow now: all are there, or none."""
    if allowing(session, {person_id}):
        _work_out(session, pairs_of(session, person_id))
    else:
        forget(session, person_id)


def forget(session: Session, person_id: UUID) -> None:
    """No line about a person is left."""
    session.execute(delete(Mastery).where(Mastery.person_id == person_id))


# ------------------------------------------------------------------------------------------------------- working out


def _mark(session: Session) -> FollowMark:
    """The bookmark, held until this transaction ends: one job at a time writes the table, and the next one waits."""
    take_time(session)
    session.execute(insert(FollowMark).values(name=NAME, change=0).on_conflict_do_nothing())
    return session.get_one(FollowMark, NAME, with_for_update=True, populate_existing=True)


def _work_out(session: Session, pairs: set[Pair]) -> int:
    answers = of_pairs(session, pairs)
    left = {(one.person, one.component) for one in answers}
    if gone := sorted(pairs - left):
        session.execute(delete(Mastery).where(tuple_(Mastery.person_id, Mastery.component_id).in_(gone)))
    return _write(session, answers, {})


def _write(session: Session, answers: list[Answered], known: dict[Pair, tuple[int, int, datetime, Review]]) -> int:
    """The lines that follow from these answers; `known` has reviews that need not be worked out again."""
    if not answers:
        return 0
    components = sorted({one.component for one in answers})
    practice, people = practice_of(answers, components)
    found = tracing.mastery(tracer_of(session, components), practice)
    given: defaultdict[Pair, list[tuple[datetime, bool]]] = defaultdict(list)
    for one in answers:
        given[one.person, one.component].append((one.at, one.right))
    moment, rows = now(), []
    for at in range(len(found.value)):
        pair = people[found.learner[at]], components[found.skill[at]]
        told = given[pair]
        right, last = sum(is_right for _, is_right in told), max(when for when, _ in told)
        kept = known.get(pair)
        review = kept[3] if kept and kept[:3] == (len(told), right, last) else review_of(told)
        rows.append(
            {
                "person_id": pair[0],
                "component_id": pair[1],
                "value": float(found.value[at]),
                "error": float(found.error[at]),
                "n": len(told),
                "right": right,
                "answered_at": last,
                "due_at": review.due,
                "stability": review.stability,
                "updated_at": moment,
            }
        )
    for first in range(0, len(rows), ROWS):
        _upsert(session, rows[first : first + ROWS])
    return len(rows)


def _upsert(session: Session, rows: list[dict[str, object]]) -> None:
    query = insert(Mastery)
    new = {name: query.excluded[name] for name in rows[0] if name not in ("person_id", "component_id")}
    session.execute(
        query.on_conflict_do_update(index_elements=[Mastery.person_id, Mastery.component_id], set_=new), rows
    )


def _reviews(session: Session, components: list[UUID]) -> dict[Pair, tuple[int, int, datetime, Review]]:
    rows = session.scalars(select(Mastery).where(Mastery.component_id.in_(components)))
    return {
        (row.person_id, row.component_id): (row.n, row.right, row.answered_at, Review(row.due_at, row.stability))
        for row in rows
    }


# -------------------------------------------------------------------------------------------------------- parameters


def tracer_of(session: Session, components: list[UUID]) -> Tracer:
    """The parameters of these components; one that was not fitted yet has what is usual."""
    fitted = {
        row.component_id: row for row in session.scalars(select(Tracing).where(Tracing.component_id.in_(components)))
    }
    count = len(components)
    usual = USUAL.copy()
    usual[4] = 0.0
    values, covariance = np.tile(usual, (count + 1, 1)), np.tile(usual_covariance(), (count + 1, 1, 1))
    covariance[:, 4, :], covariance[:, :, 4] = 0.0, 0.0
    for at, one in enumerate(components):
        if row := fitted.get(one):
            values[at], covariance[at] = row.parameters, row.covariance
    return Tracer(values, covariance, np.ones(count, np.int64))


def _keep(session: Session, component_id: UUID, fitted: Tracer, at: int) -> None:
    row = int(fitted.rows_of(np.array([at]))[0])
    told = {
        "parameters": fitted.values[row].tolist(),
        "covariance": fitted.covariance[row].tolist(),
        "answers": int(fitted.answers[at]),
        "fitted_at": now(),
    }
    query = insert(Tracing).values(component_id=component_id, **told)
    session.execute(query.on_conflict_do_update(index_elements=[Tracing.component_id], set_=told))


def _components(session: Session, course_id: UUID) -> list[UUID]:
    query = select(Component.id).where(Component.course_id == course_id).order_by(Component.id)
    return list(session.scalars(query))


def _grown(session: Session, components: Iterable[UUID]) -> list[UUID]:
    """Courses of these components that have many more answers than their parameters were fitted to."""
    courses = select(Component.course_id).where(Component.id.in_(set(components)))
    fitted = (
        select(Component.course_id, func.coalesce(func.sum(Tracing.answers), 0).label("answers"))
        .outerjoin(Tracing, Tracing.component_id == Component.id)
        .where(Component.course_id.in_(courses))
        .group_by(Component.course_id)
        .subquery()
    )
    present = (
        select(Component.course_id, func.sum(Mastery.n).label("answers"))
        .join(Mastery, Mastery.component_id == Component.id)
        .where(Component.course_id.in_(courses))
        .group_by(Component.course_id)
        .subquery()
    )
    query = (
        select(present.c.course_id)
        .join(fitted, fitted.c.course_id == present.c.course_id)
        .where(present.c.answers >= fitted.c.answers * GROWN + AT_LEAST)
    )
    return list(session.scalars(query))
