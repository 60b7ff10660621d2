"""The desk in the browser: coding by keyboard, a class replayed step by step, the model beside."""

from collections.abc import Callable
from uuid import UUID

import pytest
from parts import Services
from people import School, school
from playwright.sync_api import Page, expect
from test_desk import a_project, attend

from app.base.db import unit_of_work
from app.base.embedded.processes import Child
from app.records.desk import service as desk

pytestmark = pytest.mark.browser

Tab = Callable[..., Page]


@pytest.fixture
def place(db: Services) -> School:
    made = school()
    made.approve()
    return made


@pytest.fixture
def class_id(place: School) -> UUID:
    return attend(place)


def codes_of(place: School, project: UUID) -> list[str]:
    with unit_of_work() as session:
        units = [desk.unit_for(session, place.researcher.who, project, place_) for place_ in (1, 2, 3)]
    return [one.given for one in units]


def test_three_utterances_are_coded_by_keyboard(tab: Tab, place: School, class_id: UUID) -> None:
    project = a_project(place)
    page = tab(place.researcher)
    page.goto(f"/desk/coding/{project}/code")
    count = page.locator("[data-count]")
    expect(count).to_have_text("0 of 3")
    first = page.locator(".unit-words").inner_text()
    page.keyboard.press("1")
    expect(count).to_have_text("1 of 3")
    expect(page.locator(".unit-words")).not_to_have_text(first)
    page.keyboard.press("u")
    expect(count).to_have_text("0 of 3")
    expect(page.locator(".unit-words")).to_have_text(first)
    for done, key in enumerate("725", start=1):
        page.keyboard.press(key)
        expect(count).to_have_text(f"{done} of 3")
    assert codes_of(place, project) == ["feeling", "responding", "regulating"]
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".unit-code[aria-pressed=true]")).to_contain_text("Responds")
    page.keyboard.press("-")
    expect(page.locator("p[role=status]")).to_contain_text("cannot be coded")
    page.get_by_role("button", name="Hand in").click()
    page.wait_for_url(f"**/desk/coding/{project}")
    expect(page.locator("main")).to_contain_text("How far coders agree")


def test_the_model_codes_in_a_worker_and_is_shown_afterwards(
    tab: Tab, place: School, class_id: UUID, worker: Child
) -> None:
    project = a_project(place)
    page = tab(place.researcher)
    page.goto(f"/desk/coding/{project}")
    page.get_by_role("button", name="Have the model code too").click()
    for _ in range(60):
        page.goto(f"/desk/coding/{project}")
        if page.get_by_text("3 of 3").count():
            break
        page.wait_for_timeout(500)
    expect(page.locator("main")).to_contain_text("3 of 3")
    expect(page.locator("main")).not_to_contain_text("How far the model agrees")
    page.goto(f"/desk/coding/{project}/code")
    for done, key in enumerate("111", start=1):
        page.keyboard.press(key)
        expect(page.locator("[data-count]")).to_have_text(f"{done} of 3")
    page.get_by_role("button", name="Hand in").click()
    expect(page.locator("main")).to_contain_text("How far the model agrees")


def test_a_class_is_replayed_step_by_step(tab: Tab, place: School, class_id: UUID) -> None:
    page = tab(place.researcher)
    page.goto(f"/desk/classes/{class_id}")
    lines = page.locator(".replay-lines > li[id]")
    page.keyboard.press("Home")
    expect(lines.nth(0)).to_have_class("now")
    page.keyboard.press("ArrowRight")
    expect(lines.nth(1)).to_have_class("now")
    expect(lines.nth(2)).to_have_class("later")
    page.get_by_role("button", name="Whole").click()
    expect(page.locator(".later")).to_have_count(0)
