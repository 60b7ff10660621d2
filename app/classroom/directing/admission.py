"""Admission: how many classes the model server speaks to at once, and the line in which the others wait.

Kept in Valkey by class: `live:speaking` holds who has a place, `live:waiting` who waits since when. A class has at most
one turn open, so first come, first served is fair among classes. A place and a ticket die when nobody renews them; a
broker that is away admits everybody.
"""

import contextlib
import logging
import math
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import lru_cache
from typing import cast
from uuid import UUID

import redis
from redis.commands.core import Script

from app.base.queue import get_redis, ring
from app.base.settings import get_settings
from app.base.stream import flag_is_up, set_flag
from app.classroom.directing.director import SPOKEN_BY_MODEL, Act, Moment, Move, decide
from app.classroom.log.writing import OpenLog
from app.classroom.schema import Body, Draft, Kind
from app.lessons.schema import Ask, Discuss, Pause, TeachingAction

log = logging.getLogger(__name__)

SPEAKING, WAITING, SEEN, SECONDS = "live:speaking", "live:waiting", "live:seen", "live:seconds"
LIFE = 6.0
"""Seconds after which a place or a ticket that nobody renewed is free."""
AGAIN = timedelta(seconds=1.5)
"""How soon a class in line asks again by itself; longer than a job naps, so that who waits holds no worker."""
USUAL_SECONDS = 5.0
"""How long a turn takes, as long as none was measured."""
WORTH_SAYING = 10.0
FULL = (
    "The class is full at the moment: {wait}. The lesson itself starts now, and your questions are kept in line; "
    "classmates join in when there is room."
)
QUEUED = "Many classes are asking at the same time. Your question is in line: {wait}."

# Keys: speaking, waiting, seen. Arguments: class, moment, capacity, life. 1: it has a place, 0: it waits.
_ENTER = """
redis.call('zremrangebyscore', KEYS[1], '-inf', ARGV[2] - ARGV[4])
for _, gone in ipairs(redis.call('zrangebyscore', KEYS[3], '-inf', ARGV[2] - ARGV[4])) do
  redis.call('zrem', KEYS[2], gone)
  redis.call('zrem', KEYS[3], gone)
end
local free = ARGV[3] - redis.call('zcard', KEYS[1])
if not redis.call('zscore', KEYS[1], ARGV[1]) then
  redis.call('zadd', KEYS[2], 'NX', ARGV[2], ARGV[1])
  redis.call('zadd', KEYS[3], ARGV[2], ARGV[1])
  if redis.call('zrank', KEYS[2], ARGV[1]) >= free then return 0 end
end
redis.call('zrem', KEYS[2], ARGV[1])
redis.call('zrem', KEYS[3], ARGV[1])
redis.call('zadd', KEYS[1], ARGV[2], ARGV[1])
return 1
"""

# Keys: speaking, waiting, seen, seconds. Arguments: class, seconds of its turn, usual seconds. Answers with the next.
_LEAVE = """
redis.call('zrem', KEYS[1], ARGV[1])
redis.call('zrem', KEYS[2], ARGV[1])
redis.call('zrem', KEYS[3], ARGV[1])
if tonumber(ARGV[2]) > 0 then
  local usual = redis.call('get', KEYS[4]) or ARGV[3]
  redis.call('set', KEYS[4], 0.8 * usual + 0.2 * ARGV[2], 'EX', 3600)
end
return redis.call('zrange', KEYS[2], 0, 0)
"""


def enter(class_id: UUID) -> bool:
    """Take a place at the model, or stand in line for one. Asking again keeps both alive."""
    told: list[str | float] = [str(class_id), time.time(), get_settings().live_capacity, LIFE]
    try:
        return bool(_script(_ENTER)(keys=[SPEAKING, WAITING, SEEN], args=told, client=get_redis()))
    except redis.RedisError as error:
        log.warning("the line is away: %s", error)
        return True


def leave(class_id: UUID, seconds: float = 0.0) -> None:
    """Give the place back, after a turn of so many seconds, and ring for who waits longest."""
    keys = [SPEAKING, WAITING, SEEN, SECONDS]
    try:
        first = _script(_LEAVE)(keys=keys, args=[str(class_id), seconds, USUAL_SECONDS], client=get_redis())
        for waiting in cast(list[bytes], first):
            ring("live.turn", waiting.decode())
    except redis.RedisError as error:
        log.warning("the line is away: %s", error)


@lru_cache
def _script(words: str) -> Script:
    return get_redis().register_script(words)


def is_full() -> bool:
    """Whether every place is taken, or somebody waits for one."""
    try:
        taken = get_redis().zcount(SPEAKING, time.time() - LIFE, "+inf")
        return int(taken) >= get_settings().live_capacity or bool(_waiting())
    except redis.RedisError:
        return False


def _waiting() -> int:
    return int(get_redis().zcount(SEEN, time.time() - LIFE, "+inf"))


def seconds_to_wait() -> float:
    """How long who comes now waits for a place, as far as turns take what they took lately."""
    try:
        usual = float(get_redis().get(SECONDS) or USUAL_SECONDS)
        return usual * (_waiting() + 1) / max(1, get_settings().live_capacity)
    except redis.RedisError:
        return 0.0


def in_words(seconds: float) -> str:
    """A waiting time as one says it."""
    if seconds < 60:
        return f"about {max(10, 10 * math.ceil(seconds / 10))} seconds"
    minutes = round(seconds / 60)
    return f"about {minutes} minute{'s' if minutes > 1 else ''}"


def keep(class_ids: Iterable[UUID]) -> None:
    """Keep alive the places of classes whose turns are being spoken."""
    with contextlib.suppress(redis.RedisError):
        get_redis().zadd(SPEAKING, {str(class_id): time.time() for class_id in class_ids}, xx=True)


class Place:
    """A class's place at the model, given back once."""

    def __init__(self, class_id: UUID) -> None:
        self.class_id, self.began, self.is_given_back = class_id, time.monotonic(), False

    def give_back(self) -> None:
        """The model has spoken, or need not."""
        if not self.is_given_back:
            self.is_given_back = True
            leave(self.class_id, time.monotonic() - self.began)


@contextlib.contextmanager
def place(class_id: UUID, is_taken: bool = False) -> Iterator[Place]:
    """Take the class's place (or one more than there are) unless it is taken, and give it back at the block's end
    at the latest.

    Whoever holds the turn's lease keeps the place alive.
    """
    if not is_taken:
        enter(class_id)
    taken = Place(class_id)
    try:
        yield taken
    finally:
        taken.give_back()


# ------------------------------------------------------------------------------------------------ what a class does


def welcome(opened: OpenLog) -> None:
    """Tell a class that opens while the model is taken how long its questions will wait."""
    if is_full():
        body = Body(text=FULL.format(wait=in_words(seconds_to_wait())), cause="full")
        opened.append(Draft(kind=Kind.NOTICE, body=body))


def admitted(opened: OpenLog, script: list[TeachingAction], moment: Moment, move: Move) -> Move:
    """The move, or what the class does instead while there is no place for it at the model.

    Classmates step back; a question stands in line while the lesson goes on; anything else waits a moment.
    """
    if move.act not in SPOKEN_BY_MODEL:
        return move
    if move.act is Act.CHAT and is_full():
        return decide(opened.state.model_copy(update={"economy": max(1, opened.state.economy)}), script, moment)
    if enter(opened.row.id):
        return move
    if move.act is Act.ANSWER:
        _tell_wait(opened, move)
        return _meanwhile(opened, script, moment, move)
    return Move(act=Act.WAIT, until=moment.now + AGAIN)


def _tell_wait(opened: OpenLog, move: Move) -> None:
    """Say once about a question that it waits, if it is going to wait for long."""
    seconds, flag = seconds_to_wait(), f"queued:{opened.row.id}:{move.answers}"
    if seconds >= WORTH_SAYING and not flag_is_up(flag):
        set_flag(flag, 3600)
        body = Body(text=QUEUED.format(wait=in_words(seconds)), cause="queued", answers=move.answers)
        opened.append(Draft(kind=Kind.NOTICE, body=body))


def _meanwhile(opened: OpenLog, script: list[TeachingAction], moment: Moment, move: Move) -> Move:
    """The script's next line while a question waits; not a question of its own, nor past one that is being answered."""
    soon = Move(act=Act.WAIT, until=moment.now + AGAIN)
    waiting = next((one for one in opened.state.pending if one.seq == move.answers), None)
    if waiting is None or waiting.replies_to:
        return soon
    others = opened.state.model_copy(update={"pending": [], "economy": max(1, opened.state.economy)})
    other = decide(others, script, moment)
    line = script[other.action] if other.act is Act.SCRIPT and other.action is not None else None
    is_line = line is not None and not isinstance(line, (Ask, Discuss, Pause))
    return other if is_line else soon
