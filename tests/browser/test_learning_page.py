"""How somebody likes to learn, and what instructors see of it, in a browser: by keyboard, narrow, dark, for all."""

import json
from collections.abc import Callable

import pytest
from axe import violations
from parts import Services
from people import School, school
from playwright.sync_api import Page, expect
from stub_model import Scripted, StubModel

from app.base.db import unit_of_work
from app.base.embedded.processes import Child
from app.lessons import service as lessons
from app.lessons.personal import service as personal
from app.lessons.personal.schema import Profile

pytestmark = pytest.mark.browser
Tab = Callable[..., Page]

SAID = "A leaf makes sugar from light, and it stores the sugar for the night."
OTHER = "From light a leaf makes sugar, and it stores the sugar for the night."


@pytest.fixture
def place(db: Services) -> School:
    made = school()
    with unit_of_work() as session:
        for number in (1, 2):
            lessons.write_by_hand(session, made.instructor.who, made.lesson_id, number, [SAID])
        personal.switch(session, made.instructor.who, made.course_id, True)
    made.approve()
    return made


def test_a_talk_by_keyboard_leads_to_words_of_ones_own_in_class(
    tab: Tab, place: School, worker: Child, stub: StubModel
) -> None:
    stub.script(Scripted(match="other words", reply=json.dumps({"lines": [OTHER]})))
    page = tab(place.student)
    page.goto("/learning/talk")
    for words in ("for an exam", "it is new to me", "short"):
        field = page.get_by_label("Or in your words")
        field.fill(words)
        field.press("Enter")
        expect(page.locator(".own", has_text="").last).to_be_visible()
    page.get_by_role("button", name="The lesson's own").press("Enter")
    expect(page.get_by_text("So you wish: for a test, new to it, briefly.")).to_be_visible()
    page.get_by_role("button", name="Yes, keep it").press("Enter")
    expect(page.get_by_text("2 of 2 pages")).to_be_visible(timeout=20_000)
    page.goto(f"/courses/{place.course_id}")
    page.get_by_role("button", name="Attend").first.click()
    expect(page.get_by_text(OTHER).first).to_be_visible(timeout=20_000)
    expect(page.get_by_text("personal version of version 1").first).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_the_pages_fit_and_are_for_all(tab: Tab, place: School, stub: StubModel, scheme: str, width: int) -> None:
    with unit_of_work() as session:
        personal.keep_profile(session, place.student.who, Profile(level="new"))
        one = personal.version_for(session, place.student.id, place.lesson_id)
    stub.script(
        Scripted(match="Leaf 2 makes", fault="junk"),
        Scripted(match="other words", reply=json.dumps({"lines": [OTHER]})),
    )
    personal.rewrite(one)
    deck = f"/materials/{place.material_id}"
    seen = [
        (place.student, ["/learning", "/learning/talk?goal=hm"]),
        (place.instructor, [f"/courses/{place.course_id}/personal", f"/personal/{one}", deck, f"{deck}/structure"]),
    ]
    for person, paths in seen:
        page = tab(person, width=width)
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for path in paths:
            page.goto(path)
            expect(page.locator("h1")).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert violations(page) == [], path
