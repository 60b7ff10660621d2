"""`bench author`: how long a deck takes to be written, against what the model could do at best.

It starts a platform of its own, as `up` starts it, on a stub model with exact timing (`bench_author_stub`), writes a
deck of pages of different length, and writes the same deck again, which the cache answers. A short lesson is written
before, so that what a worker loads once is not measured. Times are those of the rows: from when a run was asked for.
"""

import argparse
import heapq
import random
import signal
import sys
import time
from datetime import datetime
from pathlib import Path
from uuid import UUID

import httpx
from pydantic import BaseModel, JsonValue
from sqlalchemy import func, select

from app.accounts.schema import SiteRole, Who
from app.base.console import say_progress, say_table, write_figures
from app.base.db import new_id, now, unit_of_work
from app.base.errors import AppError
from app.cli import bench_author_stub as stub
from app.cli import bench_class_stage as stage
from app.courses import service as courses
from app.courses.models import Material
from app.courses.pages import store_page
from app.courses.passages import cut
from app.courses.schema import ReadPage
from app.inference.models import ModelCall
from app.inference.service import embed
from app.lessons import service as lessons
from app.lessons.models import LessonPage
from app.lessons.runs.models import GenerationRun, GenerationStep
from app.lessons.runs.schema import RunState

PAGES = 40
POINTS = (2, 3, 4, 5, 6)
LOOK_SECONDS = 0.05
PATIENCE_SECONDS = 300
NOUNS = (
    "river", "valley", "glacier", "forest", "harbour", "meadow", "mountain", "desert", "island", "marsh", "canyon",
    "delta", "orchard", "quarry", "lagoon", "prairie", "plateau", "fjord", "estuary", "moor", "spring", "cliff",
    "beach", "dune", "engine", "bridge", "mill", "kiln", "furnace", "loom", "pump", "turbine", "magnet", "battery",
    "lens", "mirror",
)  # fmt: skip
KINDS = ("shallow", "ancient", "frozen", "narrow", "quiet", "distant", "bright", "heavy", "gentle", "steep")
VERBS = ("carries", "shapes", "warms", "covers", "feeds", "cools", "widens", "moves", "guards", "fills")


class AuthorFigures(BaseModel):
    """`total_s`: from the go to the last page. `ideal_s`: the tokens that were said over what all streams say at once.
    `packed_s`: the same calls on as many streams, the longest first, and nothing else to do: the floor of any platform.

    `first_page_ratio`: from the go until the first page can be taught, over that page's call of the model alone.
    `cached_rerun_s`: the same deck written again.
    """

    pages: int
    streams: int
    tokens: int = 0
    calls: int = 0
    most_streams: int = 0
    total_s: float = 0.0
    ideal_s: float = 0.0
    ratio_to_ideal: float = 0.0
    packed_s: float = 0.0
    ratio_to_packed: float = 0.0
    first_page_s: float = 0.0
    first_page_ratio: float = 0.0
    cached_rerun_s: float = 0.0
    cached_calls: int = 0
    fallbacks: int = 0
    failed: int = 0


def add(parts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `author` to the bench commands."""
    parser = parts.add_parser("author", help="writing a deck: total time, first page, and again from the cache")
    parser.add_argument("--pages", type=int, default=PAGES, help="of the deck (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Measure, and print or write what was found; 1 when a page was not written by the model."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the platform under measurement ends with us
    settings = {"LYCEUM_AUTHOR_WINDOW": str(stub.STREAMS)}
    with stage.stub("app.cli.bench_author_stub") as url, stage.platform(url, more=settings):
        figures = measure(url, max(1, chosen.pages))
    say_progress("")
    values: dict[str, JsonValue] = figures.model_dump()
    if chosen.json:
        write_figures(chosen.json, "bench author", values)
    else:
        say_table([[name.replace("_", " "), value] for name, value in values.items()], ("figure", "value"))
    return 1 if figures.fallbacks or figures.failed else 0


def measure(url: str, pages: int) -> AuthorFigures:
    """Write a short lesson, then a deck of so many pages, then the same deck again."""
    instructor = stage.make_person(SiteRole.INSTRUCTOR)
    say_progress("a short lesson, to warm up")
    _written(instructor, _deck(instructor, stub.STREAMS, seed=1))
    figures = AuthorFigures(pages=pages, streams=stub.STREAMS)
    say_progress(f"a deck of {pages} pages")
    material_id = _deck(instructor, pages, seed=2)
    before = _stats(url)
    since = now()
    _first_time(figures, _written(instructor, material_id))
    figures.packed_s = round(_packed(since), 3)
    figures.ratio_to_packed = round(figures.total_s / figures.packed_s, 3)
    after = _stats(url)
    figures.calls, figures.tokens = after["calls"] - before["calls"], after["tokens"] - before["tokens"]
    figures.most_streams = after["most"]
    figures.ideal_s = round(figures.tokens / (stub.STREAMS * stub.TOKENS_PER_SECOND), 3)
    figures.ratio_to_ideal = round(figures.total_s / figures.ideal_s, 3)
    say_progress("the same deck again")
    again = _written(instructor, material_id)
    figures.cached_rerun_s = _seconds(again)
    figures.cached_calls = _stats(url)["calls"] - after["calls"]
    return figures


def _first_time(figures: AuthorFigures, run: GenerationRun) -> None:
    """Take the times of a run and its first page from the rows."""
    figures.total_s = _seconds(run)
    with unit_of_work() as session:
        page = session.scalars(
            select(LessonPage).where(LessonPage.lesson_id == run.lesson_id, LessonPage.number == 1)
        ).one()
        call = session.get_one(ModelCall, page.call_id)
        plain = select(func.count()).where(LessonPage.lesson_id == run.lesson_id, LessonPage.fallback)
        bad = select(func.count()).where(GenerationStep.run_id == run.id, GenerationStep.problem != "")
        figures.fallbacks, figures.failed = session.scalar(plain) or 0, session.scalar(bad) or 0
    if page.ready_at is None:
        raise AppError("The first page was not written.")
    figures.first_page_s = round((page.ready_at - run.asked_at).total_seconds(), 3)
    figures.first_page_ratio = round(figures.first_page_s / (call.total_ms / 1000), 3)


def _packed(since: datetime) -> float:
    """Seconds that the stub takes for the calls since then where the longest begins first and no stream ever waits."""
    with unit_of_work() as session:
        calls = session.scalars(select(ModelCall.tokens_out).where(ModelCall.at >= since))
        lengths = sorted((stub.FIRST_SECONDS + tokens / stub.TOKENS_PER_SECOND for tokens in calls), reverse=True)
    streams = [0.0] * stub.STREAMS
    for length in lengths:
        heapq.heapreplace(streams, streams[0] + length)
    return max(streams)


def _written(instructor: Who, material_id: UUID) -> GenerationRun:
    """Begin a lesson on a deck and wait until its run is over."""
    with unit_of_work() as session:
        course_id = session.get_one(Material, material_id).course_id
        module = courses.access_course(session, instructor, course_id).modules[0]
        lesson_id = lessons.start(session, instructor, module.id, material_id, "Bench")
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        with unit_of_work() as session:
            run = session.scalars(select(GenerationRun).where(GenerationRun.lesson_id == lesson_id)).one()
        if run.state == RunState.DONE:
            return run
        time.sleep(LOOK_SECONDS)
    raise AppError("The deck was not written in five minutes; the platform's logs say why.")


def _seconds(run: GenerationRun) -> float:
    if run.ended_at is None:
        raise AppError("The run did not end.")
    return round((run.ended_at - run.asked_at).total_seconds(), 3)


def _stats(url: str) -> dict[str, int]:
    found: dict[str, int] = httpx.get(url.removesuffix("/v1") + "/stats", trust_env=False).json()
    return found


# ---------------------------------------------------------------------------------------------------------- the deck


def _deck(instructor: Who, count: int, seed: int) -> UUID:
    """A deck in a course of its own, as it is once it was read."""
    chance = random.Random(seed)
    with unit_of_work() as session:
        course_id = courses.create_course(session, instructor, f"Bench {seed}")
        material = Material(
            id=new_id(),
            course_id=course_id,
            uploaded_by=instructor.id,
            filename="bench.pptx",
            kind="pptx",
            size=1,
            sha256=new_id().hex * 2,
            status="ready",
            page_count=count,
        )
        session.add(material)
        session.flush()
        for number in range(1, count + 1):
            page = page_of(number, chance)
            passages = cut(page)
            store_page(session, material.id, page, passages, embed(passages))
        return material.id


def page_of(number: int, chance: random.Random) -> ReadPage:
    """A page of two to six points, no sentence like another."""
    nouns = chance.sample(NOUNS, len(NOUNS))
    title = f"The {chance.choice(KINDS)} {nouns.pop()} and the {nouns.pop()} of {nouns.pop()} {number}"
    return ReadPage(
        number=number, title=title, text="\n".join(_point(nouns, chance) for _ in range(chance.choice(POINTS)))
    )


def _point(nouns: list[str], chance: random.Random) -> str:
    """A sentence of about twenty words."""
    one, two, three, four, five = (nouns.pop() for _ in range(5))
    kind, other = chance.sample(KINDS, 2)
    verb, again = chance.sample(VERBS, 2)
    first = f"The {kind} {one} {verb} the {two} because its {three} is near"
    return f"{first}, and the {other} {four} {again} the {five} in turn."
