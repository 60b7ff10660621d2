"""Making a lesson in the browser: upload, watch it written, edit with the keyboard, approve; and pages on a phone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from parts import Services, Web
from people import PASSWORD, School, pdf, school
from playwright.sync_api import Browser, Page, expect
from stub_model import StubModel
from visiting import sign_in

from app.base.embedded.processes import Child

pytestmark = pytest.mark.browser

Tab = Callable[..., Page]


def test_a_deck_becomes_an_approved_lesson(
    tab: Tab, db: Services, worker: Child, stub: StubModel, tmp_path: Path
) -> None:
    place = school(read=False)
    page = tab(place.instructor)
    page.goto(f"/courses/{place.course_id}")
    deck = tmp_path / "green.pdf"
    deck.write_bytes(b"not a deck at all")
    page.set_input_files("#deck", deck)
    page.get_by_role("button", name="Upload the deck").click()
    expect(page.locator("[data-trouble]")).not_to_be_empty()
    deck.write_bytes(pdf(3, "A green pigment in each leaf catches the light of the sun."))
    page.set_input_files("#deck", deck)
    page.get_by_role("button", name="Upload the deck").click()
    page.wait_for_url("**/lessons/*")
    begin = page.get_by_role("button", name="Write the lesson")
    expect(begin).to_be_visible(timeout=40_000)
    expect(page.locator("#run")).to_contain_text("3 pages: about 3 calls of the language model")
    begin.click()
    expect(page.locator(".leaf[data-status=ready]")).to_have_count(3, timeout=40_000)
    expect(page.locator("#run summary")).to_have_text("What writing takes and took")
    approve = page.get_by_role("button", name="Approve")
    expect(approve).to_be_enabled()
    _edit_by_keyboard(page)
    expect(approve).to_be_enabled(timeout=20_000)
    approve.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-approve-words]")).to_contain_text("Students attend version 1", timeout=20_000)
    expect(page.locator("#words-1-1")).to_have_value("A leaf eats light.")


def _edit_by_keyboard(page: Page) -> None:
    field = page.locator("#words-1-1")
    field.fill("A leaf eats light.")
    expect(page.locator("[data-approve-words]")).to_contain_text("Save page 1 first")
    expect(page.get_by_role("button", name="Approve")).to_be_disabled()
    field.press("Control+Enter")
    expect(page.locator("#page-1 .step[data-at='1'] [data-edit] [data-state]")).to_have_text("Saved")
    expect(page.locator("#page-1 .badge")).to_have_text("Your words")
    expect(field).to_be_focused()


def test_an_editor_that_was_signed_out_elsewhere_says_so_and_stops_asking(
    chromium: Browser, web_server: Web, db: Services
) -> None:
    place = school()
    context = chromium.new_context(base_url=web_server.url)  # not a watched tab: a refused request is an error there
    page, other = context.new_page(), context.new_page()
    sign_in(page, place.instructor.email, PASSWORD)
    page.goto(f"/lessons/{place.lesson_id}")
    asked: list[int] = []
    page.on("response", lambda reply: asked.append(reply.status) if reply.url.endswith(".json") else None)
    other.goto("/")
    other.locator("form[action='/sign-out']").evaluate("form => form.requestSubmit()")
    other.wait_for_url("**/sign-in*")
    expect(page.locator("[data-approve-words]")).to_contain_text("You have been signed out", timeout=20_000)
    page.wait_for_timeout(3500)  # it used to ask every three seconds, for ever
    assert asked.count(401) == 1
    context.close()


def test_words_come_into_a_page_without_moving_what_is_above(
    tab: Tab, db: Services, worker: Child, stub: StubModel
) -> None:
    place = school()
    page = tab(place.instructor)
    page.goto(f"/lessons/{place.lesson_id}")
    place_of = "all => all.map(one => [one.offsetTop, one.offsetHeight])"
    before = page.locator("#page-1").evaluate_all(place_of)
    page.locator("#page-2 [data-rewrite]").click()
    expect(page.locator("#page-2")).to_have_attribute("data-revision", "2", timeout=40_000)
    assert page.locator("#page-1").evaluate_all(place_of) == before


def test_no_page_is_wider_than_a_phone_and_the_colours_can_be_chosen(tab: Tab, db: Services) -> None:
    place: School = school()
    place.approve()
    page = tab(place.instructor, width=360)
    course, lesson = f"/courses/{place.course_id}", f"/lessons/{place.lesson_id}"
    inside = (f"{course}/people", f"{course}/cast", f"{course}/attendance")
    for path in ("/", course, *inside, lesson, "/record", "/courses/new"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_the_first_thing_a_keyboard_meets_is_the_way_to_the_page(tab: Tab, db: Services) -> None:
    page = tab()
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
