"""Runs that write a lesson: the order of their steps, failures that stay alone, calling off, the log, the cache."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from making import Made, do_steps, make_lesson, step_of, write_page
from parts import Services
from sqlalchemy import select, update
from stub_model import Scripted, StubModel

from app.base.db import now, unit_of_work
from app.base.errors import Conflict, NotFound
from app.base.settings import get_settings
from app.courses import service as courses
from app.inference.breaker import breaker_of
from app.lessons import service as lessons
from app.lessons.models import LessonPage
from app.lessons.runs import carrying, handing, kinds, running
from app.lessons.runs.carrying import GONE
from app.lessons.runs.events import events_after, last_event
from app.lessons.runs.handing import hand_out
from app.lessons.runs.kinds import KINDS, Done, Planned, Step, StepKind
from app.lessons.runs.models import GenerationRun, GenerationStep
from app.lessons.runs.schema import RunState, StepState
from app.lessons.schema import PageState

WORDS = (
    ("Cells", "A cell is the smallest unit of life. Every plant and animal is built from cells."),
    ("Membranes", "A membrane surrounds each cell. It lets water in and keeps harmful things out."),
    ("Energy", "Mitochondria turn sugar into energy. A muscle cell has thousands of mitochondria."),
    ("Nuclei", "The nucleus holds the plan of the cell. It says which proteins are made."),
    ("Walls", "A plant cell has a firm wall. The wall keeps the plant upright without bones."),
    ("Light", "Chloroplasts catch light with a green pigment. They make sugar from water and air."),
)


@pytest.fixture
def made(db: Services, stub: StubModel) -> Iterator[Made]:
    """A lesson of six pages whose first run is over, though a person wrote them."""
    breaker_of(get_settings().inference_url).succeeded()
    lesson = make_lesson(WORDS)
    do_steps()
    stub.log.clear()
    yield lesson
    breaker_of(get_settings().inference_url).succeeded()


def called() -> list[UUID]:
    """Steps whose bells have rung, in the order of their run."""
    query = select(GenerationStep.id).where(GenerationStep.state == StepState.CALLED)
    with unit_of_work() as session:
        return list(session.scalars(query.order_by(GenerationStep.position)))


def begin(made: Made, lesson_id: UUID | None = None) -> UUID:
    """A run that writes every page of a lesson anew."""
    lesson_id = lesson_id or made.lesson_id
    with unit_of_work() as session:
        session.execute(update(LessonPage).where(LessonPage.lesson_id == lesson_id).values(status="waiting"))
        run_id = running.begin(session, lesson_id, made.instructor.id)
    assert run_id is not None
    return run_id


def run_of(run_id: UUID) -> GenerationRun:
    with unit_of_work() as session:
        return session.get_one(GenerationRun, run_id)


def steps_of(run_id: UUID) -> list[GenerationStep]:
    query = select(GenerationStep).where(GenerationStep.run_id == run_id).order_by(GenerationStep.position)
    with unit_of_work() as session:
        return list(session.scalars(query))


def states(run_id: UUID) -> list[str]:
    return [step.state for step in steps_of(run_id)]


def pages(made: Made) -> list[str]:
    with unit_of_work() as session:
        return [page.status for page in lessons.access_lesson(session, made.instructor, made.lesson_id).pages]


# ------------------------------------------------------------------------------------------------------- the order


def test_as_many_steps_are_called_as_the_model_takes_and_the_first_page_first(made: Made) -> None:
    run_id = begin(made)
    window = get_settings().author_window
    first = called()
    assert len(first) == window == 4
    assert first[0] == steps_of(run_id)[0].id
    assert steps_of(run_id)[0].number == 1
    lessons.carry_on(first[0])
    assert len(called()) == window
    assert states(run_id)[0] == StepState.DONE


def test_more_are_called_than_the_model_takes_only_once_somebody_is_at_work(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a long step called first could be the one that waits at the model, and everything for it."""
    monkeypatch.setattr(handing, "ONE_MORE_FOR", 2)
    begin(made)
    first = called()
    assert len(first) == 4
    with unit_of_work() as session:
        session.get_one(GenerationStep, first[0]).state = StepState.WORKING.value
        hand_out(session)
    assert len(called()) == 3 + 2


def test_two_lessons_share_the_places(made: Made) -> None:
    with unit_of_work() as session:
        module = lessons.lessons_of(session, made.course_id)[0].module_id
        other = lessons.start(session, made.instructor, module, made.material_id, "Again")
    begin(made)
    assert len(called()) == 4
    do_steps()
    with unit_of_work() as session:
        assert lessons.access_lesson(session, made.instructor, other).written == len(WORDS)
    assert pages(made) == [PageState.READY] * len(WORDS)


@pytest.fixture
def looking(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A kind of step that comes before the writing of each page; returns the pages it was done for."""
    done: list[int] = []

    def plan(session: object, lesson_id: UUID) -> list[Planned]:
        return [Planned(about=UUID(int=number), number=number, guess_in=1, guess_out=1) for number in (1, 2)]

    def work(step: Step) -> Done:
        done.append(step.number)
        return Done(kinds.nothing, "It was too dark." if step.number == 2 else "")

    write = KINDS["write page"]

    def after(session: object, lesson_id: UUID) -> list[Planned]:
        found = write.plan(session, lesson_id)  # type: ignore[arg-type]
        return [Planned(one.about, one.number, 1, 1, [UUID(int=one.number)]) for one in found]

    look = StepKind("look", "Look at page {number}", 10, plan, work, lambda step, why: Done(kinds.nothing, why))
    monkeypatch.setitem(KINDS, "look", look)
    monkeypatch.setitem(KINDS, "write page", StepKind(**{**vars(write), "plan": after}))
    return done


def test_a_step_waits_for_those_it_needs_and_for_no_others(made: Made, looking: list[int]) -> None:
    run_id = begin(made)
    kinds_called = {(step.kind, step.number) for step in steps_of(run_id) if step.state == StepState.CALLED}
    assert ("look", 1) in kinds_called
    assert not kinds_called & {("write page", 1), ("write page", 2)}
    do_steps()
    assert sorted(looking) == [1, 2]
    outcome = {(step.kind, step.number): step.state for step in steps_of(run_id)}
    assert outcome["look", 2] == StepState.FAILED
    assert outcome["write page", 2] == StepState.DONE
    assert run_of(run_id).state == RunState.DONE


# ---------------------------------------------------------------------------------------- failures, and calling off


def fail(made: Made, stub: StubModel) -> tuple[UUID, UUID]:
    """A run in which the model did not answer for the second page: (run, step)."""
    stub.script(Scripted(match="Now: Membranes", fault="drop"))
    run_id = begin(made)
    do_steps()
    assert states(run_id) == ["done", "waiting", "done", "done", "done", "done"]
    for _ in range(carrying.ATTEMPTS - 1):
        breaker_of(get_settings().inference_url).succeeded()
        write_page(made.lesson_id, 2)
    stub.script()
    breaker_of(get_settings().inference_url).succeeded()
    return run_id, step_of(made.lesson_id, 2)


def test_a_step_that_fails_pauses_only_itself_and_is_done_again_alone(made: Made, stub: StubModel) -> None:
    run_id, step_id = fail(made, stub)
    assert states(run_id) == ["done", "failed", "done", "done", "done", "done"]
    assert run_of(run_id).state == RunState.DONE
    with unit_of_work() as session:
        page = lessons.access_lesson(session, made.instructor, made.lesson_id).pages[1]
    assert (page.status, page.fallback, page.reason) == (PageState.READY, True, GONE)
    calls = len(stub.log)
    with unit_of_work() as session:
        running.retry(session, made.lesson_id, step_id)
        assert session.get_one(GenerationRun, run_id).state == RunState.RUNNING
    do_steps()
    assert (states(run_id), run_of(run_id).state) == (["done"] * 6, RunState.DONE)
    assert len(stub.log) == calls + 1
    with unit_of_work() as session:
        assert not lessons.access_lesson(session, made.instructor, made.lesson_id).pages[1].fallback


def test_only_what_failed_is_done_again_and_only_from_its_own_lesson(made: Made, stub: StubModel) -> None:
    run_id, failed = fail(made, stub)
    done = steps_of(run_id)[0].id
    with pytest.raises(Conflict), unit_of_work() as session:
        running.retry(session, made.lesson_id, done)
    with pytest.raises(NotFound), unit_of_work() as session:
        running.retry(session, uuid4(), failed)
    with pytest.raises(NotFound), unit_of_work() as session:
        running.retry(session, made.lesson_id, uuid4())
    with unit_of_work() as session:
        assert session.get_one(GenerationStep, failed).state == StepState.FAILED


def test_a_worker_that_dies_each_time_ends_in_the_pages_own_words(made: Made, stub: StubModel) -> None:
    run_id = begin(made)
    one = steps_of(run_id)[0].id
    for _ in range(carrying.ATTEMPTS):
        assert carrying._claim(one) is not None
        with unit_of_work() as session:
            session.execute(update(GenerationStep).where(GenerationStep.id == one).values(lease_until=now()))
    do_steps()
    lessons.carry_on(one)
    do_steps()
    assert states(run_id) == ["failed"] + ["done"] * 5
    assert steps_of(run_id)[0].problem == carrying.BROKE_OFF
    assert run_of(run_id).state == RunState.DONE


def test_a_run_is_called_off_and_taken_up_again(made: Made, stub: StubModel) -> None:
    run_id = begin(made)
    first, second = called()[:2]
    lessons.carry_on(first)
    taken = carrying._claim(second)
    assert taken is not None
    with unit_of_work() as session:
        session.execute(update(LessonPage).where(LessonPage.number == 6).values(actions=[]))
        running.cancel(session, made.lesson_id, run_id)
    assert states(run_id) == ["done"] + ["cancelled"] * 5
    assert pages(made) == [PageState.READY] * 5 + [PageState.WAITING]
    assert called() == []
    assert not taken.hold.renew()
    carrying._end(taken, carrying._work(taken), carrying.Account(), 1.0)
    assert states(run_id)[1] == StepState.CANCELLED
    with pytest.raises(Conflict), unit_of_work() as session:
        running.cancel(session, made.lesson_id, run_id)
    with unit_of_work() as session:
        running.take_up(session, made.lesson_id, run_id)
    assert pages(made) == [PageState.READY] + [PageState.WAITING] * 5
    do_steps()
    assert (states(run_id), run_of(run_id).state) == (["done"] * 6, RunState.DONE)
    assert pages(made) == [PageState.READY] * 6
    with pytest.raises(Conflict), unit_of_work() as session:
        running.take_up(session, made.lesson_id, run_id)


def test_a_call_under_way_ends_when_its_run_is_called_off(
    made: Made, stub: StubModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_settings(), "author_lease_seconds", 1.0)
    stub.script(Scripted(fault="silent"))
    run_id = begin(made)
    worker = threading.Thread(target=lessons.carry_on, args=(called()[0],))
    worker.start()
    while not stub.log:
        worker.join(0.05)
    with unit_of_work() as session:
        running.cancel(session, made.lesson_id, run_id)
    worker.join(10)
    assert not worker.is_alive()
    assert states(run_id) == ["cancelled"] * 6


# ----------------------------------------------------------------------------------------------- estimate and cost


def test_an_estimate_learns_from_what_steps_took(made: Made, stub: StubModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_settings(), "price_in", 2.0)
    monkeypatch.setattr(get_settings(), "price_out", 10.0)
    first = run_of(begin(made)).estimate
    assert (first["pages"], first["steps"], first["currency"]) == (6, 6, "EUR")
    assert first["money"] == pytest.approx((first["tokens_in"] * 2 + first["tokens_out"] * 10) / 1e6)
    do_steps()
    with unit_of_work() as session:
        module = lessons.lessons_of(session, made.course_id)[0].module_id
        lesson_id = lessons.start(session, made.instructor, module, made.material_id, "Another title", at_once=False)
        told = running.estimate(session, lesson_id)
        assert told is not None
    run_id = begin(made, lesson_id)
    do_steps()
    with unit_of_work() as session:
        line = events_after(session, lesson_id, 0)[-1][1].run
    assert line.state is RunState.DONE
    assert told.tokens_out == pytest.approx(line.actual.tokens_out, rel=0.1)
    assert told.tokens_in == pytest.approx(line.actual.tokens_in, rel=0.1)
    assert told.money == pytest.approx(line.actual.money, rel=0.1)
    assert line.actual.money == pytest.approx(sum(step.money for step in steps_of(run_id)))
    assert line.actual.calls == len(WORDS)


def test_the_same_deck_again_comes_from_the_cache_but_a_page_asked_for_again_does_not(
    made: Made, stub: StubModel
) -> None:
    begin(made)
    do_steps()
    assert len(stub.log) == 6
    again = begin(made)
    do_steps()
    assert len(stub.log) == 6
    assert [(step.hits, step.calls, step.money) for step in steps_of(again)] == [(1, 0, 0.0)] * 6
    with unit_of_work() as session:
        lessons.rewrite_page(session, made.lesson_id, 3)
    do_steps()
    assert len(stub.log) == 7


def test_a_lesson_that_is_not_written_at_once_waits_for_the_word(made: Made) -> None:
    with unit_of_work() as session:
        module = lessons.lessons_of(session, made.course_id)[0].module_id
        lesson_id = lessons.start(session, made.instructor, module, made.material_id, "Later", at_once=False)
        lessons.sweep(session)
        assert running.estimate(session, lesson_id) is not None
        assert courses.pages(session, made.material_id)
    assert called() == []
    with unit_of_work() as session:
        assert running.begin(session, lesson_id, made.instructor.id) is not None
        assert running.begin(session, lesson_id, made.instructor.id) is None
    do_steps()
    with unit_of_work() as session:
        assert running.estimate(session, lesson_id) is None


# ---------------------------------------------------------------------------------------------------------- the log


def test_the_log_is_taken_up_where_it_was_left(made: Made) -> None:
    with unit_of_work() as session:
        before = last_event(session, made.lesson_id)
    run_id = begin(made)
    do_steps()
    with unit_of_work() as session:
        whole = events_after(session, made.lesson_id, before)
        middle = whole[3][0]
        assert events_after(session, made.lesson_id, middle) == whole[4:]
        assert events_after(session, made.lesson_id, before, most=2) == whole[:2]
    numbers = [number for number, _ in whole]
    assert numbers == sorted(set(numbers))
    done = [one.step.number for _, one in whole if one.step and one.step.state is StepState.DONE]
    assert (sorted(done), done[0]) == ([1, 2, 3, 4, 5, 6], 1)
    assert [one.run.over for _, one in whole] == sorted(one.run.over for _, one in whole)
    last = whole[-1][1].run
    assert (last.id, last.state, last.over, last.total) == (run_id, RunState.DONE, 6, 6)


def test_an_entry_is_seen_only_once_all_before_it_are(made: Made) -> None:
    """Two steps end at once: whoever reads the later entry has read the earlier one."""
    begin(made)
    first, second = called()[:2]
    with unit_of_work() as session:
        before = last_event(session, made.lesson_id)
        assert session.get_one(GenerationStep, first)
        from app.lessons.runs.events import tell

        tell(session, session.get_one(GenerationRun, session.get_one(GenerationStep, first).run_id))
        taken = carrying._claim(second)
        assert taken is not None
        other = threading.Thread(target=carrying._say_begun, args=(taken.hold,))
        other.start()
        other.join(0.5)
        assert other.is_alive()
        with unit_of_work() as reader:
            assert events_after(reader, made.lesson_id, before) == []
    other.join(5)
    with unit_of_work() as session:
        assert [one.step is None for _, one in events_after(session, made.lesson_id, before)] == [True, False]


def test_the_clock_gives_back_what_was_put_off(made: Made, stub: StubModel) -> None:
    stub.script(Scripted(match="Now: Cells", fault="drop", times=3))
    run_id = begin(made)
    lessons.carry_on(called()[0])
    assert steps_of(run_id)[0].state == StepState.WAITING
    with unit_of_work() as session:
        hand_out(session)
    assert steps_of(run_id)[0].id not in called()
    with unit_of_work() as session:
        session.get_one(GenerationStep, steps_of(run_id)[0].id).not_before = now() - timedelta(seconds=1)
    breaker_of(get_settings().inference_url).succeeded()
    do_steps()
    assert states(run_id) == ["done"] * 6
