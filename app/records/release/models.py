"""Tables of releases."""

from datetime import datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, new_id, now
from app.base.personal import Personal, holds


class Release(Base):
    """A research data set and where its making stands.

    `claim` names the worker that makes it and `lease_until` is that worker's sign of life. `key` is the key of the
    pseudonyms, locked with the installation's secret; empty once it is destroyed. Of classes, what happened until
    `cut_at` is taken; `people` is how many places `release_person` must have.
    """

    __tablename__ = "release"
    __table_args__ = (Index("ix_release_open", "created_at", postgresql_where="status IN ('waiting', 'making')"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    spec: Mapped[dict[str, JsonValue]] = mapped_column(info=holds(Personal.NONE))
    status: Mapped[str] = mapped_column(default="waiting", info=holds(Personal.NONE))
    problem: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    claim: Mapped[UUID | None] = mapped_column(info=holds(Personal.NONE))
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    stage: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    stage_rows: Mapped[int] = mapped_column(BigInteger, default=0)
    key: Mapped[bytes | None] = mapped_column(info=holds(Personal.SECRET))
    cut_at: Mapped[datetime | None]
    people: Mapped[int] = mapped_column(default=0)
    suppression: Mapped[dict[str, JsonValue] | None] = mapped_column(info=holds(Personal.NONE))
    previous_id: Mapped[UUID | None] = mapped_column(ForeignKey("release.id", ondelete="SET NULL"))
    manifest: Mapped[dict[str, JsonValue] | None] = mapped_column(info=holds(Personal.NONE))
    published_at: Mapped[datetime | None]


class ReleasePerson(Base):
    """Somebody whose records of a course are in a release. `bands` is empty once the release is published."""

    __tablename__ = "release_person"

    release_id: Mapped[UUID] = mapped_column(ForeignKey("release.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), primary_key=True, index=True)
    bands: Mapped[dict[str, JsonValue]] = mapped_column(default=dict, info=holds(Personal.BEHAVIOUR))


class ReleaseCourse(Base):
    """A course that a release is taken from, for finding the releases of a course."""

    __tablename__ = "release_course"

    release_id: Mapped[UUID] = mapped_column(ForeignKey("release.id", ondelete="CASCADE"), primary_key=True)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), primary_key=True, index=True)


class ReleaseFile(Base):
    """A file that is written whole; `sha256` is of its content, in hex."""

    __tablename__ = "release_file"

    release_id: Mapped[UUID] = mapped_column(ForeignKey("release.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True, info=holds(Personal.NONE))
    table: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    format: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    rows: Mapped[int] = mapped_column(BigInteger)
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(info=holds(Personal.NONE))
