"""Calls steps to be done: as many at once as the model takes, over all lessons together.

Of all lessons alike those come first that stand first in their run; see `packing`.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from sqlalchemy import BindParameter, Integer, Select, Text, bindparam, case, cast, func, or_, select, text, update
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.dml import ReturningUpdate

from app.base.db import now
from app.base.queue import ring_after_commit
from app.base.settings import get_settings
from app.lessons.runs.kinds import KINDS
from app.lessons.runs.models import GenerationRun, GenerationStep
from app.lessons.runs.schema import AT_WORK, OPEN, RunState, StepState

BELL = "write.step"
LOCK = 5_270_411
"""Whoever counts the free places holds this lock until the places are taken."""
ONE_MORE_FOR = 8
"""For so many places one step more is called, so that no place is empty while another step is stored; but only once
somebody is at work: those called first come to the model in any order, and a long one that has to wait there makes
everything late.
"""


def lease() -> timedelta:
    """How long a step is left to its worker, or to its bell, without a sign of life."""
    return timedelta(seconds=get_settings().author_lease_seconds)


def hand_out(session: Session) -> None:
    """Ring for the next steps while the model has free places. The last act of a transaction: it takes a lock."""
    session.flush()
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    window = get_settings().author_window
    told = {"places": window, "more": window // ONE_MORE_FOR, "moment": now(), "until": now() + lease()}
    called = session.execute(_call(), told, execution_options={"synchronize_session": False}).all()
    for step_id, *_ in sorted(called, key=lambda row: row[1:]):
        ring_after_commit(session, BELL, step_id)


def at_work(session: Session) -> int:
    """How many steps are under way, or called."""
    return session.scalar(_at_work(), {"moment": now()}) or 0


@lru_cache
def _at_work() -> Select[int]:
    """How many places are taken at `:moment`."""
    moment: BindParameter[datetime] = bindparam("moment", type_=GenerationStep.lease_until.type)
    return select(func.count()).where(GenerationStep.state.in_(AT_WORK), GenerationStep.lease_until > moment)


@lru_cache
def _call() -> ReturningUpdate[UUID, int, datetime]:
    """Calls the next steps, with a lease `:until` then, while fewer than `:places` and `:more` are at work; tells
    which, with what they stand in order by. Put together once, as that takes longer than to run it.
    """
    is_working = select(GenerationStep.id).where(GenerationStep.state == StepState.WORKING.value).exists()
    most = bindparam("places", type_=Integer) + case((is_working, bindparam("more", type_=Integer)), else_=0)
    free = func.greatest(0, most - _at_work().scalar_subquery())
    chosen = _waiting().limit(free).with_for_update(of=GenerationStep, skip_locked=True).cte("chosen")
    until = bindparam("until", type_=GenerationStep.lease_until.type)
    return (
        update(GenerationStep)
        .where(GenerationStep.id == chosen.c.id)
        .values(state=StepState.CALLED.value, claim=None, lease_until=until)
        .returning(chosen.c.id, chosen.c.position, chosen.c.asked_at)
    )


def _waiting() -> Select[UUID, int, datetime]:
    """The steps that could be done now, in order."""
    step, other = GenerationStep, aliased(GenerationStep)
    is_due = or_(step.not_before.is_(None), step.not_before <= func.clock_timestamp())
    is_needed = step.needs.has_key(cast(other.about, Text))
    has_to_wait = select(other.id).where(other.run_id == step.run_id, other.state.in_(OPEN), is_needed).exists()
    return (
        select(step.id, step.position, GenerationRun.asked_at)
        .join(GenerationRun, GenerationRun.id == step.run_id)
        .where(GenerationRun.state == RunState.RUNNING.value, step.state == StepState.WAITING.value)
        .where(is_due, or_(step.needs == text("'[]'::jsonb"), ~has_to_wait))
        .order_by(step.position, GenerationRun.asked_at)
    )


def free_silent(session: Session) -> None:
    """Steps whose worker, or whose bell, went silent wait again; a worker that was only slow finds its claim gone."""
    silent = (
        select(GenerationStep)
        .where(GenerationStep.state.in_(AT_WORK))
        .where(or_(GenerationStep.lease_until.is_(None), GenerationStep.lease_until < now()))
        .with_for_update(skip_locked=True)
    )
    for row in session.scalars(silent).all():
        row.state = StepState.WAITING.value
        row.let_go()
        session.flush()
        if kind := KINDS.get(row.kind):
            kind.again(session, [row.about])
