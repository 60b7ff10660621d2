"""The analysis in a browser: to the utterances by keyboard, narrow and dark, without a finding of axe's."""

import os
import re
from pathlib import Path

import pytest
from axe import violations
from conftest import Tab
from parts import Services, Web
from people import PASSWORD, Person
from playwright.sync_api import Page, expect

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, SiteRole, Who
from app.analysis import service as analysis
from app.analysis.order import service as order
from app.base.db import unit_of_work
from app.cli.simulated.school import School, simulate

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("LYCEUM_SHOTS", "")


@pytest.fixture
def course(db: Services) -> School:
    return simulate(8, 5, lambda _: None, is_ordered=True)


@pytest.fixture
def ada(course: School) -> Person:
    with unit_of_work() as session:
        one = accounts.add_person(session, "ada@school.example", "Ada Brandt", PASSWORD, SiteRole.INSTRUCTOR)
        accounts.enrol(session, course.lessons.course_id, one, CourseRole.INSTRUCTOR)
    return Person(one, "ada@school.example", Who(id=one, name="Ada", email="", role=SiteRole.INSTRUCTOR))


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def test_the_analysis_is_sound_by_keyboard_narrow_dark_and_on_paper(
    course: School, ada: Person, tab: Tab, web_server: Web
) -> None:
    """One course for all walks, because to simulate it takes longer than to walk."""
    page = tab(ada)
    every_page_is_sound(page, course)
    from_the_dashboard_to_what_was_said_in_three_steps(page, course)
    a_step_is_settled_and_taken_back(page, course)
    a_table_opens_beside_its_chart_and_paper_has_no_menus(page, course)


def every_page_is_sound(page: Page, course: School) -> None:
    base = f"/courses/{course.lessons.course_id}/analysis"
    with unit_of_work() as session:
        trial = order.trials_of(session, course.lessons.course_id)[0].id
    more = ["/order/trials/new", f"/order/trials/{trial}", "/weeks", "/utterances", "/learners"]
    places = ["", *(f"/{one.name}" for one in analysis.PARTS), *more]
    for place in places:
        page.goto(base + place)
        for scheme, width in (("light", 1280), ("dark", 360)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 800})
            shot(page, f"{place.replace(str(trial), 'one').replace('/', '_') or 'dashboard'}-{scheme}")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (place, width)
            assert violations(page) == [], (place, scheme)


def press(page: Page, name: str) -> None:
    """Go to a link by keyboard and follow it."""
    link = page.locator("#main").get_by_role("link", name=name).first
    link.focus()
    expect(link).to_be_focused()
    page.keyboard.press("Enter")


def from_the_dashboard_to_what_was_said_in_three_steps(page: Page, course: School) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.emulate_media(color_scheme="dark")
    page.goto(f"/courses/{course.lessons.course_id}/analysis")
    press(page, "Talk")
    press(page, "What they ask")
    expect(page).to_have_url(re.compile("/analysis/utterances"))
    expect(page.locator("#main blockquote").first).to_be_visible()
    assert violations(page) == []


def a_step_is_settled_and_taken_back(page: Page, course: School) -> None:
    page.goto(f"/courses/{course.lessons.course_id}/analysis/order")
    first = page.locator(".step").first
    words = first.locator("p b").all_inner_texts()
    first.get_by_role("button", name="Confirm").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Settled. Orders keep to it")).to_be_visible()
    expect(page.locator(".step").first).to_contain_text("settled")
    page.get_by_label("Comes first").select_option(label=words[1])
    page.get_by_label("Needs it").select_option(label=words[0])
    page.get_by_role("button", name="Add").press("Enter")
    expect(page.get_by_role("alert").first).to_contain_text("circle")
    page.locator(".step").first.get_by_role("button", name="Leave open").press("Enter")
    expect(page.locator(".step").first).not_to_contain_text("settled")


def a_table_opens_beside_its_chart_and_paper_has_no_menus(page: Page, course: School) -> None:
    page.goto(f"/courses/{course.lessons.course_id}/analysis/overview")
    fold = page.locator("figure summary").first
    fold.focus()
    page.keyboard.press("Enter")
    expect(page.locator("figure table").first).to_be_visible()
    assert page.locator("figure").count() == page.locator("figure table").count()
    page.emulate_media(media="print")
    expect(page.locator(".top")).to_be_hidden()
    expect(page.locator(".parts")).to_be_hidden()
    expect(page.locator("figure svg").first).to_be_visible()
    assert page.pdf()[:5] == b"%PDF-"
