"""Tables of the desk."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, new_id, now
from app.base.personal import Personal, holds


class DeskToken(Base):
    """What lets a program read for a person. Only the SHA-256 of it is kept; `courses` are ids in text."""

    __tablename__ = "desk_token"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(unique=True, info=holds(Personal.SECRET))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(info=holds(Personal.WORDS))
    courses: Mapped[list[Any]] = mapped_column(info=holds(Personal.NONE))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class CodingProject(Base):
    """A sample of a course's utterances, to be coded with one scheme.

    `model_status` is "" (no model was asked), waiting, running, done, cancelled or failed; `model_until` is the sign of
    life of the worker that holds `model_claim`, or until when the clock leaves a waiting project alone.
    """

    __tablename__ = "coding_project"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    scheme: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    chosen: Mapped[dict[str, JsonValue]] = mapped_column(info=holds(Personal.NONE))
    seed: Mapped[int]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    model_status: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    model_claim: Mapped[UUID | None] = mapped_column(info=holds(Personal.NONE))
    model_until: Mapped[datetime | None]
    model_failures: Mapped[int] = mapped_column(default=0)


class CodingCoder(Base):
    """Somebody who codes in a project; `done_at` once they handed in."""

    __tablename__ = "coding_coder"

    project_id: Mapped[UUID] = mapped_column(ForeignKey("coding_project.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True)
    done_at: Mapped[datetime | None]


class CodingUnit(Base):
    """One utterance of a sample, in the order in which it is coded, from 1."""

    __tablename__ = "coding_unit"
    __table_args__ = (UniqueConstraint("project_id", "position"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("coding_project.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(info=holds(Personal.BEHAVIOUR))
    statement_id: Mapped[UUID] = mapped_column(ForeignKey("statement.id", ondelete="CASCADE"), index=True)


class CodingCode(Base):
    """A code given to an utterance; rows are only ever added and the newest of a giver counts. "" takes one back.

    `giver` is a person's id in text, "model", or "final" for what was decided where coders differ; `person_id` is who
    gave it, `note` says "junk" where a model's answers could not be used.
    """

    __tablename__ = "coding_code"
    __table_args__ = (Index("ix_coding_code_unit_id_giver_number", "unit_id", "giver", "number"),)

    number: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("coding_unit.id", ondelete="CASCADE"))
    giver: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(info=holds(Personal.BEHAVIOUR))
    model: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    note: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    at: Mapped[datetime] = mapped_column(default=now)
