"""The writing of a lesson on its page: what it will take, the word to begin, stopping, and the line that follows it."""

import asyncio
import json
from collections.abc import Callable
from uuid import UUID

import pytest
from making import do_steps
from parts import Services
from people import Browser, School, school, sign_in
from sqlalchemy import delete, select, update
from stub_model import Scripted, StubModel

from app.base.db import unit_of_work
from app.base.queue import get_redis
from app.base.settings import get_settings
from app.courses import service as courses
from app.courses.models import PageRow
from app.inference.breaker import breaker_of
from app.lessons import service as lessons
from app.lessons.models import Lesson, LessonPage
from app.lessons.runs import carrying
from app.lessons.runs.models import GenerationRun, GenerationStep
from app.lessons.runs.schema import StepState
from app.web import lesson_stream
from app.web.lesson_runs import duration, money, thousands


@pytest.fixture
def place(db: Services, stub: StubModel) -> School:
    """A school with a lesson of two pages that nobody has asked to be written."""
    breaker_of(get_settings().inference_url).succeeded()
    made = school()
    with unit_of_work() as session:
        session.execute(update(GenerationStep).values(state=StepState.DONE))
        session.execute(update(GenerationRun).values(state="done"))
        session.execute(update(LessonPage).values(status="waiting", actions=[]))
        session.execute(update(PageRow).values(text="A green pigment in each leaf catches the light of the sun."))
    return made


@pytest.fixture
def teacher(place: School) -> Browser:
    return sign_in(place.instructor)


def newest(place: School) -> GenerationRun:
    query = select(GenerationRun).where(GenerationRun.lesson_id == place.lesson_id)
    with unit_of_work() as session:
        return session.scalars(query.order_by(GenerationRun.asked_at.desc()).limit(1)).one()


def test_what_it_takes_is_told_before_it_begins_and_beside_what_it_took(place: School, teacher: Browser) -> None:
    here = f"/lessons/{place.lesson_id}"
    before = teacher.get(here).text
    assert "Write the lesson" in before
    assert "2 pages: about 2 calls of the language model with" in before
    assert "free." in before
    assert teacher.submit(f"{here}/run").headers["location"] == here
    under_way = teacher.get(f"{here}/run").text
    assert "Stop writing" in under_way
    assert "Write the lesson" not in under_way
    assert "2 pages: about" not in under_way
    do_steps()
    after = teacher.get(here).text
    assert "Expected" in after
    assert "Taken" in after
    assert after.count('data-step="') == 2
    assert "Ada Brandt" in after
    assert teacher.submit(f"{here}/run").status_code == 409


def test_a_deck_that_was_just_read_is_waited_for_until_its_pages_are_open(place: School, teacher: Browser) -> None:
    """Between the two a page that looks would stop asking, and never offer to write."""
    here = f"/lessons/{place.lesson_id}/run"
    with unit_of_work() as session:
        session.execute(update(Lesson).values(at_once=False))
        session.execute(delete(LessonPage))
    assert "data-reading" in teacher.get(here).text
    with unit_of_work() as session:
        lessons.open_pages(session, session.scalars(select(Lesson.material_id)).one())
    opened = teacher.get(here).text
    assert "data-reading" not in opened
    assert "Write the lesson" in opened


def test_writing_is_stopped_and_gone_on_with(place: School, teacher: Browser) -> None:
    here = f"/lessons/{place.lesson_id}"
    teacher.submit(f"{here}/run")
    run = newest(place)
    assert teacher.submit(f"{here}/runs/{run.id}/cancel").status_code == 303
    stopped = teacher.get(here).text
    assert "Go on writing" in stopped
    assert "Called off" in stopped
    assert teacher.submit(f"{here}/runs/{run.id}/cancel").status_code == 409
    assert teacher.submit(f"{here}/runs/{run.id}/go-on").status_code == 303
    do_steps()
    assert newest(place).id == run.id
    with unit_of_work() as session:
        assert lessons.access_lesson(session, place.instructor.who, place.lesson_id).written == 2


def test_a_step_that_failed_is_done_again_from_the_page(
    place: School, teacher: Browser, stub: StubModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "ATTEMPTS", 1)
    stub.script(Scripted(match="Now: Leaf 2", fault="drop"))
    here = f"/lessons/{place.lesson_id}"
    teacher.submit(f"{here}/run")
    do_steps()
    failed = teacher.get(here).text
    assert "Write page 2 failed: The language model did not answer." in failed
    stub.script()
    breaker_of(get_settings().inference_url).succeeded()
    with unit_of_work() as session:
        step_id = session.scalars(select(GenerationStep.id).where(GenerationStep.state == StepState.FAILED)).one()
    assert teacher.submit(f"{here}/steps/{step_id}/retry").status_code == 303
    do_steps()
    assert "failed:" not in teacher.get(here).text


def test_who_does_not_teach_the_course_sees_and_does_nothing_of_it(place: School, teacher: Browser) -> None:
    teacher.submit(f"/lessons/{place.lesson_id}/run")
    run = newest(place)
    with unit_of_work() as session:
        step_id = session.scalars(select(GenerationStep.id).where(GenerationStep.run_id == run.id).limit(1)).one()
    other = school()
    for browser in (sign_in(place.student), sign_in(place.researcher), sign_in(other.instructor)):
        here = f"/lessons/{place.lesson_id}"
        assert [browser.get(f"{here}/{one}").status_code for one in ("run", "run/events")] == [404, 404]
        changes = ("run", f"runs/{run.id}/cancel", f"runs/{run.id}/go-on", f"steps/{step_id}/retry")
        assert [browser.submit(f"{here}/{one}").status_code for one in changes] == [404] * 4
    outsider = sign_in(other.instructor)
    theirs = f"/lessons/{other.lesson_id}"
    assert outsider.submit(f"{theirs}/runs/{run.id}/cancel").status_code == 404
    assert outsider.submit(f"{theirs}/steps/{step_id}/retry").status_code in (404, 409)
    assert newest(place).state == "running"


def test_a_deck_that_is_read_still_is_written_as_soon_as_it_is(db: Services) -> None:
    place = school(read=False)
    with unit_of_work() as session:
        session.execute(update(Lesson).values(at_once=False))
    teacher = sign_in(place.instructor)
    here = f"/lessons/{place.lesson_id}"
    assert "Write it as soon as it is read" in teacher.get(here).text
    assert teacher.submit(f"{here}/run").status_code == 303
    assert "Write it as soon as it is read" not in teacher.get(here).text
    courses.read_deck(place.material_id)
    with unit_of_work() as session:
        lessons.open_pages(session, place.material_id)
    assert newest(place).state == "running"


# --------------------------------------------------------------------------------------------------------- the line


def listen(
    lesson_id: UUID, after: int, count: int, act: Callable[[], None] | None = None
) -> list[tuple[int, dict[str, object]]]:
    """The first entries that a browser hears from `after` on; `act` happens once it is listening."""

    async def run() -> list[tuple[int, dict[str, object]]]:
        heard: list[tuple[int, dict[str, object]]] = []
        waiting = act
        async for text in lesson_stream.stream(lesson_id, lesson_id, after):
            for block in text.split("\n\n"):
                fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
                if fields.get("event") == "run":
                    heard.append((int(fields["id"]), json.loads(fields["data"])))
            if len(heard) >= count:
                return heard
            if waiting and text.startswith(":"):
                await asyncio.to_thread(waiting)
                waiting = None
        return heard

    return asyncio.run(asyncio.wait_for(run(), 30))


def test_the_line_tells_each_step_and_goes_on_where_it_was(place: School, teacher: Browser) -> None:
    with unit_of_work() as session:
        last = lessons.panel(session, place.lesson_id).last

    def begin() -> None:
        teacher.submit(f"/lessons/{place.lesson_id}/run")
        do_steps()

    whole = listen(place.lesson_id, last, 3, begin)
    steps = [one["step"]["number"] for _, one in whole if one["step"] and one["step"]["state"] == "done"]
    assert steps == sorted(steps)
    with unit_of_work() as session:
        rest = lessons.run_events(session, place.lesson_id, whole[1][0])
    assert [number for number, _ in listen(place.lesson_id, whole[1][0], len(rest))] == [one for one, _ in rest]
    assert rest[-1][1].run.state == "done"


def test_the_line_goes_on_while_the_broker_is_away(
    place: School, teacher: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(lesson_stream, "POLL_SECONDS", 0.1)
    teacher.submit(f"/lessons/{place.lesson_id}/run")
    get_settings.cache_clear()
    get_redis.cache_clear()
    try:
        with unit_of_work() as session:
            first = lessons.panel(session, place.lesson_id).last - 1
        assert len(listen(place.lesson_id, first, 3, do_steps)) >= 3  # the beginning, and the end of each step
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
        get_redis.cache_clear()


def test_amounts_are_said_as_people_say_them() -> None:
    assert [thousands(count) for count in (0, 99, 1234, 56789)] == ["0", "99", "1,200", "57,000"]
    assert [duration(one) for one in (0, 0.2, 59, 61, 7200)] == ["no time", "1 s", "59 s", "1 min", "2.0 h"]
    assert [money(one, "EUR") for one in (0, 0.001, 1.239)] == ["0.00 EUR", "less than 0.01 EUR", "1.24 EUR"]
