"""Tables of generation runs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import BigInteger, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, new_id, now
from app.base.lease import Claimable
from app.base.personal import Personal, holds


class GenerationRun(Base):
    """Something that a model is to write for a lesson: who asked and when, what was expected, how it ended."""

    __tablename__ = "generation_run"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lesson.id", ondelete="CASCADE"), index=True)
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    state: Mapped[str] = mapped_column(default="running", info=holds(Personal.NONE))
    estimate: Mapped[dict[str, JsonValue]] = mapped_column(default=dict, info=holds(Personal.NONE))
    began_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class GenerationStep(Claimable, Base):
    """One thing to be done in a run, about one row (`about`), such as a page of the lesson.

    `needs` are the `about` of steps of this run that must be over before. `not_before` puts a step off while the model
    is away. `guess_in` and `guess_out` are the tokens that were expected; the others add up over all attempts.
    """

    __tablename__ = "generation_step"
    __table_args__ = (
        Index("ix_generation_step_open", "state", postgresql_where="state IN ('waiting', 'called', 'working')"),
    )

    run_id: Mapped[UUID] = mapped_column(ForeignKey("generation_run.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    about: Mapped[UUID] = mapped_column(index=True, info=holds(Personal.NONE))
    number: Mapped[int] = mapped_column(default=0)
    position: Mapped[int]
    needs: Mapped[list[Any]] = mapped_column(default=list, info=holds(Personal.NONE))
    is_fresh: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default="waiting", info=holds(Personal.NONE))
    problem: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    guess_in: Mapped[int] = mapped_column(default=0)
    guess_out: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
    calls: Mapped[int] = mapped_column(default=0)
    hits: Mapped[int] = mapped_column(default=0)
    tokens_in: Mapped[int] = mapped_column(default=0)
    tokens_out: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[float] = mapped_column(default=0)
    money: Mapped[float] = mapped_column(default=0)


class GenerationEvent(Base):
    """An entry of a lesson's progress log. The numbers of one lesson become visible in their order."""

    __tablename__ = "generation_event"
    __table_args__ = (Index("ix_generation_event_lesson_id_id", "lesson_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lesson.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(default=now)
    body: Mapped[dict[str, JsonValue]] = mapped_column(info=holds(Personal.NONE))
