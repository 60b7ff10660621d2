"""Classes under load: students who ask over HTTP, listen on their class's event stream, and ask again when answered."""

import asyncio
import gc
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import orjson
import uvloop
from sqlalchemy import func, select

from app.base.db import new_id, now, unit_of_work
from app.base.errors import AppError
from app.classroom.models import EventRow
from app.cli.bench_class_direct import Direct, question
from app.cli.bench_class_figures import Level, Spread, machine_ms, quantile, spread
from app.cli.bench_class_stage import Cpu, Platform, Seat, load_cpu
from app.cli.bench_class_wire import Lines, Site, Wire
from app.inference.models import ModelCall

OPEN_AT_ONCE = 20
PATIENCE_SECONDS = 60.0
SETTLE_SECONDS = 2.2
"""How long students' first questions are spread over: about as long as a turn takes."""


@dataclass
class Turn:
    """One question: seconds (of this process's clock) of the post, the first words and the end; words shown."""

    posted: float
    first: float = 0.0
    first_words: int = 0
    ended: float = 0.0
    words: int = 0


@dataclass
class Student:
    """Somebody in a class: two connections, what came over the stream, and the turns so far."""

    seat: Seat
    site: Site
    seqs: list[int] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    line: Wire | None = None
    desk: Wire | None = None
    answered: "asyncio.Event" = field(default_factory=asyncio.Event)
    opened: "asyncio.Event" = field(default_factory=asyncio.Event)

    async def enter(self) -> None:
        """Open the class page's stream, and wait until what happened so far came over it."""
        self.line = await self.site.connect()
        address = f"/classes/{self.seat.class_id}/events"
        self.line.send(self.site.get(address, self.seat.kept), Lines(self.hear))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.opened.wait()

    def hear(self, name: bytes, data: bytes) -> None:
        """One line of the class."""
        at = time.perf_counter()
        document = orjson.loads(data) if name else {}
        turn = self.turns[-1] if self.turns else None
        if name == b"delta":
            words = len(document["text"].split())
            if turn and not turn.first:
                turn.first, turn.first_words = at, words
            if turn:
                turn.words += words
        elif name == b"event":
            self.seqs.append(document["seq"])
            self.opened.set()
            if turn and document["kind"] in ("turn.said", "turn.withdrawn") and document["body"].get("answers"):
                turn.ended = at
                self.answered.set()

    async def ask(self, words: str) -> None:
        """Post a question and wait until it was answered."""
        self.answered.clear()
        path, said = f"/classes/{self.seat.class_id}/say", {"text": words, "key": new_id().hex}
        request = self.site.post(path, self.seat.kept, {**said})
        self.turns.append(Turn(posted=time.perf_counter()))
        status = await self._post(request)
        if status != 202:
            raise AppError(f"A question was refused with status {status}.")
        await self.answered.wait()

    async def _post(self, request: bytes) -> int:
        """Send it; over a new connection where the kept one was closed meanwhile, as a browser does."""
        if self.desk is not None and self.desk.transport is not None:
            try:
                return await self.desk.send(request, lambda piece: None)
            except AppError:
                self.desk = None
        self.desk = await self.site.connect()
        return await self.desk.send(request, lambda piece: None)

    def leave(self) -> None:
        """Close both connections."""
        for wire in (self.line, self.desk):
            if wire is not None:
                wire.close()


async def enter_all(students: list[Student]) -> None:
    """Open all streams, some at a time as browsers come."""
    for at in range(0, len(students), OPEN_AT_ONCE):
        await asyncio.gather(*(one.enter() for one in students[at : at + OPEN_AT_ONCE]))


@dataclass
class Load:
    """What a measured stretch came to."""

    students: list[Student]
    began: float = 0.0
    ended: float = 0.0
    spent: Cpu = field(default_factory=lambda: Cpu({}))
    own_seconds: float = 0.0
    stuck: int = 0

    @property
    def finished(self) -> list[Turn]:
        """The turns that ended within the stretch."""
        return [turn for one in self.students for turn in one.turns if self.began <= turn.ended <= self.ended]

    @property
    def fresh(self) -> list[Turn]:
        """The turns that began within it."""
        return [turn for turn in (t for one in self.students for t in one.turns) if turn.posted >= self.began]


def drive(platform: Platform, seats: list[Seat], seconds: float) -> Load:
    """Have every student ask without a pause for `seconds`, after a settling time; then wait for the last answers."""
    return uvloop.run(_drive(platform, seats, seconds))


async def _drive(platform: Platform, seats: list[Seat], seconds: float) -> Load:
    load = Load([Student(seat, Site(platform.url)) for seat in seats])
    await enter_all(load.students)
    stop = asyncio.Event()
    gc.collect()
    gc.freeze()
    asking = [asyncio.create_task(_ask_on(one, at, len(seats), stop)) for at, one in enumerate(load.students)]
    await asyncio.sleep(2 * SETTLE_SECONDS)
    load.began, before, own = time.perf_counter(), platform.cpu(), load_cpu()
    await asyncio.sleep(seconds)
    load.ended, after = time.perf_counter(), platform.cpu()
    load.spent, load.own_seconds = after.since(before), load_cpu() - own
    stop.set()
    _, late = await asyncio.wait(asking, timeout=PATIENCE_SECONDS)
    for task in late:
        task.cancel()
    load.stuck = len(late)
    for task in asking:
        if task not in late and (error := task.exception()):
            raise error
    await asyncio.sleep(0.5)
    for one in load.students:
        one.leave()
    gc.unfreeze()
    return load


async def _ask_on(student: Student, at: int, of: int, stop: asyncio.Event) -> None:
    await asyncio.sleep(at / of * SETTLE_SECONDS)
    while not stop.is_set():
        await student.ask(question(at * 1000 + len(student.turns)))


def level(platform: Platform, seats: list[Seat], direct: Direct, seconds: float) -> Level:
    """One level of load, measured and checked against the log."""
    since, machine = now(), machine_ms()
    load = drive(platform, seats, seconds)
    lost, doubled = compare(load.students)
    turns, ended = load.fresh, load.finished
    count = max(1, len(ended))
    heard = [turn for turn in turns if turn.first]
    return Level(
        classes=len(seats),
        turns=len(ended),
        added_first_word_ms=spread([one.first - one.posted - direct.until(one.first_words) for one in heard]),
        first_token_to_shown_ms=spread([one.first - one.posted - direct.first_token for one in heard]),
        first_word_ms=spread([one.first - one.posted for one in heard]),
        direct_first_word_ms=Spread(
            p50=round(quantile(direct.sentences, 0.5) * 1000, 1), p95=round(quantile(direct.sentences, 0.95) * 1000, 1)
        ),
        said_ms=spread([one.ended - one.posted for one in turns if one.ended]),
        delivered_ratio=round(delivered(load.students, direct, since), 4),
        cpu_ms_per_turn=round(load.spent.ours * 1000 / count, 2),
        stores_cpu_ms_per_turn=round(load.spent.stores * 1000 / count, 2),
        cpu_ms_by_part={part: round(seconds * 1000 / count, 2) for part, seconds in load.spent.parts.items()},
        load_cpu_ms_per_turn=round(load.own_seconds * 1000 / count, 2),
        turns_per_second=round(len(ended) / (load.ended - load.began), 2),
        lost=lost,
        doubled=doubled,
        unanswered=load.stuck,
        load_average=round(os.getloadavg()[0], 2),
        machine_ms=machine,
    )


def compare(students: list[Student]) -> tuple[int, int]:
    """Events of the log that a stream did not bring, and events that it brought twice."""
    heard = {one.seat.class_id: Counter(one.seqs) for one in students}
    with unit_of_work() as session:
        query = select(EventRow.class_id, func.max(EventRow.seq)).where(EventRow.class_id.in_(list(heard)))
        last: dict[UUID, int] = dict(session.execute(query.group_by(EventRow.class_id)).all())
    lost = sum(1 for class_id, seqs in heard.items() for seq in range(1, last[class_id] + 1) if not seqs[seq])
    return lost, sum(count - 1 for seqs in heard.values() for count in seqs.values() if count > 1)


def delivered(students: list[Student], direct: Direct, since: datetime) -> float:
    """Words shown of the words sent. The model's own count of tokens says how many those were."""
    classes = [one.seat.class_id for one in students]
    with unit_of_work() as session:
        query = select(func.sum(ModelCall.tokens_out)).where(ModelCall.about.in_(classes), ModelCall.at >= since)
        sent = int(session.scalar(query) or 0)
    shown = sum(turn.words for one in students for turn in one.turns)
    return shown / max(1.0, sent * direct.words_per_token)
