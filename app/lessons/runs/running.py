"""Starts a run, calls it off, takes it up again, and does single steps again. Callers have checked who asks.

Rows are locked in this order: steps, what they are about, the run, the lesson's log, the places at the model.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.db import new_id, now
from app.base.errors import Conflict, NotFound
from app.base.settings import get_settings
from app.lessons.runs.carrying import close_if_over
from app.lessons.runs.estimating import estimate_of
from app.lessons.runs.events import tell
from app.lessons.runs.handing import hand_out
from app.lessons.runs.kinds import KINDS, Planned, StepKind
from app.lessons.runs.models import GenerationRun, GenerationStep
from app.lessons.runs.packing import in_order
from app.lessons.runs.schema import OPEN, Estimate, RunState, StepState


def plan(session: Session, lesson_id: UUID) -> list[tuple[StepKind, Planned]]:
    """What a lesson still needs and no open step brings, in the order in which it would be done."""
    session.flush()
    query = (
        select(GenerationStep.kind, GenerationStep.about)
        .join(GenerationRun, GenerationRun.id == GenerationStep.run_id)
        .where(GenerationRun.lesson_id == lesson_id, GenerationStep.state.in_(OPEN))
    )
    under_way = {(kind, about) for kind, about in session.execute(query)}
    found = [
        (kind, one)
        for kind in KINDS.values()
        for one in kind.plan(session, lesson_id)
        if (kind.name, one.about) not in under_way
    ]
    return sorted(found, key=lambda each: (each[1].number, each[0].order))


def estimate(session: Session, lesson_id: UUID) -> Estimate | None:
    """What it would take to write what a lesson still needs; None where it needs nothing."""
    planned = plan(session, lesson_id)
    return estimate_of(session, planned) if planned else None


def begin(
    session: Session, lesson_id: UUID, asked_by: UUID | None, only: set[UUID] | None = None, is_fresh: bool = False
) -> UUID | None:
    """Start a run of what a lesson needs (of it, only what is about these rows); None where it needs nothing.

    `is_fresh`: the model is asked anew, also where the same was asked before.
    """
    run_id = put_down(session, lesson_id, asked_by, only, is_fresh)
    if run_id is not None:
        hand_out(session)
    return run_id


def put_down(
    session: Session, lesson_id: UUID, asked_by: UUID | None, only: set[UUID] | None = None, is_fresh: bool = False
) -> UUID | None:
    """`begin` for who starts runs of several lessons in one transaction, and then calls `hand_out` once, at its end."""
    planned = [each for each in plan(session, lesson_id) if only is None or each[1].about in only]
    if not planned:
        return None
    expected = estimate_of(session, planned).model_dump(mode="json")
    run = GenerationRun(id=new_id(), lesson_id=lesson_id, asked_by=asked_by, estimate=expected)
    session.add(run)
    session.flush()
    theirs = {one.about for _, one in planned}
    first = sum(one.number <= planned[0][1].number for _, one in planned)
    begun = in_order([one.guess_out for _, one in planned], get_settings().author_window, first)
    session.add_all([_step(run, *planned[index], at, is_fresh, theirs) for at, index in enumerate(begun)])
    tell(session, run)
    return run.id


def _step(
    run: GenerationRun, kind: StepKind, planned: Planned, position: int, is_fresh: bool, theirs: set[UUID]
) -> GenerationStep:
    """The row of a step; of what it needs only what steps of this run (`theirs`) are about is waited for."""
    return GenerationStep(
        run_id=run.id,
        kind=kind.name,
        about=planned.about,
        number=planned.number,
        position=position,
        needs=[str(one) for one in planned.needs if one in theirs],
        is_fresh=is_fresh,
        guess_in=planned.guess_in,
        guess_out=planned.guess_out,
    )


def cancel(session: Session, lesson_id: UUID, run_id: UUID) -> None:
    """Call a run off: what is written stays, what is being written is dropped. Conflict where it is over."""
    rows = _steps(session, run_id, OPEN)
    for row in rows:
        row.state, row.problem = StepState.CANCELLED.value, ""
        row.let_go()
    session.flush()
    _each_kind(session, rows, lambda kind: kind.rest)
    run = _run(session, lesson_id, run_id)
    if run.state != RunState.RUNNING:
        raise Conflict("This is over already. Reload the page to see how it ended.")
    run.state, run.ended_at = RunState.CANCELLED.value, now()
    tell(session, run)
    hand_out(session)


def take_up(session: Session, lesson_id: UUID, run_id: UUID) -> None:
    """Go on with a run that was called off. Conflict where it was not."""
    rows = _steps(session, run_id, (StepState.CANCELLED.value,))
    _call_again(session, rows)
    run = _run(session, lesson_id, run_id)
    if run.state != RunState.CANCELLED:
        raise Conflict("This was not called off. Reload the page to see where it stands.")
    _reopen(session, run)


def retry(session: Session, lesson_id: UUID, step_id: UUID) -> None:
    """Do one step again that failed or was called off; the others stay as they are. Conflict where it did not."""
    row = session.get(GenerationStep, step_id, with_for_update=True)
    if row is None:
        raise NotFound
    if row.state not in (StepState.FAILED, StepState.CANCELLED):
        raise Conflict("This is done, or under way. Reload the page to see where it stands.")
    _call_again(session, [row])
    _reopen(session, _run(session, lesson_id, row.run_id), row)


def _call_again(session: Session, rows: Sequence[GenerationStep]) -> None:
    for row in rows:
        row.state, row.attempts, row.problem, row.not_before = StepState.WAITING.value, 0, "", None
        row.let_go()
    session.flush()
    _each_kind(session, rows, lambda kind: kind.again)


def _reopen(session: Session, run: GenerationRun, step: GenerationStep | None = None) -> None:
    """The time in which it stood still does not count as its own."""
    if run.began_at and run.ended_at:
        run.began_at += now() - run.ended_at
    run.state, run.ended_at = RunState.RUNNING.value, None
    session.flush()
    close_if_over(session, run)
    tell(session, run, step)
    hand_out(session)


def _steps(session: Session, run_id: UUID, states: Iterable[str]) -> Sequence[GenerationStep]:
    return session.scalars(
        select(GenerationStep)
        .where(GenerationStep.run_id == run_id, GenerationStep.state.in_(states))
        .order_by(GenerationStep.position)
        .with_for_update()
    ).all()


def _run(session: Session, lesson_id: UUID, run_id: UUID) -> GenerationRun:
    """The run, locked. NotFound for one of another lesson."""
    run = session.get(GenerationRun, run_id, with_for_update=True)
    if run is None or run.lesson_id != lesson_id:
        raise NotFound
    return run


def _each_kind(
    session: Session,
    rows: Sequence[GenerationStep],
    act: Callable[[StepKind], Callable[[Session, list[UUID]], None]],
) -> None:
    abouts: dict[str, list[UUID]] = defaultdict(list)
    for row in rows:
        abouts[row.kind].append(row.about)
    for name, found in abouts.items():
        if kind := KINDS.get(name):
            act(kind)(session, found)
