"""Tables of the courses room."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import VECTOR
from sqlalchemy import Computed, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, new_id, now
from app.base.personal import Personal, holds

DIMENSIONS = 256


class Course(Base):
    """A course; people belong to it by enrolment. `language`: the code of what it is taught in, "" for its decks'."""

    __tablename__ = "course"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    title: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    summary: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    language: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Module(Base):
    """A chapter of a course, in order of `position`."""

    __tablename__ = "module"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    position: Mapped[int]


class Material(Base):
    """An uploaded deck and where its reading stands. `lease_until` is the reader's sign of life."""

    __tablename__ = "material"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), index=True)
    uploaded_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    filename: Mapped[str] = mapped_column(info=holds(Personal.WORDS))
    kind: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    status: Mapped[str] = mapped_column(default="waiting", index=True, info=holds(Personal.NONE))
    problem: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    page_count: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class PageRow(Base):
    """One page of a material."""

    __tablename__ = "page"
    __table_args__ = (UniqueConstraint("material_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    material_id: Mapped[UUID] = mapped_column(ForeignKey("material.id", ondelete="CASCADE"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    text: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    notes: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    picture: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    width: Mapped[float] = mapped_column(default=0)
    height: Mapped[float] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    lines: Mapped[list[Any]] = mapped_column(default=list, info=holds(Personal.NONE))


class PassageRow(Base):
    """A stretch of a page's text, findable by word and by meaning; or, `described`, what a model saw on its picture."""

    __tablename__ = "passage"
    __table_args__ = (
        UniqueConstraint("page_id", "position"),
        Index("ix_passage_words", "words", postgresql_using="gin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    page_id: Mapped[UUID] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"))
    material_id: Mapped[UUID] = mapped_column(ForeignKey("material.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    page_number: Mapped[int]
    text: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    words: Mapped[str] = mapped_column(
        TSVECTOR, Computed("to_tsvector('english', text)", persisted=True), info=holds(Personal.NONE)
    )
    embedding: Mapped[list[float]] = mapped_column(VECTOR(DIMENSIONS), info=holds(Personal.NONE))
    described: Mapped[bool] = mapped_column(default=False)


class PageDescription(Base):
    """What a page shows, by a model or by rule. `stamp` names what it was made of; `asked_at`: wanted anew."""

    __tablename__ = "page_description"

    page_id: Mapped[UUID] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"), primary_key=True)
    material_id: Mapped[UUID] = mapped_column(ForeignKey("material.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    source: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    fallback: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    model: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    call_id: Mapped[UUID | None] = mapped_column(info=holds(Personal.NONE))
    stamp: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    made_at: Mapped[datetime] = mapped_column(default=now)
    asked_at: Mapped[datetime | None]
