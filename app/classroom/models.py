"""Tables of the live class."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import BigInteger, ColumnElement, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, new_id, now
from app.base.personal import Personal, holds


class ClassSession(Base):
    """One class: a student attending one approved lesson version.

    `state` is the fold of the log up to `last_seq`. `due_at` says when the class wants attention: its next turn,
    or, while a turn is open, the moment by which the worker that holds it must have given a sign of life. Empty
    means not before somebody does something. `adapters` are those given to the class when it was opened, by role;
    `personal_id` is the personal version whose words it says where there are any. A preview plays a draft for its
    instructor; nothing is made of it, and the clock removes it after a day.
    """

    __tablename__ = "class_session"
    __table_args__ = (Index("ix_class_session_due", "due_at", postgresql_where="due_at IS NOT NULL"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), index=True)
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lesson.id"), index=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("lesson_version.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[dict[str, JsonValue]] = mapped_column(info=holds(Personal.WORDS))
    last_seq: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    pace: Mapped[float] = mapped_column(default=1.0)
    cast: Mapped[list[Any]] = mapped_column(default=list, info=holds(Personal.NONE))
    adapters: Mapped[dict[str, JsonValue]] = mapped_column(default=dict, info=holds(Personal.NONE))
    personal_id: Mapped[UUID | None] = mapped_column(ForeignKey("personal_version.id", ondelete="SET NULL"))
    is_shared: Mapped[bool] = mapped_column(default=False)
    is_preview: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


def held_in(course_id: UUID) -> ColumnElement[bool]:
    """The condition that a class belongs to a course and leaves records, as previews do not."""
    return (ClassSession.course_id == course_id) & ~ClassSession.is_preview


STUMBLED = "kind = 'notice' AND body ->> 'cause' = 'stumbled'"
"""The condition that a line tells of a class that was paused by a fault of ours."""


class EventRow(Base):
    """One line of a class log."""

    __tablename__ = "class_event"
    __table_args__ = (
        Index("ix_class_event_concern", "class_id", postgresql_where="kind = 'concern.raised'"),
        Index("ix_class_event_stumbled", "at", postgresql_where=STUMBLED),
    )

    class_id: Mapped[UUID] = mapped_column(ForeignKey("class_session.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True, default=new_id, info=holds(Personal.NONE))
    at: Mapped[datetime] = mapped_column(default=now)
    kind: Mapped[str] = mapped_column(info=holds(Personal.BEHAVIOUR))
    voice: Mapped[str | None] = mapped_column(info=holds(Personal.NONE))
    person_id: Mapped[UUID | None] = mapped_column(info=holds(Personal.LINK))
    body: Mapped[dict[str, JsonValue]] = mapped_column(info=holds(Personal.WORDS))


class CourseCast(Base):
    """What a course's instructor chose for the agents: a list of `Choice`s."""

    __tablename__ = "course_cast"

    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), primary_key=True)
    choices: Mapped[list[Any]] = mapped_column(default=list, info=holds(Personal.NONE))
    changed_by: Mapped[UUID | None] = mapped_column(info=holds(Personal.LINK))
    changed_at: Mapped[datetime] = mapped_column(default=now)


class CoursePolicy(Base):
    """What a course allows its classes to spend (tokens; 0: what the installation allows), and how it cares."""

    __tablename__ = "course_policy"

    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), primary_key=True)
    class_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    student_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    course_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    tells_instructor: Mapped[bool] = mapped_column(default=True)
    help: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    with_minors: Mapped[bool] = mapped_column(default=False)
    offers_choice: Mapped[bool] = mapped_column(default=False)
    changed_by: Mapped[UUID | None] = mapped_column(info=holds(Personal.LINK))
    changed_at: Mapped[datetime] = mapped_column(default=now)


class ClassPerson(Base):
    """Somebody in a class. The one who opened it is in `ClassSession.person_id` as well."""

    __tablename__ = "class_person"

    class_id: Mapped[UUID] = mapped_column(ForeignKey("class_session.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    is_instructor: Mapped[bool] = mapped_column(default=False)
    joined_at: Mapped[datetime] = mapped_column(default=now)


class TurnPrompt(Base):
    """What a model was given for a turn, for the instructor to look at."""

    __tablename__ = "turn_prompt"

    turn: Mapped[UUID] = mapped_column(primary_key=True)
    class_id: Mapped[UUID] = mapped_column(ForeignKey("class_session.id", ondelete="CASCADE"), index=True)
    voice: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    system: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    words: Mapped[str] = mapped_column(info=holds(Personal.WORDS))
    created_at: Mapped[datetime] = mapped_column(default=now)


class GuardPair(Base):
    """A turn that the guard refused, and what was shown instead: material for alignment."""

    __tablename__ = "guard_pair"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    class_id: Mapped[UUID] = mapped_column(ForeignKey("class_session.id", ondelete="CASCADE"), index=True)
    turn: Mapped[UUID] = mapped_column(info=holds(Personal.NONE))
    voice: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    reason: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    refused: Mapped[str] = mapped_column(info=holds(Personal.WORDS))
    shown: Mapped[str] = mapped_column(info=holds(Personal.WORDS))
    created_at: Mapped[datetime] = mapped_column(default=now)


class ClassNote(Base):
    """What somebody wrote for themselves in a class. Nobody else sees it; `revision` counts its changes."""

    __tablename__ = "class_note"

    class_id: Mapped[UUID] = mapped_column(ForeignKey("class_session.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    text: Mapped[str] = mapped_column(default="", info=holds(Personal.WORDS))
    revision: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime] = mapped_column(default=now)


class LearnerNote(Base):
    """What helped a learner or was hard, on one page of one class. `id` is made of these, so a job may run twice.

    A deleted note keeps its id and loses its words, so that it does not come back.
    """

    __tablename__ = "learner_note"
    __table_args__ = (Index("ix_learner_note_person_id_course_id", "person_id", "course_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"))
    class_id: Mapped[UUID] = mapped_column(ForeignKey("class_session.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(info=holds(Personal.BEHAVIOUR))
    page: Mapped[int]
    text: Mapped[str] = mapped_column(info=holds(Personal.WORDS))
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    deleted_at: Mapped[datetime | None]
