"""Which adapter speaks for a role and a learner. The table is this room's; alignment decides what stands in it.

A class is told its adapters once, when it is opened, and keeps them: `assign`. While somebody tries a candidate, the
learners who get it are chosen by a hash of the learner and the rollout, so that the same learner gets the same one
each time and another rollout chooses others. An adapter that was rolled back speaks no more, in no class: `speaker`.
"""

import hashlib
import time
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.db import now
from app.inference.models import ServedModel

KNOWN_SECONDS = 2.0
"""For how long a process goes by what it read: so long may a class speak on with what was rolled back."""


class Served(BaseModel):
    """What serves a role. Names of adapters, "" for the base model; `candidate` speaks to `percent` % of learners."""

    role: str
    standing: str = ""
    previous: str = ""
    candidate: str = ""
    percent: int = 0
    rollout: UUID | None = None

    def names(self) -> set[str]:
        """The adapters that may speak."""
        return {one for one in (self.standing, self.previous, self.candidate) if one}

    def choice(self, learner: UUID) -> str:
        """The adapter for a learner's new class."""
        return self.candidate if self.candidate and is_chosen(learner, self.rollout, self.percent) else self.standing

    def still(self, chosen: str) -> str:
        """`chosen` while it may speak; else what stands in its place."""
        return chosen if not chosen or chosen in self.names() else self.standing


def is_chosen(learner: UUID, rollout: UUID | None, percent: int) -> bool:
    """Whether a learner is among the `percent` % of a rollout: always the same for the same two."""
    drawn = int.from_bytes(hashlib.sha256(f"{rollout}:{learner}".encode()).digest()[:8], "big")
    return drawn % 10_000 < percent * 100


def served(session: Session, role: str) -> Served:
    """What serves a role; the base model where nothing was said."""
    row = session.get(ServedModel, role)
    return Served.model_validate(row, from_attributes=True) if row else Served(role=role)


def serve(session: Session, wanted: Served) -> None:
    """Say what serves a role from now on."""
    session.merge(ServedModel(**wanted.model_dump(), changed_at=now()))
    session.flush()
    _known.clear()


def assign(session: Session, learner: UUID) -> dict[str, str]:
    """The adapters of a learner's new class, by role; roles that the base model speaks for are left out."""
    rows = session.scalars(select(ServedModel))
    chosen = {row.role: Served.model_validate(row, from_attributes=True).choice(learner) for row in rows}
    return {role: name for role, name in chosen.items() if name}


_known: dict[str, tuple[float, Served]] = {}


def speaker(session: Session, role: str, chosen: str) -> str:
    """The adapter that speaks in a class that was given `chosen`."""
    if not chosen:
        return ""
    looked, found = _known.get(role, (-KNOWN_SECONDS, None))
    if found is None or time.monotonic() - looked >= KNOWN_SECONDS or chosen not in found.names():
        found = served(session, role)
        _known[role] = time.monotonic(), found
    return found.still(chosen)
