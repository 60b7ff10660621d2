"""Tables of the records room."""

from datetime import datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, now
from app.base.personal import Personal, holds
from app.records.lrs.models import Credential


def _where(name: str, *columns: str) -> Index:
    """An index on the rows that have its first column; most have none."""
    return Index(name, *columns, postgresql_where=text(f"{columns[0]} IS NOT NULL"))


class StatementRow(Base):
    """One xAPI statement, made of a class event or written by a client of /xapi.

    Of a class event, `id` is a UUIDv5 of the event's id, so a second projection changes nothing, and course, class, seq
    and person are known. Of a client, `credential_id` is set, and the course where the client is bound to one. `at` is
    its timestamp, `target` the statement that is its object, `voids` the same where it voids that. The document has no
    stored and no authority: they are told from the columns.
    """

    __tablename__ = "statement"
    __table_args__ = (
        _where("ix_statement_class_id_seq", "class_id", "seq"),
        _where("ix_statement_course_id_stored_at", "course_id", "stored_at"),
        _where("ix_statement_person_id", "person_id"),
        _where("ix_statement_credential_id_stored_at", "credential_id", "stored_at"),
        _where("ix_statement_registration_stored_at", "registration", "stored_at"),
        _where("ix_statement_voids", "voids"),
        Index("ix_statement_about", "stored_at", "id", postgresql_where=text("target IS NOT NULL")),
        Index("ix_statement_verb_stored_at", "verb", "stored_at"),
        Index("ix_statement_stored_at_id", "stored_at", "id"),
        _where("ix_statement_course_id_at_id", "course_id", "at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID | None] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"))
    class_id: Mapped[UUID | None] = mapped_column(ForeignKey("class_session.id", ondelete="CASCADE"))
    seq: Mapped[int | None]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    credential_id: Mapped[UUID | None] = mapped_column(ForeignKey(Credential.id))
    verb: Mapped[str] = mapped_column(info=holds(Personal.BEHAVIOUR))
    registration: Mapped[UUID | None] = mapped_column(info=holds(Personal.BEHAVIOUR))
    target: Mapped[UUID | None] = mapped_column(info=holds(Personal.BEHAVIOUR))
    voids: Mapped[UUID | None] = mapped_column(info=holds(Personal.BEHAVIOUR))
    at: Mapped[datetime]
    stored_at: Mapped[datetime] = mapped_column(default=now)
    document: Mapped[dict[str, JsonValue]] = mapped_column(info=holds(Personal.WORDS))

    @property
    def event(self) -> tuple[UUID, int]:
        """The class event it was made of: class and seq. Raises LookupError for a client's statement."""
        if self.class_id is None or self.seq is None:
            raise LookupError("this statement was not made of a class event")
        return self.class_id, self.seq


class Projection(Base):
    """How far a class's log has been projected."""

    __tablename__ = "projection"

    class_id: Mapped[UUID] = mapped_column(ForeignKey("class_session.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)


class Bookmark(Base):
    """How far a list that only grows was followed: `change` is the last number whose statements are stored."""

    __tablename__ = "bookmark"

    name: Mapped[str] = mapped_column(primary_key=True, info=holds(Personal.NONE))
    change: Mapped[int] = mapped_column(BigInteger, default=0)
