"""How long the account of model calls is kept."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.inference.models import ModelCall, TokenDay


def old_calls(session: Session, before: datetime) -> int:
    """How many calls are older."""
    return session.scalar(select(func.count()).where(ModelCall.at < before)) or 0


def remove_calls(session: Session, before: datetime, most: int) -> int:
    """Remove at most so many older calls, and all older days of tokens; returns how many calls."""
    session.execute(delete(TokenDay).where(TokenDay.day < before.date()))
    old = select(ModelCall.id).where(ModelCall.at < before).limit(most)
    return len(session.scalars(delete(ModelCall).where(ModelCall.id.in_(old)).returning(ModelCall.id)).all())
