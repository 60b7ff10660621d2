"""Tables of the records room."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, now


class StatementRow(Base):
    """One xAPI statement. `id` is a UUIDv5 of the event's id, so a second projection changes nothing."""

    __tablename__ = "statement"
    __table_args__ = (
        Index("ix_statement_class_id_seq", "class_id", "seq"),
        Index("ix_statement_course_id_at_id", "course_id", "at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), index=True)
    class_id: Mapped[UUID] = mapped_column(ForeignKey("class_session.id", ondelete="CASCADE"))
    seq: Mapped[int]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    verb: Mapped[str]
    at: Mapped[datetime]
    stored_at: Mapped[datetime] = mapped_column(default=now)
    document: Mapped[dict[str, Any]]


class Projection(Base):
    """How far a class's log has been projected."""

    __tablename__ = "projection"

    class_id: Mapped[UUID] = mapped_column(ForeignKey("class_session.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)
