"""Budgets: what the language model may read and say for a class, a student, a course and the whole installation.

Near a limit a class grows thrifty in steps, each told plainly: no classmates, then short answers, then the script
alone, where a question is answered by quoting the page. A new day, or a wider limit, takes the steps back.
"""

from enum import IntEnum

from pydantic import BaseModel
from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from app.base.db import now
from app.base.settings import get_settings
from app.classroom.log import OpenLog
from app.classroom.models import ClassSession
from app.classroom.policy import Policy, policy_of
from app.classroom.schema import Body, Draft, Kind
from app.inference.models import TokenDay


class Economy(IntEnum):
    """The steps of thrift: `economy` in the class's state."""

    NONE = 0
    NO_CLASSMATES = 1
    SHORT = 2
    SCRIPT_ONLY = 3


STEPS = ((1.0, Economy.SCRIPT_ONLY), (0.9, Economy.SHORT), (0.8, Economy.NO_CLASSMATES))
"""From which share of a budget on."""
WORDS = {
    Economy.NONE: "This class may use the language model freely again.",
    Economy.NO_CLASSMATES: (
        "This class has used most of its share of the language model. The classmates are quiet from here on, so that "
        "enough is left for your questions."
    ),
    Economy.SHORT: (
        "This class has nearly used up its share of the language model. From here on answers have one sentence."
    ),
    Economy.SCRIPT_ONLY: (
        "This class has used up its share of the language model. The lesson goes on as it was written, and your "
        "questions are answered with the passage of the pages that fits best."
    ),
}


class Tokens(BaseModel):
    """Tokens by scope, as spent or as a limit (0: none). The class's over all its days, the others' of one day."""

    of_class: int = 0
    of_student: int = 0
    of_course: int = 0
    of_all: int = 0


def limits(policy: Policy) -> Tokens:
    """What holds for a course's classes: its own limits within the installation's."""
    settings = get_settings()
    return Tokens(
        of_class=_tighter(policy.class_tokens, settings.class_tokens),
        of_student=_tighter(policy.student_tokens, settings.student_tokens),
        of_course=_tighter(policy.course_tokens, settings.course_tokens),
        of_all=settings.all_tokens,
    )


def _tighter(one: int, other: int) -> int:
    return min(one, other) if one and other else one or other


def spent(session: Session, row: ClassSession, limit: Tokens) -> Tokens:
    """What was spent in each scope that has a limit, by one query; 0 for the others."""
    total = select(func.coalesce(func.sum(TokenDay.tokens), 0)).select_from(TokenDay)
    today = total.where(TokenDay.day == now().date())
    classes = today.join(ClassSession, ClassSession.id == TokenDay.about)
    queries = {
        "of_class": total.where(TokenDay.about == row.id),
        "of_student": classes.where(ClassSession.person_id == row.person_id),
        "of_course": classes.where(ClassSession.course_id == row.course_id),
        "of_all": today,
    }
    known = dict(limit)
    asked = [query.scalar_subquery() if known[name] else literal(0) for name, query in queries.items()]
    found = session.execute(select(*asked)).one()
    return Tokens(**dict(zip(queries, map(int, found), strict=True)))


def economy(session: Session, row: ClassSession) -> Economy:
    """How thrifty a class must be by now: the step of the budget that is nearest to its end."""
    limit = limits(policy_of(session, row.course_id))
    if not any(known for _, known in limit):
        return Economy.NONE
    used = dict(spent(session, row, limit))
    share = max(used[name] / known for name, known in limit if known)
    return next((step for least, step in STEPS if share >= least), Economy.NONE)


def economise(session: Session, log: OpenLog) -> bool:
    """Bring the class's step of thrift up to date and say so; whether it changed."""
    step = economy(session, log.row)
    if step == log.state.economy:
        return False
    log.append(Draft(kind=Kind.ECONOMY, body=Body(level=step, cause="budget")))
    log.append(Draft(kind=Kind.NOTICE, body=Body(text=WORDS[step], cause="economy", level=step)))
    return True
