"""Throttled sign-in: a handful of failures per address and per account, then a wait."""

import hashlib
import logging

import redis

from app.base.errors import Busy
from app.base.queue import get_redis

log = logging.getLogger(__name__)

WINDOW_SECONDS = 300
PER_ACCOUNT, PER_ADDRESS = 8, 40


def _keys(email: str, address: str) -> list[tuple[str, int]]:
    name = hashlib.sha256(email.encode("utf-8", "replace")).hexdigest()[:24]
    return [(f"throttle:account:{name}", PER_ACCOUNT), (f"throttle:address:{address}", PER_ADDRESS)]


def check(email: str, address: str) -> None:
    """Raise Busy when this account or network address failed too often in the last five minutes."""
    try:
        counts = [(int(get_redis().get(key) or 0), limit) for key, limit in _keys(email, address)]
    except redis.RedisError as error:
        log.warning("sign-in is not throttled while the broker is away: %s", error)
        return
    if any(count >= limit for count, limit in counts):
        raise Busy("Too many tries. Wait five minutes, then sign in again.")


def record_failure(email: str, address: str) -> None:
    """Count one failed sign-in."""
    try:
        pipe = get_redis().pipeline()
        for key, _ in _keys(email, address):
            pipe.incr(key)
            pipe.expire(key, WINDOW_SECONDS)
        pipe.execute()
    except redis.RedisError as error:
        log.warning("a failed sign-in was not counted: %s", error)


def forget(email: str, address: str) -> None:
    """A successful sign-in clears the account's failures, not the network address's."""
    try:
        get_redis().delete(_keys(email, address)[0][0])
    except redis.RedisError as error:
        log.warning("the sign-in throttle was not cleared: %s", error)
