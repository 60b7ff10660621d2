"""The account of each call, kept in `model_call`, and its tokens, added to their day in `token_day`."""

import logging
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from app.base.db import now, run_sql, unit_of_work
from app.base.settings import get_settings
from app.inference.schema import Reply, Role

log = logging.getLogger(__name__)

NOTHING = UUID(int=0)
"""What a call is about that is about nothing in particular."""


_WRITE = """
    with new as (
        insert into model_call (id, at, role, model, about, prompt_hash, tokens_in, tokens_out, tokens_cached, queue_ms,
                                first_token_ms, total_ms, outcome)
        values (%(call_id)s, %(at)s, %(role)s, %(model)s, %(about)s, %(prompt_hash)s, %(tokens_in)s, %(tokens_out)s,
                %(tokens_cached)s, %(queue_ms)s, %(first_token_ms)s, %(total_ms)s, %(outcome)s)
        on conflict do nothing returning id
    )
    insert into token_day (about, day, tokens)
    select %(counted)s, %(day)s, %(tokens)s from new where %(tokens)s > 0
    on conflict (about, day) do update set tokens = token_day.tokens + excluded.tokens
"""


class Call(NamedTuple):
    """One call to be kept. `outcome`: ok, cancelled, timeout, failed or junk. `estimate` are the tokens to count where
    the server named none, as for a call that was cut off.
    """

    role: Role
    about: UUID | None
    reply: Reply
    outcome: str
    estimate: int = 0


def record(call: Call) -> None:
    """Keep one call, in a short transaction of its own.

    A database that is away costs the account, not the words: it is logged, never raised.
    """
    if not get_settings().database_url:
        return
    try:
        with unit_of_work() as session:
            write_call(session, call)
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        log.warning("a model call was not recorded: %s", error)


def write_call(session: Session, call: Call) -> None:
    """Keep one call, and add its tokens to their day; a second time it does nothing."""
    reply = call.reply
    told = {
        **reply.model_dump(exclude={"text"}),
        "at": now(),
        "day": now().date(),
        "role": call.role.value,
        "about": call.about,
        "counted": call.about or NOTHING,
        "outcome": call.outcome,
        "tokens": reply.tokens_in + reply.tokens_out or call.estimate,
    }
    run_sql(session, _WRITE, told)
