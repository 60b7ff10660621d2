"""kill -9 of the worker in every step of a run in turn: the lesson is written, and each kill costs one call at most."""

import time
from collections.abc import Callable, Iterator

import pytest
from making import make_lesson
from parts import Services, start_clock
from sqlalchemy import select, update
from stub_model import Scripted, Seen, StubModel

from app.base.db import unit_of_work
from app.base.embedded.processes import Child
from app.base.settings import get_settings
from app.cli import parts
from app.lessons.models import LessonPage
from app.lessons.runs import running
from app.lessons.runs.models import GenerationRun, GenerationStep
from app.lessons.runs.schema import RunState

pytestmark = pytest.mark.journey

WORDS = (
    ("Membranes", "A membrane surrounds each cell. It lets water in and keeps harmful things out."),
    ("Energy", "Mitochondria turn sugar into energy. A muscle cell has thousands of mitochondria."),
    ("Nuclei", "The nucleus holds the plan of the cell. It says which proteins are made."),
)
PATIENCE = 60.0
LEASE = {"LYCEUM_AUTHOR_LEASE_SECONDS": "4", "LYCEUM_AUTHOR_WINDOW": "1"}
"""Short, and longer than a worker that lives is kept from renewing it on a machine that is busy with other tests."""


@pytest.fixture
def worker(services: Services) -> Iterator[Child]:
    """A worker that writes one step at a time and is missed soon, and the clock beside it."""
    told = parts.python_environment({**services.environment, **LEASE})
    log = services.folder.logs / "worker.log"
    clock, child = start_clock(services), services.child(parts.worker_part(parts.Pool("write,records", 4), log, told))
    yield child
    child.stop()
    clock.stop()


def until(what: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < ends, f"not within {PATIENCE} s"
        time.sleep(0.03)


def test_a_worker_that_is_killed_in_every_step_costs_a_call_each(
    db: Services, stub: StubModel, worker: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_settings(), "author_window", 1)
    made = make_lesson(WORDS)
    until(lambda: not _open(made.lesson_id))
    stub.log.clear()
    stub.script(Scripted(first_token_ms=600))
    with unit_of_work() as session:
        session.execute(update(LessonPage).values(status="waiting", actions=[]))
        run_id = running.begin(session, made.lesson_id, made.instructor.id, is_fresh=True)
    for title, _ in WORDS:
        until(lambda title=title: any(f"Now: {title}" in seen.turn for seen in _under_way(stub)))  # type: ignore[misc]
        worker.process.kill()
        worker.process.wait()
        worker.start()
    until(lambda: not _open(made.lesson_id))
    with unit_of_work() as session:
        assert session.get_one(GenerationRun, run_id).state == RunState.DONE
        steps = session.scalars(select(GenerationStep).where(GenerationStep.run_id == run_id)).all()
        pages = session.scalars(select(LessonPage).order_by(LessonPage.number)).all()
    assert [step.attempts for step in steps] == [2] * len(WORDS)
    assert [(page.status, page.fallback, page.revision) for page in pages] == [("ready", False, 2)] * len(WORDS)
    assert len(stub.log) <= 2 * len(WORDS)


def _under_way(stub: StubModel) -> list[Seen]:
    with stub.lock:
        return [seen for seen in stub.log if seen.outcome == "open"]


def _open(lesson_id: object) -> bool:
    query = select(GenerationRun.id).where(
        GenerationRun.lesson_id == lesson_id, GenerationRun.state == RunState.RUNNING
    )
    with unit_of_work() as session:
        return session.scalar(query.limit(1)) is not None
