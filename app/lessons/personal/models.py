"""Tables of personal versions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, now
from app.base.lease import Claimable
from app.base.personal import GOES_WITH_PERSON, Personal, holds


class LearnerProfile(Base):
    """How somebody likes to be taught, as they said themselves. Nobody else sees whose it is."""

    __tablename__ = "learner_profile"
    __table_args__ = {"info": GOES_WITH_PERSON}

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    goal: Mapped[str] = mapped_column(default="", info=holds(Personal.WORDS))
    level: Mapped[str] = mapped_column(default="", info=holds(Personal.WORDS))
    depth: Mapped[str] = mapped_column(default="", info=holds(Personal.WORDS))
    language: Mapped[str] = mapped_column(default="", info=holds(Personal.WORDS))
    changed_at: Mapped[datetime] = mapped_column(default=now)


class PersonalVersion(Claimable, Base):
    """An approved version for one profile, by one model; it names no learner. `key` is the profile's."""

    __tablename__ = "personal_version"
    __table_args__ = (UniqueConstraint("version_id", "key", "model"),)

    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lesson.id", ondelete="CASCADE"), index=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("lesson_version.id", ondelete="CASCADE"))
    profile: Mapped[dict[str, JsonValue]] = mapped_column(info=holds(Personal.NONE))
    key: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    model: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    state: Mapped[str] = mapped_column(default="waiting", info=holds(Personal.NONE))
    total: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime] = mapped_column(default=now)


class PersonalPage(Base):
    """The lines of a page of a personal version: a list of `Line`s."""

    __tablename__ = "personal_page"

    personal_id: Mapped[UUID] = mapped_column(ForeignKey("personal_version.id", ondelete="CASCADE"), primary_key=True)
    page: Mapped[int] = mapped_column(primary_key=True)
    lines: Mapped[list[Any]] = mapped_column(default=list, info=holds(Personal.NONE))
    call_id: Mapped[UUID | None] = mapped_column(info=holds(Personal.NONE))


class CoursePersonal(Base):
    """Whether a course's lessons are put in other words for learners; without a row they are not."""

    __tablename__ = "course_personal"

    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), primary_key=True)
    is_on: Mapped[bool] = mapped_column(default=False)
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime] = mapped_column(default=now)
