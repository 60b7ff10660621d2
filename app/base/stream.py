"""The live stream: what a browser hears at once. The database stays the truth.

Each entry of a topic is published on the channel of the topic's name, as "kind", a line end and the data. What is in no
table, such as half-said words, is also kept shortly in a Redis stream, as `{"kind": ..., "data": json}`, for who comes
late. Losing any of it loses no event: readers fall back to the log in Postgres.
"""

import logging
import time
from collections.abc import Iterable
from functools import lru_cache
from typing import cast

import redis
from redis.client import Pipeline
from redis.commands.core import Script
from sqlalchemy.orm import Session

from app.base.queue import get_redis

log = logging.getLogger(__name__)

LENGTH = 2000
KEEP_SECONDS = 3600


def topic_key(topic: str) -> str:
    """The Redis key of a topic such as `class:ID`."""
    return f"stream:{topic}"


# Key: the topic. Arguments: kind, data, most entries, seconds they are kept.
_KEEP_AND_TELL = """
redis.call('xadd', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', 'kind', ARGV[1], 'data', ARGV[2])
redis.call('expire', KEYS[1], ARGV[4])
return redis.call('publish', KEYS[1], ARGV[1] .. '\\n' .. ARGV[2])
"""


@lru_cache
def _script(words: str) -> Script:
    return get_redis().register_script(words)


def publish(topic: str, kind: str, data: str, keep: bool = True) -> None:
    """Tell one entry (`data` is JSON text), and keep it for who comes late unless it is kept elsewhere.

    A broker that is away is logged, never raised.
    """
    try:
        if keep:
            _script(_KEEP_AND_TELL)(
                keys=[topic_key(topic)], args=[kind, data, LENGTH, KEEP_SECONDS], client=get_redis()
            )
        else:
            get_redis().publish(topic_key(topic), f"{kind}\n{data}")
    except redis.RedisError as error:
        log.warning("stream %s is away: %s", topic, error)


def _tell(pipe: Pipeline, topic: str, kind: str, data: str, keep: bool) -> None:
    key = topic_key(topic)
    if keep:
        pipe.xadd(key, {"kind": kind, "data": data}, maxlen=LENGTH, approximate=True)
        pipe.expire(key, KEEP_SECONDS)
    pipe.publish(key, f"{kind}\n{data}")


class _News:
    """What is told once a session's work is committed: entries (topic, kind, data, whether they are kept), and flags
    with their seconds.
    """

    def __init__(self) -> None:
        self.entries: list[tuple[str, str, str, bool]] = []
        self.flags: dict[str, float] = {}

    def send(self) -> None:
        """Tell all of it in one go."""
        try:
            pipe = get_redis().pipeline(transaction=False)
            for entry in self.entries:
                _tell(pipe, *entry)
            for name, seconds in self.flags.items():
                pipe.set(f"flag:{name}", "1", px=max(1, int(seconds * 1000)))
            pipe.execute()
        except redis.RedisError as error:
            log.warning("%d entries were not told: %s", len(self.entries), error)


def _news(session: Session) -> _News:
    if "news" not in session.info:
        session.info["news"] = _News()
        session.info.setdefault("bells", []).insert(0, session.info["news"].send)  # ahead of every doorbell
    found: _News = session.info["news"]
    return found


def publish_after_commit(session: Session, topic: str, kind: str, data: str, keep: bool = True) -> None:
    """`publish` once this session's work is committed, ahead of any doorbell."""
    _news(session).entries.append((topic, kind, data, keep))


def flag_after_commit(session: Session, name: str, seconds: float) -> None:
    """`set_flag` once this session's work is committed."""
    _news(session).flags[name] = seconds


def forget_after_commit(session: Session, topic: str) -> None:
    """Forget what was published on a topic, once this session's work is committed; readers go back to the log."""
    session.info.setdefault("bells", []).append(lambda: _forget(topic))


def _forget(topic: str) -> None:
    try:
        get_redis().delete(topic_key(topic))
    except redis.RedisError as error:
        log.warning("stream %s is not forgotten: %s", topic, error)


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


def count_up(name: str, seconds: float) -> int:
    """How often this was counted, with now, since the first time, which is forgotten after so many seconds. 1 when the
    broker cannot say.
    """
    pipe = get_redis().pipeline(transaction=False)
    pipe.incr(f"count:{name}")
    pipe.expire(f"count:{name}", max(1, int(seconds)), nx=True)
    try:
        return int(pipe.execute()[0])
    except redis.RedisError as error:
        log.warning("%s is not counted: %s", name, error)
        return 1


def flag_is_up(name: str, otherwise: bool = False) -> bool:
    """Whether the flag is up; `otherwise` when the broker cannot say."""
    try:
        return bool(get_redis().exists(f"flag:{name}"))
    except redis.RedisError:
        return otherwise


def flags_up(names: list[str]) -> list[bool]:
    """Which of the flags are up; none when the broker cannot say."""
    try:
        return [value is not None for value in get_redis().mget([f"flag:{name}" for name in names])]
    except redis.RedisError:
        return [False] * len(names)


def set_flags(names: list[str], seconds: float) -> list[bool]:
    """Raise flags, as `set_flag`; which of them were up before (all, when the broker cannot say)."""
    pipe = get_redis().pipeline(transaction=False)
    for name in names:
        pipe.set(f"flag:{name}", "1", px=max(1, int(seconds * 1000)), get=True)
    try:
        return [value is not None for value in pipe.execute()]
    except redis.RedisError as error:
        log.warning("%d flags not set: %s", len(names), error)
        return [True] * len(names)


def be_seen(place: str, one: str, seconds: float) -> tuple[list[str], bool]:
    """Note that `one` is at a place, for so many seconds; returns everybody there, in order of their names, and whether
    `one` has just come.
    """
    key, moment = f"seen:{place}", time.time()
    pipe = get_redis().pipeline(transaction=False)
    pipe.zremrangebyscore(key, "-inf", moment)
    pipe.zadd(key, {one: moment + seconds})
    pipe.expire(key, int(seconds) + 1)
    pipe.zrange(key, 0, -1)
    try:
        _, added, _, there = pipe.execute()
    except redis.RedisError as error:
        log.warning("who is at %s is not known: %s", place, error)
        return [], False
    return _names(there), bool(added)


def who_is_seen(place: str) -> list[str] | None:
    """Everybody who is at a place now, in order of their names; None when the broker cannot say."""
    try:
        return _names(get_redis().zrangebyscore(f"seen:{place}", time.time(), "+inf"))
    except redis.RedisError:
        return None


def be_gone(place: str, one: str) -> None:
    """`one` has left a place."""
    try:
        get_redis().zrem(f"seen:{place}", one)
    except redis.RedisError as error:
        log.warning("that %s left %s is not noted: %s", one, place, error)


def missed(place: str, missing: list[str]) -> dict[str, float]:
    """Note who is missing at a place just now; since how many seconds each is. Nobody when the broker cannot say.

    Who is not named any more was found, and who is missing later on is missing anew.
    """
    key, moment = f"missed:{place}", time.time()
    try:
        noted = cast(list[tuple[bytes, float]], get_redis().zrange(key, 0, -1, withscores=True))
        known = {one.decode(): since for one, since in noted}
        pipe = get_redis().pipeline(transaction=False)
        if found := set(known) - set(missing):
            pipe.zrem(key, *found)
        if missing:
            pipe.zadd(key, dict.fromkeys(missing, moment), nx=True)
            pipe.expire(key, KEEP_SECONDS)
        pipe.execute()
    except redis.RedisError as error:
        log.warning("who is missing at %s is not noted: %s", place, error)
        return {}
    return {one: moment - known.get(one, moment) for one in missing}


def _names(found: Iterable[object]) -> list[str]:
    return sorted(one.decode() for one in found if isinstance(one, bytes))
