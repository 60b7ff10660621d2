"""Tables of the lessons room."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import ColumnElement, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, new_id, now
from app.base.lease import Claimable
from app.base.personal import GOES_WITH_PERSON, Personal, holds


class Lesson(Base):
    """A lesson being made from one material, in one module. `at_once`: it is written as soon as its deck is read, and
    not only when somebody has seen what that will take.
    """

    __tablename__ = "lesson"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), index=True)
    module_id: Mapped[UUID] = mapped_column(ForeignKey("module.id", ondelete="CASCADE"), index=True)
    material_id: Mapped[UUID] = mapped_column(ForeignKey("material.id"))
    title: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    position: Mapped[int] = mapped_column(default=0)
    at_once: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class LessonPage(Base):
    """The draft of one page: its actions while they are written and edited. Who writes it is said by a step of a run.

    A page that waits and has no such step has not been asked for yet. `by_model` has all lines that a model ever wrote
    for the page: what people make of those is worth keeping, see `LessonEdit`.
    """

    __tablename__ = "lesson_page"
    __table_args__ = (UniqueConstraint("lesson_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lesson.id", ondelete="CASCADE"))
    page_id: Mapped[UUID] = mapped_column(ForeignKey("page.id"))
    number: Mapped[int]
    status: Mapped[str] = mapped_column(default="waiting", index=True, info=holds(Personal.NONE))
    actions: Mapped[list[Any]] = mapped_column(default=list, info=holds(Personal.NONE))
    fallback: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    revision: Mapped[int] = mapped_column(default=0)
    edited_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    by_model: Mapped[list[Any]] = mapped_column(default=list, info=holds(Personal.NONE))
    call_id: Mapped[UUID | None] = mapped_column(info=holds(Personal.NONE))
    ready_at: Mapped[datetime | None]


class LessonChange(Base):
    """One change of a draft, with its pages before and after (lists of `Leaf`), so that it can be taken back.

    `seq` counts a lesson's changes. `undone`: taken back, and to be made again until something else is changed.
    Without `made_by` it was the author model's, who was asked to write a page anew.
    """

    __tablename__ = "lesson_change"
    __table_args__ = (UniqueConstraint("lesson_id", "seq"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lesson.id", ondelete="CASCADE"))
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    before: Mapped[list[Any]] = mapped_column(info=holds(Personal.NONE))
    after: Mapped[list[Any]] = mapped_column(info=holds(Personal.NONE))
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    undone: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(default=now)


class LessonRereading(Base):
    """A new file for a lesson's deck: from which material to which, and, once the lesson went over to it, what became
    of each page (`PageFate`s). See rereading.py.
    """

    __tablename__ = "lesson_rereading"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lesson.id", ondelete="CASCADE"), index=True)
    old_id: Mapped[UUID] = mapped_column(ForeignKey("material.id", ondelete="CASCADE"))
    material_id: Mapped[UUID] = mapped_column(ForeignKey("material.id", ondelete="CASCADE"), index=True)
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    report: Mapped[list[Any]] = mapped_column(default=list, info=holds(Personal.NONE))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]


class LessonRewrite(Base):
    """What the author model is to make of a step (at `place` on its page) or of a whole page (place 0), as somebody
    instructs it. `before` and `after` are the page's actions; nothing changes until it is accepted. See rewriting.py.
    """

    __tablename__ = "lesson_rewrite"
    __table_args__ = {"info": GOES_WITH_PERSON}

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lesson.id", ondelete="CASCADE"), index=True)
    page_id: Mapped[UUID] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"))
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    run_id: Mapped[UUID | None] = mapped_column(info=holds(Personal.NONE))
    number: Mapped[int]
    place: Mapped[int]
    instruction: Mapped[str] = mapped_column(info=holds(Personal.WORDS))
    state: Mapped[str] = mapped_column(default="waiting", info=holds(Personal.NONE))
    before: Mapped[list[Any]] = mapped_column(info=holds(Personal.NONE))
    after: Mapped[list[Any]] = mapped_column(default=list, info=holds(Personal.NONE))
    problem: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    call_id: Mapped[UUID | None] = mapped_column(info=holds(Personal.NONE))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    settled_at: Mapped[datetime | None]


class LessonEdit(Base):
    """What an instructor made of a line that a model had written: before and after, on which page, as which action.

    `verdict` "edited": the words after are theirs. "accepted", "refused": they are the model's, who was given the
    instruction, and the instructor took them or kept those before.
    """

    __tablename__ = "lesson_edit"
    __table_args__ = {"info": GOES_WITH_PERSON}

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lesson.id", ondelete="CASCADE"), index=True)
    page_id: Mapped[UUID] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"))
    edited_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    before: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    after: Mapped[str] = mapped_column(info=holds(Personal.WORDS))
    verdict: Mapped[str] = mapped_column(default="edited", info=holds(Personal.NONE))
    instruction: Mapped[str] = mapped_column(default="", info=holds(Personal.WORDS))
    call_id: Mapped[UUID | None] = mapped_column(info=holds(Personal.NONE))
    at: Mapped[datetime] = mapped_column(default=now)


class LessonVersion(Base):
    """An approved script, never changed again. Numbers below 0 are drafts that previews play; see `is_approved`."""

    __tablename__ = "lesson_version"
    __table_args__ = (UniqueConstraint("lesson_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lesson.id", ondelete="CASCADE"))
    number: Mapped[int]
    script: Mapped[dict[str, JsonValue]] = mapped_column(info=holds(Personal.NONE))
    approved_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime] = mapped_column(default=now)


def is_approved() -> ColumnElement[bool]:
    """The condition on versions that they were approved, and not frozen for a preview."""
    return LessonVersion.number > 0


class DeckStructure(Base):
    """The structure of a deck as a person saved it; see structure.py for the tree."""

    __tablename__ = "deck_structure"

    material_id: Mapped[UUID] = mapped_column(ForeignKey("material.id", ondelete="CASCADE"), primary_key=True)
    tree: Mapped[dict[str, JsonValue]] = mapped_column(info=holds(Personal.NONE))
    revision: Mapped[int] = mapped_column(default=1)
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime] = mapped_column(default=now)


class StructureProposal(Claimable, Base):
    """Names that the author model proposes for a deck's structure, and where that stands; `id` is the
    deck's. See naming.py.
    """

    __tablename__ = "structure_proposal"

    id: Mapped[UUID] = mapped_column("material_id", ForeignKey("material.id", ondelete="CASCADE"), primary_key=True)
    tree: Mapped[dict[str, JsonValue]] = mapped_column(info=holds(Personal.NONE))
    state: Mapped[str] = mapped_column(default="waiting", info=holds(Personal.NONE))
    model: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    trouble: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    kept_as: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime] = mapped_column(default=now)
