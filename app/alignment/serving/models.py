"""Tables of serving: adapters, what the gate said of them, and rollouts. They hold nothing of people."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, new_id, now
from app.base.personal import Personal, holds

NONE = holds(Personal.NONE)


class AdapterRow(Base):
    """An adapter under the name that its content gives it: never changed, and no name is used twice."""

    __tablename__ = "adapter"

    name: Mapped[str] = mapped_column(primary_key=True, info=NONE)
    role: Mapped[str] = mapped_column(index=True, info=NONE)
    base: Mapped[str] = mapped_column(info=NONE)
    sha256: Mapped[str] = mapped_column(info=NONE)
    run: Mapped[str] = mapped_column(default="", info=NONE)
    method: Mapped[str] = mapped_column(default="", info=NONE)
    set_hash: Mapped[str] = mapped_column(default="", info=NONE)
    made_at: Mapped[datetime] = mapped_column(default=now)


class GateRow(Base):
    """A gate: an adapter held against the incumbent on a held-back set. `checks` says what was looked at and found."""

    __tablename__ = "adapter_gate"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    adapter: Mapped[str] = mapped_column(ForeignKey("adapter.name"), index=True, info=NONE)
    incumbent: Mapped[str] = mapped_column(default="", info=NONE)
    set_hash: Mapped[str] = mapped_column(default="", info=NONE)
    sizes: Mapped[dict[str, JsonValue]] = mapped_column(default=dict, info=NONE)
    state: Mapped[str] = mapped_column(default="waiting", index=True, info=NONE)
    passed: Mapped[bool] = mapped_column(default=False)
    checks: Mapped[list[Any]] = mapped_column(default=list, info=NONE)
    sentence: Mapped[str] = mapped_column(default="", info=NONE)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    claimed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class RolloutRow(Base):
    """An adapter on its way to classes. `percent` of learners get it; 0: it answers in the shadow and is not heard."""

    __tablename__ = "adapter_rollout"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    role: Mapped[str] = mapped_column(index=True, info=NONE)
    adapter: Mapped[str] = mapped_column(ForeignKey("adapter.name"), info=NONE)
    previous: Mapped[str] = mapped_column(default="", info=NONE)
    percent: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="waiting", index=True, info=NONE)
    sentence: Mapped[str] = mapped_column(default="", info=NONE)
    evidence: Mapped[dict[str, JsonValue]] = mapped_column(default=dict, info=NONE)
    started_at: Mapped[datetime] = mapped_column(default=now)
    claimed_at: Mapped[datetime | None]
    looked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
