"""The other parts of `bench class`: idle pages, replay of a long class, append and fan-out."""

import asyncio
import time
from dataclasses import dataclass, replace
from uuid import UUID

import uvloop

from app.base.db import unit_of_work
from app.base.settling import settle
from app.classroom import service as classroom
from app.classroom.log.writing import OpenLog
from app.classroom.schema import Body, Control, Draft, Kind
from app.cli.bench_class_figures import quantile
from app.cli.bench_class_load import Student, enter_all
from app.cli.bench_class_stage import Platform, School, Seat
from app.cli.bench_class_wire import Lines, Site

LONG_CLASS = 2000
ROOM = 200
APPENDS = 200
TABS = 5
IDLE_SECONDS = 10.0
REPLAYS = 40


@dataclass
class Idle:
    """Class pages that stay open while nothing happens: how many, memory each, and the share of a core they take."""

    pages: int
    kilobytes: float
    cpu_share: float


def idle(platform: Platform, seats: list[Seat]) -> Idle:
    """Open every class, wait, and see which of them still hear what is then said in them."""

    async def run() -> Idle:
        students = [Student(seat, Site(platform.url)) for seat in seats]
        before = platform.memory()
        await enter_all(students)
        await asyncio.sleep(1)
        began, spent = time.perf_counter(), platform.cpu()
        await asyncio.sleep(IDLE_SECONDS)
        now = platform.cpu()
        share = sum(now.since(spent).parts.values()) / (time.perf_counter() - began)
        grown = platform.memory() - before
        heard = [len(one.seqs) for one in students]
        await asyncio.to_thread(_append_to, [seat.class_id for seat in seats])
        await asyncio.sleep(2)
        alive = sum(len(one.seqs) > known for one, known in zip(students, heard, strict=True))
        for one in students:
            one.leave()
        return Idle(alive, grown / 1024 / max(1, len(students)), share)

    return uvloop.run(run())


def _append_to(class_ids: list[UUID]) -> None:
    for class_id in class_ids:
        with unit_of_work() as session:
            OpenLog.lock(session, class_id).append(Draft(kind=Kind.NOTICE, body=Body(text="Still here?")))


def append(platform: Platform, seats: list[Seat]) -> float:
    """Append to one class after another while all of them are open in TABS tabs; milliseconds (p95) from the beginning
    of the append until the last of its tabs has the event."""
    return _fan_out(platform, [[seat] * TABS for seat in seats])


def room(platform: Platform, school: School, seats: list[Seat]) -> float:
    """`append` in one class that all of these students attend together."""
    with unit_of_work() as session:
        class_id = classroom.open_shared(session, school.instructor, school.lesson_ids[0])
        classroom.control(session, school.instructor, class_id, Control.PAUSE)
    for seat in seats:
        with unit_of_work() as session:
            classroom.join(session, seat.who, class_id)
    return _fan_out(platform, [[replace(seat, class_id=class_id) for seat in seats]])


def _fan_out(platform: Platform, classes: list[list[Seat]]) -> float:
    """Append to one class after another while all seats are open; milliseconds (p95) until the last seat of the class
    has the event."""

    async def run() -> list[float]:
        groups = [[Student(seat, Site(platform.url)) for seat in seats] for seats in classes]
        everybody = [one for group in groups for one in group]
        await enter_all(everybody)
        settle()  # who appends does so in a process that has settled, as those of the platform have
        took = []
        for number in range(APPENDS):
            group = groups[number % len(groups)]
            for one in group:
                one.opened.clear()
            began = time.perf_counter()
            await asyncio.to_thread(_append_to, [group[0].seat.class_id])
            async with asyncio.timeout(10):
                for one in group:
                    await one.opened.wait()
            took.append(time.perf_counter() - began)
            await asyncio.sleep(0.01)
        for one in everybody:
            one.leave()
        return took

    return round(quantile(uvloop.run(run()), 0.95) * 1000, 2)


def replay(platform: Platform, seat: Seat) -> float:
    """Fill a class up to LONG_CLASS events, and come to it again and again; milliseconds (p95) to its last event."""
    body = Body(text="What a plant takes in and what it gives back. " * 3, page=1)
    with unit_of_work() as session:
        log = OpenLog.lock(session, seat.class_id)
        while log.row.last_seq < LONG_CLASS:
            log.append(Draft(kind=Kind.NOTICE, body=body))
            if log.row.last_seq % 200 == 0:
                session.flush()

    async def once() -> float:
        wire, site, whole = await Site(platform.url).connect(), Site(platform.url), asyncio.Event()

        def take(name: bytes, data: bytes) -> None:
            if name == b"event" and b'"seq":2000,' in data:
                whole.set()

        began = time.perf_counter()
        wire.send(site.get(f"/classes/{seat.class_id}/events", seat.kept), Lines(take))
        async with asyncio.timeout(30):
            await whole.wait()
        wire.close()
        return time.perf_counter() - began

    async def run() -> list[float]:
        return [await once() for _ in range(REPLAYS)]

    return round(quantile(uvloop.run(run()), 0.95) * 1000, 2)
