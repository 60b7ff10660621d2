"""Import and export in the browser: a bank is read, chosen from and stored; a lesson's page plays from a file."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from axe import violations
from banking import GIFT
from parts import Services
from people import School, school
from playwright.sync_api import Page, expect
from sqlalchemy import select
from stub_model import Scripted, StubModel

from app.assessment.models import SectionQuestions
from app.base.db import now, unit_of_work
from app.base.embedded.processes import Child

pytestmark = pytest.mark.browser

Tab = Callable[..., Page]


@pytest.fixture
def place(db: Services) -> School:
    made = school()
    made.approve()
    return made


def look(page: Page, name: str) -> None:
    """Keep a picture of the page, where somebody wants to look at it."""
    if folder := os.environ.get("LYCEUM_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_bank_comes_in_by_keyboard(tab: Tab, place: School, worker: Child, tmp_path: Path) -> None:
    file = tmp_path / "leaves.gift"
    file.write_text(GIFT)
    page = tab(place.instructor)
    page.goto(f"/courses/{place.course_id}")
    page.get_by_role("link", name="Import / Export").click()
    page.wait_for_url("**/exchange")
    look(page, "exchange")
    assert violations(page) == []
    page.set_input_files("#bank", file)
    page.get_by_role("button", name="Read it").press("Enter")
    expect(page.get_by_role("heading", name="What was found")).to_be_visible(timeout=30_000)
    look(page, "found")
    assert violations(page) == []
    none = page.get_by_role("button", name="Choose none")
    none.press("Enter")
    expect(page.locator("input[name=chosen]:checked")).to_have_count(0)
    page.locator("#q0").press("Space")
    expect(page.locator("input[name=chosen]:checked")).to_have_count(1)
    page.get_by_role("button", name="Store what is chosen").press("Enter")
    expect(page.get_by_role("heading", name="1 question stored")).to_be_visible(timeout=30_000)
    assert violations(page) == []
    page.get_by_role("link", name="To the question bank").click()
    expect(page.locator("main")).to_contain_text("What do leaves make?")


def test_narrow_and_dark_and_a_lesson_that_plays(tab: Tab, place: School, worker: Child, tmp_path: Path) -> None:
    page = tab(place.instructor, width=360)
    page.emulate_media(color_scheme="dark")
    page.goto(f"/courses/{place.course_id}/exchange")
    look(page, "exchange-360")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert violations(page) == []
    page.select_option("#lesson-form", "html")
    page.locator("#lesson").get_by_role("button", name="Make the file").click()
    link = page.get_by_role("link", name="Download").first
    expect(link).to_be_visible(timeout=30_000)
    look(page, "file-360")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert violations(page) == []
    with page.expect_download() as waiting:
        link.click()
    file = tmp_path / "lesson.html"
    waiting.value.save_as(file)
    page.goto(file.as_uri())
    where = page.locator("[data-where]")
    expect(where).to_have_text("Page 1 of 2")
    expect(page.locator(".line:visible")).to_have_count(1)
    assert violations(page) == []
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(where).to_have_text("Page 2 of 2")
    page.keyboard.press("ArrowLeft")
    expect(where).to_have_text("Page 1 of 2")
    expect(page.locator(".line:visible")).to_have_count(3)
    page.keyboard.press("End")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


APART = """() => {
const blocks = [...document.querySelectorAll("main > div, main section, main form, main form button")];
return blocks.flatMap((one) => {
  const box = one.getBoundingClientRect();
  return [one.nextElementSibling].filter((next) => next?.matches("section, form, button")).flatMap((next) => {
    const other = next.getBoundingClientRect();
    const beside = other.left >= box.right || other.right <= box.left;
    const seen = box.height > 4 && other.height > 4;
    return seen && !beside && other.top - box.bottom < 4 ? [`${one.className} / ${next.className}`] : [];
  });
});
}"""
"""Neighbours among blocks and buttons that touch each other, where they stand one below the other."""


def test_blocks_and_buttons_stand_apart_and_a_field_beside_its_label(tab: Tab, place: School) -> None:
    """Of the pages around the editor, wide and on a phone."""
    page = tab(place.instructor)
    lesson, structure = f"/lessons/{place.lesson_id}", f"/materials/{place.material_id}/structure"
    page.goto(f"{lesson}/questions")
    page.get_by_role("button", name="Have questions written").click()
    page.wait_for_load_state()
    with unit_of_work() as session:
        fact = {"text": "Leaves catch light.", "page": 1}
        item = {"kind": "text", "stem": "Fill the gap: Leaves catch ____.", "accepted": ["light"]}
        for row in session.scalars(select(SectionQuestions)):
            row.questions = [{"item": item, "fact": fact, "words": item["stem"]}]
            row.state, row.made_at = "ready", now()
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        for path in (structure, f"{lesson}/questions", f"{lesson}/versions"):
            page.goto(path)
            assert page.evaluate(APART) == [], (path, width)
        page.goto(structure)
        page.locator("details.gate summary").first.click()
        for name in ("Right answers in a row, about each", "Questions at most"):
            field = page.get_by_label(name).first.bounding_box()
            label = page.get_by_text(name, exact=True).first.bounding_box()
            assert field["x"] >= label["x"] + label["width"]
            assert label["y"] < field["y"] + field["height"] / 2 < label["y"] + max(label["height"], field["height"])


def test_a_structure_that_is_being_edited_is_not_loaded_over(tab: Tab, place: School, stub: StubModel) -> None:
    stub.script(Scripted(match="lay out a lecture", first_token_ms=60_000))
    page, asked = tab(place.instructor), []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    structure = f"/materials/{place.material_id}/structure"
    page.goto(structure)
    page.get_by_role("button", name="Have names and objectives proposed").click()
    title = page.locator("#part-title-1")
    title.fill("What leaves do")
    other = page.context.new_page()
    other.goto(structure)
    other.get_by_role("button", name="Call it off").click()
    expect(page.get_by_role("status").filter(has_text="Save what you have filled in")).to_be_visible()
    expect(title).to_have_value("What leaves do")
    page.get_by_role("link", name="Back to the pages").click()
    assert asked == ["beforeunload"]
    expect(title).to_have_value("What leaves do")
    page.get_by_role("button", name="Save the structure").click()
    expect(page.get_by_role("button", name="Have names and objectives proposed")).to_be_visible()
    expect(title).to_have_value("What leaves do")
    assert asked == ["beforeunload"]


def test_the_structure_of_a_deck_and_an_outline_are_sound(tab: Tab, place: School, worker: Child) -> None:
    page = tab(place.instructor)
    for scheme, width in (("light", 1280), ("dark", 360)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"/materials/{place.material_id}/structure")
        look(page, f"structure-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(page) == []
    page.locator("#start-2").select_option("section")
    page.get_by_role("button", name="Save the structure").press("Enter")
    expect(page.locator("#section-title-2")).to_be_visible()
    page.goto(f"/courses/{place.course_id}/exchange#topic-form")
    page.get_by_label("Topic").fill("How roots drink")
    page.get_by_role("button", name="Write an outline").press("Enter")
    expect(page.locator("#markdown")).to_be_visible(timeout=40_000)
    look(page, "outline-360")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert violations(page) == []
    page.locator("#markdown").fill("# Roots\n\n- They drink.\n\n## Stems\n\n- They carry.")
    page.get_by_role("button", name="Approve and lay it out").press("Enter")
    page.wait_for_url("**/lessons/*")
    expect(page.locator(".leaf[data-status=ready]")).to_have_count(2, timeout=40_000)
