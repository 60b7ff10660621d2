"""Tables of privacy."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, new_id, now


class Consent(Base):
    """A person's word on one purpose, under a version of its text. Never changed: withdrawing makes a new row."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_person_id_purpose_at", "person_id", "purpose", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    purpose: Mapped[str]
    granted: Mapped[bool]
    text_version: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
