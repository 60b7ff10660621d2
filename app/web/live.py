"""The live line of a class: one server-sent event stream, the only async code of the web door.

It holds no database session. What happened is read from Postgres in short units of work; what is on its way comes from
the hub that all lines of a process share, which writes it to a browser at once where that needs no waiting. Each event
goes out once and in order, so that any position a browser comes back with continues where it was.
"""

import json
import logging
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from math import inf
from time import monotonic
from uuid import UUID

from anyio import sleep
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.base.db import unit_of_work
from app.classroom import service as classroom
from app.classroom.log.writing import LogLine
from app.classroom.schema import OWN, PERSONAL, PRIVATE, Kind, veiled
from app.web.event_stream import Pen
from app.web.live_entries import Check, Entry, Here, Words
from app.web.live_hub import POLL_SECONDS, Ear, hub

log = logging.getLogger(__name__)

RETRY = "retry: 1500\n\n"
HEARTBEAT_SECONDS = 10.0
HERE_SECONDS = 8.0
"""So long after it told that its person is here a line tells it again, and learns who else is, when it wakes: with its
heartbeat, as what is published wakes it only where it reads slowly.
"""
BATCH = 2000
HIDDEN = frozenset((*PRIVATE, *PERSONAL))
GONE = "You are not in this class any more, so nothing more of it is told here."
STREAMS_EACH = 5
"""How many lines a person may hold open in this process: browsers allow six connections, and one must stay free."""

_open: Counter[UUID] = Counter()


def as_event(event: LogLine) -> str:
    """An event of the log on the wire; its seq is the id a browser comes back with."""
    return f"id: {event.seq}\nevent: event\ndata: {event.data}\n\n"


def _veiled(event: LogLine, own: UUID | None) -> LogLine:
    return event._replace(data=veiled(event.data, own))


def as_delta(data: str) -> str:
    """Words on their way, on the wire; they have no id because they are not in the log."""
    return f"event: delta\ndata: {data}\n\n"


def as_here(data: str) -> str:
    """Who has the class open, a list of ids, on the wire; it has no id because it is not in the log."""
    return f"event: here\ndata: {data}\n\n"


def refusal(sentence: str) -> str:
    """A line that will not be opened, with the reason; the page then stops asking."""
    return f"event: refused\ndata: {sentence}\n\n"


@dataclass
class Position:
    """Where a listener stands: the last seq sent, the turns open by then, how many characters of each were sent, and
    whether the class is over. Only an instructor (`sees_all`) is sent what private events say; what personal ones
    say, also who they are about (`own`), and what these wrote for themselves, they alone. `gone`: an instructor whose
    place in the class was taken back."""

    last: int
    sees_all: bool = False
    own: UUID | None = None
    open_turns: set[UUID] = field(default_factory=set)
    spoken: dict[UUID, int] = field(default_factory=dict)
    ended: bool = False
    gone: bool = False

    def line(self, entry: Entry) -> str | None:
        """An entry for the wire: empty for what was sent or is not for now, None where the log has to be read first."""
        if isinstance(entry, Words):
            is_new = entry.turn in self.open_turns and entry.at >= self.spoken.get(entry.turn, 0)
            return as_delta(entry.data) if is_new else ""
        if isinstance(entry, Here):
            return as_here(entry.data)
        if isinstance(entry, Check) or entry.seq > self.last + 1:
            return None
        return self.worded(entry) if entry.seq == self.last + 1 else ""

    def worded(self, event: LogLine) -> str:
        """An event for the wire, as this listener may see it."""
        is_hidden = event.kind in (OWN if self.sees_all else HIDDEN)
        return as_event(_veiled(event, self.own) if is_hidden else event)

    def note(self, entry: Entry) -> None:
        """Stand behind an entry that was sent."""
        if isinstance(entry, Words):
            self.spoken[entry.turn] = entry.until
        elif isinstance(entry, LogLine):
            self._note_event(entry)

    def _note_event(self, event: LogLine) -> None:
        self.last = event.seq
        if event.turn and event.kind is Kind.TURN:
            self.open_turns, self.spoken = {event.turn}, {}
        elif event.turn and event.kind in (Kind.SAID, Kind.WITHDRAWN):
            self.open_turns.discard(event.turn)
        self.ended = self.ended or event.kind is Kind.ENDED


def _read(class_id: UUID, position: Position) -> list[LogLine]:
    """What follows in the log; nothing for an instructor who, once it is read, has no place in the class any more."""
    with unit_of_work() as session:
        events = classroom.lines_after(session, class_id, position.last, BATCH)
        if position.sees_all and position.own:
            position.gone = not classroom.watches(session, class_id, position.own)
        return [] if position.gone else events


def _stand(class_id: UUID, own: UUID | None, after: int, sees_all: bool) -> Position:
    """The position a browser comes back with: the turn that is open now was announced to it before, or will be."""
    if not sees_all:
        classroom.present([class_id])
    with unit_of_work() as session:
        state = classroom.state(session, class_id)
    turns = {state.open_turn.turn} if state.open_turn else set()
    return Position(last=min(after, state.seq), sees_all=sees_all, own=own, open_turns=turns)


async def _catch_up(class_id: UUID, position: Position) -> AsyncIterator[str]:
    """Everything in the log beyond the position, then the words of a turn that is still open."""
    while True:
        events = await run_in_threadpool(_read, class_id, position)
        lines = [position.worded(event) for event in events]
        for event in events:
            position.note(event)
        if lines:
            yield "".join(lines)
        if len(events) < BATCH:
            break
    if position.open_turns and not position.gone:
        for entry in await hub().said_so_far(class_id):
            if isinstance(entry, Words) and (line := position.line(entry)):
                position.note(entry)
                yield line


async def _listen(class_id: UUID, own: UUID | None, after: int, sees_all: bool, pen: Pen) -> AsyncIterator[str]:
    """The class from a position on; an empty string once nothing waits, so that the caller may act meanwhile."""
    async with hub().listening(class_id, is_audience=not sees_all) as ear:
        position = await run_in_threadpool(_stand, class_id, own, after, sees_all)
        entries: list[Entry] = [Check()]
        while not (position.ended or position.gone):
            try:
                for entry in entries:
                    line = position.line(entry)
                    if line is None:
                        async for missed in _catch_up(class_id, position):
                            yield missed
                        if position.gone:
                            break
                    elif line:
                        position.note(entry)
                        yield line
            except (OperationalError, PoolTimeout) as error:
                log.info("the log of class %s is away for now: %s", class_id, type(error).__name__)
                ear.put(Check())
                await sleep(POLL_SECONDS)
            if not position.gone:
                yield ""
                entries = await _next(ear, position, pen)
        if position.gone and own:
            await run_in_threadpool(classroom.go_away, class_id, own)
            yield refusal(GONE)


async def _next(ear: Ear, position: Position, pen: Pen) -> list[Entry]:
    """What has to be dealt with by the line's own task: the rest is written while it sleeps. An instructor's looks into
    the log with each heartbeat, should it not have been told that their place is gone.
    """

    def take(entry: Entry) -> bool:
        line = position.line(entry)
        if line is None or (isinstance(entry, LogLine) and entry.kind is Kind.ENDED):
            return False
        if line:
            if not pen.write(line):
                return False
            position.note(entry)
            ear.last = position.last
        return True

    ear.last = position.last
    heard = [] if position.ended else await ear.next(HEARTBEAT_SECONDS, take)
    return heard or ([Check()] if position.sees_all else [])


async def _company(class_id: UUID, person_id: UUID, lines: AsyncIterator[str]) -> AsyncIterator[str]:
    """The lines, and between them who has the class open, whenever that has changed; this one's person has."""
    told, known = -inf, [""]
    async for line in lines:
        if not line and monotonic() - told >= HERE_SECONDS:
            told = monotonic()
            here = await run_in_threadpool(classroom.be_here, class_id, person_id)
            if here != known:
                known = here
                yield as_here(json.dumps(here))
        yield line


async def stream(
    class_id: UUID, person_id: UUID, after: int, sees_all: bool = False, pen: Pen | None = None
) -> AsyncIterator[str]:
    """The lines of one browser: the class after seq `after`, heartbeats, and signs of presence while it listens.

    `sees_all` is for instructors: others are sent private events without what they say. An instructor's line is no
    audience. With the `pen` of the response, what is published meanwhile is written by that and does not come here.
    """
    if _open[person_id] >= STREAMS_EACH:
        yield refusal(f"This class is open in {STREAMS_EACH} tabs already. Close one of them and reload this one.")
        return
    _open[person_id] += 1
    beat = monotonic()
    try:
        yield RETRY
        async for line in _company(class_id, person_id, _listen(class_id, person_id, after, sees_all, pen or Pen())):
            if line or monotonic() - beat >= HEARTBEAT_SECONDS:
                yield line or ": here\n\n"
                beat = monotonic()
    finally:
        _open[person_id] -= 1
