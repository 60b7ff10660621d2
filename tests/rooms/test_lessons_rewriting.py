"""Rewriting with an instruction: proposed by the author model, held against the page, accepted or refused by people."""

import json
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from making import Made, make_lesson, reword
from parts import Services
from signalling import allow
from sqlalchemy import select, update
from stub_model import Scripted, StubModel

from app.alignment.signals import gathering
from app.base.db import unit_of_work
from app.base.errors import Conflict, Invalid, NotFound
from app.base.settings import get_settings
from app.inference.breaker import breaker_of
from app.lessons import service as lessons
from app.lessons.draft.asked import RewriteState, RewriteView
from app.lessons.draft.comparing import Mark
from app.lessons.draft.rewriting import OF_BANK
from app.lessons.models import LessonEdit, LessonPage, LessonRewrite
from app.lessons.runs.models import GenerationStep
from app.lessons.runs.schema import StepLine
from app.lessons.schema import LessonPageView

OLD = "A cell is the smallest unit of life."
NEW = "The smallest unit of life is called a cell."


@pytest.fixture
def made(db: Services, stub: StubModel) -> Iterator[Made]:
    breaker_of(get_settings().inference_url).succeeded()
    yield make_lesson(ask_on=2)
    breaker_of(get_settings().inference_url).succeeded()


def ask(made: Made, number: int = 1, place: int = 1, instruction: str = "turn it around") -> UUID:
    with unit_of_work() as session:
        return lessons.ask_for_rewrite(session, made.instructor, made.lesson_id, number, place, instruction)


def work(rewrite_id: UUID) -> None:
    """The step's job, in this process."""
    with unit_of_work() as session:
        session.execute(update(GenerationStep).values(not_before=None))
        lessons.sweep(session)
        step = session.scalar(select(GenerationStep.id).where(GenerationStep.about == rewrite_id))
    lessons.carry_on(step)


def shown(made: Made, number: int = 1) -> list[RewriteView]:
    with unit_of_work() as session:
        return lessons.rewrites(session, made.lesson_id).get(number, [])


def page(made: Made, number: int = 1) -> LessonPageView:
    with unit_of_work() as session:
        return lessons.access_lesson(session, made.instructor, made.lesson_id).pages[number - 1]


def settle(made: Made, rewrite_id: UUID, verb: str) -> int:
    with unit_of_work() as session:
        return getattr(lessons, verb)(session, made.instructor, made.lesson_id, rewrite_id)


def failed_steps(made: Made) -> list[StepLine]:
    """What the editor says of steps that failed."""
    with unit_of_work() as session:
        return lessons.panel(session, made.lesson_id).failed


def edits() -> list[tuple[str, str, str, str]]:
    with unit_of_work() as session:
        rows = session.scalars(select(LessonEdit).order_by(LessonEdit.at)).all()
        return [(row.verdict, row.before, row.after, row.instruction) for row in rows]


def test_nothing_changes_before_the_words_are_accepted(made: Made, stub: StubModel) -> None:
    stub.script(Scripted(match="turn it around", reply=json.dumps({"texts": [NEW]})))
    before = page(made)
    rewrite_id = ask(made)
    assert [one.state for one in shown(made)] == [RewriteState.WAITING]
    work(rewrite_id)
    (proposed,) = shown(made)
    assert proposed.state is RewriteState.READY
    assert [step.mark for step in proposed.steps] == [Mark.CHANGED]
    assert page(made).actions == before.actions
    assert page(made).rewriting.endswith("ready")
    assert settle(made, rewrite_id, "accept") == 1
    after = page(made)
    assert after.actions[1].words == NEW
    assert after.actions[2] == before.actions[2]
    assert shown(made) == []
    with unit_of_work() as session:
        assert lessons.undo(session, made.instructor, made.lesson_id).words == "Rewriting accepted on page 1"
    assert page(made).actions == before.actions
    assert edits() == [("accepted", OLD, NEW, "turn it around")]
    with pytest.raises(Conflict, match="settled"):
        settle(made, rewrite_id, "accept")


def test_refused_words_are_a_pair_the_other_way_round(made: Made, stub: StubModel) -> None:
    stub.script(Scripted(match="turn it around", reply=json.dumps({"texts": [NEW]})))
    allow(made.instructor)
    before = page(made)
    rewrite_id = ask(made)
    work(rewrite_id)
    settle(made, rewrite_id, "refuse")
    assert page(made).actions == before.actions
    assert edits() == [("refused", OLD, NEW, "turn it around")]
    with unit_of_work() as session:
        (example,) = gathering._edits(session)
        assert (example.content.chosen, example.content.rejected) == (OLD, NEW)


def test_a_whole_page_is_rewritten_step_by_step(made: Made, stub: StubModel) -> None:
    texts = [
        "Around each cell there is a membrane.",
        "It keeps harmful things out and lets water in.",
        "What is let in?",
    ]
    stub.script(Scripted(match="turn it around", reply=json.dumps({"texts": texts})))
    rewrite_id = ask(made, number=2, place=0)
    work(rewrite_id)
    settle(made, rewrite_id, "accept")
    after = page(made, 2).actions
    assert [one.words for one in after[1:]] == texts
    assert [one.kind.value for one in after] == ["show", "say", "say", "ask"]
    assert after[1].passages


def test_facts_of_the_models_own_are_refused_twice_and_nothing_is_lost(made: Made, stub: StubModel) -> None:
    stub.script(Scripted(match="turn it around", reply=json.dumps({"texts": ["A cell weighs 72 tons in Alaska."]})))
    rewrite_id = ask(made)
    work(rewrite_id)
    (failed,) = shown(made)
    assert failed.state is RewriteState.FAILED
    assert "did not hold" in failed.problem
    with pytest.raises(Conflict):
        settle(made, rewrite_id, "accept")
    assert [one.kind for one in failed_steps(made)] == ["rewrite"]
    settle(made, rewrite_id, "refuse")
    assert shown(made) == []
    assert failed_steps(made) == []
    assert edits() == [], "nothing was shown that could have been refused"


def test_who_approves_has_done_with_rewritings_that_came_to_nothing(made: Made, stub: StubModel) -> None:
    stub.script(Scripted(match="turn it around", reply=json.dumps({"texts": ["A cell weighs 72 tons in Alaska."]})))
    work(ask(made))
    other = ask(made, number=2, instruction="say it shorter")
    assert len(failed_steps(made)) == 1
    with unit_of_work() as session:
        lessons.approve(session, made.instructor, made.lesson_id)
    assert failed_steps(made) == []
    assert [one.id for one in shown(made, 2)] == [other], "what is still being made is waited for"


def test_what_the_instruction_says_may_be_said(made: Made, stub: StubModel) -> None:
    reply = {"texts": ["A cell, first seen by Hooke in 1665, is the smallest unit of life."]}
    stub.script(Scripted(match="Hooke", reply=json.dumps(reply)))
    rewrite_id = ask(made, instruction="mention that Hooke was first to see one, in 1665")
    work(rewrite_id)
    assert [one.state for one in shown(made)] == [RewriteState.READY]


def test_words_that_were_changed_meanwhile_are_not_overwritten(made: Made, stub: StubModel) -> None:
    stub.script(Scripted(match="turn it around", reply=json.dumps({"texts": [NEW]})))
    rewrite_id = ask(made)
    work(rewrite_id)
    with unit_of_work() as session:
        lessons.move_action(session, made.instructor, made.lesson_id, 1, page(made).revision, 1, 2)
    settle_elsewhere = page(made).actions
    assert settle_elsewhere[2].words == OLD
    with unit_of_work() as session:
        reword(session, made, 1, [settle_elsewhere[1].words, "My own words."])
    with pytest.raises(Conflict, match="were changed"):
        settle(made, rewrite_id, "accept")
    assert page(made).actions[2].words == "My own words."


def test_a_rewriting_is_called_off(made: Made) -> None:
    rewrite_id = ask(made)
    with unit_of_work() as session:
        assert lessons.call_rewrite_off(session, made.lesson_id, rewrite_id) == 1
    assert shown(made) == []
    with unit_of_work() as session:
        step = session.scalars(select(GenerationStep).where(GenerationStep.about == rewrite_id)).one()
        assert step.state == "cancelled"
    with pytest.raises(NotFound), unit_of_work() as session:
        lessons.call_rewrite_off(session, UUID(int=0), rewrite_id)


def bank_question(made: Made) -> None:
    """The question of page 2 is one of the bank."""
    with unit_of_work() as session:
        row = session.scalars(select(LessonPage).where(LessonPage.number == 2)).one()
        row.actions = [{**one, "item": str(uuid4())} if one["kind"] == "ask" else one for one in row.actions]


def test_a_question_of_the_bank_is_left_as_its_key_was_made_for(made: Made, stub: StubModel) -> None:
    bank_question(made)
    with pytest.raises(Invalid, match="question of the bank"):
        ask(made, number=2, place=3)
    texts = ["Around each cell there is a membrane.", "It keeps harmful things out and lets water in."]
    stub.script(Scripted(match="turn it around", reply=json.dumps({"texts": texts})))
    before = page(made, 2).actions
    rewrite_id = ask(made, number=2, place=0)
    work(rewrite_id)
    settle(made, rewrite_id, "accept")
    assert [one.words for one in page(made, 2).actions[1:]] == [*texts, before[3].words]


def test_a_rewriting_of_a_bank_question_that_was_kept_before_is_refused_with_a_sentence(
    made: Made, stub: StubModel
) -> None:
    texts = [
        "Around each cell there is a membrane.",
        "It keeps harmful things out and lets water in.",
        "What is let in?",
    ]
    stub.script(Scripted(match="turn it around", reply=json.dumps({"texts": texts})))
    whole, single = ask(made, number=2, place=0), ask(made, number=2, place=3)
    work(whole)
    bank_question(made)
    with unit_of_work() as session:
        actions = session.scalars(select(LessonPage.actions).where(LessonPage.number == 2)).one()
        session.execute(update(LessonRewrite).values(before=actions))
    with pytest.raises(Conflict, match="question of the bank"):
        settle(made, whole, "accept")
    assert settle(made, whole, "refuse") == 2
    work(single)
    (failed,) = shown(made, 2)
    assert (failed.state, failed.problem) == (RewriteState.FAILED, OF_BANK)


@pytest.mark.parametrize(("place", "instruction"), [(1, " "), (1, "x" * 401), (9, "shorter")])
def test_what_cannot_be_asked_is_refused(made: Made, place: int, instruction: str) -> None:
    with pytest.raises(Invalid):
        ask(made, place=place, instruction=instruction)
    with unit_of_work() as session:
        assert session.scalars(select(LessonRewrite)).all() == []
