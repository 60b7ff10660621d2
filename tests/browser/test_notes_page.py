"""Notes in the browser: saved while one writes, two tabs that meet, and the board beside the slide."""

from collections.abc import Callable
from uuid import UUID

import pytest
from parts import Services
from people import School, school
from playwright.sync_api import Page, expect
from visiting import UnderWay

from app.base.db import unit_of_work
from app.classroom import service as classroom
from app.classroom.log.writing import OpenLog
from app.classroom.models import ClassPerson
from app.classroom.schema import Body, Draft, Kind, Voice
from app.lessons.schema import BoardItem, BoardKind, Region

pytestmark = pytest.mark.browser

Tab = Callable[..., Page]


@pytest.fixture
def place(db: Services) -> School:
    made = school()
    made.approve()
    return made


@pytest.fixture
def class_id(place: School) -> UUID:
    """A class that stands on its first page, with a formula on the board."""
    with unit_of_work() as session:
        made = classroom.open_class(session, place.student.who, place.lesson_id, pace=1)
        log = OpenLog.lock(session, made)
        log.append(Draft(kind=Kind.PAGE, body=Body(page=1, action=0, cause="script")))
        board = BoardItem(kind=BoardKind.FORMULA, text=r"\frac{a}{b}")
        log.append(Draft(kind=Kind.BOARD, voice=Voice.TEACHER, body=Body(page=1, board=board, cause="script")))
        noted = Body(text="A leaf makes sugar from light.", page=1)
        log.append(Draft(kind=Kind.SAID, voice=Voice.NOTES, body=noted))
        log.append(Draft(kind=Kind.PAUSED, person_id=place.student.id))
        log.row.due_at = None
    return made


def test_two_tabs_of_notes_meet_and_nothing_is_lost(tab: Tab, place: School, class_id: UUID) -> None:
    first = tab(place.student)
    first.goto(f"/classes/{class_id}/notes")
    second = tab(beside=first)
    second.goto(f"/classes/{class_id}/notes")
    expect(first.locator(".notes-pages")).to_contain_text("A leaf makes sugar from light.")
    first.fill("#own-words", "From the first tab.\n```formula\nx^2\n```")
    expect(first.locator(".notes-state")).to_have_text("Saved")
    expect(first.locator(".notes-preview msup")).to_be_visible()
    second.fill("#own-words", "From the second tab.")
    clash = second.locator(".notes-clash")
    expect(clash).to_contain_text("From the first tab.")
    expect(second.locator("#own-words")).to_have_value("From the second tab.")
    second.get_by_role("button", name="Keep both").click()
    expect(second.locator(".notes-state")).to_have_text("Saved")
    expect(clash).to_be_hidden()
    first.reload()
    kept = first.locator("#own-words").input_value()
    assert kept.startswith("From the first tab.")
    assert kept.endswith("From the second tab.")


def test_a_formula_is_put_in_by_a_button(tab: Tab, place: School, class_id: UUID) -> None:
    page = tab(place.student)
    page.goto(f"/classes/{class_id}/notes")
    page.get_by_role("button", name="Formula").click()
    page.keyboard.type("a^2")
    expect(page.locator("#own-words")).to_have_value("```formula\na^2\n```\n")
    expect(page.locator(".notes-preview msup")).to_be_visible()
    expect(page.locator(".notes-state")).to_have_text("Saved")


def test_the_board_stands_by_the_slide_and_an_instructor_writes_and_points(
    tab: Tab, place: School, class_id: UUID
) -> None:
    page = tab(place.student)
    page.goto(f"/classes/{class_id}")
    expect(page.locator(".board .board-formula mfrac")).to_be_visible()
    expect(page.locator(".said .chip")).to_have_text(["Page 1"])
    with unit_of_work() as session:
        session.add(ClassPerson(class_id=class_id, person_id=place.instructor.id, is_instructor=True))
        OpenLog.lock(session, class_id).append(Draft(kind=Kind.FLOOR, person_id=place.instructor.id))
    teacher = tab(place.instructor)
    teacher.goto(f"/classes/{class_id}")
    teacher.locator(".board-desk summary").click()
    teacher.select_option(".board-form [name=kind]", "code")
    teacher.fill("#board-words", "x = 1 # <script>")
    under_way = UnderWay(teacher, "**/board")
    write = teacher.get_by_role("button", name="Write", exact=True)
    write.click()
    under_way.is_there()
    teacher.locator("#board-words").press("End")
    teacher.keyboard.type(" y = 2")
    write.click()  # what is under way is not sent twice
    under_way.go_on()
    expect(page.locator(".board .board-code")).to_have_text("x = 1 # <script>")
    expect(teacher.locator("#board-words")).to_have_value("y = 2")
    assert len(under_way.asked) == 1
    with unit_of_work() as session:
        classroom.spotlight(session, place.instructor.who, class_id, Region(left=0.1, top=0.1, width=0.3, height=0.2))
    expect(page.locator(".spotlight")).to_be_visible()
    teacher.get_by_role("button", name="Stop pointing").click()
    expect(page.locator(".spotlight")).to_be_hidden()
    _point(teacher)
    expect(page.locator(".spotlight")).to_be_visible()


def test_an_instructors_words_under_way_take_nothing_with_them(tab: Tab, place: School, class_id: UUID) -> None:
    with unit_of_work() as session:
        session.add(ClassPerson(class_id=class_id, person_id=place.instructor.id, is_instructor=True))
    page = tab(place.instructor)
    page.goto(f"/classes/{class_id}")
    under_way = UnderWay(page, "**/whisper")
    page.fill("#whisper-words", "Speak of oak trees.")
    page.press("#whisper-words", "Enter")
    under_way.is_there()
    page.keyboard.type(" And of ash.")
    page.locator("#speak-words").focus()
    under_way.go_on()
    expect(page.locator(".whisper-list li")).to_contain_text("Speak of oak trees.")
    expect(page.locator("#whisper-words")).to_have_value("And of ash.")
    expect(page.locator("#speak-words")).to_be_focused()


def _point(page: Page) -> None:
    """Draw a box on the slide."""
    page.get_by_role("button", name="Point: draw").click()
    box = page.locator(".frame").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.7, steps=4)
    page.mouse.up()
