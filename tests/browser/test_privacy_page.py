"""Privacy in the browser: the switches by keyboard alone, and the way out to its end."""

import time
from collections.abc import Callable

import pytest
from parts import Services
from people import PASSWORD, School, person, school
from playwright.sync_api import Page, expect

from app.accounts import service as accounts
from app.accounts.models import Person as PersonRow
from app.accounts.schema import CourseRole
from app.base.db import unit_of_work
from app.base.embedded.processes import Child

pytestmark = pytest.mark.browser

Tab = Callable[..., Page]


@pytest.fixture
def place(db: Services) -> School:
    made = school()
    made.approve()
    return made


def test_the_switches_work_by_keyboard(tab: Tab, place: School) -> None:
    newcomer = person(name="Nadia Newcome", is_new=True)
    with unit_of_work() as session:
        accounts.enrol(session, place.course_id, newcomer.id, CourseRole.STUDENT)
    page = tab(newcomer, width=360)
    page.goto(f"/courses/{place.course_id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Three questions before you begin")
    switches = page.get_by_role("switch")
    expect(switches).to_have_count(3)
    for _ in range(30):
        page.keyboard.press("Tab")
        if switches.nth(0).evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Space")
    expect(switches.nth(0)).to_be_checked()
    expect(switches.nth(1)).not_to_be_checked()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out on a phone"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/courses/{place.course_id}")
    page.locator(".menu > summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="My privacy").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("switch").nth(0)).to_be_checked()
    page.get_by_role("switch").nth(1).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("switch").nth(1)).to_be_checked()
    expect(page.locator("#history")).to_contain_text("Research about learning")


def test_the_way_out(tab: Tab, place: School, worker: Child) -> None:
    page = tab(place.student)
    page.goto("/privacy")
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download everything").click()
    assert taken.value.suggested_filename == "my-lyceum.zip"
    page.get_by_role("link", name="Erase my account").click()
    page.get_by_label("Your password, once more").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Good-bye")
    page.goto("/privacy")
    page.wait_for_url("**/sign-in?**")
    until = time.monotonic() + 60
    role = ""
    while role != "erased" and time.monotonic() < until:
        time.sleep(0.2)
        with unit_of_work() as session:
            role = session.get_one(PersonRow, place.student.id).role
    assert role == "erased"
