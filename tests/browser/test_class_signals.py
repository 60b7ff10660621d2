"""Signals on the class page: thumbs by keyboard, other words, a choice; there again after a reload and at the end."""

from collections.abc import Callable
from uuid import UUID

import pytest
from people import School
from playwright.sync_api import Locator, Page, expect
from stub_model import Scripted, StubModel
from visiting import UnderWay, answer_after, ask, end_class, pause

from app.alignment import service as alignment
from app.base.db import unit_of_work
from app.classroom import service as classroom
from app.classroom.schema import Activity, Control

pytestmark = pytest.mark.browser

Tab = Callable[..., Page]
QUESTION = "What does a leaf make from light?"
ANSWER = "Leaf 1 makes sugar from light."
OTHER = "From light, leaf 1 makes sugar for itself."


@pytest.fixture(autouse=True)
def quiet(held: School, class_id: UUID) -> None:
    """Nobody but the tutor speaks: the line under test stays the last one."""
    with unit_of_work() as session:
        classroom.set_activity(session, held.student.who, class_id, Activity.OFF)


def line_of(page: Page) -> Locator:
    return page.locator(f".said:has(.said-words:has-text({ANSWER!r}))").last


def test_signals_of_a_line(held: School, class_id: UUID, stub: StubModel, tab: Tab) -> None:
    stub.script(
        Scripted(match="Say the same in other words", reply=OTHER, times=1),
        Scripted(match="make from light", reply=ANSWER, times=1),
    )
    page = tab(held.student, width=360)
    page.goto(f"/classes/{class_id}")
    ask(page, QUESTION)
    assert answer_after(page, QUESTION) == ANSWER
    pause(page)  # on a slow machine the class would end meanwhile
    line = line_of(page)
    down = line.get_by_role("button", name="Not helpful")
    down.focus()
    page.keyboard.press("Enter")
    expect(down).to_have_attribute("aria-pressed", "true")
    reason = line.get_by_role("button", name="too long")
    reason.focus()
    page.keyboard.press("Enter")
    expect(reason).to_have_attribute("aria-pressed", "true")
    line.get_by_label("Why, in your words").fill("half of it would do")
    under_way = UnderWay(page, "**/thumb")
    page.keyboard.press("Enter")
    under_way.is_there()
    page.locator("#say-words").focus()
    under_way.go_on()
    under_way.no_more()
    expect(line.get_by_text("Thank you.")).to_be_visible()
    expect(page.locator("#say-words")).to_be_focused()
    line.get_by_role("button", name="Say it differently").click()
    other = line.get_by_role("group", name="In other words")
    expect(other).to_contain_text(OTHER, timeout=20_000)
    places = [one.text_content() for one in other.locator(".said-ways li").all()]
    assert sorted(places) == sorted([ANSWER, OTHER])
    chosen = "The upper one helps more" if places[0] == OTHER else "The lower one helps more"
    second = other.get_by_role("button", name=chosen)
    second.click()
    expect(second).to_have_attribute("aria-pressed", "true")
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    with unit_of_work() as session:
        told = {
            (one.kind, one.value, one.reason, one.words) for one in alignment.mine(session, held.student.who, class_id)
        }
        uppers = {one.upper for one in alignment.mine(session, held.student.who, class_id) if one.kind == "choice"}
    assert uppers == {"second" if places[0] == OTHER else "first"}
    assert told == {("thumb", "down", "too long", "half of it would do"), ("choice", "second", "", "")}

    page.reload()
    line = line_of(page)
    expect(line.get_by_role("button", name="Not helpful")).to_have_attribute("aria-pressed", "true")
    assert [one.text_content() for one in line.locator(".said-ways li").all()] == places
    expect(line.get_by_role("button", name=chosen)).to_have_attribute("aria-pressed", "true")
    end_class(page)
    page.reload()
    up = line_of(page).get_by_role("button", name="Helpful", exact=True)
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    expect(line_of(page).get_by_role("button", name="Not helpful")).to_have_attribute("aria-pressed", "false")


def test_the_end_of_the_class_leaves_the_keyboard_to_who_writes(
    held: School, class_id: UUID, stub: StubModel, tab: Tab
) -> None:
    stub.script(Scripted(match="make from light", reply=ANSWER, times=1))
    page = tab(held.student)
    page.goto(f"/classes/{class_id}")
    ask(page, QUESTION)
    assert answer_after(page, QUESTION) == ANSWER
    pause(page)
    line = line_of(page)
    line.get_by_role("button", name="Not helpful").click()
    why = line.get_by_label("Why, in your words")
    why.fill("half of it would do")
    with unit_of_work() as session:
        classroom.control(session, held.student.who, class_id, Control.END)
    expect(page.locator(".end-card")).to_be_visible()
    expect(why).to_be_focused()
    page.keyboard.press("Enter")
    expect(line.get_by_text("Thank you.")).to_be_visible()
