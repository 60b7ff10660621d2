"""The pages about questions and learning, and a learner's own: by keyboard, narrow, dark, without violations."""

from collections.abc import Callable

import pytest
from analysing import answer_by_chance, make_test, students
from axe import violations
from parts import Services
from people import School, school
from playwright.sync_api import Page, expect

from app.analysis.learners import service as learners
from app.assessment.documents import Purpose

pytestmark = pytest.mark.browser

Tab = Callable[..., Page]


@pytest.fixture
def place(db: Services) -> School:
    made = school()
    paper, cards = make_test(made.instructor.who, made.course_id, ["light", "water"], purpose=Purpose.PRACTICE)
    answer_by_chance([made.student.who, *students(made.course_id, 29)], paper, cards)
    learners.follow()
    learners.refit(made.course_id)
    return made


def check(page: Page) -> None:
    """Nothing wrong for axe, light and dark, and nothing wider than a phone."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_from_the_questions_to_one_and_to_the_learners_by_keyboard(tab: Tab, place: School) -> None:
    page = tab(place.instructor, width=360)
    page.goto(f"/courses/{place.course_id}/analysis/items")
    check(page)
    link = page.get_by_role("link", name="About light, 0").last
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="About light, 0")).to_be_visible()
    expect(page.get_by_role("row", name="A: About light, 0 0 right")).to_be_visible()
    check(page)
    page.get_by_role("link", name="Learning", exact=True).press("Enter")
    expect(page.get_by_role("heading", name="What each learner knows")).to_be_visible()
    more = page.get_by_text("5 more learners")
    more.press("Enter")
    expect(page.get_by_role("region", name="What learners know").last).to_be_visible()
    check(page)


def test_a_learner_reads_what_they_know(tab: Tab, place: School) -> None:
    page = tab(place.student, width=360)
    page.goto("/record")
    expect(page.get_by_role("heading", name="What you know")).to_be_visible()
    check(page)
