"""The verbs of the order of topics."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.analysis.order.curriculum import part
from app.analysis.order.modules import suggested
from app.analysis.order.outcomes import outcomes
from app.analysis.order.prerequisites import find, settle
from app.analysis.order.trials import (
    Unit,
    access_trial,
    end,
    forget_withdrawn,
    has_trials,
    set_up,
    shown,
    trials_of,
    units,
)
from app.analysis.reading import from_database
from app.assessment.service import components_of as components
from app.courses.schema import CourseView

__all__ = [
    "Unit",
    "access_trial",
    "components",
    "end",
    "find",
    "forget_withdrawn",
    "has_trials",
    "outcomes",
    "part",
    "scopes",
    "second_order",
    "set_up",
    "settle",
    "shown",
    "trials_of",
    "units",
]


def scopes(session: Session, course: CourseView) -> list[tuple[UUID | None, str, int]]:
    """What orders can be tried of: the course's modules, and each module's lessons, where there are at least two."""
    found: list[tuple[UUID | None, str, int]] = [(None, "The modules of the course", len(course.modules))]
    found += [(one.id, f"The lessons of {one.title}", len(units(session, course.id, one.id))) for one in course.modules]
    return [one for one in found if one[2] > 1]


def second_order(
    session: Session, course_id: UUID, module_id: UUID | None, things: list[Unit], for_research: bool
) -> list[UUID]:
    """An order to hold against the course's own: the Designer's for modules, else the last two changed about."""
    own = [one.id for one in things]
    if module_id is not None:
        return [*own[:-2], *reversed(own[-2:])]
    return suggested(find(from_database(session, course_id, for_research), session), things)
