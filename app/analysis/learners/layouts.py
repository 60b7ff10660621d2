"""Which kind of table a file of answers is, told by the names of its columns."""

import re
from dataclasses import dataclass

from app.base.errors import Invalid

KC = re.compile(r"^kc ?\((.+)\)$", re.IGNORECASE)
LEARNER = ("learner", "user", "user_id", "userid", "student", "student_id", "learner_id", "person", "actor")
SKILL = ("skill", "skill_name", "skill_id", "kc", "component", "components", "knowledge_component", "concept", "topic")
RIGHT = ("correct", "right", "success", "outcome", "is_correct", "score", "answer_correct")
ORDER = ("order_id", "order", "answered_at", "timestamp", "time", "date", "start_time")
UNTOLD = ("single-kc", "unique-step")
"""Models of knowledge components that DataShop makes of itself and that tell nothing of skills."""


@dataclass(frozen=True)
class Layout:
    """Where things stand in a row, by column. `skills` are all columns of skills, the first of them being used.

    `kind` is "DataShop student-step", "DataShop transaction", "ASSISTments" or "plain". `order` is -1 where there is
    none, as is every other column that is missing. `problem` columns together name a step.
    """

    kind: str
    head: list[str]
    learner: int
    right: int
    skill: int
    skills: list[int]
    order: int = -1
    attempt: int = -1
    original: int = -1
    guessed: int = -1
    problem: tuple[int, ...] = ()

    @property
    def needed(self) -> int:
        """How many cells a row must have."""
        return max(self.learner, self.right, self.order, self.attempt, self.original, *self.problem) + 1


def layout_of(head: list[str], skill: str = "") -> Layout:
    """The layout of a table with this heading; `skill` names the column of skills where the choice is not ours."""
    names = [one.strip().strip("\ufeff").lower() for one in head]
    found = _datashop(head, names, skill) if "anon student id" in names else _plain(head, names, skill)
    if found is None:
        raise Invalid(
            "The columns do not say who answered what and whether it was right. Give a DataShop student-step or "
            "transaction file (Anon Student Id, First Attempt or Outcome, KC (...)), an ASSISTments table (user_id, "
            f"skill_name, correct), or a table with user, skill and correct. The first line has: {_few(head)}."
        )
    return found


def _few(head: list[str]) -> str:
    shown = ", ".join(one.strip()[:30] or "(nothing)" for one in head[:8])
    return shown + (", …" if len(head) > 8 else "")


def _at(names: list[str], *wanted: str) -> int:
    return next((names.index(one) for one in wanted if one in names), -1)


def _datashop(head: list[str], names: list[str], skill: str) -> Layout | None:
    models = [at for at, name in enumerate(names) if KC.match(name)]
    first = _at(names, "first attempt", "correct first attempt")
    right = first if first >= 0 else _at(names, "outcome")
    chosen = _chosen(head, names, models, skill)
    if right < 0 or chosen < 0:
        return None
    model = _model(names[chosen])
    is_steps = first >= 0
    steps = tuple(at for at in (_at(names, one) for one in ("problem name", "problem view", "step name")) if at >= 0)
    return Layout(
        kind="DataShop student-step" if is_steps else "DataShop transaction",
        head=head,
        learner=names.index("anon student id"),
        right=right,
        skill=chosen,
        skills=models,
        order=_at(names, "first transaction time", "step start time", "row") if is_steps else _at(names, "time"),
        attempt=-1 if is_steps else _at(names, "attempt at step"),
        guessed=_at(names, f"predicted error rate ({model})") if is_steps else -1,
        problem=() if is_steps else steps,
    )


def _model(name: str) -> str:
    found = KC.match(name)
    return found[1] if found else ""


def _chosen(head: list[str], names: list[str], found: list[int], skill: str) -> int:
    """The column that is asked for, or the first that tells something; -1 where there is none."""
    if skill:
        wanted = skill.strip().lower()
        for at, name in enumerate(names):
            if wanted in (name, _model(name)):
                return at
        raise Invalid(f"There is no column of skills called {skill}. There are: {_few([head[at] for at in found])}.")
    telling = [at for at in found if _model(names[at]) not in UNTOLD]
    usual = [at for at in telling if _model(names[at]) in ("default", "original")]
    return next(iter([*usual, *telling, *found]), -1)


def _plain(head: list[str], names: list[str], skill: str) -> Layout | None:
    skills = [at for at in (_at(names, one) for one in ("skill_name", *SKILL)) if at >= 0]
    learner, right = _at(names, "user_id", *LEARNER), _at(names, *RIGHT)
    chosen = _chosen(head, names, skills, skill)
    if min(learner, right, chosen) < 0:
        return None
    is_assistments = names[learner] == "user_id" and names[right] == "correct" and "order_id" in names
    return Layout(
        kind="ASSISTments" if is_assistments else "plain",
        head=head,
        learner=learner,
        right=right,
        skill=chosen,
        skills=list(dict.fromkeys(skills)),
        order=_at(names, *ORDER),
        original=_at(names, "original") if is_assistments else -1,
    )
