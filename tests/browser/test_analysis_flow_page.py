"""The heat strip in the browser: by keyboard to the words behind a figure, on a narrow screen, in the dark."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from axe import violations
from parts import Services
from people import Person, person
from playwright.sync_api import Page, expect

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, SiteRole
from app.base.db import unit_of_work
from app.cli.simulated.school import School, simulate

pytestmark = pytest.mark.browser

Tab = Callable[..., Page]


@pytest.fixture
def term(db: Services) -> School:
    return simulate(6, 9, lambda words: None)


@pytest.fixture
def instructor(term: School) -> Person:
    who = person(SiteRole.INSTRUCTOR, "Ada Brandt")
    with unit_of_work() as session:
        accounts.enrol(session, term.lessons.course_id, who.id, CourseRole.INSTRUCTOR)
    return who


def test_from_the_strip_to_a_moment_by_keyboard_on_a_narrow_screen(tab: Tab, term: School, instructor: Person) -> None:
    page = tab(instructor, width=360)
    page.emulate_media(color_scheme="dark")
    page.goto(f"/courses/{term.lessons.course_id}/analysis/flow")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(page.locator(".deck-page img").first).to_be_visible()
    page.locator("#lesson-1 ~ ol.deck-strip").focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        href = page.evaluate("document.activeElement.getAttribute('href') || ''")
        if "page=2" in href and href.endswith("sign=asked"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/analysis/utterances?**")
    expect(page.locator("h2#words")).to_contain_text("page 2")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    moment = page.locator(".moments a").first
    moment.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/inside?**")
    place = urlsplit(page.url).fragment
    expect(page.locator(f"#{place}")).to_be_in_viewport()
    expect(page.locator(f"#{place} .inside-words")).to_contain_text("?")

    for name in ("talk", "agents", "flow"):
        page.goto(f"/courses/{term.lessons.course_id}/analysis/{name}")
        expect(page.locator("h2#part")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
        assert violations(page) == [], name
        if name != "flow":
            page.locator("figure summary").first.press("Enter")
            expect(page.locator("figure details table").first).to_be_visible()
