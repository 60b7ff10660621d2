"""The line of a lesson that is being written: its progress log as server-sent events.

It holds no database session. What is published only says that there is more to read; entries come from the log, so that
a browser that comes back with the number of the last one misses none. While Redis is away the log is asked each second.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from time import monotonic
from uuid import UUID

from fastapi.concurrency import run_in_threadpool
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.base.db import unit_of_work
from app.base.stream import topic_key
from app.lessons import service as lessons
from app.lessons.runs.events import topic
from app.lessons.runs.schema import RunEvent
from app.web.live_hub import hub

log = logging.getLogger(__name__)

RETRY = "retry: 1500\n\n"
LOOK_SECONDS = 5.0
POLL_SECONDS = 1.0
LONGEST_SECONDS = 600.0
"""Then the browser comes back by itself, and it is asked again whether the lesson is open to its person."""
STREAMS_EACH = 4

_open: Counter[UUID] = Counter()


def as_event(number: int, event: RunEvent) -> str:
    """An entry of the log on the wire."""
    return f"id: {number}\nevent: run\ndata: {event.model_dump_json()}\n\n"


def _read(lesson_id: UUID, after: int) -> list[tuple[int, RunEvent]]:
    with unit_of_work() as session:
        return lessons.run_events(session, lesson_id, after)


async def _rung(lesson_id: UUID) -> AsyncGenerator[None]:
    """Yields at the beginning, then whenever the log has more, or may have."""
    yield
    while True:
        try:
            async with hub().client.pubsub() as line:
                await line.subscribe(topic_key(topic(lesson_id)))
                yield
                while True:
                    await line.get_message(timeout=LOOK_SECONDS)
                    yield
        except (RedisError, OSError) as error:
            log.info("the progress of lesson %s is asked for: %s", lesson_id, type(error).__name__)
        await asyncio.sleep(POLL_SECONDS)
        yield


async def stream(lesson_id: UUID, person_id: UUID, after: int) -> AsyncIterator[str]:
    """The entries after number `after`, as they come, with heartbeats between."""
    if _open[person_id] >= STREAMS_EACH:
        yield f"event: refused\ndata: {STREAMS_EACH} pages follow lessons already.\n\n"
        return
    _open[person_id] += 1
    began, position = monotonic(), after
    try:
        yield RETRY
        async with aclosing(_rung(lesson_id)) as rung:
            async for _ in rung:
                try:
                    found = await run_in_threadpool(_read, lesson_id, position)
                except (OperationalError, PoolTimeout):
                    found = []
                yield "".join(as_event(*one) for one in found) or ": here\n\n"
                position = found[-1][0] if found else position
                if monotonic() - began > LONGEST_SECONDS:
                    return
    finally:
        _open[person_id] -= 1
