"""Questions about a section: what is asked, what is refused and why, and the way into the bank."""

import json
from uuid import uuid4

import pytest
from making import Made, do_steps, make_lesson, make_person, reword
from parts import Services
from sqlalchemy import select, update
from stub_model import Scripted, StubModel

from app.accounts.schema import SiteRole
from app.assessment import service as assessment
from app.assessment.models import SectionQuestions
from app.assessment.proposing import GAP, Fact, SectionWork, facts_of, gap_in, propose, refusal, with_gaps
from app.assessment.questions import SectionView
from app.assessment.schema import ChoiceItem, Kind, Option, TextItem
from app.base.db import now, unit_of_work
from app.base.errors import Conflict, NotFound
from app.base.settings import get_settings
from app.classroom import service as classroom
from app.classroom.log.state import OpenAsk
from app.classroom.models import ClassSession
from app.classroom.speech.guard import leaks
from app.classroom.speech.scene import solution_of
from app.classroom.stage.lesson import lesson_of
from app.courses.schema import Page
from app.inference.breaker import breaker_of
from app.lessons import service as lessons
from app.lessons.models import LessonPage
from app.lessons.runs.kinds import KINDS
from app.lessons.schema import Ask

FACT = Fact(text="A membrane surrounds each cell.", page=2)


def choice(stem: str, *options: str, right: int = 0) -> ChoiceItem:
    made = [Option(text=one) for one in options]
    chosen = [made[right].id] if right >= 0 else ["nobody"]
    return ChoiceItem(kind=Kind.SINGLE, stem=stem, options=made, right=chosen)


def page_of(text: str, number: int = 1) -> Page:
    empty = {"title": "", "notes": "", "has_picture": False, "width": 1, "height": 1, "problem": ""}
    return Page.model_validate({"id": uuid4(), "number": number, "text": text, **empty})


def test_questions_are_put_in_the_language_of_the_section(stub: StubModel) -> None:
    german = page_of("Das Blatt fängt das Licht der Sonne und macht daraus Zucker für die Pflanze.")
    item = gap_in(facts_of([german])[0], [german])
    assert item
    assert item.stem.startswith("Fülle die Lücke: Das Blatt fängt")
    asked = [{"sentence": 1, "question": "Was macht das Blatt?", "options": ["Zucker", "Salz"], "right": "Zucker"}]
    stub.script(Scripted(match="options in German", reply=json.dumps({"questions": asked})))
    found = propose(SectionWork(about=uuid4(), title="Blatt", pages=(german,)))
    assert [(one.words, one.by_model, one.reason) for one in found] == [("Was macht das Blatt?", True, "")]


def test_no_gap_is_made_where_nothing_tells_what_a_word_is() -> None:
    chinese = page_of("植物利用阳光制造食物。\n光合作用在叶绿体中进行。\n叶子有12个绿色的小工厂。")
    facts = facts_of([chinese])
    assert [one.text for one in facts] == chinese.text.splitlines()
    assert [gap_in(one, [chinese]) for one in facts[:2]] == [None, None]
    numbered = gap_in(facts[2], [chinese])
    assert numbered
    assert numbered.stem == "填空：叶子有____个绿色的小工厂。"


def test_a_question_that_holds_is_let_through() -> None:
    assert refusal(choice("What surrounds each cell?", "a membrane", "a wall", "water"), FACT) == ""


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (choice("What surrounds each cell?", "a membrane", "a wall", right=-1), "key is not among"),
        (choice("What surrounds each cell?", "a membrane", "a wall", "A  Wall."), "say the same"),
        (choice("What surrounds each cell?", "a rocket", "a wall"), "does not say"),
        (choice("Why does a membrane surround it?", "a membrane", "a wall"), "tells its own answer"),
        (choice("", "a membrane", "a wall"), "Write the question"),
    ],
)
def test_a_question_that_does_not_hold_is_refused_with_the_reason(item: ChoiceItem, reason: str) -> None:
    assert reason in refusal(item, FACT)


def test_a_question_whose_sentence_is_said_right_before_is_given_away() -> None:
    item = choice("What surrounds each cell?", "a membrane", "a wall")
    before = ("A membrane surrounds each cell!", "It lets water in.")
    assert "given away" in refusal(item, FACT, before)
    assert refusal(item, FACT, (*before, "It is thin.", "It is soft.")) == ""


def test_gaps_ask_for_numbers_with_other_numbers_and_for_rare_words() -> None:
    page = page_of("Mars has 2 moons around it.\nJupiter has 95 moons by now.\nSaturn has 146 and Uranus has 28 moons.")
    fact = facts_of([page])[1]
    item = gap_in(fact, [page])
    assert isinstance(item, ChoiceItem)
    assert item.stem == f"Fill the gap: Jupiter has {GAP} moons by now."
    assert {one.text for one in item.options} == {"2", "95", "146", "28"}
    assert [one.text for one in item.options if one.id in item.right] == ["95"]
    lone = page_of("Mitochondria turn sugar into energy and heat.")
    word = gap_in(facts_of([lone])[0], [lone])
    assert isinstance(word, TextItem)
    assert GAP in word.stem
    assert gap_in(fact, [page]).model_dump(exclude={"options", "right"}) == item.model_dump(
        exclude={"options", "right"}
    )


def test_gaps_are_checked_like_any_question() -> None:
    page = page_of("Mars has 2 moons around it.")
    fact = facts_of([page])[0]
    work = SectionWork(uuid4(), "Moons", (page,), said=(fact.text,))
    found = with_gaps(work, [fact])
    assert len(found) == 1
    assert "given away" in found[0].reason


REPLY = {
    "questions": [
        {"sentence": 1, "question": "What is the unit of life?", "options": ["a cell", "a star"], "right": "a cell"},
        {"sentence": 2, "question": "What are plants made of?", "options": ["stone", "wood"], "right": "cells"},
        {"sentence": 1, "question": "What is smallest?", "options": ["a cell", "A cell."], "right": "a cell"},
    ]
}


@pytest.fixture
def made(db: Services, stub: StubModel) -> Made:
    breaker_of(get_settings().inference_url).succeeded()
    return make_lesson()


def written(made: Made) -> list[SectionView]:
    with unit_of_work() as session:
        assessment.ask_for_questions(session, made.instructor, made.lesson_id)
    do_steps()
    with unit_of_work() as session:
        return assessment.sections_of(session, made.lesson_id)


def test_questions_are_written_by_a_step_and_taken_into_the_bank(made: Made, stub: StubModel) -> None:
    stub.script(Scripted(match="The section", reply=json.dumps(REPLY)))
    section = written(made)[0]
    assert not section.waits
    good, stray, doubled = section.questions[:3]
    assert (good.reason, good.by_model, good.fact.page) == ("", True, 1)
    assert "not among its options" in stray.reason
    assert "say the same" in doubled.reason
    assert any(one.by_model is False for one in section.questions)
    assert section.id
    with unit_of_work() as session:
        taken = assessment.take(session, made.instructor, made.lesson_id, section.id, 0, section.made_at)
        card = assessment.access_item(session, made.instructor, taken)
    assert card.item.stem == "What is the unit of life?"
    with unit_of_work() as session:
        assert assessment.sections_of(session, made.lesson_id)[0].questions[0].taken == taken
        for at in (0, 1, 99):
            with pytest.raises(Conflict):
                assessment.take(session, made.instructor, made.lesson_id, section.id, at, section.made_at)
        with pytest.raises(NotFound):
            assessment.take(session, made.student, made.lesson_id, section.id, 3, section.made_at)
        stranger = make_person("nobody@school.test", SiteRole.INSTRUCTOR)
        with pytest.raises(NotFound):
            assessment.take(session, stranger, made.lesson_id, section.id, 3, section.made_at)


def test_a_question_can_be_asked_where_its_section_ends_and_is_judged_by_its_key(made: Made, stub: StubModel) -> None:
    stub.script(Scripted(match="The section", reply=json.dumps(REPLY)))
    section = written(made)[0]
    assert section.id
    with unit_of_work() as session:
        item_id = assessment.take_and_ask(session, made.instructor, made.lesson_id, section.id, 0, section.made_at)
        lessons.approve(session, made.instructor, made.lesson_id)
    with unit_of_work() as session:
        class_id = classroom.open_class(session, made.student, made.lesson_id, pace=0)
        lesson = lesson_of(session, session.get_one(ClassSession, class_id))
    asked = next(one for one in lesson.script.actions if isinstance(one, Ask))
    assert (asked.item, asked.page) == (item_id, section.pages[-1])
    assert asked.text == "What is the unit of life? (a cell; a star)"
    opened = OpenAsk(seq=9, text=asked.text, since=now(), action=lesson.script.actions.index(asked))
    with unit_of_work() as session:
        found = solution_of(session, lesson, opened)
        assert found
        assert (found.stem, found.lines) == ("What is the unit of life?", ["a cell"])
        hint = "It begins with a cell, so have another look."
        assert leaks(hint, found.words, found.stem), "the options that are said aloud are not given away"
        card = assessment.access_item(session, made.instructor, item_id)
        item = card.item
        other = next(one.id for one in item.options if one.id not in item.right)
        wrong_way_round = item.model_copy(update={"right": [other]})
        assessment.edit_item(
            session, made.instructor, item_id, wrong_way_round, card.version, components=card.components
        )
    with unit_of_work() as session:
        found = solution_of(session, lesson, opened)
        assert found
        assert found.lines == ["a star"], "a key that is corrected holds in classes that are open"


def test_a_question_is_taken_as_it_was_seen(made: Made, stub: StubModel) -> None:
    """Written anew meanwhile, or being written: what stands there now was read by nobody."""
    stub.script(Scripted(match="The section", reply=json.dumps(REPLY)))
    section, again = written(made)[0], written(made)[0]
    assert section.id
    assert section.made_at != again.made_at
    with unit_of_work() as session, pytest.raises(Conflict):
        assessment.take(session, made.instructor, made.lesson_id, section.id, 0, section.made_at)
    with unit_of_work() as session:
        assessment.ask_for_questions(session, made.instructor, made.lesson_id)
    with unit_of_work() as session, pytest.raises(Conflict):
        assessment.take(session, made.instructor, made.lesson_id, section.id, 0, again.made_at)


def test_a_question_is_asked_beside_words_that_were_saved_a_moment_ago(made: Made, stub: StubModel) -> None:
    stub.script(Scripted(match="The section", reply=json.dumps(REPLY)))
    section = written(made)[0]
    assert section.id
    with unit_of_work() as session:
        read = session.scalars(select(LessonPage).where(LessonPage.number == section.pages[-1])).one()
        with unit_of_work() as other:
            reword(other, made, section.pages[-1], ["Words saved by themselves."])
        assessment.take_and_ask(session, made.instructor, made.lesson_id, section.id, 0, section.made_at)
        assert read.actions[1]["text"] == "Words saved by themselves."


def test_questions_that_were_written_meanwhile_wait_once_more_and_are_left(made: Made, stub: StubModel) -> None:
    with unit_of_work() as session:
        assessment.ask_for_questions(session, made.instructor, made.lesson_id)
    kind = KINDS["write questions"]
    for tell, state, other_state in ((kind.again, "waiting", "ready"), (kind.rest, "ready", "waiting")):
        with unit_of_work() as session:
            session.execute(update(SectionQuestions).values(state=state))
        with unit_of_work() as session:
            read = session.scalars(select(SectionQuestions)).all()
            with unit_of_work() as other:
                other.execute(update(SectionQuestions).values(state=other_state))
            tell(session, [one.id for one in read])
        with unit_of_work() as session:
            assert set(session.scalars(select(SectionQuestions.state))) == {state}


def test_without_a_usable_reply_gaps_are_made_by_rule(made: Made, stub: StubModel) -> None:
    stub.script(Scripted(match="The section", reply="Sorry."))
    section = written(made)[0]
    assert section.questions
    assert not any(one.by_model for one in section.questions)
