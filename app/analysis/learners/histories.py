"""Learners' answers about components, out of the database, in the order in which they were given."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import numpy as np
from sqlalchemy import ARRAY, Select, Uuid, func, literal, select, tuple_
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.analysis.learners.practice import Practice
from app.assessment.documents import Standing
from app.assessment.grading import ROUNDING
from app.assessment.models import Attempt, Component, ItemComponent, Sitting, VersionRow
from app.records.privacy.consent import consented
from app.records.privacy.schema import Purpose

Pair = tuple[UUID, UUID]
"""A person and a component."""


class Answered(NamedTuple):
    """An answer that has marks, once for each of its components."""

    person: UUID
    component: UUID
    at: datetime
    right: bool


def _query() -> Select[UUID, UUID, datetime | None, bool]:
    """Answers with marks, by person, component and time; of two at one moment in the order of their ids."""
    return (
        select(
            Sitting.person_id, ItemComponent.component_id, Attempt.answered_at, Attempt.raw >= Attempt.points - ROUNDING
        )
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .join(VersionRow, VersionRow.id == Attempt.version_id)
        .join(ItemComponent, ItemComponent.item_id == VersionRow.item_id)
        .where(Attempt.state == Standing.GRADED.value, Attempt.raw.is_not(None), Attempt.answered_at.is_not(None))
        .order_by(Sitting.person_id, ItemComponent.component_id, Attempt.answered_at, Attempt.id)
    )


def _answered(session: Session, query: Select[UUID, UUID, datetime | None, bool]) -> list[Answered]:
    return [Answered(who, what, at, right) for who, what, at, right in session.execute(query) if at]


def touched_after(session: Session, cursor: int, limit: int) -> tuple[set[Pair], int]:
    """Who answered about what in the `limit` changes after `cursor`, and the number of the last of them."""
    changed = (
        select(Attempt.id, Attempt.change, Attempt.sitting_id, Attempt.version_id)
        .where(Attempt.change > cursor)
        .order_by(Attempt.change)
        .limit(limit)
        .subquery()
    )
    last = session.scalar(select(func.max(changed.c.change))) or cursor
    query = (
        select(Sitting.person_id, ItemComponent.component_id)
        .select_from(changed)
        .join(Sitting, Sitting.id == changed.c.sitting_id)
        .join(VersionRow, VersionRow.id == changed.c.version_id)
        .join(ItemComponent, ItemComponent.item_id == VersionRow.item_id)
        .distinct()
    )
    return {(person, component) for person, component in session.execute(query)}, last


def of_pairs(session: Session, pairs: Iterable[Pair]) -> list[Answered]:
    """All answers of these people about these components; of those who allow it."""
    wanted = sorted(pairs)
    allowed = allowing(session, {person for person, _ in wanted})
    wanted = [one for one in wanted if one[0] in allowed]
    if not wanted:
        return []
    people, components = zip(*wanted, strict=True)
    rows = select(
        func.unnest(literal(list(people), ARRAY(Uuid()))).label("person"),
        func.unnest(literal(list(components), ARRAY(Uuid()))).label("component"),
    ).subquery()
    query = _query().where(
        tuple_(Sitting.person_id, ItemComponent.component_id).in_(select(rows.c.person, rows.c.component))
    )
    return _answered(session, query)


def of_course(session: Session, course_id: UUID) -> list[Answered]:
    """All answers about a course's components; of those who allow it."""
    mine = select(Component.id).where(Component.course_id == course_id)
    rows = _answered(session, _query().where(ItemComponent.component_id.in_(mine)))
    allowed = allowing(session, {one.person for one in rows})
    return [one for one in rows if one.person in allowed]


def pairs_of(session: Session, person_id: UUID) -> set[Pair]:
    """What a person answered about."""
    query = (
        select(ItemComponent.component_id)
        .join(VersionRow, VersionRow.item_id == ItemComponent.item_id)
        .join(Attempt, Attempt.version_id == VersionRow.id)
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .where(Sitting.person_id == person_id)
        .distinct()
    )
    return {(person_id, one) for one in session.scalars(query)}


def allowing(session: Session, people: set[UUID]) -> set[UUID]:
    """Those of these people who allow teaching: of nobody else is it worked out what they know."""
    query = select(Person.id).where(Person.id.in_(people), consented(Purpose.TEACHING, Person.id))
    return set(session.scalars(query))


def practice_of(answers: list[Answered], components: list[UUID]) -> tuple[Practice, list[UUID]]:
    """The answers as arrays, components in this order, and the people in theirs."""
    place = {one: at for at, one in enumerate(components)}
    people = list(dict.fromkeys(one.person for one in answers))
    number = {one: at for at, one in enumerate(people)}
    practice = Practice(
        learner=np.array([number[one.person] for one in answers], np.int64),
        skill=np.array([place[one.component] for one in answers], np.int64),
        right=np.array([one.right for one in answers], np.int64),
        answer=np.arange(len(answers)),
        learners=list(map(str, people)),
        skills=list(map(str, components)),
    )
    return practice, people
