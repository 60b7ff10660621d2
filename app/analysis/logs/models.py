"""The table of digests."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, now
from app.base.personal import Personal, holds


class LogDigest(Base):
    """A class's log up to `seq` in figures, under the rules of that number: what was done when, never a word of it.

    It can always be made again of the log, and is when the log has grown. Whatever changes a line of a log in place
    takes the digest of its class away (a trigger). `person_id` is who attends alone, empty for a shared class.
    `figures` are rows of `codes.FIGURES`, `names` the models and prompts that they point to.
    """

    __tablename__ = "log_digest"

    class_id: Mapped[UUID] = mapped_column(ForeignKey("class_session.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    seq: Mapped[int]
    rules: Mapped[int]
    figures: Mapped[bytes] = mapped_column(info=holds(Personal.BEHAVIOUR))
    names: Mapped[list[Any]] = mapped_column(default=list, info=holds(Personal.NONE))
    made_at: Mapped[datetime] = mapped_column(default=now)
