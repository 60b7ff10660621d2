"""What is shown of a lesson's runs."""

from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.lessons.runs.events import last_event, run_line, step_line
from app.lessons.runs.kinds import KINDS
from app.lessons.runs.models import GenerationRun, GenerationStep
from app.lessons.runs.running import estimate
from app.lessons.runs.schema import Estimate, RunLine, RunState, RunView, StepLine, StepState

EARLIER = 5


class Panel(BaseModel):
    """A lesson's newest run, with those before; what writing the rest would take, None where nothing is left; steps
    that failed and were not done since, of all runs; and the number of the newest entry of the log.
    """

    run: RunView | None = None
    earlier: list[RunLine] = []
    estimate: Estimate | None = None
    failed: list[StepLine] = []
    last: int = 0

    @property
    def is_running(self) -> bool:
        """Whether something is being written."""
        return self.run is not None and self.run.state is RunState.RUNNING


def panel(session: Session, lesson_id: UUID) -> Panel:
    """Where a lesson's runs stand, for a caller who has checked who asks. A run under way goes before newer ones."""
    query = select(GenerationRun).where(GenerationRun.lesson_id == lesson_id)
    newest = query.order_by(GenerationRun.state != RunState.RUNNING.value, GenerationRun.asked_at.desc())
    last = last_event(session, lesson_id)
    runs = session.scalars(newest.limit(EARLIER + 1)).all()
    return Panel(
        run=_view(session, runs[0]) if runs else None,
        earlier=[_line(session, one) for one in runs[1:]],
        estimate=estimate(session, lesson_id),
        failed=_failed(session, lesson_id),
        last=last,
    )


def _line(session: Session, run: GenerationRun) -> RunLine:
    name = accounts.name_and_address(session, run.asked_by)[0] if run.asked_by else ""
    return run_line(session, run).model_copy(update={"asked_by": name})


def _view(session: Session, run: GenerationRun) -> RunView:
    steps = select(GenerationStep).where(GenerationStep.run_id == run.id).order_by(GenerationStep.position)
    return RunView(**_line(session, run).model_dump(), steps=[step_line(one) for one in session.scalars(steps)])


def _failed(session: Session, lesson_id: UUID) -> list[StepLine]:
    """Of what each step is about the newest one, where that failed and it still matters."""
    step = GenerationStep
    newest = (
        select(step)
        .join(GenerationRun, GenerationRun.id == step.run_id)
        .where(GenerationRun.lesson_id == lesson_id)
        .ext(distinct_on(step.kind, step.about))
        .order_by(step.kind, step.about, GenerationRun.asked_at.desc())
    )
    failed = [one for one in session.scalars(newest) if one.state == StepState.FAILED.value]
    found = [step_line(one) for one in failed if one.kind not in KINDS]
    for name, kind in KINDS.items():
        of_kind = [one for one in failed if one.kind == name]
        matters = kind.unsettled(session, [one.about for one in of_kind]) if of_kind else set()
        found += [step_line(one) for one in of_kind if one.about in matters]
    return sorted(found, key=lambda one: one.number)
