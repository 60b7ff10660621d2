"""Answers for the tests of analyses: items of a few components on published tests, answered by students of a course."""

import random
from datetime import datetime, timedelta
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, SiteRole, Who
from app.assessment import service as assessment
from app.assessment.documents import PaperPlan, Purpose
from app.assessment.importing import Given
from app.assessment.schema import ChoiceItem, ItemCard, Kind, Option, Response
from app.base.db import now, unit_of_work
from app.courses import service as courses
from app.records.privacy import service as privacy
from app.records.privacy.schema import Purpose as Yes


def choice(stem: str) -> ChoiceItem:
    """Four options, the first of them right."""
    options = [Option(id=f"o{at}", text=f"{stem} {at}") for at in range(4)]
    return ChoiceItem(kind=Kind.SINGLE, stem=stem, options=options, right=["o0"])


def make_test(
    instructor: Who, course_id: UUID, components: list[str], each: int = 3, purpose: Purpose = Purpose.PRACTICE
) -> tuple[UUID, list[ItemCard]]:
    """A published test with `each` questions about every component."""
    with unit_of_work() as session:
        module_id = courses.access_course(session, instructor, course_id).modules[0].id
        ids = [
            assessment.add_item(session, instructor, course_id, choice(f"About {name}, {at}"), module_id, [name])
            for name in components
            for at in range(each)
        ]
        plan = PaperPlan(title=purpose.value.title(), purpose=purpose, module_id=module_id, sittings=0)
        paper = assessment.make_paper(session, instructor, course_id, plan)
        assessment.set_items(session, instructor, paper, ids)
        assessment.publish(session, instructor, paper)
    with unit_of_work() as session:
        return paper, assessment.access_paper(session, instructor, paper).items


def students(course_id: UUID, count: int) -> list[Who]:
    """So many more students of the course, each with a yes to teaching; they have no password, which is quick."""
    found = []
    with unit_of_work() as session:
        for at in range(count):
            name, email = f"Pupil {at}", f"pupil{at}.{course_id.hex[:6]}@school.test"
            person_id = accounts.add_locked(session, email, name, SiteRole.STUDENT)
            accounts.enrol(session, course_id, person_id, CourseRole.STUDENT)
            privacy.answer_all(session, person_id, Yes.TEACHING)
            found.append(Who(id=person_id, name=name, email=email, role=SiteRole.STUDENT))
    return found


def answer_all(who: Who, paper: UUID, cards: list[ItemCard], rights: list[bool], at: datetime | None = None) -> None:
    """The student takes the whole test, right where it is said; the wrong ones choose the second option."""
    began = at or now() - timedelta(hours=1)
    given = [
        Given(
            version_id=card.version_id,
            response=Response(chosen=["o0" if right else "o1"]),
            at=began + timedelta(seconds=20 * (place + 1)),
            seconds=15.0,
        )
        for place, (card, right) in enumerate(zip(cards, rights, strict=True))
    ]
    with unit_of_work() as session:
        assessment.bring_in(session, who, paper, began, given)


def answer_by_chance(people: list[Who], paper: UUID, cards: list[ItemCard], seed: int = 1) -> None:
    """Everybody takes the test; who comes later is abler."""
    rng = random.Random(seed)
    for place, who in enumerate(people):
        chance = 0.25 + 0.65 * place / max(1, len(people) - 1)
        answer_all(who, paper, cards, [rng.random() < chance for _ in cards])
