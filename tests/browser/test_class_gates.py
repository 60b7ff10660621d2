"""A gate on the class page: the question in the conversation, answered by keyboard, talked over, and gone on from."""

from collections.abc import Callable
from uuid import UUID

import pytest
from axe import violations
from gating import RIGHT, set_gate
from people import School
from playwright.sync_api import Page, expect
from stub_model import Scripted, StubModel

from app.base.db import unit_of_work
from app.classroom import service as classroom
from app.classroom.schema import Activity
from app.lessons.deck.structure import Gate

pytestmark = pytest.mark.browser

Tab = Callable[..., Page]
HINT = "Look at what leaf 1 makes from light."


def gated(held: School, most: int = 2) -> UUID:
    set_gate(held.instructor.who, held.course_id, held.lesson_id, 2, Gate(in_a_row=1, most=most), items=2)
    with unit_of_work() as session:
        class_id = classroom.open_class(session, held.student.who, held.lesson_id, pace=0.15)
        classroom.set_activity(session, held.student.who, class_id, Activity.OFF)
    return class_id


def come_to_the_gate(page: Page) -> None:
    """Skip what can be skipped, until a question is open."""
    for _ in range(40):
        if page.locator(".item-form [type=submit]").count():
            return
        page.keyboard.press("c")
        page.wait_for_timeout(400)
    raise AssertionError("no question came")


def answer(page: Page, is_right: bool) -> None:
    """By keyboard, whichever of the two questions it is."""
    form = page.locator(".item-form:has([type=submit])").last
    expect(form).to_be_visible()  # once the question has been uncovered
    if form.locator("input[type=radio]").count():
        form.get_by_label(RIGHT if is_right else "water and light").focus()
        page.keyboard.press("Space")
    else:
        form.get_by_label("Your answer").fill("a membrane" if is_right else "a wall")
    form.get_by_role("button", name="Answer").focus()
    page.keyboard.press("Enter")


def test_a_student_answers_at_a_gate_and_goes_on(held: School, stub: StubModel, tab: Tab) -> None:
    stub.script(Scripted(match="answer", reply=HINT))
    class_id = gated(held)
    page = tab(held.student, width=360)
    page.goto(f"/classes/{class_id}")
    come_to_the_gate(page)
    expect(page.locator(".doing-text")).to_contain_text("A question for you", timeout=20_000)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert violations(page) == []
    answer(page, is_right=False)
    expect(page.locator(".said.own")).to_have_count(1)
    hint = page.locator(".said[data-voice=tutor]:has(.said-verdict[data-verdict=wrong])")
    expect(hint).to_be_visible(timeout=20_000)
    expect(page.locator(".item-form [type=submit]")).to_have_count(0)
    page.reload()
    expect(hint).to_be_visible()
    come_to_the_gate(page)
    answer(page, is_right=True)
    expect(page.locator(".said", has_text="so we go on")).to_be_visible(timeout=20_000)
    expect(page.locator(".page-now")).to_have_text("2", timeout=20_000)
    teacher = tab(held.instructor, beside=None)
    teacher.goto(f"/courses/{held.course_id}/attendance")
    expect(teacher.locator("#gates")).to_contain_text("shown in class")


def at_the_gate_twice(held: School, tab: Tab) -> tuple[Page, Page]:
    """A student's class at its gate in two tabs."""
    class_id = gated(held)
    one = tab(held.student)
    two = tab(beside=one)
    for page in (one, two):
        page.goto(f"/classes/{class_id}")
    come_to_the_gate(one)
    return one, two


def test_two_tabs_answer_one_question(held: School, stub: StubModel, tab: Tab) -> None:
    """The first answer stands; the other tab's form is closed by it."""
    one, two = at_the_gate_twice(held, tab)
    expect(two.locator(".item-form [type=submit]").first).to_be_visible()
    answer(one, is_right=True)
    expect(one.locator(".said.own")).to_have_count(1)
    expect(two.locator(".said.own")).to_have_count(1)
    expect(two.locator(".item-form [type=submit]")).to_have_count(0)


def test_keys_still_pressed_in_a_form_that_closes_steer_nothing(held: School, stub: StubModel, tab: Tab) -> None:
    """The focus stays in it. Who gave the answer by keyboard is done, and the keys of the class work from there."""
    one, two = at_the_gate_twice(held, tab)
    two.bring_to_front()
    two.locator(".item-form :is([type=radio], .short-answer)").first.focus()
    one.bring_to_front()
    answer(one, is_right=False)
    for page in (one, two):
        told = page.locator(".item-told").first
        expect(told).to_be_focused()
        expect(told).to_have_text("Your answer is in.")
        expect(page.locator(".said-verdict[data-verdict=wrong]")).to_be_visible(timeout=20_000)
    two.bring_to_front()
    two.keyboard.press("Space")
    two.keyboard.press("h")
    expect(two.locator(".hand")).to_have_attribute("aria-pressed", "false")
    one.bring_to_front()
    one.keyboard.press("h")
    expect(one.locator(".hand")).to_have_attribute("aria-pressed", "true")
    assert two.locator("[data-class]").get_attribute("data-status") == "running"
