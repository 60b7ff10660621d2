"""A course's analysis as a whole: its parts, and what to do next. A part is a line in PARTS."""

from app.analysis import overview
from app.analysis.agents import part as agents
from app.analysis.flow import part as flow
from app.analysis.items import part as items
from app.analysis.learners import part as learning
from app.analysis.order import curriculum
from app.analysis.schema import Finding, Part
from app.analysis.subject import Maker, Subject
from app.analysis.talk import part as talk

PARTS: tuple[Maker, ...] = (
    overview.MAKER,
    curriculum.MAKER,
    items.MAKER,
    learning.MAKER,
    talk.MAKER,
    flow.MAKER,
    agents.MAKER,
)
"""Every part, in the order of the report. The first one is the dashboard's."""
FIRST = 3
"""How many things to do next an analysis opens with."""


def maker(name: str) -> Maker | None:
    """The part of this name."""
    return next((one for one in PARTS if one.name == name), None)


def make_parts(subject: Subject) -> list[Part]:
    """Every part."""
    return [one.make(subject) for one in PARTS]


def next_things(parts: list[Part], most: int = FIRST) -> list[Finding]:
    """What to do next: the weightiest findings, of each part one before any part's second."""
    ranked = sorted((one for part in parts for one in part.findings), key=lambda one: -one.weight)
    firsts: dict[str, Finding] = {}
    for one in ranked:
        firsts.setdefault(one.area, one)
    others = [one for one in ranked if one is not firsts[one.area]]
    return [*firsts.values(), *others][:most]
