"""The tests of the simulated course, and how a simulated learner takes one."""

import random
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel

from app.accounts.schema import Who
from app.assessment import service as assessment
from app.assessment.documents import PaperPlan, Purpose
from app.assessment.importing import Given
from app.assessment.schema import ItemCard
from app.base.db import unit_of_work
from app.cli.simulated.course import Lessons, course_text
from app.cli.simulated.items import make_item, respond
from app.cli.simulated.learners import Learner, Truth, chance, practise

COUNTS = {Purpose.PRE: ("Before", 2), Purpose.POST: ("After", 4), Purpose.PRACTICE: ("Practice", 5)}
"""The tests of a module: title and number of items a component."""


class Exams(BaseModel):
    """The course's tests by id with their items: before and after each module, and practice on each."""

    pre: list[UUID]
    post: list[UUID]
    practice: list[UUID]
    items: dict[UUID, list[ItemCard]]


def make_exams(rng: random.Random, instructor: Who, lessons: Lessons, truth: Truth) -> Exams:
    """Write the items, and put the tests together; each item's difficulty and discrimination go into the truth."""
    course, modules = lessons.course_id, course_text().module
    made: dict[Purpose, list[UUID]] = {purpose: [] for purpose in COUNTS}
    for module, module_id in zip(modules, lessons.module_ids, strict=True):
        for purpose, (title, count) in COUNTS.items():
            sittings = 0 if purpose is Purpose.PRACTICE else 1
            plan = PaperPlan(title=f"{title}: {module.title}", purpose=purpose, module_id=module_id, sittings=sittings)
            made[purpose].append(_test(rng, instructor, course, truth, plan, module.components, count))
    pre, post, practice = made.values()
    with unit_of_work() as session:
        items = {one: assessment.access_paper(session, instructor, one).items for one in (*pre, *post, *practice)}
    return Exams(pre=pre, post=post, practice=practice, items=items)


def _test(
    rng: random.Random, who: Who, course: UUID, truth: Truth, plan: PaperPlan, components: list[str], count: int
) -> UUID:
    with unit_of_work() as session:
        ids = []
        for name in components:
            for at in range(count):
                item = make_item(rng, name, chooses=at % 2 == 0)
                item_id = assessment.add_item(session, who, course, item, plan.module_id, [name])
                ids.append(item_id)
                truth.items[str(item_id)] = {
                    "component": name,
                    "difficulty": round(rng.gauss(0, 0.8), 4),
                    "discrimination": round(rng.lognormvariate(0, 0.25), 4),
                }
        paper = assessment.make_paper(session, who, course, plan)
        assessment.set_items(session, who, paper, ids)
        assessment.publish(session, who, paper)
    return paper


def take(
    rng: random.Random, learner: Learner, who: Who, truth: Truth, exams: Exams, paper: UUID, began: datetime
) -> int:
    """A learner answers every item of a test, one after the other; returns how many. Practice teaches."""
    given, at = [], began
    teaches = paper in exams.practice
    for card in exams.items[paper]:
        item, skill = truth.items[str(card.id)], truth.skills[card.components[0]]
        right = rng.random() < chance(learner, skill, float(item["difficulty"]), float(item["discrimination"]))
        seconds = round(rng.lognormvariate(3.2, 0.5), 2)
        at += timedelta(seconds=seconds)
        response = respond(rng, card.item, right)
        given.append(Given(version_id=card.version_id, response=response, at=at, seconds=seconds))
        if teaches:
            practise(learner, skill)
    with unit_of_work() as session:
        assessment.bring_in(session, who, paper, began, given)
    return len(given)
