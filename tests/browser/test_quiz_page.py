"""A test in a real browser: saved while one answers, through a lost line, in two tabs, to its end."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from examining import EVERY, OPEN, SINGLE, TEXT
from parts import Services
from people import School, school
from playwright.sync_api import Page, expect
from sqlalchemy import select
from visiting import UnderWay

from app.assessment import service as assessment
from app.assessment.documents import PaperPlan, Purpose
from app.assessment.models import AnswerSave, Attempt, Sitting
from app.assessment.schema import Item
from app.base.db import now, unit_of_work

pytestmark = pytest.mark.browser

Tab = Callable[..., Page]
SAVED = "All answers are saved."


@pytest.fixture
def place(db: Services) -> School:
    return school(read=False, written=False)


def add_test(place: School, items: tuple[Item, ...], **plan: object) -> UUID:
    """A published test."""
    who = place.instructor.who
    with unit_of_work() as session:
        ids = [assessment.add_item(session, who, place.course_id, one, None, ["Leaves"]) for one in items]
        whole = PaperPlan.model_validate({"title": "Leaves and light", **plan})
        paper_id = assessment.make_paper(session, who, place.course_id, whole)
        assessment.set_items(session, who, paper_id, ids)
        assessment.publish(session, who, paper_id)
    return paper_id


def begin(page: Page, place: School) -> None:
    """From the course's page into the test."""
    page.goto(f"/courses/{place.course_id}")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/sittings/*")


def answers() -> list[tuple[str, int]]:
    """The saved texts and choices, with their revisions."""
    with unit_of_work() as session:
        rows = session.scalars(select(Attempt).order_by(Attempt.saved_at))
        return [(one.response["text"] or ",".join(one.response["chosen"]), one.revision) for one in rows]


def test_answers_are_saved_and_handed_in(tab: Tab, place: School) -> None:
    add_test(place, EVERY)
    page = tab(place.student)
    begin(page, place)
    page.get_by_label("Mitochondrion").check()
    page.get_by_label("A plant").check()
    page.get_by_label("A dog").check()
    page.locator("[data-kind=numeric] input.input").fill("1,6 km")
    page.locator("[data-kind=text] input.input").fill("membrane")
    for at, name in enumerate(("Atom", "Cell", "Dog"), 1):
        page.locator("[data-kind=order]").get_by_label(name).select_option(str(at))
    page.locator("[data-kind=match]").get_by_label("Nucleus").select_option(label="keeps plans")
    page.locator("[data-kind=match]").get_by_label("Membrane").select_option(label="keeps out")
    page.locator("textarea").fill("Muscles need energy.")
    expect(page.locator("[data-whole]")).to_have_text(SAVED)
    page.reload()
    expect(page.locator("textarea")).to_have_value("Muscles need energy.")
    expect(page.get_by_label("Mitochondrion")).to_be_checked()
    page.get_by_role("button", name="Hand in").click()
    page.wait_for_url("**/result")
    expect(page.locator(".tile").first).to_contain_text("6 of 9 marks")
    expect(page.locator(".verdicts")).to_contain_text("KEY-WORDS")
    expect(page.locator(".badge.good")).to_have_count(6)


def test_gaps_are_named_before_a_test_is_handed_in(tab: Tab, place: School) -> None:
    """Once; any change takes the question back."""
    add_test(place, (SINGLE, TEXT, OPEN))
    page = tab(place.student)
    begin(page, place)
    page.get_by_role("button", name="Hand in").click()
    line = page.locator("[data-whole]")
    expect(line).to_contain_text("Questions 1, 2 and 3 have no answer yet.")
    page.locator("textarea").fill("Muscles need energy.")
    expect(line).to_have_text(SAVED)
    page.get_by_role("button", name="Hand in", exact=True).click()
    expect(line).to_contain_text("Questions 1 and 2 have no answer yet.")
    page.get_by_role("button", name="Hand in all the same").click()
    page.wait_for_url("**/result")


def test_a_lost_line_loses_nothing(tab: Tab, place: School) -> None:
    add_test(place, (SINGLE, OPEN))
    page = tab(place.student)
    begin(page, place)
    page.context.set_offline(True)
    page.locator("textarea").fill("Written without a line.")
    expect(page.locator("[data-kind=open] [data-state]")).to_contain_text("no connection")
    page.get_by_label("Mitochondrion").check()
    page.get_by_role("button", name="Hand in").click()
    expect(page.locator("[data-whole]")).to_contain_text("not")
    assert answers() == []
    page.context.set_offline(False)
    expect(page.locator("[data-whole]")).to_have_text(SAVED)
    assert sorted(answers()) == [("Written without a line.", 1), ("r1", 1)]


def test_a_reload_without_having_saved_sends_it_again(tab: Tab, place: School) -> None:
    add_test(place, (TEXT,))
    page = tab(place.student)
    page.on("dialog", lambda dialog: dialog.accept())
    begin(page, place)
    page.route("**/answers", lambda route: route.abort("connectionfailed"))
    page.locator(".question input.input").fill("kept in the browser")
    expect(page.locator("[data-state]")).to_contain_text("no connection")
    page.unroute("**/answers")
    page.reload()
    expect(page.locator(".question input.input")).to_have_value("kept in the browser")
    expect(page.locator("[data-whole]")).to_have_text(SAVED)
    assert answers() == [("kept in the browser", 1)]


def test_an_outcome_that_was_lost_on_its_way_back_saves_once(tab: Tab, place: School) -> None:
    add_test(place, (TEXT,))
    page = tab(place.student)
    begin(page, place)
    lost = []

    def lose_the_first(route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch())
            route.abort("connectionreset")

    page.route("**/answers", lose_the_first)
    page.locator(".question input.input").fill("once")
    expect(page.locator("[data-state]")).to_contain_text("no connection")
    expect(page.locator("[data-state]")).to_have_text("Saved")
    assert lost[0].json()["revision"] == 1
    assert answers() == [("once", 1)]
    with unit_of_work() as session:
        assert len(list(session.scalars(select(AnswerSave)))) == 1


def test_two_tabs_answer_once(tab: Tab, place: School) -> None:
    add_test(place, (SINGLE, OPEN))
    first = tab(place.student)
    begin(first, place)
    second = tab(beside=first)
    second.goto(first.url)
    first.locator("textarea").fill("From the first tab.")
    expect(first.locator("[data-kind=open] [data-state]")).to_have_text("Saved")
    under_way = UnderWay(second, "**/answers")
    second.locator("textarea").fill("From the second tab.")
    under_way.is_there()
    second.keyboard.press("End")
    second.keyboard.type(" And more.")
    under_way.go_on()
    under_way.no_more()
    told = second.locator("[data-kind=open] [data-told]")
    expect(told).to_contain_text("changed in another tab")
    expect(told).to_contain_text("From the second tab. And more.")
    expect(second.locator("textarea")).to_have_value("From the first tab.")
    second.locator("textarea").fill("From both tabs.")
    expect(second.locator("[data-kind=open] [data-state]")).to_have_text("Saved")
    assert answers() == [("From both tabs.", 2)]
    second.get_by_role("button", name="Hand in").click()
    second.get_by_role("button", name="Hand in all the same").click()
    second.wait_for_url("**/result")
    first.get_by_label("Mitochondrion").check()
    expect(first.locator("[data-kind=single] [data-told]")).to_contain_text("answered already")
    expect(first.get_by_role("link", name="To the result")).to_be_visible()


def test_when_the_time_is_up_it_is_handed_in(tab: Tab, place: School) -> None:
    add_test(place, (TEXT,), minutes=1)
    page = tab(place.student)
    begin(page, place)
    expect(page.locator("[data-clock]")).to_contain_text("0:")
    with unit_of_work() as session:
        session.scalars(select(Sitting)).one().due_at = now() + timedelta(seconds=4)
    page.reload()
    page.locator(".question input.input").fill("membrane")
    page.wait_for_url("**/result")
    expect(page.locator(".badge.good")).to_have_text("Right")


def test_practice_and_the_form_of_a_question(tab: Tab, place: School) -> None:
    add_test(place, (SINGLE,), purpose=Purpose.PRACTICE)
    page = tab(place.student, width=360)
    page.goto(f"/courses/{place.course_id}")
    page.get_by_role("link", name="Practise").click()
    page.locator("a.card").click()
    page.get_by_label("Mitochondrion").check()
    page.get_by_role("button", name="Answer").click()
    expect(page.locator(".badge.good")).to_have_text("Right")
    page.get_by_role("link", name="Next question").click()
    expect(page.locator(".stem")).to_contain_text("Which organelle")
    teacher = tab(place.instructor)
    teacher.goto(f"/courses/{place.course_id}")
    teacher.get_by_role("link", name="Tests", exact=True).click()
    teacher.get_by_role("link", name="Questions", exact=True).click()
    teacher.get_by_role("link", name="Several choices").click()
    teacher.fill("#stem", "Which hold?")
    for _ in range(2):
        teacher.get_by_role("button", name="One more").click()
    rows = teacher.locator(".item-row")
    expect(rows).to_have_count(8)
    for at in (0, 6, 7):
        rows.nth(at).locator("[name=one]").fill(f"option {at}")
        rows.nth(at).locator("[name=right]").check() if at else None
    teacher.get_by_role("button", name="Put it into the bank").click()
    expect(teacher.locator(".preview .option")).to_have_count(3)
    expect(teacher.locator("aside")).to_contain_text("Right: option 6; option 7")
