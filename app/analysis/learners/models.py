"""Tables of what learners know."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, now
from app.base.personal import Personal, holds


class Mastery(Base):
    """What one learner knows of one knowledge component after `n` answers, `right` of them right.

    `value` is P(known), `error` its standard error. `due_at` is when it should come up again, `stability` after how
    many days it is remembered with probability 0.9. All of it follows from the answers and can be made anew.
    """

    __tablename__ = "mastery"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    component_id: Mapped[UUID] = mapped_column(
        ForeignKey("knowledge_component.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    value: Mapped[float]
    error: Mapped[float]
    n: Mapped[int]
    right: Mapped[int]
    answered_at: Mapped[datetime]
    due_at: Mapped[datetime]
    stability: Mapped[float]
    updated_at: Mapped[datetime] = mapped_column(default=now)


class Tracing(Base):
    """The fitted parameters of a component: prior, learn, guess, slip, forget, and the covariance of their logits."""

    __tablename__ = "tracing"

    component_id: Mapped[UUID] = mapped_column(
        ForeignKey("knowledge_component.id", ondelete="CASCADE"), primary_key=True
    )
    parameters: Mapped[list[Any]] = mapped_column(info=holds(Personal.NONE))
    covariance: Mapped[list[Any]] = mapped_column(info=holds(Personal.NONE))
    answers: Mapped[int]
    fitted_at: Mapped[datetime] = mapped_column(default=now)


class FollowMark(Base):
    """How far the list of answers was followed: `change` is the last number that is in the table of mastery."""

    __tablename__ = "follow_mark"

    name: Mapped[str] = mapped_column(primary_key=True, info=holds(Personal.NONE))
    change: Mapped[int] = mapped_column(BigInteger, default=0)
