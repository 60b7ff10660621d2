"""Tables of the order of topics."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, new_id, now
from app.base.personal import Personal, holds


class Prerequisite(Base):
    """What people who teach a course settled about "before comes before after": that it does, or that it does not."""

    __tablename__ = "prerequisite"
    __table_args__ = (UniqueConstraint("before_id", "after_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), index=True)
    before_id: Mapped[UUID] = mapped_column(ForeignKey("knowledge_component.id", ondelete="CASCADE"))
    after_id: Mapped[UUID] = mapped_column(ForeignKey("knowledge_component.id", ondelete="CASCADE"), index=True)
    holds: Mapped[bool] = mapped_column(info=holds(Personal.NONE))
    settled_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    settled_at: Mapped[datetime] = mapped_column(default=now)


class Trial(Base):
    """Two orders of a course's modules, or of a module's lessons, met by learners at random.

    `orders` holds two lists of ids; `seed` and a person's id decide by a hash who meets which. `state` is a TrialState,
    `kept` the order (0 or 1) that everybody meets once the trial is over and one was kept.
    """

    __tablename__ = "order_trial"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), index=True)
    module_id: Mapped[UUID | None] = mapped_column(ForeignKey("module.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    orders: Mapped[list[Any]] = mapped_column(info=holds(Personal.NONE))
    seed: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    state: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    kept: Mapped[int | None]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class TrialPlace(Base):
    """That a learner met one of a trial's orders, and which; removed when they no longer allow research."""

    __tablename__ = "order_trial_place"

    trial_id: Mapped[UUID] = mapped_column(ForeignKey("order_trial.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    arm: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)


class Digest(Base):
    """What stood out in a course in one week: a Digest document that names nobody. `week` as 2026-W36."""

    __tablename__ = "course_digest"

    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), primary_key=True)
    week: Mapped[str] = mapped_column(primary_key=True, info=holds(Personal.NONE))
    document: Mapped[dict[str, JsonValue]] = mapped_column(info=holds(Personal.NONE))
    made_at: Mapped[datetime] = mapped_column(default=now)
