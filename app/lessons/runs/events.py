"""The log of a lesson's progress: one entry for each move of a run or step, numbered, so that a page can take it up
again where it was. Entries are written as the last act of a transaction but for calling the next steps.
"""

from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from app.base.db import now
from app.base.stream import publish_after_commit
from app.lessons.runs.kinds import KINDS
from app.lessons.runs.models import GenerationEvent, GenerationRun, GenerationStep
from app.lessons.runs.schema import OPEN, Cost, Estimate, RunEvent, RunLine, RunState, StepLine, StepState

BATCH = 500


def topic(lesson_id: UUID) -> str:
    """The stream topic on which a lesson's progress is told."""
    return f"lesson:{lesson_id}"


def tell(session: Session, run: GenerationRun, step: GenerationStep | None = None) -> None:
    """Write an entry, and tell it once this session's work is committed.

    Whoever writes to the same lesson's log waits for the other's commit: a reader that has seen number n misses none
    below it.
    """
    session.flush()
    session.execute(select(func.pg_advisory_xact_lock(run.lesson_id.int & 0x7FFF_FFFF_FFFF_FFFF)))
    entry = RunEvent(run=run_line(session, run), step=step_line(step) if step else None)
    row = GenerationEvent(lesson_id=run.lesson_id, body=entry.model_dump(mode="json"))
    session.add(row)
    session.flush()
    publish_after_commit(session, topic(run.lesson_id), "run", str(row.id), keep=False)


def events_after(session: Session, lesson_id: UUID, after: int, most: int = BATCH) -> list[tuple[int, RunEvent]]:
    """The entries of a lesson with a number above `after`, in order, at most so many."""
    query = (
        select(GenerationEvent.id, GenerationEvent.body)
        .where(GenerationEvent.lesson_id == lesson_id, GenerationEvent.id > after)
        .order_by(GenerationEvent.id)
        .limit(most)
    )
    return [(number, RunEvent.model_validate(body)) for number, body in session.execute(query)]


def last_event(session: Session, lesson_id: UUID) -> int:
    """The number of a lesson's newest entry, 0 for none."""
    return session.scalar(select(func.max(GenerationEvent.id)).where(GenerationEvent.lesson_id == lesson_id)) or 0


def step_line(row: GenerationStep) -> StepLine:
    """The document of a step."""
    kind = KINDS.get(row.kind)
    cost = Cost(
        calls=row.calls, tokens_in=row.tokens_in, tokens_out=row.tokens_out, seconds=row.seconds, money=row.money
    )
    return StepLine(
        id=row.id,
        kind=row.kind,
        what=kind.what(row.number) if kind else row.kind,
        number=row.number,
        state=StepState(row.state),
        attempts=row.attempts,
        problem=row.problem,
        hits=row.hits,
        cost=cost,
    )


@lru_cache
def _sums() -> Select[int, int, int, int, int, int, int, float]:
    """What the steps of the run `:run` come to; put together once, as every step asks it twice."""
    step = GenerationStep
    return select(
        func.count(),
        func.count().filter(step.state.not_in(OPEN)),
        func.count().filter(step.state == StepState.FAILED.value),
        func.coalesce(func.sum(step.hits), 0),
        func.coalesce(func.sum(step.calls), 0),
        func.coalesce(func.sum(step.tokens_in), 0),
        func.coalesce(func.sum(step.tokens_out), 0),
        func.coalesce(func.sum(step.money), 0.0),
    ).where(step.run_id == bindparam("run"))


def run_line(session: Session, run: GenerationRun) -> RunLine:
    """The document of a run, its steps added up; `actual.seconds` is the time on the clock."""
    sums = session.execute(_sums(), {"run": run.id}).one()
    total, over, failed, hits, calls, tokens_in, tokens_out, money = sums
    actual = Cost(
        calls=calls,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        seconds=_seconds(run.began_at, run.ended_at),
        money=money,
    )
    return RunLine(
        id=run.id,
        lesson_id=run.lesson_id,
        asked_at=run.asked_at,
        ended_at=run.ended_at,
        state=RunState(run.state),
        estimate=Estimate.model_validate(run.estimate),
        actual=actual,
        over=over,
        total=total,
        failed=failed,
        hits=hits,
    )


def _seconds(began: datetime | None, ended: datetime | None) -> float:
    return ((ended or now()) - began).total_seconds() if began else 0.0
