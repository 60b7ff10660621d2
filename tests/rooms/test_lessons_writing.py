"""Writing a lesson with a model over HTTP: what is kept, what is replaced, who may store."""

import json
from collections.abc import Iterator
from uuid import UUID

import pytest
from making import Made, make_lesson, step_of, write_page
from parts import Services
from sqlalchemy import delete, select, update
from stub_model import Scripted, StubModel

from app.base.db import now, unit_of_work
from app.base.queue import get_redis
from app.base.settings import get_settings
from app.base.stream import topic_key
from app.courses.models import Course, PageRow
from app.inference.accounting import Account
from app.inference.breaker import breaker_of
from app.lessons import service as lessons
from app.lessons.author import JUNK, NO_WORDS, fallback
from app.lessons.models import LessonPage
from app.lessons.runs import carrying
from app.lessons.runs.carrying import ATTEMPTS, GONE
from app.lessons.runs.models import GenerationRun, GenerationStep
from app.lessons.runs.schema import RunState, StepState
from app.lessons.schema import ActionKind, LessonPageView, PageState
from app.lessons.writing import _assignment

GOOD = {
    "say": [
        "Membranes are what we look at now.",
        "A membrane is what surrounds each cell.",
        "It lets water in, and it keeps harmful things out.",
    ],
    "ask": "What does the membrane let in?",
}


@pytest.fixture
def made(db: Services, stub: StubModel) -> Iterator[Made]:
    """A lesson whose pages all wait to be written."""
    breaker_of(get_settings().inference_url).succeeded()
    lesson = make_lesson()
    with unit_of_work() as session:
        for number in (1, 2, 3):
            lessons.rewrite_page(session, lesson.lesson_id, number)
    yield lesson
    breaker_of(get_settings().inference_url).succeeded()


def step_id(made: Made, number: int) -> UUID:
    return step_of(made.lesson_id, number)


def view(made: Made, number: int) -> LessonPageView:
    with unit_of_work() as session:
        return lessons.access_lesson(session, made.instructor, made.lesson_id).pages[number - 1]


def write(made: Made, number: int) -> LessonPageView:
    write_page(made.lesson_id, number)
    return view(made, number)


def said(page: LessonPageView) -> str:
    return " ".join(action.words for action in page.actions)


def test_a_page_is_shown_then_explained_then_asked_about(made: Made, stub: StubModel) -> None:
    stub.script(Scripted(match="Membranes", reply=json.dumps(GOOD)))
    page = write(made, 2)
    assert [action.kind for action in page.actions] == [ActionKind.SHOW, ActionKind.SAY, ActionKind.ASK]
    assert page.actions[1].text == " ".join(GOOD["say"])
    assert all(action.page == 2 for action in page.actions)
    assert all(action.passages for action in page.actions[1:])
    assert (page.status, page.fallback, page.edited) == (PageState.READY, False, False)


def test_only_every_third_page_asks(made: Made, stub: StubModel) -> None:
    asks = [any(one.kind is ActionKind.ASK for one in write(made, number).actions) for number in (1, 2, 3)]
    assert asks == [False, True, False]


def test_the_pages_of_a_deck_share_the_beginning_of_their_prompts(made: Made, stub: StubModel) -> None:
    for number in (1, 2, 3):
        lessons.carry_on(step_id(made, number))
    assert len({seen.system for seen in stub.log}) == 1
    assert "Cells and energy" in stub.log[0].system
    assert "Mitochondria turn sugar" in stub.log[-1].turn


@pytest.mark.parametrize(
    "unfit",
    [
        "The French king had forty wives and a castle of gold.",
        "A membrane surrounds each cell in 37 layers.",
        "As an AI I think a membrane surrounds each cell.",
        "This slide says a membrane surrounds each cell.",
        "A membrane surrounds each cell, says Robert Hooke.",
        "A membrane surrounds each of the three cells.",
        "Does the membrane surround each cell?",
        "A membrane is what surrounds each cell.",
    ],
)
def test_a_sentence_that_cannot_be_said_is_dropped_and_the_rest_kept(made: Made, stub: StubModel, unfit: str) -> None:
    stub.script(Scripted(reply=json.dumps({**GOOD, "say": [*GOOD["say"][:2], f"{GOOD['say'][2]} {unfit}"]})))
    page = write(made, 2)
    assert page.actions[1].text == " ".join(GOOD["say"])
    assert not page.fallback
    assert len(stub.log) == 1


def test_junk_once_is_asked_again_with_the_trouble_named(made: Made, stub: StubModel) -> None:
    bad = {"say": ["The king had a castle of gold."] * 3, "ask": "Who?"}
    stub.script(Scripted(reply=json.dumps(bad), times=1), Scripted(reply=json.dumps(GOOD)))
    page = write(made, 2)
    assert not page.fallback
    assert "The page does not say this" in stub.log[1].turn


@pytest.mark.parametrize("fault", ["junk", "empty"])
def test_junk_twice_is_replaced_by_the_page_itself_and_marked(made: Made, stub: StubModel, fault: str) -> None:
    stub.script(Scripted(fault=fault))
    page = write(made, 2)
    while page.status is PageState.WAITING:
        page = write(made, 2)
    assert page.fallback
    assert page.reason in (JUNK, GONE)
    assert "A membrane surrounds each cell." in said(page)
    assert page.actions[0].kind is ActionKind.SHOW


def test_a_page_with_too_few_words_is_not_sent_to_the_model(made: Made, stub: StubModel) -> None:
    with unit_of_work() as session:
        session.execute(update(PageRow).where(PageRow.number == 3).values(text="", title="", picture="3.svg"))
    page = write(made, 3)
    assert (page.fallback, page.reason) == (True, NO_WORDS)
    assert "picture" in said(page)
    assert not stub.log


def test_a_model_that_is_gone_is_waited_for_and_then_done_without(made: Made, stub: StubModel) -> None:
    stub.script(Scripted(fault="drop"))
    waited = []
    for _ in range(ATTEMPTS - 1):
        assert write(made, 1).status is PageState.WAITING
        with unit_of_work() as session:
            row = session.get_one(GenerationStep, step_id(made, 1))
            waited.append(row.not_before)
            lessons.sweep(session)
            assert (row.state, row.problem) == (StepState.WAITING, GONE)
    assert waited == sorted(waited)
    page = write(made, 1)
    assert (page.status, page.fallback, page.reason) == (PageState.READY, True, GONE)
    with unit_of_work() as session:
        row = session.get_one(GenerationStep, step_id(made, 1))
        assert (row.state, row.problem, row.attempts) == (StepState.FAILED, GONE, ATTEMPTS)


def test_a_finished_page_is_not_written_again_unless_asked(made: Made, stub: StubModel) -> None:
    write(made, 1)
    calls = len(stub.log)
    write(made, 1)
    assert len(stub.log) == calls
    with unit_of_work() as session:
        lessons.rewrite_page(session, made.lesson_id, 1)
    before = view(made, 1)
    assert before.status is PageState.WAITING
    assert said(before)
    assert write(made, 1).revision > before.revision
    assert len(stub.log) == calls + 1


def test_a_writer_that_was_overtaken_stores_nothing(made: Made, stub: StubModel) -> None:
    one = step_id(made, 1)
    taken = carrying._claim(one)
    assert taken is not None
    assert carrying._claim(one) is None
    done = carrying._work(taken)
    with unit_of_work() as session:
        lessons.write_by_hand(session, made.instructor, made.lesson_id, 1, ["My own words."])
    carrying._end(taken, done, Account(), 1.0)
    assert said(view(made, 1)).strip() == "My own words."


def test_a_claim_that_another_took_stores_nothing(made: Made, stub: StubModel) -> None:
    one = step_id(made, 1)
    first = carrying._claim(one)
    assert first is not None
    with unit_of_work() as session:
        session.get_one(GenerationStep, one).lease_until = now()
        session.flush()
        lessons.sweep(session)
    second = carrying._claim(one)
    assert second is not None
    assert not first.hold.renew()
    assert first.hold.lost.is_set()
    carrying._end(first, carrying._work(first), Account(), 1.0)
    assert view(made, 1).status is PageState.WRITING
    carrying._end(second, carrying._work(second), Account(), 1.0)
    assert view(made, 1).status is PageState.READY


def test_the_clock_finds_steps_whose_worker_went_silent_and_bells_that_were_lost(made: Made) -> None:
    rung = get_redis().llen("write")
    with unit_of_work() as session:
        lessons.sweep(session)
    assert get_redis().llen("write") == rung
    with unit_of_work() as session:
        assert carrying._claim(step_id(made, 1)) is not None
        silent = update(GenerationStep).where(GenerationStep.id.in_([step_id(made, 1), step_id(made, 2)]))
        session.execute(silent.values(lease_until=now()))
    with unit_of_work() as session:
        lessons.sweep(session)
    assert get_redis().llen("write") == rung + 2
    assert view(made, 1).status is PageState.WAITING
    with unit_of_work() as session:
        lessons.sweep(session)
    assert get_redis().llen("write") == rung + 2


def test_pages_are_opened_once_and_by_the_clock_if_the_reader_died(made: Made) -> None:
    with unit_of_work() as session:
        lessons.open_pages(session, made.material_id)
        assert lessons.access_lesson(session, made.instructor, made.lesson_id).total == 3
        module = lessons.lessons_of(session, made.course_id)[0].module_id
        second = lessons.start(session, made.instructor, module, made.material_id, "Again")
        assert lessons.access_lesson(session, made.instructor, second).total == 3
        for row in session.scalars(select(LessonPage).where(LessonPage.lesson_id == second)):
            session.delete(row)
    with unit_of_work() as session:
        lessons.sweep(session)
        assert lessons.access_lesson(session, made.instructor, second).total == 3


def test_a_page_whose_run_was_called_off_just_as_the_author_began_is_begun_again(made: Made, stub: StubModel) -> None:
    with unit_of_work() as session:
        for run in session.scalars(select(GenerationRun).where(GenerationRun.state == RunState.RUNNING)).all():
            lessons.cancel_run(session, made.lesson_id, run.id)
        row = session.scalars(select(LessonPage).where(LessonPage.number == 2)).one()
        row.status, row.actions = PageState.WRITING.value, []
    with unit_of_work() as session:
        assert lessons.begin_writing(session, made.instructor, made.lesson_id)
    assert write(made, 2).status is PageState.READY
    with unit_of_work() as session:
        session.execute(delete(GenerationStep))
        session.execute(delete(GenerationRun))
        session.execute(update(LessonPage).where(LessonPage.number == 2).values(status="writing"))
    with unit_of_work() as session:
        lessons.sweep(session)
    assert step_id(made, 2), "also by the clock, where the lesson is to be written at once and was never begun"


def test_a_page_that_was_given_up_has_its_own_words_in_the_courses_language(made: Made, stub: StubModel) -> None:
    with unit_of_work() as session:
        session.get_one(Course, made.course_id).language = "de"
    stub.script(Scripted(fault="drop"))
    page = write(made, 1)
    for _ in range(ATTEMPTS - 1):
        page = write(made, 1)
    with unit_of_work() as session:
        row = session.scalars(select(LessonPage).where(LessonPage.number == 1)).one()
        work = _assignment(session, row)
    assert work.place.language == "de"
    assert [one.words for one in page.actions] == [one.words for one in fallback(work.page, GONE, work.place).actions]
    assert page.actions != fallback(work.page, GONE).actions


def test_progress_is_told_page_by_page(made: Made, stub: StubModel) -> None:
    get_redis().delete(topic_key(f"lesson:{made.lesson_id}"))
    write(made, 1)
    entries = [fields for _, fields in get_redis().xrange(topic_key(f"lesson:{made.lesson_id}"))]
    told = [json.loads(fields[b"data"]) for fields in entries]
    assert [(one["number"], one["status"], one["written"], one["total"]) for one in told] == [
        (1, "writing", 0, 3),
        (1, "ready", 1, 3),
    ]
