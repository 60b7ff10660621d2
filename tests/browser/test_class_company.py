"""Two students and an instructor in one class, each in a browser of their own."""

from collections.abc import Callable

import pytest
from people import School, enrolled
from playwright.sync_api import Page, expect
from visiting import answer_after, ask

from app.accounts.schema import CourseRole
from app.base.db import unit_of_work
from app.classroom import service as classroom

pytestmark = pytest.mark.browser

Tab = Callable[..., Page]


def test_two_students_and_an_instructor_in_one_class(held: School, tab: Tab) -> None:
    """Opened by the instructor, joined by two, led, whispered, spoken in, handed back, and ended for all."""
    kim = enrolled(held.course_id, CourseRole.STUDENT)
    teacher, robin, other = tab(held.instructor), tab(held.student), tab(kim, width=390)
    teacher.goto(f"/courses/{held.course_id}")
    teacher.click("button:has-text('Teach together')")
    teacher.wait_for_url("**/classes/*")
    expect(teacher.locator(".company-count")).to_contain_text("Nobody has joined yet")
    expect(teacher.locator(".say")).to_be_hidden()
    for page in (robin, other):
        page.goto(f"/courses/{held.course_id}")
        page.click("button:has-text('Join')")
        page.wait_for_url("**/classes/*")
    expect(teacher.locator(".company-count")).to_contain_text("2 of 2 students here")
    expect(robin.locator(".company-watch")).to_contain_text("Ada Brandt leads this class")
    expect(robin.locator(".steer")).to_be_hidden()
    expect(robin.locator("[data-verb=end]")).to_be_hidden()
    expect(robin.locator(".instructor")).to_have_count(0)

    ask(robin, "What does a leaf make from light?")
    answer_after(robin, "What does a leaf make from light?")
    expect(other.locator(".said[data-voice=student] .said-name")).to_have_text("Robin Vale")
    expect(robin.locator(".said.own .said-name")).to_have_text("You")

    teacher.fill("#whisper-words", "Speak of oak trees.")
    teacher.press("#whisper-words", "Enter")
    expect(teacher.locator(".whisper-list li")).to_contain_text("Speak of oak trees.")
    teacher.click("[data-floor]")
    expect(other.locator(".talk-line.floor-taken")).to_contain_text("Ada Brandt takes the floor")
    teacher.fill("#speak-words", "Look out of the window now.")
    teacher.click(".instructor-box[data-to=speak] button")
    spoken = other.locator(".said[data-cause=instructor]")
    expect(spoken.locator(".said-words")).to_have_text("Look out of the window now.")
    expect(spoken.locator(".said-name")).to_contain_text("Ada Brandt")
    for page in (robin, other):
        assert "oak trees" not in page.content()
    teacher.click("[data-floor]:has-text('Give back')")
    expect(robin.locator(".talk-line.floor-released")).to_have_count(1)

    other.click(".company-line button:has-text('Leave')")
    other.wait_for_url("**/courses/*")
    expect(robin.locator(".talk-line.person-left")).to_have_count(1)
    expect(teacher.locator(".company-count")).to_contain_text("1 of 1 student here")
    robin.fill(".say textarea", "And what of the birches?")
    teacher.click("[data-verb=end]")
    teacher.click("[data-verb=end-now]")
    expect(robin.locator(".end-card")).to_be_visible()
    expect(robin.locator(".end-questions")).to_have_text("1")
    expect(robin.locator(".end-unsent q")).to_have_text("And what of the birches?")
    expect(robin.locator(".end-card h2")).to_be_focused()  # no link takes the keys that were meant for the box
    robin.keyboard.type("board")
    expect(robin.locator(".end-card h2")).to_be_focused()


def test_a_student_sees_that_an_instructor_watches_and_the_instructor_sees_a_concern(held: School, tab: Tab) -> None:
    """In an individual class: watching is told within seconds, trouble is told to the instructor alone."""
    with unit_of_work() as session:
        class_id = classroom.open_class(session, held.student.who, held.lesson_id, pace=0.3)
    student = tab(held.student)
    student.goto(f"/classes/{class_id}")
    expect(student.locator(".said").first).to_be_visible()
    expect(student.locator(".company-watch")).to_be_hidden()
    teacher = tab(held.instructor)
    teacher.goto(f"/courses/{held.course_id}/attendance")
    teacher.click("button:has-text('Watch')")
    expect(student.locator(".company-watch")).to_have_text("Ada Brandt is watching this class")
    expect(student.locator(".steer")).to_be_visible()
    ask(student, "I want to kill myself")
    expect(teacher.locator(".concern-list li")).to_contain_text("Robin Vale")
    expect(student.locator(".concern-list")).to_have_count(0)
