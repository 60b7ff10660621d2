"""Simulated courses as sources, made in memory by the model of `./lyceum simulate`, without the stores."""

import random
from collections.abc import Callable, Sequence

import numpy
from numpy.typing import NDArray

from app.analysis.building import build
from app.analysis.source import AnswerRow, ClassRow, Source
from app.cli.simulated.learners import (
    CLASS_OPPORTUNITIES,
    Learner,
    Skill,
    chance,
    make_learners,
    make_skills,
    practise,
)
from app.cli.simulated.ordering import NEEDS, WORSE, give_aptitudes, tie

COMPONENTS = [
    ("mean", 0), ("median", 0), ("range", 1), ("outliers", 1),
    ("percentages", 2), ("percent change", 2), ("probability", 3), ("expected value", 3),
]  # fmt: skip
DAY = 86_400.0


def simulated_source(
    students: int, seed: int, *, needs: tuple[tuple[str, str], ...] = NEEDS, practices: int = 2, posts: int = 4
) -> Source:
    """A course of four modules: a pre-test, a class, practice and a post-test in each, everybody to its end."""
    return _simulated(students, seed, needs, practices, posts, lambda _: range(4))


def simulated_trial(
    students: int, seed: int, *, needs: tuple[tuple[str, str], ...] = NEEDS
) -> tuple[Source, NDArray[numpy.int64]]:
    """The same with every second learner going through the modules in the worse order; and each learner's order."""
    source = _simulated(students, seed, needs, 2, 4, lambda number: WORSE if number % 2 else range(4))
    return source, numpy.array([int(name) % 2 for name in source.learners])


def _simulated(
    students: int,
    seed: int,
    needs: tuple[tuple[str, str], ...],
    practices: int,
    posts: int,
    way_of: Callable[[int], Sequence[int]],
) -> Source:
    rng = random.Random(seed)
    skills = make_skills(rng, COMPONENTS)
    learners = make_learners(rng, students)
    if needs:
        tie(skills, needs)
        give_aptitudes(rng, learners, skills)
    hard = {name: [rng.gauss(0, 0.8) for _ in range(12)] for name in skills}
    answers: list[AnswerRow] = []
    classes: list[ClassRow] = []
    for learner in learners:
        for week, module in enumerate(way_of(learner.number)):
            mine = [skill for skill in skills.values() if skill.module == module]
            began = week * 7 * DAY + rng.random() * DAY
            answers += sitting(rng, learner, mine, hard, "pre", module, began, range(2))
            for skill in mine:
                practise(learner, skill, CLASS_OPPORTUNITIES)
            classes.append(ClassRow(str(learner.number), f"l{module}", "v", began, began + 900, True, 5))
            for turn in range(practices):
                answers += sitting(rng, learner, mine, hard, "practice", module, began + 3600 * (turn + 1), range(2, 7))
            answers += sitting(rng, learner, mine, hard, "post", module, began + DAY, range(8, 8 + posts))
        mine = [skill for skill in skills.values() if skill.module == 1]
        answers += sitting(rng, learner, mine, hard, "practice", 1, 40 * DAY, range(2, 7))
    return build("simulated", answers, classes, title="Numbers", enrolled=students)


def sitting(
    rng: random.Random,
    learner: Learner,
    skills: Sequence[Skill],
    hard: dict[str, list[float]],
    purpose: str,
    module: int,
    at: float,
    items: range,
) -> list[AnswerRow]:
    """A learner answers some items of each component; practice teaches."""
    found = []
    for skill in skills:
        for item in items:
            right = rng.random() < chance(learner, skill, hard[skill.name][item])
            found.append(
                AnswerRow(
                    learner=str(learner.number),
                    item=f"{skill.name} {item}",
                    version=1,
                    kind="single",
                    components=(skill.name,),
                    sitting=f"{learner.number} {purpose} {module} {at}",
                    purpose=purpose,
                    module=f"m{module}",
                    at=at + len(found) * 20,
                    seconds=20.0,
                    raw=float(right),
                    points=1.0,
                )
            )
            if purpose == "practice":
                practise(learner, skill)
    return found
