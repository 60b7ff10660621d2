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
    ("Can you explain the main point of this page?", "I do not understand that. Can you say it more simply?"),
    ("Why is that so?", "Can you give me an example of that?"),
    ("What does this mean for how I learn?", "What is the most important word on this page?"),
)
"""What a student asks on the second page of the demo lesson and on those after it; the first has only a title."""
PAUSE_SECONDS = 4.0
ROUNDS = 4
"""How many replies each stream asks for: all streams begin together and each goes on as soon as it was answered."""
QUIET_SECONDS = 5.0
PATIENCE_SECONDS = 300.0


@dataclass
class Normal:
    """A class as students attend it: which share of the prompts' tokens the server had read before, in all prompts and
    in those of turns, which somebody waits for; calls to a directing model per turn; median seconds to an answer's
    first words.
    """

    cached_share: float
    cached_share_of_turns: float
    director_calls: float
    first_words: float


def normal(platform: Platform, seat: Seat) -> Normal:
    """Attend some pages of a class, ask two questions on each, and count what its prompts cost."""

    async def run() -> list[float]:
        student = Student(seat, Site(platform.url))
        await student.enter()
        for questions in QUESTIONS:
            await asyncio.to_thread(_control, seat, Control.FORWARD)
            for words in questions:
                await asyncio.sleep(PAUSE_SECONDS)
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await student.ask(words)
        student.leave()
        return [turn.first - turn.posted for turn in student.turns if turn.first]

    _control(seat, Control.RESUME)
    time.sleep(PAUSE_SECONDS)
    waits = asyncio.run(run())
    _control(seat, Control.PAUSE)
    with unit_of_work() as session:
        calls = list(session.scalars(select(ModelCall).where(ModelCall.about == seat.class_id)))
        turns = session.scalar(
            select(func.count()).where(EventRow.class_id == seat.class_id, EventRow.kind == Kind.SAID.value)
        )
    directing = sum(call.role == Role.DIRECTOR.value for call in calls)
    spoken = [call for call in calls if call.tokens_out > 1]  # whoever only reads a page ahead says one token
    return Normal(_cached(calls), _cached(spoken), directing / max(1, turns or 0), middle(waits))


def _control(seat: Seat, verb: Control) -> None:
    with unit_of_work() as session:
        classroom.control(session, seat.who, seat.class_id, verb)


def _cached(calls: list[ModelCall]) -> float:
    return sum(call.tokens_cached for call in calls) / max(1, sum(call.tokens_in for call in calls))


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
