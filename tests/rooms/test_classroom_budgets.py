"""Budgets: tokens are counted by class and day, and a class near its limit grows thrifty in steps and says so."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from making import Made, make_lesson, make_person
from parts import Services
from sqlalchemy import select
from stub_model import Scripted, StubModel

from app.base import db as base_db
from app.base.db import unit_of_work
from app.base.errors import NotFound
from app.base.settings import get_settings
from app.base.stream import set_flag
from app.classroom import service as classroom
from app.classroom.directing import budgets, director
from app.classroom.directing.budgets import Economy
from app.classroom.directing.policy import Policy
from app.classroom.log.folding import fold
from app.classroom.log.state import Question
from app.classroom.models import ClassSession
from app.classroom.schema import CLASSMATES, Activity, ClassEvent, Intent, Kind, Voice
from app.classroom.speech.scaffold import judge
from app.inference import service as inference
from app.inference.models import ModelCall, TokenDay
from app.inference.schema import Prompt, Role

LIMIT = 1000


@pytest.fixture
def made(db: Services, stub: StubModel) -> Made:
    return make_lesson(ask_on=2)


def open_class(made: Made, activity: Activity = Activity.OFF) -> UUID:
    with unit_of_work() as session:
        class_id = classroom.open_class(session, made.student, made.lesson_id, pace=0)
        classroom.set_activity(session, made.student, class_id, activity)
    return class_id


def spend(about: UUID, tokens: int, day: datetime | None = None) -> None:
    with unit_of_work() as session:
        session.merge(TokenDay(about=about, day=(day or base_db.now()).date(), tokens=tokens))


def allow(made: Made, **limits: int) -> None:
    with unit_of_work() as session:
        classroom.set_policy(session, made.instructor, made.course_id, Policy(**limits))


def step_of(class_id: UUID) -> Economy:
    with unit_of_work() as session:
        return budgets.economy(session, session.get_one(ClassSession, class_id))


def turn(class_id: UUID) -> list[ClassEvent]:
    set_flag(f"present:{class_id}", 30)
    classroom.take_turn(class_id)
    with unit_of_work() as session:
        events = classroom.events_after(session, class_id, 0)
        assert fold(events) == classroom.state(session, class_id)
    return events


def ask(made: Made, class_id: UUID, text: str = "What does the membrane keep out?") -> int:
    with unit_of_work() as session:
        return classroom.say(session, made.student, class_id, text)


def test_calls_are_counted_by_what_they_are_about_and_by_the_day(made: Made) -> None:
    class_id = open_class(made)
    for _ in range(2):
        inference.complete(Role.TUTOR, Prompt(system="A cell is small.", turn="What is a cell?"), about=class_id)
    with unit_of_work() as session:
        calls = session.scalars(select(ModelCall).where(ModelCall.about == class_id)).all()
        counted = session.scalars(select(TokenDay.tokens).where(TokenDay.about == class_id)).all()
    assert counted == [sum(call.tokens_in + call.tokens_out for call in calls)]
    assert counted[0] > 0


def test_a_call_that_was_broken_off_is_counted_by_estimate(made: Made, stub: StubModel) -> None:
    class_id = open_class(made)
    stub.script(Scripted(match="forever", reply="A cell is small. " * 30, tokens_per_second=20))
    heard: list[str] = []
    prompt = Prompt(system="A cell is small. " * 40, turn="Speak forever.")
    heard.extend(inference.stream(Role.TUTOR, prompt, about=class_id, cancelled=lambda: bool(stub.log[-1].tokens > 3)))
    with unit_of_work() as session:
        assert session.scalars(select(TokenDay.tokens).where(TokenDay.about == class_id)).one() > 100
    assert len(heard) < 60


@pytest.mark.parametrize("scope", ["class", "student", "course"])
@pytest.mark.parametrize(("tokens", "step"), [(799, 0), (800, 1), (900, 2), (1000, 3), (5000, 3)])
def test_each_scope_has_its_limit(made: Made, scope: str, tokens: int, step: int) -> None:
    class_id = open_class(made)
    allow(made, **{f"{scope}_tokens": LIMIT})
    spend(class_id, tokens)
    assert step_of(class_id) == step


def test_yesterday_counts_for_the_class_alone_and_another_course_not_at_all(made: Made) -> None:
    class_id = open_class(made)
    spend(class_id, 5 * LIMIT, base_db.now() - timedelta(days=1))
    spend(made.lesson_id, 5 * LIMIT)
    allow(made, student_tokens=LIMIT, course_tokens=LIMIT)
    assert step_of(class_id) == Economy.NONE
    allow(made, class_tokens=LIMIT)
    assert step_of(class_id) == Economy.SCRIPT_ONLY


def test_the_installation_has_a_limit_and_a_course_cannot_lift_it(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    class_id = open_class(made)
    monkeypatch.setattr(get_settings(), "all_tokens", LIMIT)
    spend(made.lesson_id, LIMIT)
    assert step_of(class_id) == Economy.SCRIPT_ONLY
    monkeypatch.setattr(get_settings(), "all_tokens", 0)
    monkeypatch.setattr(get_settings(), "class_tokens", LIMIT)
    allow(made, class_tokens=10 * LIMIT)
    spend(class_id, LIMIT)
    assert step_of(class_id) == Economy.SCRIPT_ONLY


def test_only_instructors_set_the_policy(made: Made) -> None:
    for who in (made.student, make_person("stranger@school.test")):
        with unit_of_work() as session, pytest.raises(NotFound):
            classroom.set_policy(session, who, made.course_id, Policy(class_tokens=1))


def test_the_class_grows_thrifty_in_steps_and_tells_so_once(
    made: Made, stub: StubModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(director.HEAT, Activity.LIVELY, 1.0)
    class_id = open_class(made, Activity.LIVELY)
    monkeypatch.setattr(get_settings(), "class_tokens", 100_000)
    spend(class_id, 85_000)
    ask(made, class_id)
    events = turn(class_id)
    told = [event for event in events if event.kind is Kind.NOTICE]
    assert [(event.body.cause, event.body.level) for event in told] == [("economy", 1)]
    assert [event.body.level for event in events if event.kind is Kind.ECONOMY] == [1]
    assert not [event for event in events if event.voice in CLASSMATES]
    spend(class_id, 95_000)
    seq = ask(made, class_id, "What is a membrane, and what does it let in?")
    answer = next(event for event in turn(class_id) if event.body.answers == seq and event.kind is Kind.SAID)
    assert answer.body.text.count(".") == 1


def test_at_the_limit_a_question_is_answered_with_the_passage_and_without_a_model(made: Made, stub: StubModel) -> None:
    class_id = open_class(made)
    allow(made, class_tokens=LIMIT)
    spend(class_id, LIMIT)
    seq = ask(made, class_id)
    stub.log.clear()
    events = turn(class_id)
    answer = next(event for event in events if event.body.answers == seq and event.kind is Kind.SAID)
    assert "A membrane surrounds each cell" in answer.body.text
    assert (answer.voice, answer.body.fallback, answer.body.sources[0].page) == (Voice.TUTOR, True, 2)
    assert stub.log == []
    assert any(event.kind is Kind.PAGE for event in events)


def test_at_the_limit_an_answer_to_the_class_is_judged_by_its_words(made: Made, stub: StubModel) -> None:
    asked = Question(seq=1, text="water comes in", page=2, intent=Intent.ANSWER, replies_to="What does it do?")
    key = "It lets water in and keeps harmful things out."
    assert judge(asked, key, by_rule=True).by == "rule"
    assert stub.log == []
    assert judge(asked, key).by != "rule"


def test_a_new_day_gives_the_class_its_voice_back(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    class_id = open_class(made)
    allow(made, student_tokens=LIMIT)
    spend(class_id, LIMIT)
    ask(made, class_id)
    assert turn(class_id)[-1].body.level != Economy.NONE or step_of(class_id) == Economy.SCRIPT_ONLY
    tomorrow = base_db.now() + timedelta(days=1)
    monkeypatch.setattr(budgets, "now", lambda: tomorrow)
    ask(made, class_id, "What is a cell?")
    levels = [event.body.level for event in turn(class_id) if event.kind is Kind.ECONOMY]
    assert levels == [3, 0]
