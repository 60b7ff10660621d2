"""The account of each call, kept in `model_call`, and its tokens, added to their day in `token_day`."""

import logging
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from app.base.db import now, unit_of_work
from app.base.settings import get_settings
from app.inference.models import ModelCall, TokenDay
from app.inference.schema import Reply, Role

log = logging.getLogger(__name__)

NOTHING = UUID(int=0)
"""What a call is about that is about nothing in particular."""


def record(role: Role, about: UUID | None, reply: Reply, outcome: str, estimate: int = 0) -> None:
    """Keep one call, in a short transaction of its own. `outcome`: ok, cancelled, timeout, failed or junk. `estimate`
    are the tokens to count where the server named none, as for a call that was cut off.

    A database that is away costs the account, not the words: it is logged, never raised.
    """
    if not get_settings().database_url:
        return
    figures = reply.model_dump(exclude={"text", "call_id"})
    try:
        with unit_of_work() as session:
            session.add(ModelCall(id=reply.call_id, role=role.value, about=about, outcome=outcome, **figures))
            _count(session, about or NOTHING, reply.tokens_in + reply.tokens_out or estimate)
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        log.warning("a model call was not recorded: %s", error)


def _count(session: Session, about: UUID, tokens: int) -> None:
    if not tokens:
        return
    new = insert(TokenDay).values(about=about, day=now().date(), tokens=tokens)
    added = {"tokens": TokenDay.tokens + tokens}
    session.execute(new.on_conflict_do_update(index_elements=[TokenDay.about, TokenDay.day], set_=added))
