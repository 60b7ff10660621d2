"""Tables of the assessment room."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import BigInteger, ForeignKey, Index, Sequence, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, new_id, now
from app.base.personal import Personal, holds


class Component(Base):
    """A knowledge component of a course: one thing that can be known."""

    __tablename__ = "knowledge_component"
    __table_args__ = (UniqueConstraint("course_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    created_at: Mapped[datetime] = mapped_column(default=now)


class ItemRow(Base):
    """An item of a course's bank; what it asks is in its versions, `version` being the newest one's number."""

    __tablename__ = "item"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), index=True)
    module_id: Mapped[UUID | None] = mapped_column(ForeignKey("module.id", ondelete="SET NULL"))
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    withdrawn_at: Mapped[datetime | None]
    withdrawn_why: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))


class VersionRow(Base):
    """An item as it was written at one time, with its key; never changed."""

    __tablename__ = "item_version"
    __table_args__ = (UniqueConstraint("item_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    item: Mapped[dict[str, JsonValue]] = mapped_column(info=holds(Personal.NONE))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class ItemComponent(Base):
    """Which components an item is about."""

    __tablename__ = "item_component"

    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), primary_key=True)
    component_id: Mapped[UUID] = mapped_column(
        ForeignKey("knowledge_component.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class SectionQuestions(Base):
    """The questions that were proposed for a section of a lesson, by its first page; refused ones with the reason."""

    __tablename__ = "section_questions"
    __table_args__ = (UniqueConstraint("lesson_id", "first_page"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lesson.id", ondelete="CASCADE"))
    first_page: Mapped[int]
    last_page: Mapped[int]
    state: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    questions: Mapped[list[Any]] = mapped_column(default=list, info=holds(Personal.NONE))
    made_at: Mapped[datetime | None]


class Paper(Base):
    """A test: which items, when, how long, how often, and what it weighs. `minutes` 0: no limit; `sittings` 0 too.

    One with a `lesson_id` has what that lesson's classes asked at their gates, and is in nobody's list.
    """

    __tablename__ = "paper"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), index=True)
    module_id: Mapped[UUID | None] = mapped_column(ForeignKey("module.id", ondelete="SET NULL"))
    lesson_id: Mapped[UUID | None] = mapped_column(ForeignKey("lesson.id", ondelete="CASCADE"), unique=True)
    title: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    purpose: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    feedback: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    minutes: Mapped[int] = mapped_column(default=0)
    sittings: Mapped[int] = mapped_column(default=1)
    weight: Mapped[float] = mapped_column(default=1.0)
    published_at: Mapped[datetime | None]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class PaperItem(Base):
    """An item on a test."""

    __tablename__ = "paper_item"

    paper_id: Mapped[UUID] = mapped_column(ForeignKey("paper.id", ondelete="CASCADE"), primary_key=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), primary_key=True, index=True)
    position: Mapped[int]


class Sitting(Base):
    """One person taking one test once. Its times are the server's."""

    __tablename__ = "sitting"
    __table_args__ = (UniqueConstraint("paper_id", "person_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    paper_id: Mapped[UUID] = mapped_column(ForeignKey("paper.id", ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    number: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    submitted_at: Mapped[datetime | None]


class SittingItem(Base):
    """The questions of a sitting, fixed when it begins: later edits do not change what is in front of somebody."""

    __tablename__ = "sitting_item"

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id", ondelete="CASCADE"), primary_key=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("item_version.id"), primary_key=True, index=True)
    position: Mapped[int]
    shown_at: Mapped[datetime | None] = mapped_column(info=holds(Personal.BEHAVIOUR))


CHANGES = Sequence("attempt_change", metadata=Base.metadata)
"""Numbers of changes of answers, each once."""


class Attempt(Base):
    """An answer to one question of one sitting: saved as it is written, `answered_at` once it is given for good.

    `state` is a Standing. `change` counts through all attempts each time one is answered or marked anew.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("sitting_id", "version_id"),
        Index("ix_attempt_waiting", "lease_until", postgresql_where="state = 'waiting'"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id", ondelete="CASCADE"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("item_version.id"), index=True)
    response: Mapped[dict[str, JsonValue]] = mapped_column(info=holds(Personal.WORDS))
    revision: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime] = mapped_column(default=now, info=holds(Personal.BEHAVIOUR))
    answered_at: Mapped[datetime | None] = mapped_column(info=holds(Personal.BEHAVIOUR))
    seconds: Mapped[float] = mapped_column(default=0.0, info=holds(Personal.BEHAVIOUR))
    state: Mapped[str] = mapped_column(default="saved", info=holds(Personal.BEHAVIOUR))
    raw: Mapped[float | None] = mapped_column(info=holds(Personal.BEHAVIOUR))
    points: Mapped[float]
    graded_by: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    change: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    tries: Mapped[int] = mapped_column(default=0)
    claim: Mapped[UUID | None] = mapped_column(info=holds(Personal.NONE))
    lease_until: Mapped[datetime | None]


class AnswerSave(Base):
    """A save that was asked for, by the key its sender gave it: asked again, it has the same outcome.

    `response` is kept where the save was refused, so that nothing anybody wrote is lost.
    """

    __tablename__ = "answer_save"

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[UUID] = mapped_column(primary_key=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("item_version.id"), index=True)
    outcome: Mapped[str] = mapped_column(info=holds(Personal.BEHAVIOUR))
    revision: Mapped[int]
    response: Mapped[dict[str, JsonValue] | None] = mapped_column(info=holds(Personal.WORDS))
    at: Mapped[datetime] = mapped_column(default=now, info=holds(Personal.BEHAVIOUR))


class Grade(Base):
    """One marking of one attempt; the newest holds. Rows are added and never changed."""

    __tablename__ = "grade"
    __table_args__ = (UniqueConstraint("attempt_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"))
    number: Mapped[int]
    by: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(info=holds(Personal.BEHAVIOUR))
    raw: Mapped[float | None]
    criteria: Mapped[list[Any]] = mapped_column(default=list, info=holds(Personal.WORDS))
    confidence: Mapped[float | None]
    reason: Mapped[str] = mapped_column(default="", info=holds(Personal.WORDS))
    model: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    call_id: Mapped[UUID | None] = mapped_column(info=holds(Personal.NONE))
    at: Mapped[datetime] = mapped_column(default=now)
