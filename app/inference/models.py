"""The table of model calls, what they come to by the day, and which adapter serves which role."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.base.db import Base, new_id, now
from app.base.personal import Personal, holds


class ModelCall(Base):
    """One request to a model: who spoke, about what, which prompt, and what it cost."""

    __tablename__ = "model_call"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    role: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    model: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    about: Mapped[UUID | None] = mapped_column(index=True, info=holds(Personal.BEHAVIOUR))
    prompt_hash: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    tokens_in: Mapped[int] = mapped_column(default=0)
    tokens_out: Mapped[int] = mapped_column(default=0)
    tokens_cached: Mapped[int] = mapped_column(default=0)
    queue_ms: Mapped[int] = mapped_column(default=0)
    first_token_ms: Mapped[int] = mapped_column(default=0)
    total_ms: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str] = mapped_column(info=holds(Personal.NONE))


class TokenDay(Base):
    """Tokens read and said about one thing (NOTHING where a call was about none) on one day, in UTC."""

    __tablename__ = "token_day"

    about: Mapped[UUID] = mapped_column(primary_key=True, info=holds(Personal.BEHAVIOUR))
    day: Mapped[date] = mapped_column(primary_key=True, index=True)
    tokens: Mapped[int] = mapped_column(BigInteger, default=0)


class KeptReply(Base):
    """A reply that is given again to who asks the same; see cache.py. `size` in bytes. Prompts of its kind hold nothing
    of learners.
    """

    __tablename__ = "kept_reply"

    key: Mapped[str] = mapped_column(primary_key=True, info=holds(Personal.NONE))
    model: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    prompt_hash: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    call_id: Mapped[UUID] = mapped_column(info=holds(Personal.NONE))
    text: Mapped[str] = mapped_column(info=holds(Personal.NONE))
    partial: Mapped[bool] = mapped_column(default=False)
    size: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime] = mapped_column(default=now, index=True)
    uses: Mapped[int] = mapped_column(default=0)


class ServedModel(Base):
    """Which adapter serves a role: what stands, what stood before, and a candidate for some per cent of learners.

    "" is the base model. No row: nothing was ever promoted.
    """

    __tablename__ = "served_model"

    role: Mapped[str] = mapped_column(primary_key=True, info=holds(Personal.NONE))
    standing: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    previous: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    candidate: Mapped[str] = mapped_column(default="", info=holds(Personal.NONE))
    percent: Mapped[int] = mapped_column(default=0)
    rollout: Mapped[UUID | None] = mapped_column(info=holds(Personal.NONE))
    changed_at: Mapped[datetime] = mapped_column(default=now)
