"""The class page for whoever hears it, writes by an input method or from right to left, or is signed out meanwhile.

No worker runs here, so that only the test and the student append to a class.
"""

from collections.abc import Callable
from uuid import UUID

import pytest
from parts import Services
from people import PASSWORD, School, school
from playwright.sync_api import Page, expect
from steering import LONG, append, log_of, said, shown

from app.base.db import new_id, unit_of_work
from app.classroom import service as classroom
from app.classroom.schema import Body, Control, Draft, Kind, Voice
from app.courses.schema import Region
from app.lessons.schema import BoardItem, BoardKind

pytestmark = pytest.mark.browser

Tab = Callable[..., Page]
PAGE = Draft(kind=Kind.PAGE, body=Body(page=1, action=0))
ARABIC = "تصنع الورقة السكر."


@pytest.fixture
def held(db: Services) -> School:
    """A school whose lesson is approved."""
    made = school()
    made.approve()
    return made


def test_a_line_and_that_it_is_ones_turn_are_both_announced(held: School, class_id: UUID, tab: Tab) -> None:
    """Without motion both are there in one moment."""
    page = tab(held.student)
    page.emulate_media(reduced_motion="reduce")
    shown(page, class_id)
    page.keyboard.press("m")
    expect(page.locator("[data-mode=interactive]")).to_have_attribute("aria-pressed", "true")
    append(class_id, PAGE, *said(Voice.TEACHER, "A leaf makes sugar.", action=1))
    turn = page.locator(".turn-told[aria-live=polite]")
    expect(turn).to_have_text("Your turn: ask, answer, or continue")
    expect(page.locator(".announcer")).to_contain_text("A leaf makes sugar.")
    page.keyboard.press("c")
    expect(turn).to_be_empty()


COMPOSED = """(box) => {
    const key = { key: "Enter", keyCode: 229, isComposing: false, bubbles: true, cancelable: true };
    return box.dispatchEvent(new KeyboardEvent("keydown", key));
}"""
"""The Enter with which Safari says that a composition is confirmed; tells whether the box left it alone."""


def test_the_enter_that_ends_a_composition_sends_nothing(held: School, tab: Tab) -> None:
    with unit_of_work() as session:
        class_id = classroom.open_shared(session, held.instructor.who, held.lesson_id)
    with unit_of_work() as session:
        classroom.join(session, held.student.who, class_id)
    for person, box, sent in ((held.student, "#say-words", Kind.ASKED), (held.instructor, "#speak-words", Kind.SAID)):
        page = shown(tab(person), class_id)
        page.fill(box, "植物需要光")
        assert page.locator(box).evaluate(COMPOSED)
        page.press(box, "Enter")
        expect(page.locator(box)).to_have_value("")
        assert [event.body.text for event in log_of(class_id) if event.kind is sent] == ["植物需要光"]


SPEECH = """
window.heard = [];
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
const speech = {
    waiting: [], held: false, getVoices: () => [],
    speak(words) { this.waiting.push(words.text); this.go(); },
    cancel() { this.waiting = []; },
    pause() { this.held = true; },
    resume() { this.held = false; this.go(); },
    go() { if (!this.held) heard.push(...this.waiting.splice(0)); },
};
Object.defineProperty(window, "speechSynthesis", { value: speech });
"""
"""A browser's speech as browsers have it: what was paused stays so, also after it was told to forget what waits."""


def test_an_answer_is_heard_while_the_class_is_paused(held: School, class_id: UUID, tab: Tab) -> None:
    page = tab(held.student)
    page.add_init_script(SPEECH)
    page.emulate_media(reduced_motion="reduce")
    shown(page, class_id)
    append(class_id, PAGE, Draft(kind=Kind.PAUSED))
    expect(page.locator("[data-class]")).to_have_attribute("data-status", "paused")
    for words in ("Yes, it does.", "Also in winter."):
        page.keyboard.press("v")
        append(class_id, *said(Voice.TUTOR, words))
        expect(page.locator(".said-words").last).to_have_text(words)
        assert page.evaluate("heard") == [words]
        page.reload()
        expect(page.locator("[data-class]")).to_have_attribute("data-status", "paused")


def test_arabic_runs_from_right_to_left(held: School, class_id: UUID, tab: Tab) -> None:
    """In what is said and in what is written; the page around it stays as it is."""
    page = shown(tab(held.student), class_id)
    page.emulate_media(reduced_motion="reduce")
    append(class_id, PAGE, *said(Voice.TUTOR, ARABIC))
    expect(page.locator(".said-words")).to_have_text(ARABIC)
    page.fill("#say-words", ARABIC)
    ends = """(place) => {
        const words = document.createRange();
        words.selectNodeContents(place);
        const [line] = words.getClientRects();
        const box = place.getBoundingClientRect();
        return line.left - box.left > box.right - line.right;
    }"""
    for place in (".said-words", ".caption-words"):
        assert page.locator(place).evaluate(ends), place
        assert page.locator(place).evaluate("(one) => getComputedStyle(one).unicodeBidi") == "plaintext"
    for place in ("#say-words", "#own-words", "#own-words ~ * [name=language]"):
        assert page.locator(place).evaluate("(one) => getComputedStyle(one).unicodeBidi") == "plaintext"


def test_a_class_that_ends_in_mid_turn_leaves_nobody_thinking(held: School, class_id: UUID, tab: Tab) -> None:
    page = shown(tab(held.student), class_id)
    turn = Draft(kind=Kind.TURN, voice=Voice.TUTOR, body=Body(turn=new_id(), page=1))
    append(class_id, PAGE, *said(Voice.TEACHER, "Well."), turn)
    expect(page.locator(".said.open")).to_have_count(1)
    with unit_of_work() as session:
        classroom.control(session, held.student.who, class_id, Control.END)
    expect(page.locator(".end-card")).to_be_visible()
    expect(page.locator(".said")).to_have_count(1)
    page.reload()
    expect(page.locator(".end-card")).to_be_visible()
    expect(page.locator(".said")).to_have_count(1)


def test_a_long_board_is_left_where_it_is_read(held: School, class_id: UUID, tab: Tab) -> None:
    """Whoever pointed before, turns that begin do not move it; what is written new does."""
    page = shown(tab(held.student), class_id)
    written = BoardItem(kind=BoardKind.CODE, text="print(1)\n" * 40, language="python")
    board = Draft(kind=Kind.BOARD, voice=Voice.TEACHER, body=Body(page=1, board=written))
    lit = Body(page=1, region=Region(left=0.1, top=0.2, width=0.3, height=0.1), text="Leaf 1", cause="turn")
    pointing = Draft(kind=Kind.SPOTLIGHT, voice=Voice.TUTOR, body=lit)
    append(class_id, PAGE, board, *said(Voice.TUTOR, "Look here."), pointing)
    items = page.locator(".board:not(.own-board) .board-items")
    expect(items.locator(".board-item")).to_have_count(1)
    expect(page.locator(".spotlight")).to_be_visible()
    items.evaluate("(one) => { one.scrollTop = 0; }")
    for words in ("We go on.", "And on."):
        append(class_id, *said(Voice.TEACHER, words))
        expect(page.locator(".said-words").last).to_have_text(words)
        page.wait_for_timeout(200)  # it is put up a moment after what happened
        assert items.evaluate("(one) => one.scrollTop") == 0
    expect(page.locator(".spotlight")).to_be_hidden()
    append(class_id, board)
    expect(items.locator(".board-item")).to_have_count(2)
    assert items.evaluate("(one) => one.scrollTop") > 0


def test_who_is_signed_out_is_told_so_and_led_back(held: School, class_id: UUID, tab: Tab) -> None:
    """Once the line has to be opened anew; what they were writing is there again."""
    page = shown(tab(held.student, expected=["status of 401", "MIME type"]), class_id)
    page.fill("#say-words", LONG)
    page.context.clear_cookies()
    page.evaluate("dispatchEvent(new Event('online'))")
    line = page.locator(".link")
    expect(line).to_contain_text("You have been signed out")
    line.get_by_role("link", name="Sign in again").click()
    page.fill("#email", held.student.email)
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(f"**/classes/{class_id}")
    expect(page.locator("#say-words")).to_have_value(LONG)
    expect(line).to_be_hidden()


def test_who_signs_in_again_in_another_tab_goes_on_in_this_one(held: School, class_id: UUID, tab: Tab) -> None:
    page = shown(tab(held.student, expected=["status of 401", "MIME type"]), class_id)
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator(".link")).to_contain_text("You have been signed out")
    page.context.add_cookies(cookies)
    append(class_id, PAGE, *said(Voice.TEACHER, "Well."))
    expect(page.locator(".said-words")).to_have_text("Well.")
    expect(page.locator(".link")).to_be_hidden()
