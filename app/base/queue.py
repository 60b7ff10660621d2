"""Doorbells: a job is named, given ids only, and rung after the commit.

The row is the truth and the message a doorbell. A bell that cannot be rung (broker away, queue full) loses
nothing: the clock's sweep finds the waiting row and rings again.
"""

import logging
import math
import time
from base64 import b64encode
from functools import lru_cache
from uuid import uuid4

import orjson
import redis
from celery import Celery
from celery.app.amqp import task_message
from sqlalchemy.orm import Session

from app.base.settings import get_settings

log = logging.getLogger(__name__)

CLOCK, CLOCK_SECONDS = "clock", 15.0
"""The flag that is up while the clock rings: each stroke that a live worker hears raises it for so long."""
QUEUES = ("live", "write", "records", "train")
LOOK_SECONDS = 1.0
"""How often it is looked whether a queue is full."""
MOST_REMEMBERED = 10_000
IDLE_SECONDS = 1.0


class _Connection(redis.Connection):
    """A connection that is asked whether it is still there once it was idle for a while, not before each command."""

    taken = -math.inf

    def can_read(self, timeout: float = 0) -> bool:
        """Whether something lies on it unread or it was closed, as the pool asks whenever it hands it out; who waits
        for something asks with a time-out.
        """
        if timeout:
            return bool(super().can_read(timeout))
        idle, self.taken = time.monotonic() - self.taken, time.monotonic()
        return idle >= IDLE_SECONDS and super().can_read(timeout)


@lru_cache
def get_redis() -> "redis.Redis":
    """The process's connection pool to Redis or Valkey."""
    url = get_settings().redis_url
    kind = {"connection_class": _Connection} if url.startswith("redis://") else {}
    return redis.Redis.from_url(url, socket_timeout=10, health_check_interval=15, **kind)


@lru_cache
def get_sender() -> Celery:
    """A Celery client that words messages, and asks the workers how they are."""
    sender = Celery("lyceum", broker=get_settings().redis_url)
    sender.conf.update(task_ignore_result=True, broker_transport_options={"socket_timeout": 5})
    return sender


def queue_lengths() -> dict[str, int]:
    """How many doorbells wait in each queue."""
    client = get_redis()
    return {name: int(client.llen(name)) for name in QUEUES}


_lengths: dict[str, tuple[float, int]] = {}


def _is_full(queue: str) -> bool:
    """Whether a queue runs away, looked at and told once a second."""
    most, (looked, known) = get_settings().queue_limit, _lengths.get(queue, (-math.inf, 0))
    if time.monotonic() - looked >= LOOK_SECONDS:
        known = int(get_redis().llen(queue))
        _lengths[queue] = time.monotonic(), known
        if known >= most:
            log.warning("queue %s is full, with %d doorbells; what would ring there waits for the sweep", queue, known)
    return known >= most


@lru_cache
def _form(task: str) -> task_message:
    """A call of a task without arguments, as Celery words it: all but the ids is the same in each."""
    return get_sender().amqp.as_task_v2("", task)


def message(task: str, *ids: str) -> bytes:
    """A call of a task as Celery's workers read it from a queue in Redis: protocol 2, in kombu's envelope.

    The envelope is put together here, as kombu asks the broker for a queue's bindings each time, which costs a class
    more than all the rest of a doorbell.
    """
    form, own = _form(task), str(uuid4())
    where = {"exchange": "", "routing_key": task.split(".", 1)[0]}
    about = {"delivery_mode": 2, "delivery_info": where, "priority": 0, "body_encoding": "base64"}
    return orjson.dumps(
        {
            "body": b64encode(orjson.dumps((ids, *form.body[1:]))).decode(),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": {**form.headers, "id": own, "root_id": own, "argsrepr": repr(ids)},
            "properties": {**form.properties, **about, "correlation_id": own, "delivery_tag": str(uuid4())},
        }
    )


def ring(task: str, *ids: str) -> bool:
    """Ring now; "live.turn" rings in queue "live". False when it could not be rung."""
    queue = task.split(".", 1)[0]
    try:
        if _is_full(queue):
            return False
        get_redis().lpush(queue, message(task, *ids))
    except redis.RedisError as error:
        log.warning("could not ring %s %s: %s", task, ids, error)
        return False
    return True


def ring_after_commit(session: Session, task: str, *ids: object) -> None:
    """Hang up a doorbell that rings once this session's work is committed."""
    words = tuple(str(one) for one in ids)
    session.info.setdefault("bells", []).append(lambda: ring(task, *words))


def ring_sometimes_after_commit(session: Session, task: str, one_id: object, seconds: float) -> None:
    """`ring_after_commit`, but at most once in `seconds`; what comes in between is left to the sweep."""
    session.info.setdefault("bells", []).append(lambda: ring_once(task, str(one_id), seconds))


_rung: dict[str, float] = {}
"""Until when this process need not ring a bell again."""


def ring_once(task: str, one_id: str, seconds: float) -> bool:
    """Ring unless the same bell was rung within `seconds`: a sweep that repeats itself must not fill the queue."""
    name, at = f"rung:{task}:{one_id}", time.monotonic()
    if at < _rung.get(name, 0.0):
        return False  # by this very process
    try:
        is_first = get_redis().set(name, "1", nx=True, px=int(seconds * 1000))
        if len(_rung) >= MOST_REMEMBERED:
            _rung.clear()
        if not is_first:
            return False
        _rung[name] = at + seconds
    except redis.RedisError as error:
        log.warning("could not ring %s %s: %s", task, one_id, error)
        return False
    return ring(task, one_id)
