"""Where a step points is seen on the page's picture, and drawn there with the pointer."""

from collections.abc import Callable

import pytest
from axe import violations
from parts import Services
from people import School, school
from playwright.sync_api import FloatRect, Page, expect

from app.base.db import unit_of_work
from app.courses.schema import Region
from app.lessons import service as lessons
from app.lessons.schema import Spotlight

pytestmark = pytest.mark.browser

Tab = Callable[..., Page]
SIDES = ("From the left", "From the top", "Width", "Height")


def pointing(place: School) -> None:
    """The first step of page 1 points at a quarter of its picture."""
    with unit_of_work() as session:
        page = lessons.access_lesson(session, place.instructor.who, place.lesson_id).pages[0]
        step = Spotlight(page=1, region=Region(left=0.5, top=0.5, width=0.5, height=0.5))
        lessons.add_action(session, place.instructor.who, place.lesson_id, 1, page.revision, 1, step)


def box(page: Page, place: str) -> FloatRect:
    found = page.locator(place).bounding_box()
    assert found
    return found


def shares(page: Page) -> list[float]:
    """The frame's sides as shares of the picture, which fills 4/3 of its height in the middle of its box.

    Read in one go, as the page may be scrolling.
    """
    light, whole = page.locator("#page-1 .picture").evaluate(
        "frame => ['.light', 'img'].map((one) => frame.querySelector(one).getBoundingClientRect().toJSON())"
    )
    wide = whole["height"] * 4 / 3
    left = whole["x"] + (whole["width"] - wide) / 2
    return [
        (light["x"] - left) / wide,
        (light["y"] - whole["y"]) / whole["height"],
        light["width"] / wide,
        light["height"] / whole["height"],
    ]


def sides(page: Page) -> list[float]:
    fields = page.locator("#page-1 .step[data-at='1']")
    return [float(fields.get_by_label(name).input_value()) for name in SIDES]


def test_a_frame_is_seen_typed_and_drawn(tab: Tab, db: Services) -> None:
    place = school()
    pointing(place)
    page = tab(place.instructor)
    page.goto(f"/lessons/{place.lesson_id}")
    light, step = page.locator("#page-1 .light"), page.locator("#page-1 .step[data-at='1']")
    expect(light).to_have_count(0)
    step.get_by_label(SIDES[0]).focus()
    expect(light).to_be_visible()
    assert shares(page) == pytest.approx([0.5, 0.5, 0.5, 0.5], abs=0.03)
    step.get_by_label(SIDES[0]).fill("0")
    assert shares(page) == pytest.approx([0, 0.5, 0.5, 0.5], abs=0.03)
    assert violations(page) == []

    whole = box(page, "#page-1 .picture img")
    middle, high = whole["x"] + whole["width"] / 2, whole["height"]
    page.mouse.move(middle, whole["y"] + high / 4)
    page.mouse.down()
    page.mouse.move(middle + high / 3, whole["y"] + high / 2)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert sides(page) == [0, 50, 50, 50]
    page.mouse.move(middle, whole["y"] + high / 4)
    page.mouse.down()
    page.mouse.move(middle + high / 3, whole["y"] + high / 2, steps=3)
    assert shares(page) == pytest.approx([0.5, 0.25, 0.25, 0.25], abs=0.03)
    page.mouse.up()
    expect(step.locator("[data-edit] [data-state]")).to_have_text("Saved")
    drawn = sides(page)
    assert drawn == pytest.approx([50, 25, 25, 25], abs=2)
    page.reload()
    assert sides(page) == drawn

    step.get_by_label(SIDES[0]).focus()
    plain = "img => Object.assign(img.style, { width: '320px', height: '240px', border: 0, padding: 0 })"
    page.locator("#page-1 .picture img").evaluate(plain)
    for start in (20, 100, 180):  # percentages of 320 and 240, and of what is left of them, that end in half a tenth
        whole = box(page, "#page-1 .picture img")
        page.mouse.move(whole["x"] + start, whole["y"] + start * 3 / 4)
        page.mouse.down()
        page.mouse.move(whole["x"] + 330, whole["y"] + 250, steps=2)
        page.mouse.up()
        expect(step.locator("[data-edit] [data-state]")).to_have_text("Saved")
        x, y, width, height = sides(page)
        assert (x + width, y + height) == pytest.approx((100, 100))
        assert x == pytest.approx(start / 3.2, abs=0.5)

    page.locator("#words-1-2").focus()
    expect(light).to_have_count(0)


def test_words_are_shown_where_they_stand(tab: Tab, db: Services) -> None:
    place = school()
    pointing(place)
    page = tab(place.instructor, width=360)
    page.goto(f"/lessons/{place.lesson_id}")
    where = page.locator("#page-1 .step[data-at='1'] [data-where]")
    where.focus()
    where.select_option(index=1)
    expect(page.locator("#page-1 .step[data-at='1'] [data-edit] [data-state]")).to_have_text("Saved")
    expect(page.locator("#page-1 .light")).to_be_visible()
    left, top, width, height = shares(page)
    assert left == pytest.approx(0.08, abs=0.05)
    assert top == pytest.approx(0.22, abs=0.06)
    assert width > 0.3
    assert height < 0.2
