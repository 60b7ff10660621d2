"""Replies kept for work that may be done again: who asks the same model the same thing has the same answer, for free.

Only accounts that were opened with `reuse` or `keep` come here, as those of writing lessons; live classes never do.
Kept are replies that passed their check, under the hash of the whole request. They are checked again when they are
used, so that a check that has become stricter is not passed by.
"""

import hashlib
import logging
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from app.base.db import now, unit_of_work
from app.base.settings import get_settings
from app.base.text import dump_json
from app.inference.gateway import Ask
from app.inference.models import KeptReply
from app.inference.schema import Reply

log = logging.getLogger(__name__)
AWAY = (OperationalError, InterfaceError, PoolTimeout)
"""A database that is away costs a call of the model, not the work."""


class Kept(NamedTuple):
    """A reply from here: its words, whether a cut-off end was forgiven, and the call that it came of."""

    text: str
    partial: bool
    call_id: UUID


def key_of(ask: Ask) -> str:
    """The name of a request: the SHA-256 of its prompt, model, adapter, role, length and form, in hex."""
    told = [ask.prompt.whole(), ask.model, ask.speaker, ask.role.value, ask.max_tokens, ask.form]
    return hashlib.sha256(dump_json(told).encode("utf-8", "replace")).hexdigest()


def find(key: str) -> Kept | None:
    """The reply that is kept under a name."""
    used = (
        update(KeptReply)
        .where(KeptReply.key == key)
        .values(used_at=now(), uses=KeptReply.uses + 1)
        .returning(KeptReply.text, KeptReply.partial, KeptReply.call_id)
    )
    try:
        with unit_of_work() as session:
            row = session.execute(used).one_or_none()
    except AWAY as error:
        log.warning("a kept reply was not looked for: %s", error)
        return None
    return Kept(*row) if row else None


def keep(key: str, reply: Reply, partial: bool) -> None:
    """Keep a reply that was good, in place of the one before."""
    told = {
        "model": reply.model,
        "prompt_hash": reply.prompt_hash,
        "call_id": reply.call_id,
        "text": reply.text,
        "partial": partial,
        "size": len(reply.text.encode()),
        "made_at": now(),
        "used_at": now(),
    }
    write = insert(KeptReply).values(key=key, uses=0, **told)
    try:
        with unit_of_work() as session:
            session.execute(write.on_conflict_do_update(index_elements=["key"], set_=told))
    except AWAY as error:
        log.warning("a reply was not kept: %s", error)


def old_replies(session: Session, before: datetime) -> int:
    """How many replies were last used before a time, or are beyond the bytes that all may have."""
    return session.scalar(select(func.count()).select_from(KeptReply).where(_is_old(before))) or 0


def remove_replies(session: Session, before: datetime, most: int) -> int:
    """Remove at most so many of them, those first that were not used for longest; returns how many."""
    old = select(KeptReply.key).where(_is_old(before)).order_by(KeptReply.used_at).limit(most)
    return len(session.scalars(delete(KeptReply).where(KeptReply.key.in_(old)).returning(KeptReply.key)).all())


def _is_old(before: datetime) -> ColumnElement[bool]:
    """Counted from the newest, those are too many at which the sum of sizes is beyond the limit."""
    newest = (KeptReply.used_at.desc(), KeptReply.key)
    sums = select(KeptReply.key, func.sum(KeptReply.size).over(order_by=newest).label("bytes")).subquery()
    beyond = select(sums.c.key).where(sums.c.bytes > get_settings().cache_bytes)
    return or_(KeptReply.used_at < before, KeptReply.key.in_(beyond))
