"""The tasks of the live queue, by themselves, so that what answers students loads nothing else: it is back sooner."""

import logging
from uuid import UUID

from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.base.db import is_held, unit_of_work
from app.base.errors import AppError
from app.base.queue import CLOCK, CLOCK_SECONDS, ring_once
from app.base.stream import set_flag
from app.classroom import service as classroom
from workers.app import task

log = logging.getLogger(__name__)

AWAY = (AppError, OperationalError, PoolTimeout, RedisError)
"""What is away will be back. Any other failure of a turn is ours."""


def _turn_failed(error: Exception, class_id: str) -> None:
    if not isinstance(error, AWAY) and classroom.stumbled(UUID(class_id)):
        log.error("class %s is paused, as its turns fail: %s", class_id, type(error).__name__)


@task("live.turn", failed=_turn_failed)
def live_turn(class_id: str) -> None:
    """Carry a class on until it has to wait."""
    try:
        classroom.take_turn(UUID(class_id))
    except OperationalError as error:
        if not is_held(error):
            raise
        log.warning("class %s is held by something that does not let go of it; the clock rings again", class_id)


@task("live.warm")
def live_warm(class_id: str) -> None:
    """Have the model read the page that is shown."""
    classroom.warm(UUID(class_id))


@task("live.retell")
def live_retell(class_id: str, seq: str, cause: str) -> None:
    """Put something that was said in other words."""
    classroom.tell_otherwise(UUID(class_id), int(seq), cause)


@task("live.sweep")
def live_sweep() -> None:
    """Ring for classes whose turn is due or whose speaker was lost; and show that the clock was heard."""
    set_flag(CLOCK, CLOCK_SECONDS)
    with unit_of_work() as session:
        waiting = classroom.due(session, free=True)
    for class_id in waiting:
        ring_once("live.turn", str(class_id), seconds=2)
