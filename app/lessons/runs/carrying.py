"""The job of one step: a short claim, the model outside any transaction, a short end that calls the next steps."""

import time
from datetime import timedelta
from functools import lru_cache, partial
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from app.base.db import now, unit_of_work
from app.base.errors import AppError
from app.base.lease import Hold
from app.base.settings import get_settings
from app.inference.accounting import Account, account
from app.inference.schema import CallStopped, ModelUnavailable
from app.lessons.runs.events import tell
from app.lessons.runs.handing import hand_out, lease
from app.lessons.runs.kinds import KINDS, Done, Step, StepKind
from app.lessons.runs.models import GenerationRun, GenerationStep
from app.lessons.runs.schema import OPEN, RunState, StepState

ATTEMPTS = 5
BACK_OFF_SECONDS = 8
"""After the first silence of the model; doubled after each further one: 8, 16, 32, 64 s."""
BROKE_OFF = "The work on this broke off five times."
GONE = "The language model did not answer."


class Taken(NamedTuple):
    """A step in a worker's hands."""

    step: Step
    kind: StepKind
    hold: Hold[GenerationStep]


def carry_on(step_id: UUID) -> None:
    """Do a step that was called, or whose worker went silent. Safe to run twice and to be killed."""
    taken = _claim(step_id)
    if taken is None:
        return
    began, reuse = time.monotonic(), taken.kind.reuse
    opened = account(taken.hold.lost.is_set, reuse=reuse and not taken.step.is_fresh, keep=reuse)
    with taken.hold.renewed(partial(_say_begun, taken.hold)), opened as spent:
        try:
            done = _work(taken)
        except CallStopped:
            return
    _end(taken, done, spent, time.monotonic() - began)


def _claim(step_id: UUID) -> Taken | None:
    """Take the step, or None when there is nothing to do or somebody is at it."""
    with unit_of_work() as session:
        found = session.execute(_wanted(), {"step": step_id}).one_or_none()
        if found is None:
            return None
        row, lesson_id = found
        if row.kind not in KINDS or row.state not in (StepState.CALLED, StepState.WORKING):
            return None
        if row.state == StepState.WORKING and row.is_held:
            return None
        row.state, row.attempts, row.problem = StepState.WORKING.value, row.attempts + 1, ""
        hold = Hold.take(row, lease())
        step = Step(row.id, row.run_id, lesson_id, row.about, row.number, row.attempts, row.is_fresh)
        return Taken(step, KINDS[row.kind], hold)


@lru_cache
def _wanted() -> Select[GenerationStep, UUID]:
    """The step `:step`, locked unless somebody is at it, and its run's lesson."""
    return (
        select(GenerationStep, GenerationRun.lesson_id)
        .join(GenerationRun, GenerationRun.id == GenerationStep.run_id)
        .where(GenerationStep.id == bindparam("step"))
        .with_for_update(of=GenerationStep, skip_locked=True)
    )


def _say_begun(hold: Hold[GenerationStep]) -> None:
    """Tell of a step that is under way, beside it. One that is over before that is told of then."""
    with unit_of_work() as session:
        if (row := hold.row(session)) is not None:
            run = session.get_one(GenerationRun, row.run_id, with_for_update=True)
            run.began_at = run.began_at or now()
            tell(session, run, row)


def _work(taken: Taken) -> Done | None:
    """What came of it; None where the model is to be waited for."""
    step, kind, _ = taken
    if step.attempt > ATTEMPTS:
        return kind.give_up(step, BROKE_OFF)
    try:
        return kind.work(step)
    except CallStopped:
        raise
    except ModelUnavailable:
        return kind.give_up(step, GONE) if step.attempt == ATTEMPTS else None
    except AppError as trouble:
        return kind.give_up(step, trouble.sentence)


def _end(taken: Taken, done: Done | None, spent: Account, seconds: float) -> None:
    """Keep what came of it, unless the claim is another's by now, and call the next steps."""
    with unit_of_work() as session:
        row = taken.hold.row(session)
        if row is None:
            return
        if done is None:
            row.state, row.problem = StepState.WAITING.value, GONE
            row.not_before = now() + timedelta(seconds=BACK_OFF_SECONDS * 2 ** (taken.step.attempt - 1))
            taken.kind.again(session, [row.about])
        else:
            done.keep(session)
            row.state = (StepState.FAILED if done.problem else StepState.DONE).value
            row.problem, row.ended_at = done.problem, now()
        _add(row, spent, seconds)
        row.let_go()
        session.flush()
        run = session.get_one(GenerationRun, row.run_id, with_for_update=True)
        close_if_over(session, run)
        tell(session, run, row)
        hand_out(session)


def _add(row: GenerationStep, spent: Account, seconds: float) -> None:
    settings = get_settings()
    row.calls += spent.calls
    row.hits += spent.hits
    row.tokens_in += spent.tokens_in
    row.tokens_out += spent.tokens_out
    row.seconds += seconds
    row.money += (spent.tokens_in * settings.price_in + spent.tokens_out * settings.price_out) / 1e6


def close_if_over(session: Session, run: GenerationRun) -> None:
    """End a run, whose row is locked, once none of its steps is open."""
    left = select(func.count()).where(GenerationStep.run_id == run.id, GenerationStep.state.in_(OPEN))
    if run.state == RunState.RUNNING and not session.scalar(left):
        run.state, run.ended_at = RunState.DONE.value, now()
        run.began_at = run.began_at or run.asked_at
