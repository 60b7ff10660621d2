"""Documents of a generation run: where it and its steps stand, what was expected and what it took."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel


class RunState(StrEnum):
    """Where a run stands. One whose steps are all over is done, also where some of them failed."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class StepState(StrEnum):
    """Where a step stands. Called: its bell has rung, and a worker is on its way."""

    WAITING = "waiting"
    CALLED = "called"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (StepState.WAITING.value, StepState.CALLED.value, StepState.WORKING.value)
"""A step that is not over."""
AT_WORK = (StepState.CALLED.value, StepState.WORKING.value)
"""A step that takes one of the model's places."""


class Cost(BaseModel):
    """What something takes or took: calls of the model, tokens it reads and says, seconds on the clock, money."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0
    money: float = 0


class Estimate(Cost):
    """What a run is expected to take."""

    pages: int = 0
    steps: int = 0
    currency: str = ""


class StepLine(BaseModel):
    """One step. `what` says it in words; `hits` are replies that came from the cache and cost nothing."""

    id: UUID
    kind: str
    what: str
    number: int
    state: StepState
    attempts: int = 0
    problem: str = ""
    hits: int = 0
    cost: Cost = Cost()

    @property
    def can_retry(self) -> bool:
        """Whether it may be done again by itself."""
        return self.state in (StepState.FAILED, StepState.CANCELLED)


class RunLine(BaseModel):
    """A run: who asked and when, how far it is, what was expected and what it took so far."""

    id: UUID
    lesson_id: UUID
    asked_by: str = ""
    asked_at: datetime
    ended_at: datetime | None = None
    state: RunState
    estimate: Estimate
    actual: Cost
    over: int
    total: int
    failed: int = 0
    hits: int = 0


class RunView(RunLine):
    """A run with its steps in order."""

    steps: list[StepLine] = []


class RunEvent(BaseModel):
    """An entry of a lesson's progress log: a step moved on (None: the run itself did), and how far its run is."""

    run: RunLine
    step: StepLine | None = None
