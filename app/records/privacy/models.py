"""Tables of privacy."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, new_id, now
from app.base.personal import Personal, holds


class Consent(Base):
    """A person's word on one purpose, under a version of its text. Never changed: withdrawing makes a new row."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_person_id_purpose_at", "person_id", "purpose", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(info=holds(Personal.BEHAVIOUR))
    granted: Mapped[bool]
    text_version: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)


class GuardianConsent(Base):
    """What a guardian said about a minor in one course, as the course's instructor wrote it down. Never changed: a
    guardian who thinks again is a new row.
    """

    __tablename__ = "guardian_consent"
    __table_args__ = (Index("ix_guardian_consent_person_id_course_id_at", "person_id", "course_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(info=holds(Personal.BEHAVIOUR))
    granted: Mapped[bool]
    guardian: Mapped[str] = mapped_column(info=holds(Personal.IDENTITY))
    said_on: Mapped[date]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(default=now)


class AuditLine(Base):
    """Somebody saw, took or changed another person's data, or their own. The database refuses to change a line.

    `who_id` is empty and `agent` says who it was when it was no person. `person_id`, `class_id`, `course_id`: whose
    data; a line of a whole class or course has no person. No foreign keys: a line outlives what it tells of.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_person_id_at", "person_id", "at"),
        Index("ix_audit_who_id_at", "who_id", "at"),
        Index("ix_audit_course_id_at", "course_id", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    who_id: Mapped[UUID | None] = mapped_column(info=holds(Personal.LINK))
    agent: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    what: Mapped[str] = mapped_column(info=holds(Personal.BEHAVIOUR))
    person_id: Mapped[UUID | None] = mapped_column(info=holds(Personal.LINK))
    class_id: Mapped[UUID | None] = mapped_column(index=True, info=holds(Personal.NONE))
    course_id: Mapped[UUID | None] = mapped_column(info=holds(Personal.NONE))
    details: Mapped[str] = mapped_column(default="", info=holds(Personal.BEHAVIOUR))
    address_hash: Mapped[str] = mapped_column(default="", info=holds(Personal.CONTACT))


class AuditSalt(Base):
    """The installation's one salt for network addresses in the audit log."""

    __tablename__ = "audit_salt"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    salt: Mapped[str] = mapped_column(info=holds(Personal.NONE))


class Erasure(Base):
    """An account that its owner had erased, and where that stands. No name, no address, no hash of either."""

    __tablename__ = "erasure"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
