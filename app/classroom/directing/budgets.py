"""Budgets: what the language model may read and say for a class, a student, a course and the whole installation.

Near a limit a class grows thrifty in steps, each told plainly: no classmates, then short answers, then the script
alone, where a question is answered by quoting the page. A new day, or a wider limit, takes the steps back.
"""

from enum import IntEnum

from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.base.db import now, run_sql
from app.base.settings import get_settings
from app.classroom.directing.policy import Policy
from app.classroom.log.writing import OpenLog
from app.classroom.models import ClassSession
from app.classroom.schema import Body, Draft, Kind

_TODAY = "(select sum(tokens) from token_day where day = %(day)s)"
_OF_CLASSES = """(select sum(t.tokens) from token_day t join class_session c on c.id = t.about
     where t.day = %(day)s and c.{scope})"""
_SPENT = f"""
    select coalesce(p.class_tokens, 0), coalesce(p.student_tokens, 0), coalesce(p.course_tokens, 0),
           case when coalesce(p.class_tokens, 0) + %(of_class)s > 0
                then coalesce((select sum(tokens) from token_day where about = %(id)s), 0) else 0 end,
           case when coalesce(p.student_tokens, 0) + %(of_student)s > 0
                then coalesce({_OF_CLASSES.format(scope="person_id = %(person)s")}, 0) else 0 end,
           case when coalesce(p.course_tokens, 0) + %(of_course)s > 0
                then coalesce({_OF_CLASSES.format(scope="course_id = %(course)s")}, 0) else 0 end,
           case when %(of_all)s > 0 then coalesce({_TODAY}, 0) else 0 end
    from (select 1) as one left join course_policy p on p.course_id = %(course)s
"""
"""A course's limits, and what was spent: of the class, and today of the student, the course and all."""


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


def economy(session: Session, row: ClassSession) -> Economy:
    """How thrifty a class must be by now: the step of the budget that is nearest to its end.

    The course's policy and what was spent are one question, and only the scopes that have a limit are added up.
    """
    common = limits(Policy())
    told = {"id": row.id, "course": row.course_id, "person": row.person_id, "day": now().date(), **dict(common)}
    of_class, of_student, of_course, *used = run_sql(session, _SPENT, told).fetchall()[0]
    limit = limits(Policy(class_tokens=of_class, student_tokens=of_student, course_tokens=of_course))
    shares = [float(spent) / known for spent, (_, known) in zip(used, limit, strict=True) if known]
    share = max(shares, default=0.0)
    return next((step for least, step in STEPS if share >= least), Economy.NONE)


def economise(session: Session, log: OpenLog) -> bool:
    """Bring the class's step of thrift up to date and say so; whether it changed."""
    step = economy(session, log.row)
    if step == log.state.economy:
        return False
    log.append(Draft(kind=Kind.ECONOMY, body=Body(level=step, cause="budget")))
    log.append(Draft(kind=Kind.NOTICE, body=Body(text=WORDS[step], cause="economy", level=step)))
    return True
