"""The part of `bench class` on the bundled model: a normal class's prompts, and the model's speed through classes."""

import asyncio
import time
from dataclasses import dataclass

from sqlalchemy import func, select

from app.base.db import now, unit_of_work
from app.base.errors import AppError
from app.classroom import service as classroom
from app.classroom.models import EventRow
from app.classroom.schema import Control, Kind, Voice
from app.classroom.stage.cast import full_cast
from app.cli import bench_class_direct as direct
from app.cli.bench_class_figures import middle
from app.cli.bench_class_load import Student, enter_all
from app.cli.bench_class_stage import Platform, Seat
from app.cli.bench_class_wire import Site
from app.courses.schema import Page
from app.inference.models import ModelCall
from app.inference.schema import Role

QUESTIONS = (
    "Why do we forget so quickly?",
    "Can you give me an example of that?",
    "What helps more, reading again or testing myself?",
    "I do not understand the last point. Can you explain it more simply?",
    "How long should I wait before I repeat something?",
)
"""What a student asks in a class of the demo lesson."""
PAUSE_SECONDS = 4.0
ROUNDS = 4
"""How many replies each stream asks for: all streams begin together and each goes on as soon as it was answered."""
QUIET_SECONDS = 5.0
PATIENCE_SECONDS = 300.0


@dataclass
class Normal:
    """A class as students attend it: what it asked of the model, and the median seconds until an answer began."""

    cached_share: float
    director_calls: float
    first_words: float


def normal(platform: Platform, seat: Seat) -> Normal:
    """Let a class teach itself, with some questions, and count what its prompts cost.

    The reading ahead of a page counts too: it is what makes the later prompts cheap.
    """

    async def run() -> list[float]:
        student = Student(seat, Site(platform.url))
        await student.enter()
        for words in QUESTIONS:
            await asyncio.sleep(PAUSE_SECONDS)
            async with asyncio.timeout(PATIENCE_SECONDS):
                await student.ask(words)
        student.leave()
        return [turn.first - turn.posted for turn in student.turns if turn.first]

    with unit_of_work() as session:
        classroom.control(session, seat.who, seat.class_id, Control.RESUME)
    waits = asyncio.run(run())
    with unit_of_work() as session:
        classroom.control(session, seat.who, seat.class_id, Control.PAUSE)
        calls = list(session.scalars(select(ModelCall).where(ModelCall.about == seat.class_id)))
        turns = session.scalar(
            select(func.count()).where(EventRow.class_id == seat.class_id, EventRow.kind == Kind.SAID.value)
        )
    read = sum(call.tokens_in for call in calls)
    directing = sum(call.role == Role.DIRECTOR.value for call in calls)
    cached = sum(call.tokens_cached for call in calls)
    return Normal(cached / max(1, read), directing / max(1, turns or 0), middle(waits))


def throughput(platform: Platform, seats: list[Seat], page: Page) -> tuple[float, float]:
    """Tokens a second of the model at the platform's own server: called directly, and through as many classes.

    Both are asked the same questions about the same page, ROUNDS times each; the time is that until the last answer.
    """
    time.sleep(QUIET_SECONDS)
    alone = asyncio.run(_directly(platform.inference_url, page, len(seats)))
    time.sleep(QUIET_SECONDS)
    since = now()
    seconds = asyncio.run(_through(platform, seats))
    classes = [seat.class_id for seat in seats]
    with unit_of_work() as session:
        query = select(func.sum(ModelCall.tokens_out)).where(ModelCall.about.in_(classes), ModelCall.at >= since)
        tokens = session.scalar(query)
    if not tokens:
        raise AppError("No class was answered by the bundled model; `lyceum check` says what is wrong with it.")
    return alone, float(tokens) / seconds


async def _directly(url: str, page: Page, streams: int) -> float:
    model, budget = direct.served(url), full_cast()[Voice.TUTOR].tokens

    async def one(number: int) -> int:
        tokens = 0
        for at in range(ROUNDS):
            prompt = direct.prompt_for(page, direct.question(number * 1000 + at))
            tokens += (await direct.ask(Site(url), model, prompt, budget)).tokens
        return tokens

    began = time.perf_counter()
    tokens = await asyncio.gather(*(one(number) for number in range(streams)))
    return sum(tokens) / (time.perf_counter() - began)


async def _through(platform: Platform, seats: list[Seat]) -> float:
    students = [Student(seat, Site(platform.url)) for seat in seats]
    await enter_all(students)

    async def one(number: int, student: Student) -> None:
        for at in range(ROUNDS):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await student.ask(direct.question(number * 1000 + at))

    began = time.perf_counter()
    await asyncio.gather(*(one(number, student) for number, student in enumerate(students)))
    took = time.perf_counter() - began
    for student in students:
        student.leave()
    return took
