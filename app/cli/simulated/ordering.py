"""A simulated course whose components need one another, and in which the order of modules matters therefore."""

import random
from uuid import UUID

from app.accounts.schema import Who
from app.analysis.order import service as order
from app.base.db import unit_of_work
from app.cli.simulated.course import Lessons
from app.cli.simulated.learners import Learner, Skill

NEEDS = (
    ("mean", "outliers"),
    ("percentages", "percent change"),
    ("percentages", "probability"),
    ("mean", "expected value"),
    ("probability", "expected value"),
)
"""What comes before what in the simulated course."""
WORSE = (3, 1, 2, 0)
"""An order of its modules, counted from 0, that teaches some components before what they need."""


def tie(skills: dict[str, Skill], needs: tuple[tuple[str, str], ...] = NEEDS) -> None:
    """Give components their prerequisites."""
    for before, after in needs:
        skills[after].needs.append(skills[before])


def give_aptitudes(rng: random.Random, learners: list[Learner], skills: dict[str, Skill]) -> None:
    """Draw what each learner has a gift for, and what they find hard (logits, standard normal)."""
    for learner in learners:
        learner.aptitude = {name: round(rng.gauss(0, 1), 4) for name in skills}


def begin_trial(instructor: Who, lessons: Lessons) -> UUID:
    """The course's own order of modules against the worse one."""
    worse = [lessons.module_ids[at] for at in WORSE]
    with unit_of_work() as session:
        title = "Needs first, or last"
        return order.set_up(session, instructor, lessons.course_id, None, title, (lessons.module_ids, worse))


def way_of(lessons: Lessons, who: Who) -> list[int]:
    """The modules, counted from 0, as this learner's course page shows them."""
    numbers = list(range(len(lessons.module_ids)))
    with unit_of_work() as session:
        return order.shown(session, who.id, lessons.course_id, None, numbers, lessons.module_ids)
