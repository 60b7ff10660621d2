"""Teaching actions as students see them performed, and the page of a lesson's questions."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from parts import Services
from people import School, school
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.assessment import service as assessment
from app.assessment.models import SectionQuestions
from app.base.db import now, unit_of_work
from app.classroom import service as classroom
from app.classroom.log.writing import OpenLog
from app.classroom.schema import Body, Draft, Kind, Voice
from app.lessons.schema import BoardItem, BoardKind, Region

pytestmark = pytest.mark.browser

Tab = Callable[..., Page]


@pytest.fixture
def place(db: Services) -> School:
    made = school()
    made.approve()
    return made


def test_the_slide_is_pointed_at_and_the_board_written_as_the_script_says(tab: Tab, place: School) -> None:
    with unit_of_work() as session:
        class_id = classroom.open_class(session, place.student.who, place.lesson_id, pace=1)
        log = OpenLog.lock(session, class_id)
        body = Body(page=1, action=0, cause="script")
        log.append(Draft(kind=Kind.PAGE, body=body))
        region = Region(left=0.2, top=0.3, width=0.4, height=0.2)
        lit = body.model_copy(update={"region": region, "action": 1})
        log.append(Draft(kind=Kind.SPOTLIGHT, voice=Voice.TEACHER, body=lit))
        board = BoardItem(kind=BoardKind.CODE, text="def leaf(light):\n    return sugar", language="python")
        log.append(
            Draft(kind=Kind.BOARD, voice=Voice.TEACHER, body=body.model_copy(update={"board": board, "action": 2}))
        )
        talk = Body(
            text="Let us talk about leaves. What do you make of it?", page=1, action=3, asks=True, cause="discuss"
        )
        log.append(Draft(kind=Kind.SAID, voice=Voice.TEACHER, body=talk.model_copy(update={"turn": uuid4()})))
        log.append(Draft(kind=Kind.PAUSED, person_id=place.student.id))
        log.row.due_at = None
    page = tab(place.student)
    page.goto(f"/classes/{class_id}")
    expect(page.locator(".spotlight")).to_be_visible()
    expect(page.locator(".board-items .board-code")).to_contain_text("def leaf")
    expect(page.locator(".board-items .hl-k").first).to_be_visible()
    expect(page.get_by_text("Let us talk about leaves.").first).to_be_visible()
    expect(page.get_by_text("opens a discussion")).to_be_visible()
    expect(page.get_by_text("asked you")).to_have_count(0)
    picture, light = page.locator(".frame img").first.bounding_box(), page.locator(".spotlight").bounding_box()
    assert picture is not None
    assert light is not None
    assert light["x"] > picture["x"]
    assert light["width"] < picture["width"]


def test_the_page_of_questions_fits_a_phone_and_takes_a_question(tab: Tab, place: School) -> None:
    with unit_of_work() as session:
        assessment.ask_for_questions(session, place.instructor.who, place.lesson_id)
        row = session.scalars(select(SectionQuestions)).first()
        assert row
        fact = {"text": "Leaves catch light.", "page": 1}
        item = {"kind": "text", "stem": "Fill the gap: Leaves catch ____.", "accepted": ["light"]}
        refused = {"fact": fact, "words": "What?", "reason": "Two of its options say the same.", "by_model": True}
        row.questions = [{"item": item, "fact": fact, "words": item["stem"]}, refused]
        row.state, row.made_at = "ready", now()
    page = tab(place.instructor, width=360)
    page.goto(f"/lessons/{place.lesson_id}/questions")
    expect(page.get_by_text("Rests on page 1")).to_be_visible()
    page.get_by_text("1 question refused").click()
    expect(page.get_by_text("Two of its options say the same.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("button", name="Take into the bank").click()
    expect(page.get_by_text("The question is in the bank.")).to_be_visible()
    page.get_by_role("link", name="In the bank").click()
    expect(page.locator("textarea").first).to_have_value("Fill the gap: Leaves catch ____.")
