"""`bench analyse`: a whole analysis of a simulated course, from rows to figures, and again after new records.

Without --course it starts a platform of its own and simulates the course into it, which takes minutes.
"""

import argparse
import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import BaseModel, JsonValue
from sqlalchemy import event, func, select
from sqlalchemy.engine import Engine

from app.analysis.keeping import forget, parts_of
from app.analysis.report import PARTS
from app.analysis.schema import Part
from app.analysis.service import make_parts, read_course
from app.assessment.models import Attempt, Paper, Sitting
from app.base.console import say_progress, say_table, write_figures
from app.base.db import get_engine, unit_of_work
from app.base.embedded.address import need_stores
from app.classroom.models import ClassSession, EventRow, held_in
from app.cli import bench_class_stage as stage
from app.cli.simulated.growing import grow
from app.cli.simulated.school import simulate

STUDENTS, RECORDS, NEW = 500, 100_000, 1_000


class AnalyseFigures(BaseModel):
    """Seconds, but for counts and ratios. `answers` and `events` are rows read.

    `whole_*`: every part from nothing kept. `again_*`: after `new_answers` more, with what was kept before. `count_s`:
    a plain SELECT count of the same rows, to which `*_db_ratio` are the ratios of the database's time.
    """

    students: int
    answers: int = 0
    events: int = 0
    first_s: float = 0.0
    whole_s: float = 0.0
    whole_cpu_s: float = 0.0
    """Processor time of this process, which other work on the machine does not lengthen much."""
    whole_db_s: float = 0.0
    whole_queries: int = 0
    count_s: float = 0.0
    whole_db_ratio: float = 0.0
    unchanged_s: float = 0.0
    new_answers: int = 0
    again_s: float = 0.0
    again_cpu_s: float = 0.0
    again_db_s: float = 0.0
    again_queries: int = 0
    again_db_ratio: float = 0.0
    by_part_s: dict[str, float] = {}


def add(parts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `analyse` to the bench commands."""
    parser = parts.add_parser("analyse", help="the analysis of a course: all of it, and after new records")
    parser.add_argument("--students", type=int, default=STUDENTS, help="simulated (default: %(default)s)")
    parser.add_argument("--records", type=int, default=RECORDS, help="simulated (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--course", type=UUID, metavar="ID", help="a course simulated before, on the running platform")
    parser.add_argument("--data", type=Path, help="the data folder of the running platform")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Measure, and print or write what was found."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the platform under measurement ends with us
    if chosen.course:
        need_stores(chosen.data)
        figures = measure(chosen.course, chosen.seed)
    else:
        with stage.stub() as inference, stage.platform(inference):
            school = simulate(chosen.students, chosen.seed, say_progress, chosen.records)
            figures = measure(school.lessons.course_id, chosen.seed)
    say_progress("")
    values: dict[str, JsonValue] = figures.model_dump()
    if chosen.json:
        write_figures(chosen.json, "bench analyse", values)
    else:
        say_table([[name.replace("_", " "), str(value)] for name, value in values.items()], ("figure", "found"))
    return 0


class Clock:
    """Time that statements took in the database, and how many there were."""

    def __init__(self) -> None:
        self.seconds, self.queries, self._began = 0.0, 0, 0.0

    def begin(self, *_: Any) -> None:
        """A statement is sent."""
        self._began = time.perf_counter()

    def end(self, *_: Any) -> None:
        """Its rows are here."""
        self.seconds += time.perf_counter() - self._began
        self.queries += 1


@contextlib.contextmanager
def watched(engine: Engine) -> Iterator[Clock]:
    """Listen to an engine's statements; psycopg hands over all rows before it says that a statement is done."""
    clock = Clock()
    event.listen(engine, "before_cursor_execute", clock.begin)
    event.listen(engine, "after_cursor_execute", clock.end)
    yield clock
    event.remove(engine, "before_cursor_execute", clock.begin)
    event.remove(engine, "after_cursor_execute", clock.end)


def measure(course_id: UUID, seed: int) -> AnalyseFigures:
    """All parts from nothing kept, twice (the first makes digests of logs, once for all), then after new answers."""
    answers, events, _ = _count(course_id)
    figures = AnalyseFigures(students=_students(course_id), answers=answers, events=events)
    say_progress("the whole analysis, for the first time")
    figures.first_s = _timed(lambda: _fresh(course_id))[0]
    say_progress("the whole analysis")
    spent = time.process_time()
    with watched(get_engine()) as clock:
        figures.whole_s, _ = _timed(lambda: _fresh(course_id))
    figures.whole_cpu_s = round(time.process_time() - spent, 3)
    figures.whole_db_s, figures.whole_queries = round(clock.seconds, 3), clock.queries
    figures.count_s = _count(course_id)[2]
    figures.whole_db_ratio = round(clock.seconds / figures.count_s, 1)
    figures.by_part_s = _by_part(course_id)
    say_progress("nothing new, then new answers")
    _kept(course_id)
    figures.unchanged_s, _ = _timed(lambda: _kept(course_id))
    figures.new_answers = grow(course_id, NEW, seed)
    spent = time.process_time()
    with watched(get_engine()) as clock:
        figures.again_s, _ = _timed(lambda: _kept(course_id))
    figures.again_cpu_s = round(time.process_time() - spent, 3)
    figures.again_db_s, figures.again_queries = round(clock.seconds, 3), clock.queries
    figures.again_db_ratio = round(clock.seconds / figures.count_s, 1)
    return figures


def _timed(work: Any) -> tuple[float, Any]:
    began = time.perf_counter()
    found = work()
    return round(time.perf_counter() - began, 3), found


def _fresh(course_id: UUID) -> list[Part]:
    forget()
    with unit_of_work() as session:
        return make_parts(read_course(session, course_id))


def _kept(course_id: UUID) -> list[Part]:
    with unit_of_work() as session:
        return parts_of(session, course_id)


def _by_part(course_id: UUID) -> dict[str, float]:
    forget()
    with unit_of_work() as session:
        seconds, subject = _timed(lambda: read_course(session, course_id))
        found = {"reading answers": seconds}
        for one in PARTS:
            found[one.name] = _timed(lambda one=one: one.make(subject))[0]
    return found


def _count(course_id: UUID) -> tuple[int, int, float]:
    """Answers and events of a course, and how long the database takes to count them."""
    answered = (
        select(func.count())
        .select_from(Attempt)
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .join(Paper, Paper.id == Sitting.paper_id)
        .where(Paper.course_id == course_id)
    )
    happened = (
        select(func.count())
        .select_from(EventRow)
        .join(ClassSession, ClassSession.id == EventRow.class_id)
        .where(held_in(course_id))
    )
    with unit_of_work() as session, watched(get_engine()) as clock:
        answers, events = session.scalar(answered) or 0, session.scalar(happened) or 0
    return answers, events, round(clock.seconds, 4)


def _students(course_id: UUID) -> int:
    with unit_of_work() as session:
        return read_course(session, course_id).source.enrolled
