"""Documents of serving."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from app.alignment.schema import Role


class GateState(StrEnum):
    """Where a gate stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class RolloutState(StrEnum):
    """Where a rollout stands. WAITING: the server is to load the adapter. STANDING: everybody gets it."""

    WAITING = "waiting"
    SHADOW = "shadow"
    SHARE = "share"
    STANDING = "standing"
    ROLLED_BACK = "rolled back"
    REPLACED = "replaced"
    FAILED = "failed"

    @property
    def is_open(self) -> bool:
        """Whether it is being tried."""
        return self in (RolloutState.WAITING, RolloutState.SHADOW, RolloutState.SHARE)


class Check(BaseModel):
    """One thing the gate looked at: whether it passed, and why or why not in a sentence."""

    name: str
    ok: bool
    sentence: str


class Verdict(BaseModel):
    """What the gate says: every hard check has to pass."""

    checks: list[Check]

    @property
    def passed(self) -> bool:
        """Whether the adapter may be served."""
        return bool(self.checks) and all(check.ok for check in self.checks)

    @property
    def reasons(self) -> list[str]:
        """Why not."""
        return [check.sentence for check in self.checks if not check.ok]


class AdapterView(BaseModel):
    """An adapter as pages show it. `gate`: passed, refused, running, or "" where it was never tried."""

    name: str
    role: Role
    base: str
    run: str = ""
    method: str = ""
    set_hash: str = ""
    made_at: datetime
    gate: str = ""
    serves: str = ""


class GateView(BaseModel):
    """A gate as pages show it."""

    id: UUID
    adapter: str
    incumbent: str
    set_hash: str
    state: GateState
    passed: bool
    checks: list[Check]
    sentence: str
    asked_at: datetime
    ended_at: datetime | None = None


class Arm(BaseModel):
    """What is seen of the learners who hear one adapter: means over learners, as each of them counts once.

    `leaks`: share of agent turns in which the guard found the answer handed over; `thumbs_down`: share of their thumbs.
    """

    learners: int = 0
    turns: int = 0
    leaks: float = 0.0
    leaks_spread: float = 0.0
    raters: int = 0
    thumbs_down: float = 0.0
    thumbs_spread: float = 0.0


class Watch(BaseModel):
    """What a rollout has come to: both arms, and by signal the always-valid p that the candidate is worse.

    In the shadow: turns answered, words in all, and turns with a number that the prompt does not have, beside what was
    shown.
    """

    candidate: Arm = Arm()
    standing: Arm = Arm()
    p: dict[str, float] = {}
    shadowed: int = 0
    shadow_words: int = 0
    shown_words: int = 0
    shadow_numbers: int = 0
    shown_numbers: int = 0


class RolloutView(BaseModel):
    """A rollout as pages show it."""

    id: UUID
    role: Role
    adapter: str
    previous: str
    percent: int
    state: RolloutState
    sentence: str
    evidence: Watch
    started_at: datetime
    ended_at: datetime | None = None
