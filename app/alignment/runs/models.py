"""The table of training runs."""

from datetime import datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import Float, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, new_id, now
from app.base.personal import Personal, holds


class AlignmentRun(Base):
    """A run and where it stands; the rest lies in its folder.

    `claim` names who carries it out and `lease_until` is their sign of life. `step`, `steps`, `loss` and `margin` are
    the newest line of its progress. `by_command`: a command or a loop carries it out, and where that ends nobody goes
    on with it unasked. `withdrawn_at`: since when its data set holds words that somebody took back.
    """

    __tablename__ = "alignment_run"
    __table_args__ = (Index("ix_alignment_run_open", "created_at", postgresql_where="state IN ('waiting', 'running')"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("alignment_run.id", ondelete="SET NULL"))
    order: Mapped[dict[str, JsonValue]] = mapped_column(info=holds(Personal.NONE))
    method: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    set_hash: Mapped[str] = mapped_column(index=True, info=holds(Personal.NONE))
    state: Mapped[str] = mapped_column(default="waiting", info=holds(Personal.NONE))
    problem: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    claim: Mapped[UUID | None] = mapped_column(info=holds(Personal.NONE))
    by_command: Mapped[bool] = mapped_column(default=False)
    host: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    step: Mapped[int] = mapped_column(default=0)
    steps: Mapped[int] = mapped_column(default=0)
    loss: Mapped[float | None] = mapped_column(Float)
    margin: Mapped[float | None] = mapped_column(Float)
    manifest: Mapped[dict[str, JsonValue] | None] = mapped_column(info=holds(Personal.NONE))
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
