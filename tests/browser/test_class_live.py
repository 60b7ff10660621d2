"""The class in the browser with its agents at work: a raised hand is invited, and a tutor gives a lesson alone."""

from collections.abc import Callable
from uuid import UUID

import pytest
from parts import Services
from people import School, school
from playwright.sync_api import Page, expect
from stub_model import StubModel

from app.base.db import unit_of_work
from app.base.embedded.processes import Child
from app.classroom import service as classroom
from app.classroom.schema import AGENTS, ClassEvent, Kind, Voice
from app.classroom.stage.cast import Choice

pytestmark = pytest.mark.browser

Tab = Callable[..., Page]


@pytest.fixture
def held(db: Services) -> School:
    """A school whose lesson is approved."""
    made = school()
    made.approve()
    return made


def shown(page: Page, class_id: UUID) -> Page:
    page.goto(f"/classes/{class_id}")
    expect(page.locator(".doing-text")).not_to_be_empty()
    return page


def log_of(class_id: UUID) -> list[ClassEvent]:
    with unit_of_work() as session:
        return classroom.events_after(session, class_id, 0)


def test_a_raised_hand_is_invited(held: School, worker: Child, stub: StubModel, tab: Tab) -> None:
    """The teacher gives the floor by name, both tabs say so, and the student's words take the hand down."""
    with unit_of_work() as session:
        class_id = classroom.open_class(session, held.student.who, held.lesson_id, pace=0.3)
    one = shown(tab(held.student), class_id)
    two = shown(tab(beside=one), class_id)
    expect(one.locator(".said").first).to_be_visible()
    one.keyboard.press("h")
    for page in (one, two):
        expect(page.locator(".said[data-cause=invitation]")).to_contain_text("Go ahead", timeout=20_000)
        expect(page.locator(".doing-text")).to_contain_text("You have the floor", timeout=20_000)
        expect(page.locator(".hand")).to_have_attribute("aria-pressed", "true")
    one.fill("#say-words", "What does a leaf make from light?")
    one.press("#say-words", "Enter")
    for page in (one, two):
        expect(page.locator(".hand")).to_have_attribute("aria-pressed", "false")


def test_one_to_one_the_tutor_gives_the_lesson(held: School, worker: Child, stub: StubModel, tab: Tab) -> None:
    """Without a teacher the page, its faces and its voices are the tutor's, by the name the course gave."""
    chosen = [Choice(voice=voice, on=voice is Voice.TUTOR) for voice in AGENTS]
    chosen[1].name = "Tilda"
    with unit_of_work() as session:
        classroom.choose_cast(session, held.instructor.who, held.course_id, chosen)
        class_id = classroom.open_class(session, held.student.who, held.lesson_id, pace=0.3)
    page = shown(tab(held.student), class_id)
    expect(page.locator(".cast li")).to_have_count(2)
    expect(page.locator(".caption-name")).to_have_text("Tilda")
    expect(page.locator(".said-name").first).to_have_text("Tilda")
    expect(page.locator(".said:not(.open)").first).to_be_visible()
    assert page.locator(".cast li").first.get_attribute("data-rate") == "1.02"
    assert {event.voice for event in log_of(class_id) if event.kind is Kind.SAID} == {Voice.TUTOR}
