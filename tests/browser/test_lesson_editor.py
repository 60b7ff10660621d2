"""The lesson editor by keyboard: steps reordered, added, undone, a second editor met, a version restored."""

import json
from collections.abc import Callable

import pytest
from axe import violations
from parts import Services
from people import School, school
from playwright.sync_api import Page, expect
from stub_model import Scripted, StubModel
from visiting import UnderWay

from app.base.db import unit_of_work
from app.base.embedded.processes import Child
from app.lessons import service as lessons

pytestmark = pytest.mark.browser

Tab = Callable[..., Page]


def opened(tab: Tab, place: School) -> Page:
    page = tab(place.instructor)
    page.goto(f"/lessons/{place.lesson_id}")
    return page


def words(page: Page, number: int = 1) -> list[str]:
    return page.locator(f"#page-{number} .step textarea").evaluate_all("all => all.map(one => one.value)")


def has(page: Page, texts: list[str]) -> None:
    expect(page.locator("#page-1 .step textarea")).to_have_count(len(texts))
    for at, text in enumerate(texts, start=1):
        expect(page.locator(f"#words-1-{at}")).to_have_value(text)


def said(page: Page, sentence: str) -> None:
    expect(page.locator("[data-live]")).to_contain_text(sentence)


def test_steps_are_reordered_added_and_undone_by_keyboard(tab: Tab, db: Services) -> None:
    page = opened(tab, school())
    first, second, ask = words(page)
    page.locator("#words-1-1").press("Alt+ArrowDown")
    said(page, "Say moved to place 2 of 3.")
    assert words(page) == [second, first, ask]
    expect(page.locator("#words-1-2")).to_be_focused()
    page.get_by_role("button", name="Move down: Say, step 2 of 3 on page 1").press("Enter")
    said(page, "Say moved to place 3 of 3.")
    assert words(page) == [second, ask, first]
    page.locator("#page-1 .add summary").press("Enter")
    page.locator("#page-1 [data-new=board]").press("Enter")
    expect(page.locator("[data-new-form] textarea")).to_be_focused()
    page.keyboard.type("6 CO2")
    page.keyboard.press("Control+Enter")
    said(page, "Step added at place 4 of 4.")
    expect(page.locator("#words-1-4")).to_be_focused()
    assert violations(page) == []
    page.reload()
    for told, left in (
        ("added", [second, ask, first]),
        ("moved", [second, first, ask]),
        ("moved", [first, second, ask]),
    ):
        page.locator("[data-undo]").press("Enter")
        has(page, left)
        said(page, f"Undone: Step {told} on page 1")
    expect(page.locator("[data-undo]")).to_be_disabled()
    page.locator("[data-redo]").press("Enter")
    said(page, "Made again: Step moved on page 1")
    assert words(page) == [second, first, ask]


def test_a_step_goes_over_to_the_next_page_and_back_by_keys_and_buttons(tab: Tab, db: Services) -> None:
    page = opened(tab, school())
    one, two = words(page), words(page, 2)
    page.get_by_role("button", name="Move down to page 2: Ask, step 3 of 3 on page 1").press("Enter")
    expect(page.locator("#page-1 .step[data-at='3'] [data-trouble]")).to_contain_text("judged by what its page says")
    page.locator("#words-1-2").fill("Said at the end.")
    page.locator("#words-1-2").press("Alt+ArrowDown")
    said(page, "Say moved to place 3 of 3.")
    page.locator("#words-1-3").press("Alt+ArrowDown")
    said(page, f"Say moved to page 2, place 1 of {len(two) + 1}.")
    expect(page.locator("#words-2-1")).to_be_focused()
    assert words(page) == [one[0], one[2]]
    assert words(page, 2) == ["Said at the end.", *two]
    assert violations(page) == []
    page.get_by_role("button", name=f"Move up to page 1: Say, step 1 of {len(two) + 1} on page 2").press("Enter")
    said(page, "Say moved to page 1, place 3 of 3.")
    assert words(page) == [one[0], one[2], "Said at the end."]
    page.locator("[data-undo]").press("Enter")
    said(page, "Undone: Step moved on pages 1, 2")
    has(page, [one[0], one[2]])
    expect(page.locator("#words-2-1")).to_have_value("Said at the end.")
    page.locator("#words-1-1").press("Alt+ArrowUp")
    said(page, "This is the first step.")


def test_a_step_goes_over_to_no_page_that_somebody_else_changed(tab: Tab, db: Services) -> None:
    place = school()
    one = opened(tab, place)
    two = tab(beside=one)
    two.goto(f"/lessons/{place.lesson_id}")
    before = words(two, 2)
    one.locator("#words-1-1").fill("Theirs.")
    one.locator("#words-1-1").press("Control+Enter")
    expect(one.locator("#page-1 .step[data-at='1'] [data-edit] [data-state]")).to_have_text("Saved")
    two.locator("#words-2-1").press("Alt+ArrowUp")
    expect(two.locator("#page-2 [data-behind]")).to_contain_text("Page 1 was changed in the meantime")
    expect(two.locator("#words-1-1")).to_have_value("Theirs.")
    assert words(two, 2) == before
    two.locator("#words-2-1").press("Alt+ArrowUp")
    said(two, "Say moved to page 1, place 4 of 4.")


def test_what_is_pressed_twice_is_done_once_and_leaves_the_keyboard_where_it_went(tab: Tab, db: Services) -> None:
    page = opened(tab, school())
    before = words(page)
    under_way = UnderWay(page, "**/actions/1/remove")
    remove = page.get_by_role("button", name="Remove: Say, step 1 of 3 on page 1")
    remove.press("Enter")
    under_way.is_there()
    remove.press("Enter")
    page.locator("#words-2-1").focus()
    under_way.go_on()
    said(page, "Say removed.")
    expect(page.locator("#words-2-1")).to_be_focused()
    expect(page.locator("[data-undo]")).to_be_enabled()
    page.locator("[data-undo]").press("Enter")
    said(page, "Undone: Step removed from page 1")
    has(page, before)
    assert len(under_way.asked) == 1

    page.locator("#page-1 .add summary").press("Enter")
    page.locator("#page-1 [data-new=say]").press("Enter")
    page.locator("[data-new-form] textarea").fill("What is this?")
    page.locator("#page-1 .add summary").press("Enter")
    page.locator("#page-1 [data-new=ask]").press("Enter")
    new = page.locator("[data-new-form]:has([name=gate]) textarea")
    expect(new).to_have_value("What is this?")
    under_way = UnderWay(page, "**/pages/1/actions")
    new.press("Control+Enter")
    under_way.is_there()
    new.press("Control+Enter")
    under_way.go_on()
    said(page, "Step added at place 4 of 4.")
    expect(page.locator("[data-undo]")).to_be_enabled()  # a moment after the step is there
    page.locator("[data-undo]").press("Enter")
    said(page, "Undone: Step added on page 1")
    assert len(under_way.asked) == 1


def test_words_written_while_steps_change_places_go_to_no_other_step(tab: Tab, db: Services) -> None:
    page = opened(tab, school())
    first, second, ask = words(page)
    under_way = UnderWay(page, "**/actions/1/move")
    page.locator("#words-1-1").press("Alt+ArrowDown")
    under_way.is_there()
    page.locator("#words-1-2").fill("Written meanwhile.")
    under_way.go_on()
    said(page, "Say moved to place 2 of 3.")
    page.locator("#words-2-1").focus()
    expect(page.locator("#page-1").get_by_label("Your words, not saved")).to_have_value("Written meanwhile.")
    expect(page.locator("#words-2-1")).to_be_focused()
    assert words(page) == [second, first, ask]


def test_a_step_is_dragged_and_words_are_saved_when_one_leaves_them(tab: Tab, db: Services) -> None:
    page = opened(tab, school())
    first, second, ask = words(page)
    page.locator("#words-1-1").fill("A leaf eats light.")
    page.locator("#words-1-2").focus()
    expect(page.locator("#page-1 .step[data-at='1'] [data-edit] [data-state]")).to_have_text("Saved")
    last = page.locator("#page-1 .step[data-at='3']")
    last.scroll_into_view_if_needed()
    bottom = {"x": 60, "y": last.bounding_box()["height"] - 5}
    page.locator("#page-1 .step[data-at='1'] .grip").drag_to(last, target_position=bottom)
    said(page, "Say moved to place 3 of 3.")
    page.reload()
    assert words(page) == [second, ask, "A leaf eats light."]
    assert first != "A leaf eats light."


def test_no_words_and_too_many_are_answered_with_a_sentence_and_stay(tab: Tab, db: Services) -> None:
    """Leaving the field tells what is wrong, and nothing that was pasted is cut off unseen."""
    page = opened(tab, school())
    step = page.locator("#page-1 .step[data-at='1'] [data-edit]")
    page.locator("#words-1-1").fill("")
    page.locator("#words-1-2").focus()
    expect(step.get_by_role("alert")).to_contain_text("A step has no words.")
    page.locator("#words-1-1").fill("leaf " * 500 + "end.")
    page.locator("#words-1-2").focus()
    expect(step.get_by_role("alert")).to_contain_text("2,504 characters; 2,000 is the most")
    assert words(page)[0].endswith("leaf end.")


def test_a_second_editor_is_told_and_loses_nothing(tab: Tab, db: Services) -> None:
    place = school()
    one = opened(tab, place)
    two = tab(beside=one)
    two.goto(f"/lessons/{place.lesson_id}")
    one.locator("#words-1-1").fill("Theirs.")
    two.locator("#words-1-1").fill("Mine.")
    one.locator("#words-1-1").press("Control+Enter")
    expect(one.locator("#page-1 .step[data-at='1'] [data-edit] [data-state]")).to_have_text("Saved")
    two.locator("#words-1-1").press("Control+Enter")
    expect(two.locator("#page-1 [data-behind]")).to_contain_text("changed in the meantime")
    expect(two.locator("#page-1").get_by_label("Your words, not saved")).to_have_value("Mine.")
    expect(two.locator("#words-1-1")).to_have_value("Theirs.")
    assert violations(two) == []


def test_all_words_of_a_page_stay_that_somebody_else_was_faster_on(tab: Tab, db: Services) -> None:
    place = school()
    one = opened(tab, place)
    two = tab(beside=one)
    two.goto(f"/lessons/{place.lesson_id}")
    unsaved = two.locator("#page-1").get_by_label("Your words, not saved")
    one.locator("#words-1-1").fill("Theirs.")
    one.locator("#words-1-1").press("Control+Enter")
    expect(one.locator("#page-1 .step[data-at='1'] [data-edit] [data-state]")).to_have_text("Saved")
    typed = "(all) => all.forEach((one, at) => { if (at) one.value = `Mine ${at}.`; })"
    two.locator("#page-1 .step textarea").evaluate_all(typed)
    two.get_by_role("button", name="Move down: Say, step 1 of 3 on page 1").press("Enter")
    expect(unsaved).to_have_value("Mine 1.\n\nMine 2.")
    expect(two.locator("#words-1-1")).to_have_value("Theirs.")
    two.get_by_role("button", name="Move down: Say, step 1 of 3 on page 1").press("Enter")
    expect(two.locator("#words-1-2")).to_have_value("Theirs.")
    expect(unsaved).to_have_value("Mine 1.\n\nMine 2.")
    with unit_of_work() as session:
        lessons.rewrite_page(session, place.lesson_id, 1)
    two.locator("#page-1 .add summary").press("Enter")
    two.locator("#page-1 [data-new=say]").press("Enter")
    new = two.locator("#page-1 [data-new-form] textarea")
    new.fill("And this is new.")
    new.press("Control+Enter")
    expect(two.locator("#page-1 [data-behind]")).to_contain_text("being written")
    expect(unsaved).to_have_value("Mine 1.\n\nMine 2.")
    expect(new).to_have_value("And this is new.")
    assert violations(two) == []
    two.get_by_role("button", name="Done with these words").press("Enter")
    expect(two.locator("#page-1 [data-behind]")).to_be_hidden()


def test_a_version_is_compared_and_restored(tab: Tab, db: Services) -> None:
    place = school()
    place.approve()
    page = opened(tab, place)
    before = words(page)
    page.locator("#words-1-1").fill("A leaf makes honey from light.")
    page.locator("#words-1-1").press("Control+Enter")
    expect(page.get_by_role("button", name="Approve as version 2")).to_be_enabled()
    page.get_by_role("link", name="Versions and changes").press("Enter")
    expect(page.locator("ins")).to_contain_text("honey")
    assert violations(page) == []
    page.get_by_role("button", name="Restore version 1").press("Enter")
    page.wait_for_url(f"**/lessons/{place.lesson_id}")
    assert words(page) == before
    page.locator("[data-undo]").press("Enter")
    said(page, "Undone: Older words restored on page 1")
    assert words(page)[0] == "A leaf makes honey from light."


def test_words_are_rewritten_with_a_diff_and_the_draft_is_previewed(
    tab: Tab, db: Services, worker: Child, stub: StubModel
) -> None:
    new = "From light a leaf makes sugar."
    stub.script(Scripted(match="turn it around", reply=json.dumps({"texts": [new]})))
    page = opened(tab, school())
    first = words(page)[0]
    step = page.locator("#page-1 .step[data-at='1']")
    step.get_by_text("Rewrite …").press("Enter")
    page.locator("#how-1-1").fill("turn it around")
    page.locator("#how-1-1").press("Enter")
    said(page, "Nothing changes before you have looked.")
    accept = page.locator("#page-1 [data-accept]")
    expect(accept).to_be_visible(timeout=40_000)
    expect(page.locator("#page-1 .rewriting ins").first).to_be_visible()
    expect(page.locator("#words-1-1")).to_have_value(first)
    assert violations(page) == []
    accept.press("Enter")
    said(page, "The new words are in.")
    expect(page.locator("#words-1-1")).to_have_value(new)
    page.get_by_role("button", name="Preview").press("Enter")
    page.wait_for_url("**/classes/*")
    expect(page.locator(".room-preview")).to_contain_text("Nothing of it is recorded")
    expect(page.locator(".talk")).to_contain_text(new, timeout=40_000)
    assert page.locator(".said-signals").count() == 0
    assert violations(page) == []
