"""The live line of a class: one server-sent event stream, the only async code of the web door.

It holds no database session. What happened is read from Postgres in short units of work; what is on its way comes from
the stream in Redis, and while Redis is away Postgres is asked every second. Each event goes out once and in order, so
that any position a browser comes back with continues where it was.
"""

import logging
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from math import inf
from time import monotonic
from typing import cast
from uuid import UUID

from anyio import sleep
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.base.db import unit_of_work
from app.base.settings import get_settings
from app.base.stream import topic_key
from app.classroom import service as classroom
from app.classroom.schema import ClassEvent, Delta, Kind

log = logging.getLogger(__name__)

RETRY = "retry: 1500\n\n"
HEARTBEAT_SECONDS = 10.0
PRESENT_SECONDS = 5.0
CHECK_SECONDS = 5.0
POLL_SECONDS = 1.0
BLOCK_MS = 1000
BATCH = 500
STREAMS_EACH = 5
"""How many lines a person may hold open in this process: browsers allow six connections, and one must stay free."""

XRead = list[tuple[str, list[tuple[str, dict[str, str]]]]]
"""What XREAD answers: streams with their entries (id, fields)."""

_open: Counter[UUID] = Counter()


def as_event(event: ClassEvent) -> str:
    """An event of the log on the wire; its seq is the id a browser comes back with."""
    return f"id: {event.seq}\nevent: event\ndata: {event.model_dump_json()}\n\n"


def as_delta(data: str) -> str:
    """Words on their way, on the wire; they have no id because they are not in the log."""
    return f"event: delta\ndata: {data}\n\n"


def refusal(sentence: str) -> str:
    """A line that will not be opened, with the reason; the page then stops asking."""
    return f"event: refused\ndata: {sentence}\n\n"


@dataclass
class Position:
    """Where a listener stands: the last seq sent, the turns open by then, and whether the class is over.

    `cursor` is the place in the stream; `checked` and `present` say when the log was last read and when presence was
    last told (monotonic seconds).
    """

    last: int
    open_turns: set[UUID] = field(default_factory=set)
    ended: bool = False
    cursor: str = "0-0"
    checked: float = -inf
    present: float = -inf

    def pass_on(self, event: ClassEvent) -> str:
        """Note an event as sent and give its words for the wire."""
        self.last = event.seq
        turn = event.body.turn
        if turn and event.kind is Kind.TURN:
            self.open_turns = {turn}
        elif turn and event.kind in (Kind.SAID, Kind.WITHDRAWN):
            self.open_turns.discard(turn)
        self.ended = self.ended or event.kind is Kind.ENDED
        return as_event(event)


def _read(class_id: UUID, after: int) -> list[ClassEvent]:
    with unit_of_work() as session:
        return classroom.events_after(session, class_id, after, BATCH)


def _stand(class_id: UUID, after: int) -> Position:
    """The position a browser comes back with: the turn that is open now was announced to it before, or will be."""
    with unit_of_work() as session:
        state = classroom.state(session, class_id)
    turns = {state.open_turn.turn} if state.open_turn else set()
    return Position(last=min(after, state.seq), open_turns=turns)


async def _catch_up(class_id: UUID, position: Position) -> AsyncIterator[str]:
    """Everything in the log beyond the position."""
    while True:
        events = await run_in_threadpool(_read, class_id, position.last)
        for event in events:
            yield position.pass_on(event)
        if len(events) < BATCH:
            return


def _client() -> Redis:
    """A connection of the listener's own, which waits blocked; trouble is told at once instead of tried again."""
    return Redis.from_url(
        get_settings().redis_url,
        decode_responses=True,
        socket_timeout=5,
        socket_connect_timeout=2,
        retry=Retry(NoBackoff(), 0),
    )


async def _tail(client: Redis, class_id: UUID, position: Position) -> list[tuple[str, str]]:
    """The stream's next entries as (kind, data), oldest first; waits up to BLOCK_MS for one."""
    key = topic_key(f"class:{class_id}")
    found = cast(XRead, await client.xread({key: position.cursor}, count=BATCH, block=BLOCK_MS))
    entries = found[0][1] if found else []
    if entries:
        position.cursor = entries[-1][0]
    return [(fields["kind"], fields["data"]) for _, fields in entries]


async def _relay(kind: str, data: str, class_id: UUID, position: Position) -> AsyncIterator[str]:
    """One entry of the stream as lines for the wire: nothing for what was sent, more where a seq was missed."""
    try:
        if kind == "delta":
            if Delta.model_validate_json(data).turn in position.open_turns:
                yield as_delta(data)
            return
        event = ClassEvent.model_validate_json(data)
    except ValidationError:
        log.warning("an entry of class %s's stream cannot be read and is left out", class_id)
        return
    if event.seq == position.last + 1:
        yield position.pass_on(event)
    elif event.seq > position.last:
        async for line in _catch_up(class_id, position):
            yield line


async def _step(client: Redis, class_id: UUID, position: Position) -> AsyncIterator[str]:
    """What there is to send now; waits a little for it. From time to time the log is asked as well."""
    if monotonic() - position.present >= PRESENT_SECONDS:
        position.present = monotonic()
        await run_in_threadpool(classroom.present, class_id)
    if monotonic() - position.checked >= CHECK_SECONDS:
        async for line in _catch_up(class_id, position):
            yield line
        position.checked = monotonic()
    for kind, data in await _tail(client, class_id, position):
        async for line in _relay(kind, data, class_id, position):
            yield line


async def _listen(class_id: UUID, after: int) -> AsyncIterator[str]:
    """The class from a position on; an empty string now and then, so that the caller may act while nothing happens."""
    position = await run_in_threadpool(_stand, class_id, after)
    async with _client() as client:
        while not position.ended:
            try:
                async for line in _step(client, class_id, position):
                    yield line
            except (RedisError, OperationalError, PoolTimeout) as error:
                log.info("class %s is read from the log for now: %s", class_id, type(error).__name__)
                position.checked = -inf
                await sleep(POLL_SECONDS)
            yield ""


async def stream(class_id: UUID, person_id: UUID, after: int) -> AsyncIterator[str]:
    """The lines of one browser: the class after seq `after`, heartbeats, and signs of presence while it listens."""
    if _open[person_id] >= STREAMS_EACH:
        yield refusal(f"This class is open in {STREAMS_EACH} tabs already. Close one of them and reload this one.")
        return
    _open[person_id] += 1
    beat = monotonic()
    try:
        yield RETRY
        async for line in _listen(class_id, after):
            if line or monotonic() - beat >= HEARTBEAT_SECONDS:
                yield line or ": here\n\n"
                beat = monotonic()
    finally:
        _open[person_id] -= 1
