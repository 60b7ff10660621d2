"""The live stream: what a browser hears at once, kept shortly in Redis. The database stays the truth.

Entries of a topic are `{"kind": ..., "data": json}`. Losing the stream loses no event: readers fall back to
the log in Postgres.
"""

import logging
from collections.abc import Callable

import redis
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.base.queue import get_redis

log = logging.getLogger(__name__)

LENGTH = 2000
KEEP_SECONDS = 3600


def topic_key(topic: str) -> str:
    """The Redis key of a topic such as `class:ID`."""
    return f"stream:{topic}"


def publish(topic: str, kind: str, data: str) -> None:
    """Append one entry (`data` is JSON text). A broker that is away is logged, never raised."""
    try:
        pipe = get_redis().pipeline(transaction=False)
        pipe.xadd(topic_key(topic), {"kind": kind, "data": data}, maxlen=LENGTH, approximate=True)
        pipe.expire(topic_key(topic), KEEP_SECONDS)
        pipe.execute()
    except redis.RedisError as error:
        log.warning("stream %s is away: %s", topic, error)


def publish_after_commit(session: Session, topic: str, kind: str, document: BaseModel) -> None:
    """Publish a document once this session's work is committed, ahead of any later doorbell."""
    data = document.model_dump_json()
    send: Callable[[], None] = lambda: publish(topic, kind, data)  # noqa: E731
    session.info.setdefault("bells", []).append(send)


def set_flag(name: str, seconds: float) -> None:
    """Raise a flag that lowers itself; read with `flag_is_up`. Used for presence and cancelling."""
    try:
        get_redis().set(f"flag:{name}", "1", px=max(1, int(seconds * 1000)))
    except redis.RedisError as error:
        log.warning("flag %s not set: %s", name, error)


def clear_flag(name: str) -> None:
    """Lower a flag."""
    try:
        get_redis().delete(f"flag:{name}")
    except redis.RedisError as error:
        log.warning("flag %s not cleared: %s", name, error)


def flag_is_up(name: str, otherwise: bool = False) -> bool:
    """Whether the flag is up; `otherwise` when the broker cannot say."""
    try:
        return bool(get_redis().exists(f"flag:{name}"))
    except redis.RedisError:
        return otherwise
