"""More answers in a simulated course, after it was simulated: its learners practise on."""

import random
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.accounts import service as accounts
from app.accounts.models import Enrolment
from app.accounts.schema import CourseRole, SiteRole, Who
from app.assessment import service as assessment
from app.assessment.documents import Purpose
from app.assessment.importing import Given
from app.assessment.models import Paper
from app.base.db import now, unit_of_work
from app.base.errors import Invalid
from app.cli.simulated.items import respond
from app.records import service as records

RIGHT = 0.6
"""How likely an answer is right; whose it is does not matter here."""


def grow(course_id: UUID, wanted: int, seed: int) -> int:
    """Have learners answer the practice tests until there are `wanted` more answers at least; returns how many."""
    rng = random.Random(seed)
    instructor, people, papers = _found(course_id)
    given = 0
    while given < wanted:
        given += _take(rng, instructor, rng.choice(people), rng.choice(papers))
    records.follow_answers()
    return given


def _found(course_id: UUID) -> tuple[Who, list[Who], list[UUID]]:
    with unit_of_work() as session:
        roles = session.execute(
            select(Enrolment.person_id, Enrolment.role).where(Enrolment.course_id == course_id).order_by(Enrolment.id)
        ).all()
        this = (Paper.course_id == course_id) & (Paper.purpose == Purpose.PRACTICE.value)
        papers = list(session.scalars(select(Paper.id).where(this).order_by(Paper.created_at, Paper.id)))
        people = [_who(one, SiteRole.STUDENT) for one, role in roles if role == CourseRole.STUDENT.value]
        staff = [_who(one, SiteRole.INSTRUCTOR) for one, role in roles if role == CourseRole.INSTRUCTOR.value]
        if not people or not staff or not papers:
            raise Invalid("This course has nobody who could practise, or nothing to practise on.")
        accounts.require(session, staff[0], course_id)
    return staff[0], people, papers


def _who(person_id: UUID, role: SiteRole) -> Who:
    return Who(id=person_id, name="", email="", role=role)


def _take(rng: random.Random, instructor: Who, who: Who, paper: UUID) -> int:
    began = now() - timedelta(hours=1)
    with unit_of_work() as session:
        cards = assessment.access_paper(session, instructor, paper).items
        given = [
            Given(
                version_id=card.version_id,
                response=respond(rng, card.item, rng.random() < RIGHT),
                at=began + timedelta(seconds=20 * (at + 1)),
                seconds=18.0,
            )
            for at, card in enumerate(cards)
        ]
        assessment.bring_in(session, who, paper, began, given)
    return len(given)
