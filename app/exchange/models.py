"""Tables of the exchange room."""

from datetime import datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, now
from app.base.lease import Claimable
from app.base.personal import Personal, holds


class Transfer(Claimable, Base):
    """Something that is brought in or taken out, and where that stands.

    `claim` names the worker at it and `lease_until` is that worker's sign of life. `name` is what the file, or the
    topic, is called. `report` is the kind's own document: what was found, what was decided, what came of it.
    """

    __tablename__ = "transfer"
    __table_args__ = (Index("ix_transfer_open", "created_at", postgresql_where="status IN ('waiting', 'working')"),)

    course_id: Mapped[UUID | None] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), index=True)
    lesson_id: Mapped[UUID | None] = mapped_column(ForeignKey("lesson.id", ondelete="CASCADE"))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    kind: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    form: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    name: Mapped[str] = mapped_column(default="", info=holds(Personal.WORDS))
    status: Mapped[str] = mapped_column(default="waiting", info=holds(Personal.NONE))
    problem: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    stage: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    report: Mapped[dict[str, JsonValue]] = mapped_column(default=dict, info=holds(Personal.NONE))
