"""The class in the browser: taught, asked and answered, the same in every tab, with the keyboard alone."""

from collections.abc import Callable
from uuid import UUID

import pytest
from decks import LECTURE, pptx_deck
from parts import Services, Web
from people import PASSWORD, School, person
from playwright.sync_api import Page, expect
from stub_model import Scripted, StubModel
from visiting import (
    UnderWay,
    answer_after,
    ask,
    attend,
    be_taught,
    end_class,
    join_course,
    pause,
    prepare_lesson,
    sign_in,
)

from app.accounts.schema import SiteRole
from app.base.embedded.processes import Child

pytestmark = pytest.mark.browser

Tab = Callable[..., Page]
QUESTION = "What does a leaf make from light?"
SLOW = Scripted(
    match="make from light",
    reply="Leaf 1 makes sugar from light. The sugar is made by leaf 1 from light. From light leaf 1 makes sugar.",
    tokens_per_second=5,
)


def transcript(page: Page) -> list[list[str]]:
    """Who said what, as it stands on the page."""
    script = "all => all.map(one => [one.dataset.voice, one.querySelector('.said-words').textContent])"
    said: list[list[str]] = page.locator(".said:not(.open)").evaluate_all(script)
    return said


def no_sideways_scroll(page: Page) -> bool:
    wider: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return not wider


def test_from_a_deck_to_a_record(db: Services, worker: Child, stub: StubModel, tab: Tab) -> None:
    """The whole platform through the browser: upload, written, approved, joined, taught, answered, left, recorded."""
    code = prepare_lesson(tab(person(SiteRole.INSTRUCTOR, "Ada Brandt")), pptx_deck(), 90)
    student = tab()
    join_course(student, code)
    attend(student)
    ask(student, "What is this page about?")
    assert answer_after(student, "What is this page about?")
    assert be_taught(student, 60) == len(LECTURE)
    end_class(student)
    expect(student.locator(".end-pages")).to_have_text(f"{len(LECTURE)} of {len(LECTURE)}")
    student.click("text=See your record")
    expect(student.locator("main")).to_contain_text("What is this page about?", timeout=15_000)


def test_two_tabs_and_a_reload_show_the_same_class(held: School, class_id: UUID, stub: StubModel, tab: Tab) -> None:
    """One tab asks, both hear the answer; a third one opened in mid-answer has it whole in the end."""
    stub.script(SLOW)
    one = tab(held.student)
    two = tab(beside=one)
    for page in (one, two):
        page.goto(f"/classes/{class_id}")
    ask(one, QUESTION)
    expect(two.locator(".said.open.begun")).to_be_visible(timeout=20_000)
    two.reload()
    answer = answer_after(one, QUESTION)
    assert answer_after(two, QUESTION) == answer
    pause(one)
    for unfinished in (".said.open", ".said .ahead"):
        expect(two.locator(unfinished)).to_have_count(0)
    expect(two.locator(".talk-line.class-paused")).to_have_count(1)
    assert transcript(one) == transcript(two)
    one.reload()
    expect(one.locator(".said.own")).to_have_count(1)
    expect(one.locator(".talk-line.class-paused")).to_have_count(1)
    assert transcript(one) == transcript(two)


def test_an_answer_names_its_page_and_shows_it(held: School, class_id: UUID, tab: Tab) -> None:
    """The chip under an utterance opens the page and the words it rests on; the class stays where it is."""
    page = tab(held.student)
    page.goto(f"/classes/{class_id}")
    ask(page, QUESTION)
    answer_after(page, QUESTION)
    page.locator(".said.own ~ .said .chip").first.click()
    dialog = page.locator(".source-dialog")
    expect(dialog.locator("blockquote").first).to_contain_text("sugar from light")
    expect(dialog.locator("img")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_the_keyboard_alone_is_enough(held: School, class_id: UUID, tab: Tab) -> None:
    """Ask, pause, resume, turn pages, read the keys and end, without a pointer."""
    page = tab(held.student)
    page.goto(f"/classes/{class_id}")
    expect(page.locator(".said").first).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("One line")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("and one more")
    page.keyboard.press("Enter")
    expect(page.locator(".said.own .said-words")).to_have_text("One line\nand one more")
    page.keyboard.press("Escape")
    page.keyboard.press("Space")
    expect(page.locator("[data-verb=pause]")).to_contain_text("Resume")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".page-now")).to_have_text("2")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".page-now")).to_have_text("1")
    page.keyboard.press("?")
    expect(page.locator(".keys-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.focus("[data-verb=end]")
    page.keyboard.press("Enter")
    expect(page.locator(".end-dialog button:has-text('Stay')")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".end-card")).to_be_visible()


def test_a_student_has_a_board_of_their_own(held: School, class_id: UUID, stub: StubModel, tab: Tab) -> None:
    """Written by keyboard, set as MathML, kept over a reload, asked about, and rubbed out with its words kept."""
    page = tab(held.student, width=360)
    page.goto(f"/classes/{class_id}")
    expect(page.locator(".said").first).to_be_visible()
    pause(page)
    page.keyboard.press("b")
    expect(page.locator("#own-words")).to_be_focused()
    page.keyboard.type(r"\frac{sugar}{light}")
    page.select_option(".own-board select[name=kind]", "formula")
    page.click(".own-board button[type=submit]")
    board = page.locator(".own-board .board-items")
    expect(board.locator("math mfrac")).to_be_visible()
    expect(page.locator("#own-words")).to_have_value("")
    assert no_sideways_scroll(page)
    page.reload()
    page.click(".own-board summary")
    expect(board.locator("math mfrac")).to_be_visible()
    page.click(".own-board [data-ask]")
    expect(page.locator(".said.own")).to_contain_text("look at my board")
    answer_after(page, "look at my board")
    assert any(r"On my board: \frac{sugar}{light}" in one.turn for one in stub.log)
    page.click(".own-board button:has-text('Rub out')")
    expect(board).to_be_hidden()
    expect(page.locator("#own-words")).to_have_value(r"\frac{sugar}{light}")
    expect(page.locator(".own-board select[name=kind]")).to_have_value("formula")


def test_words_under_way_take_nothing_with_them(held: School, class_id: UUID, tab: Tab) -> None:
    """While the class takes a question, one writes on, or goes elsewhere; neither is undone when it has arrived."""
    page = tab(held.student)
    page.goto(f"/classes/{class_id}")
    expect(page.locator(".said").first).to_be_visible()
    under_way = UnderWay(page, "**/say")
    page.fill("#say-words", QUESTION)
    page.press("#say-words", "Enter")
    under_way.is_there()
    page.keyboard.type(" And why")
    page.keyboard.press("Escape")
    with page.expect_response("**/say"):
        under_way.go_on()
    expect(page.locator("form.say")).to_have_attribute("aria-busy", "false")
    assert page.input_value("#say-words") == "And why"
    expect(page.locator("#say-words")).not_to_be_focused()
    expect(page.locator(".said.own .said-words")).to_have_text(QUESTION)


def test_a_question_too_long_is_kept_in_the_box(held: School, class_id: UUID, tab: Tab) -> None:
    """The server's sentence stands under the box, the words stay in it, also over a reload."""
    page = tab(held.student)
    page.goto(f"/classes/{class_id}")
    page.fill("#say-words", "why? " * 10_000)
    page.press("#say-words", "Enter")
    expect(page.locator(".say-trouble")).to_contain_text("49,999 characters")
    expect(page.locator(".say-count")).to_contain_text("too many")
    page.reload()
    assert len(page.input_value("#say-words")) == 50_000


@pytest.mark.parametrize("width", [360, 900, 1280])
def test_nothing_sticks_out(held: School, class_id: UUID, tab: Tab, width: int) -> None:
    """No page of a class scrolls sideways, running, asked or over; on a phone the stage stays in sight."""
    page = tab(held.student, width=width)
    page.goto(f"/classes/{class_id}")
    ask(page, "Why" + "y" * 300 + "?")
    answer_after(page, "Why")
    assert no_sideways_scroll(page)
    expect(page.locator(".frame")).to_be_in_viewport()
    end_class(page)
    assert no_sideways_scroll(page)


def test_finished_words_are_announced_and_replayed_ones_are_not(held: School, class_id: UUID, tab: Tab) -> None:
    """The live region names who said what, once it is said; a reload reads nothing out again."""
    page = tab(held.student)
    page.goto(f"/classes/{class_id}")
    ask(page, QUESTION)
    answer_after(page, QUESTION)
    expect(page.locator(".announcer")).to_contain_text(":")
    pause(page)
    page.reload()
    expect(page.locator(".said").first).to_be_visible()
    assert page.locator(".announcer").inner_text() == ""


def test_a_model_that_is_away_is_said_plainly(held: School, class_id: UUID, stub: StubModel, tab: Tab) -> None:
    """The question is kept and the banner stands until words come from a model again."""
    stub.script(Scripted(match="make from light", fault="status:503"))
    page = tab(held.student)
    page.goto(f"/classes/{class_id}")
    ask(page, QUESTION)
    expect(page.locator(".model-gone")).to_be_visible(timeout=40_000)
    expect(page.locator(".talk-line.notice")).to_contain_text("kept")


def test_the_class_survives_a_killed_web_server(
    held: School, class_id: UUID, web_server: Web, stub: StubModel, tab: Tab
) -> None:
    """In mid-answer: the page says that it reconnects, and in the end nothing is lost or doubled."""
    stub.script(SLOW)
    page = tab(held.student)
    page.goto(f"/classes/{class_id}")
    ask(page, QUESTION)
    expect(page.locator(".said.open.begun")).to_be_visible(timeout=20_000)
    web_server.child.process.kill()
    expect(page.locator(".link")).to_be_visible()
    web_server.child.start()
    web_server.child.wait_ready()
    expect(page.locator(".link")).to_be_hidden(timeout=20_000)
    answer_after(page, QUESTION)
    pause(page)
    heard = transcript(page)
    page.reload()
    expect(page.locator(".talk-line.class-paused")).to_have_count(1)
    assert transcript(page) == heard


def test_who_signed_in_anew_in_another_tab_goes_on_where_they_were(held: School, class_id: UUID, tab: Tab) -> None:
    """The page's word is of the old sign-in: it takes the new one of the same person, and nobody else's."""
    page = tab(held.student, expected=["status of 403"])
    page.goto(f"/classes/{class_id}")
    other = tab(beside=page)
    for one in (held.student, held.instructor):
        other.context.clear_cookies()
        sign_in(other, one.email, PASSWORD)
        page.fill("#say-words", QUESTION)
        page.press("#say-words", "Enter")
        if one is held.student:
            expect(page.locator(".said.own .said-words").last).to_have_text(QUESTION)
    expect(page.locator(".say-trouble")).to_contain_text("earlier sign-in")
    assert page.input_value("#say-words") == QUESTION
    expect(page.locator(".said.own")).to_have_count(1)
