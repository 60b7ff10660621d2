"""Tables of the live class."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, new_id, now


class ClassSession(Base):
    """One class: a student attending one approved lesson version.

    `state` is the fold of the log up to `last_seq`. `due_at` says when the class wants attention: its next turn,
    or, while a turn is open, the moment by which the worker that holds it must have given a sign of life. Empty
    means not before somebody does something.
    """

    __tablename__ = "class_session"
    __table_args__ = (Index("ix_class_session_due", "due_at", postgresql_where="due_at IS NOT NULL"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), index=True)
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lesson.id"), index=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("lesson_version.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[dict[str, Any]]
    last_seq: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    pace: Mapped[float] = mapped_column(default=1.0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class EventRow(Base):
    """One line of a class log."""

    __tablename__ = "class_event"

    class_id: Mapped[UUID] = mapped_column(ForeignKey("class_session.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True, default=new_id)
    at: Mapped[datetime] = mapped_column(default=now)
    kind: Mapped[str]
    voice: Mapped[str | None]
    person_id: Mapped[UUID | None]
    body: Mapped[dict[str, Any]]
