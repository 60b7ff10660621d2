"""The account of each call, kept in `model_call`."""

import logging
from uuid import UUID

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.base.db import unit_of_work
from app.base.settings import get_settings
from app.inference.models import ModelCall
from app.inference.schema import Reply, Role

log = logging.getLogger(__name__)


def record(role: Role, about: UUID | None, reply: Reply, outcome: str) -> None:
    """Keep one call, in a short transaction of its own. `outcome`: ok, cancelled, timeout, failed or junk.

    A database that is away costs the account, not the words: it is logged, never raised.
    """
    if not get_settings().database_url:
        return
    figures = reply.model_dump(exclude={"text", "call_id"})
    try:
        with unit_of_work() as session:
            session.add(ModelCall(id=reply.call_id, role=role.value, about=about, outcome=outcome, **figures))
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        log.warning("a model call was not recorded: %s", error)
