"""Who the simulated learners are, and the model by which they answer, ask and drop out: the truth behind the records.

An answer of learner s to something of knowledge component k is right with probability

    logistic(a * (ability[s] + ease[k] + gain[k] * opportunities[s, k] - difficulty))

an additive factor model (Cen, Koedinger and Junker 2006) with a two-parameter item response on top (Birnbaum 1968): at
the pre-test, where opportunities are 0, it is the latter alone. Where components need others (`ordering`), each learner
has an aptitude for each component beside the ability, and a component is MISSING logits harder for every one it needs
that the learner has not mastered. Whether a learner comes back for the next module is a discrete-time hazard on ability
and on what they said in class: how much, and how long it was.
"""

import math
import random

from pydantic import BaseModel

KINDS = {"keen": 0.25, "steady": 0.35, "silent": 0.25, "chatty": 0.15}
"""Shares of the kinds of learners."""
TALK = {"keen": 0.45, "steady": 0.2, "silent": 0.03, "chatty": 0.7}
"""How often a page makes them ask of their own accord, by kind."""
CLASS_OPPORTUNITIES = 2
"""How many chances to learn a component a class on it is worth."""
CONSENT = {"teaching": 1.0, "research": 0.85, "alignment": 0.6}
"""The share of learners who say yes, by purpose."""
HAZARD = {"base": -0.1, "ability": -0.4, "messages": -0.6, "length": -0.3}
"""Logits of not coming back after a module: for somebody average who said nothing, for a unit of ability, for a unit of
log(1 + messages in the module's class) and of log(1 + their mean length in characters).
"""
MISSING = 2.0
"""What each prerequisite that a learner has not mastered takes from a component, in logits."""


class Skill(BaseModel):
    """A knowledge component: `ease` (logits) at the start, `gain` (logits) an opportunity. `needs`: its prerequisites,
    where the course is simulated with any.
    """

    name: str
    module: int
    ease: float
    gain: float
    needs: list["Skill"] = []


class Learner(BaseModel):
    """A simulated learner: `ability` in logits (standard normal), `talk` a probability a page.

    `opportunities` counts by component and grows while the course goes on; `modules` is how many were attended.
    """

    number: int
    name: str
    kind: str
    ability: float
    talk: float
    opportunities: dict[str, int] = {}
    modules: int = 0
    dropped_at: int | None = None
    consents: dict[str, bool] = {}
    aptitude: dict[str, float] = {}


class Truth(BaseModel):
    """All that the records do not say: what analyses should find again."""

    seed: int
    skills: dict[str, Skill]
    learners: list[Learner]
    hazard: dict[str, float] = HAZARD
    items: dict[str, dict[str, float | str]] = {}


def logistic(value: float) -> float:
    """From logits to a probability."""
    return 1 / (1 + math.exp(-value))


def chance(learner: Learner, skill: Skill, difficulty: float = 0.0, discrimination: float = 1.0) -> float:
    """The probability of a right answer now."""
    missing = sum(not has_mastered(learner, need) for need in skill.needs)
    return logistic(discrimination * (level(learner, skill) - MISSING * missing - difficulty))


def level(learner: Learner, skill: Skill) -> float:
    """What a learner knows of a component, in logits."""
    own = learner.ability + learner.aptitude.get(skill.name, 0.0)
    return own + skill.ease + skill.gain * learner.opportunities.get(skill.name, 0)


def has_mastered(learner: Learner, skill: Skill) -> bool:
    """Whether a learner can build on a component: an average question of it would be right more often than not."""
    return level(learner, skill) > 0


def practise(learner: Learner, skill: Skill, times: int = 1) -> None:
    """The learner had chances to learn a component."""
    learner.opportunities[skill.name] = learner.opportunities.get(skill.name, 0) + times


def leaves(rng: random.Random, learner: Learner, lengths: list[int]) -> bool:
    """Whether a learner does not come back after a module in which they said words of these lengths (characters)."""
    said = HAZARD["messages"] * math.log1p(len(lengths))
    if lengths:
        said += HAZARD["length"] * math.log1p(sum(lengths) / len(lengths))
    return rng.random() < logistic(HAZARD["base"] + HAZARD["ability"] * learner.ability + said)


def make_learners(rng: random.Random, count: int) -> list[Learner]:
    """`count` learners, numbered from 1."""
    found = []
    for number in range(1, count + 1):
        kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
        talk = min(0.95, max(0.0, rng.gauss(TALK[kind], 0.08)))
        found.append(
            Learner(
                number=number,
                name=f"Learner {number:04d}",
                kind=kind,
                ability=round(rng.gauss(0, 1), 4),
                talk=round(talk, 4),
                consents={purpose: rng.random() < share for purpose, share in CONSENT.items()},
            )
        )
    return found


def make_skills(rng: random.Random, components: list[tuple[str, int]]) -> dict[str, Skill]:
    """Components with their module's number (from 0)."""
    return {
        name: Skill(name=name, module=module, ease=round(rng.gauss(0, 0.5), 4), gain=round(rng.uniform(0.1, 0.35), 4))
        for name, module in components
    }
