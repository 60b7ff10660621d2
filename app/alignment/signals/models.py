"""Tables of signals."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, new_id, now
from app.base.personal import GOES_WITH_PERSON, Personal, holds


class TurnSignal(Base):
    """What somebody in a class said of one line: a thumb, or which of two ways to put it helps more.

    `seq` is the line's place in the class's log, `other_seq` that of the same in other words; `upper` says which of the
    two stood above when it was chosen ("first" or "second"), since what stands above is chosen more often. One row a
    person, line and kind: the newest word holds.
    """

    __tablename__ = "turn_signal"
    __table_args__ = (UniqueConstraint("class_id", "seq", "person_id", "kind"), {"info": GOES_WITH_PERSON})

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    class_id: Mapped[UUID] = mapped_column(ForeignKey("class_session.id", ondelete="CASCADE"))
    seq: Mapped[int]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(info=holds(Personal.BEHAVIOUR))
    value: Mapped[str] = mapped_column(info=holds(Personal.BEHAVIOUR))
    other_seq: Mapped[int | None]
    upper: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    reason: Mapped[str] = mapped_column(default="", info=holds(Personal.BEHAVIOUR))
    words: Mapped[str] = mapped_column(default="", info=holds(Personal.WORDS))
    at: Mapped[datetime] = mapped_column(default=now)


class ExampleRow(Base):
    """An example to learn from, of one person who allows it. `id` is made of its sources, so gathering twice is once.

    `content` is what a line of a set says, scrubbed; `sources` are the ids of the turns, signals or edits it comes
    from; `consent_version` is the text under which the person said yes.
    """

    __tablename__ = "alignment_example"
    __table_args__ = {"info": GOES_WITH_PERSON}

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(index=True, info=holds(Personal.BEHAVIOUR))
    role: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), index=True)
    class_id: Mapped[UUID | None] = mapped_column(ForeignKey("class_session.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    content: Mapped[dict[str, JsonValue]] = mapped_column(info=holds(Personal.WORDS))
    sources: Mapped[list[Any]] = mapped_column(info=holds(Personal.NONE))
    model: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    adapter: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    prompt_hash: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    consent_version: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(default=now)


class SetRow(Base):
    """A frozen set that has examples of people in it. `withdrawn_at`: somebody took theirs back, and its lines went."""

    __tablename__ = "alignment_set"

    hash: Mapped[str] = mapped_column(primary_key=True, info=holds(Personal.NONE))
    recipe: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    made_at: Mapped[datetime] = mapped_column(default=now)
    withdrawn_at: Mapped[datetime | None]


class SetExample(Base):
    """Which examples are in a set. No foreign key to the example: that it is gone is what has to be noticed."""

    __tablename__ = "alignment_set_example"

    hash: Mapped[str] = mapped_column(
        ForeignKey("alignment_set.hash", ondelete="CASCADE"), primary_key=True, info=holds(Personal.NONE)
    )
    example_id: Mapped[UUID] = mapped_column(primary_key=True, index=True, info=holds(Personal.NONE))
