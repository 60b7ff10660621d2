"""What one process hears of its open classes: one connection to Redis, one look at the log, for all listeners together.

Each listener (a browser's stream) has an ear here. What is published in its class is told to it, and a Check when the
log may know more than the listener was told. While Redis is away the log is asked more often.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from typing import TypedDict, cast
from uuid import UUID
from weakref import WeakKeyDictionary

from fastapi.concurrency import run_in_threadpool
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.base.db import unit_of_work
from app.base.errors import AppError
from app.base.settings import get_settings
from app.base.stream import topic_key
from app.classroom import service as classroom
from app.web.live_entries import Check, Entry, read_entry

log = logging.getLogger(__name__)

CHECK_SECONDS = 5.0
POLL_SECONDS = 1.0
CONFIRM_SECONDS = 2.0
MOST_WAITING = 1000
"""So many entries may wait for a slow browser; with more, it is told from the log instead."""
EVERY_CLASS = topic_key("class:*")
"""One pattern for all classes: what concerns none that is listened to here is dropped at once."""

UNFORESEEN = (SQLAlchemyError, RedisError, AppError, ValueError, LookupError, TypeError, AttributeError, RuntimeError)
"""What the look at the log may raise by a fault of ours: it is told, and the next look is made all the same, as nobody
else would ever look. Wide, as only the doors catch everything.
"""

Entries = list[tuple[str, dict[str, str]]]
"""What XRANGE answers: id and fields of each."""


class Message(TypedDict):
    """What a subscription answers."""

    type: str
    channel: str
    data: str


Take = Callable[[Entry], bool]
"""Deals with an entry at once, if it can: says whether it did."""


class Ear:
    """One listener's: the class, the last seq it was told, and what waits for it. Who only watches is no audience."""

    def __init__(self, class_id: UUID, is_audience: bool = True) -> None:
        self.class_id = class_id
        self.is_audience = is_audience
        self.last = 0
        self.waiting: list[Entry] = []
        self.rung = asyncio.Event()
        self.take: Take | None = None

    def put(self, entry: Entry) -> None:
        """Let it hear an entry: at once where nothing waits and its listener can take it so, else when it looks."""
        if self.take and not self.waiting and self.take(entry):
            return
        if len(self.waiting) >= MOST_WAITING:
            self.waiting = [Check()]
        self.waiting.append(entry)
        self.rung.set()

    async def next(self, seconds: float, take: Take) -> list[Entry]:
        """What came since the last call and `take` did not deal with, waiting for it if need be; nothing when nothing
        came in time.
        """
        timer = asyncio.get_running_loop().call_later(seconds, self.rung.set)
        self.take = take
        try:
            await self.rung.wait()
        finally:
            timer.cancel()
            self.take = None
        self.rung.clear()
        found, self.waiting = self.waiting, []
        return found


class Hub:
    """All ears of one event loop. Its two tasks run while there are any."""

    def __init__(self) -> None:
        self.ears: dict[UUID, set[Ear]] = {}
        self.client = _client()
        self.hearing = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []

    @contextlib.asynccontextmanager
    async def listening(self, class_id: UUID, is_audience: bool = True) -> AsyncIterator[Ear]:
        """An ear in a class; nothing that is published from the beginning of the block on escapes it."""
        ear = Ear(class_id, is_audience)
        self.ears.setdefault(class_id, set()).add(ear)
        try:
            await self._begin()
            yield ear
        finally:
            self._forget(ear)

    async def said_so_far(self, class_id: UUID) -> list[Entry]:
        """What the class's stream still holds; nothing while Redis is away."""
        try:
            entries = cast(Entries, await self.client.xrange(topic_key(f"class:{class_id}")))
        except RedisError:
            return []
        found = (read_entry(class_id, fields["kind"], fields["data"]) for _, fields in entries)
        return [entry for entry in found if entry is not None]

    async def _begin(self) -> None:
        """Have the two tasks at work, and wait a little until what is published is heard."""
        if not self.tasks or any(task.done() for task in self.tasks):
            self._end_tasks()
            self.tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._watch())]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CONFIRM_SECONDS):
                await self.hearing.wait()

    def _forget(self, ear: Ear) -> None:
        ears = self.ears.get(ear.class_id, set())
        ears.discard(ear)
        if not ears:
            self.ears.pop(ear.class_id, None)
        if not self.ears:
            self._end_tasks()

    def _end_tasks(self) -> None:
        for task in self.tasks:
            task.cancel()
        self.tasks = []
        self.hearing.clear()

    async def _read(self) -> None:
        """Hand out what is published, and come back after trouble."""
        while True:
            try:
                async with self.client.pubsub() as line:
                    await line.psubscribe(EVERY_CLASS)
                    await self._hand_out(line)
            except (RedisError, OSError) as error:
                log.info("the live stream is away; classes are read from the log: %s", type(error).__name__)
            self.hearing.clear()
            await asyncio.sleep(POLL_SECONDS)

    async def _hand_out(self, line: PubSub) -> None:
        while True:
            message = cast(Message | None, await line.get_message(timeout=CHECK_SECONDS))
            if message is None:
                await line.ping()
            elif message["type"] == "psubscribe":
                self.hearing.set()
                self._ring_all()
            elif message["type"] == "pmessage":
                self._tell(UUID(message["channel"].rpartition(":")[2]), message["data"])

    def _tell(self, class_id: UUID, published: str) -> None:
        """Put an entry, its kind and data as published, into the ears of its class."""
        ears = self.ears.get(class_id)
        if not ears:
            return
        kind, _, data = published.partition("\n")
        if (entry := read_entry(class_id, kind, data)) is not None:
            for ear in ears:
                ear.put(entry)

    def _ring_all(self) -> None:
        for ears in self.ears.values():
            for ear in ears:
                ear.put(Check())

    async def _watch(self) -> None:
        """Tell that these classes have an audience, and compare their logs with what it was told."""
        while True:
            await asyncio.sleep(CHECK_SECONDS if self.hearing.is_set() else POLL_SECONDS)
            try:
                attended = [one for one, ears in self.ears.items() if any(ear.is_audience for ear in ears)]
                seqs = await run_in_threadpool(_look, list(self.ears), attended)
                self._ring_behind(seqs)
            except (OperationalError, PoolTimeout) as error:
                log.info("the log is away: %s", type(error).__name__)
            except UNFORESEEN:
                log.exception("the logs of the open classes were not compared")

    def _ring_behind(self, seqs: dict[UUID, int]) -> None:
        """Have those look into the log who were told less than it knows."""
        for class_id, ears in self.ears.items():
            for ear in ears:
                if ear.last < seqs.get(class_id, 0):
                    ear.put(Check())


def _look(class_ids: list[UUID], attended: list[UUID]) -> dict[UUID, int]:
    classroom.present(attended)
    with unit_of_work() as session:
        return classroom.last_seqs(session, class_ids)


def _client() -> Redis:
    """Connections whose trouble is told at once instead of tried again."""
    return Redis.from_url(
        get_settings().redis_url,
        decode_responses=True,
        socket_timeout=5,
        socket_connect_timeout=2,
        retry=Retry(NoBackoff(), 0),
    )


_hubs: "WeakKeyDictionary[asyncio.AbstractEventLoop, Hub]" = WeakKeyDictionary()


def hub() -> Hub:
    """The running loop's hub."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
