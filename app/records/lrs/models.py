"""Tables of the learning record store, besides the statements themselves."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, new_id, now
from app.base.personal import Personal, holds


class Credential(Base):
    """A client's key. Only the SHA-256 of its secret is kept: the secret is long and random, so that is enough."""

    __tablename__ = "lrs_credential"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    key: Mapped[str] = mapped_column(unique=True, info=holds(Personal.NONE))
    secret_hash: Mapped[str] = mapped_column(info=holds(Personal.SECRET))
    scopes: Mapped[list[Any]] = mapped_column(info=holds(Personal.NONE))
    course_id: Mapped[UUID | None] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), index=True)
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    revoked_at: Mapped[datetime | None]


class StatementLink(Base):
    """A statement by the key of an agent or activity in it; `direct` where it is about them.

    It carries the statement's time, so that a page of the newest is read from the index alone. No foreign key: it
    would cost a look-up for each link stored, and a link whose statement is gone finds nothing.
    """

    __tablename__ = "statement_link"

    key: Mapped[UUID] = mapped_column(primary_key=True)
    direct: Mapped[bool] = mapped_column(primary_key=True)
    stored_at: Mapped[datetime] = mapped_column(primary_key=True)
    statement_id: Mapped[UUID] = mapped_column(primary_key=True)


class StatementReference(Base):
    """A statement whose object is another statement, by every statement that it so reaches."""

    __tablename__ = "statement_reference"
    __table_args__ = (Index("ix_statement_reference_target_id", "target_id"),)

    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    target_id: Mapped[UUID] = mapped_column(primary_key=True)


class ActivityDefinition(Base):
    """A definition that an activity was given. Rows are only added; reading merges them, the later over the earlier,
    so that many writers of one activity never wait for each other.
    """

    __tablename__ = "activity_definition"

    key: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[UUID] = mapped_column(primary_key=True)
    definition: Mapped[dict[str, JsonValue]] = mapped_column(info=holds(Personal.NONE))
    stored_at: Mapped[datetime]


class Attachment(Base):
    """The bytes of an attachment, by their SHA-2 in lower-case hexadecimal."""

    __tablename__ = "attachment"

    sha2: Mapped[str] = mapped_column(primary_key=True, info=holds(Personal.NONE))
    content: Mapped[bytes] = mapped_column(LargeBinary, info=holds(Personal.WORDS))


class StatementAttachment(Base):
    """An attachment that came with a statement: who may read the statement may read it, and nobody else."""

    __tablename__ = "statement_attachment"

    statement_id: Mapped[UUID] = mapped_column(ForeignKey("statement.id", ondelete="CASCADE"), primary_key=True)
    sha2: Mapped[str] = mapped_column(ForeignKey("attachment.sha2"), primary_key=True, index=True)


class LrsDocument(Base):
    """A document of the state, agent profile or activity profile resource.

    `shelf` is the key of what it belongs to (kind, activity, agent, and the course a client is bound to); `place` of
    that with registration and name. `agent` is the key of the agent it is about, if any, so that all that is kept of
    somebody can be found.
    """

    __tablename__ = "lrs_document"
    __table_args__ = (
        Index("ix_lrs_document_shelf_updated_at", "shelf", "updated_at"),
        Index("ix_lrs_document_agent", "agent", postgresql_where=text("agent IS NOT NULL")),
    )

    place: Mapped[UUID] = mapped_column(primary_key=True)
    shelf: Mapped[UUID] = mapped_column(info=holds(Personal.NONE))
    agent: Mapped[UUID | None] = mapped_column(info=holds(Personal.IDENTITY))
    registration: Mapped[UUID | None] = mapped_column(info=holds(Personal.NONE))
    name: Mapped[str] = mapped_column(info=holds(Personal.WORDS))
    content: Mapped[bytes] = mapped_column(LargeBinary, info=holds(Personal.WORDS))
    content_type: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    etag: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    updated_at: Mapped[datetime] = mapped_column(info=holds(Personal.BEHAVIOUR))
