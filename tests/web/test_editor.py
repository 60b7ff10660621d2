"""The editor by plain forms, as it works without a script: steps of each kind, order, undo, versions."""

import re
from uuid import uuid4

import pytest
from parts import Services
from people import Browser, School, pdf, read_deck, school, sign_in
from sqlalchemy import select

from app.base.db import unit_of_work
from app.lessons.models import LessonPage, LessonRereading

KINDS = {
    "say": {"text": "Water goes up the stem."},
    "ask": {"text": "Where does water go?", "gate": "on"},
    "discuss": {"text": "Would you like to be a leaf?"},
    "board": {"text": "x = 1", "form": "code", "language": "python"},
    "pause": {"text": "What would you like to ask?"},
    "summarise": {"text": "Leaves make sugar."},
    "spotlight": {"where": "region", "left": "10", "top": "20", "width": "30", "height": "40"},
}


@pytest.fixture
def place(db: Services) -> School:
    return school()


@pytest.fixture
def browser(place: School) -> Browser:
    return sign_in(place.instructor)


def pages(browser: Browser, place: School) -> list[dict]:
    return browser.get(f"/lessons/{place.lesson_id}.json").json()["pages"]


def test_a_step_of_each_kind_is_added_by_its_form(browser: Browser, place: School) -> None:
    path = f"/lessons/{place.lesson_id}/pages/1"
    for kind, fields in KINDS.items():
        form = browser.get(f"{path}/new?kind={kind}").text
        assert 'name="revision"' in form
        revision = pages(browser, place)[0]["revision"]
        reply = browser.submit(f"{path}/actions", kind=kind, at="99", revision=revision, **fields)
        assert reply.status_code == 303, kind
        assert reply.headers["location"].endswith("#page-1")
    added = pages(browser, place)[0]["actions"][-7:]
    assert [one["kind"] for one in added] == list(KINDS)
    assert added[1]["gate"]
    assert (added[3]["form"], added[3]["language"]) == ("code", "python")
    assert added[6]["region"] == {"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.4}
    shown = browser.get(f"/lessons/{place.lesson_id}").text
    assert "Water goes up the stem." in shown
    assert "waits here for a right answer" in shown


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "say", "text": "  "},
        {"kind": "nothing", "text": "x"},
        {"kind": "show"},
        {"kind": "board", "text": "x", "form": "film"},
        {"kind": "spotlight", "where": "region", "left": "90", "top": "0", "width": "50", "height": "5"},
        {"kind": "spotlight", "where": "region", "left": "some", "top": "0", "width": "50", "height": "5"},
        {"kind": "spotlight", "where": "00000000-0000-0000-0000-000000000000"},
    ],
)
def test_a_step_that_is_none_is_refused_with_what_was_typed(browser: Browser, place: School, fields: dict) -> None:
    before = pages(browser, place)[0]
    path = f"/lessons/{place.lesson_id}/pages/1/actions"
    reply = browser.submit(path, at="1", revision=before["revision"], **fields)
    assert reply.status_code == 400
    assert pages(browser, place)[0] == before


def test_steps_are_arranged_and_each_change_is_undone(browser: Browser, place: School) -> None:
    path = f"/lessons/{place.lesson_id}"
    first = pages(browser, place)[0]
    moved = browser.submit(f"{path}/pages/1/actions/1/move", to="2", revision=first["revision"])
    assert moved.status_code == 303
    texts = [one.get("text") for one in pages(browser, place)[0]["actions"]]
    assert texts[1:3] == [first["actions"][2]["text"], first["actions"][1]["text"]]
    browser.submit(f"{path}/pages/1/actions/3/remove", revision=first["revision"] + 1)
    assert len(pages(browser, place)[0]["actions"]) == 3
    assert "Step removed from page 1" in browser.get(path).text
    assert browser.submit(f"{path}/undo").status_code == 303
    assert browser.submit(f"{path}/undo", as_json=True).json()["words"] == "Step moved on page 1"
    assert pages(browser, place)[0]["actions"] == first["actions"]
    assert browser.get(f"{path}/history.json").json()["undo"] is None
    assert browser.submit(f"{path}/redo").headers["location"] == f"{path}#page-1"
    assert browser.submit(f"{path}/redo").status_code == 303
    assert browser.submit(f"{path}/redo").status_code == 409


def test_a_step_goes_over_to_the_neighbouring_page_by_its_form(browser: Browser, place: School) -> None:
    path = f"/lessons/{place.lesson_id}"
    first, second = pages(browser, place)[:2]
    step = len(second["actions"]) - 1
    for at in range(1, step + 1):  # what is judged by its page stays there
        if second["actions"][at]["kind"] == "ask":
            browser.submit(f"{path}/pages/2/actions/{at}/remove", revision=second["revision"])
    first, second = pages(browser, place)[:2]
    over = f"{path}/pages/2/actions/1/over?to_revision={first['revision']}"
    assert f'formaction="{over}"' in browser.get(path).text
    moved = browser.submit(over, to="1", revision=second["revision"])
    assert (moved.status_code, moved.headers["location"]) == (303, f"{path}#page-1")
    assert pages(browser, place)[0]["actions"][-1]["text"] == second["actions"][1]["text"]
    assert browser.submit(over, to="1", revision=second["revision"]).status_code == 409
    assert "Step moved on pages 1, 2" in browser.get(path).text
    assert sign_in(place.student).submit(over, to="1", revision=second["revision"]).status_code == 404


def test_versions_are_listed_compared_and_restored(browser: Browser, place: School) -> None:
    path = f"/lessons/{place.lesson_id}"
    assert "None yet" in browser.get(f"{path}/versions").text
    place.approve()
    revision = pages(browser, place)[0]["revision"]
    browser.submit(f"{path}/pages/1/actions/1", kind="say", text="A leaf makes honey from light.", revision=revision)
    shown = browser.get(f"{path}/versions?before=1&after=0").text
    assert "approved by Ada Brandt" in shown
    assert "sugar</del>" in shown
    assert "honey</ins>" in shown
    assert "Step changed on page 1" in shown
    restored = browser.submit(f"{path}/versions/1/restore")
    assert restored.headers["location"] == path
    assert pages(browser, place)[0]["actions"][1]["text"] == "A leaf makes sugar from light."
    assert "No page differs" in browser.get(f"{path}/versions").text
    assert browser.get(f"{path}/versions?before=7").status_code == 404
    assert browser.submit(f"{path}/versions/7/restore").status_code == 404


def test_nobody_else_finds_the_editors_parts(place: School) -> None:
    place.approve()
    path = f"/lessons/{place.lesson_id}"
    for person in (place.student, place.researcher):
        other = sign_in(person)
        for address in ("versions", "history.json", "pages/1/new?kind=say"):
            assert other.get(f"{path}/{address}").status_code == 404, address
        assert other.submit(f"{path}/undo").status_code == 404
        for act in ("move", "remove"):
            reply = other.submit(f"{path}/pages/1/actions/1/{act}", to="2", revision="1")
            assert reply.status_code == 404


def test_a_preview_opens_from_the_draft_and_is_in_nobodys_record(browser: Browser, place: School) -> None:
    path = f"/lessons/{place.lesson_id}"
    assert f'action="{path}/preview"' in browser.get(path).text
    class_page = browser.submit(f"{path}/preview", pace="0").headers["location"]
    shown = browser.get(class_page).text
    assert "Nothing of it is recorded" in shown
    assert f"{class_page}/notes" not in shown
    assert class_page not in browser.get("/record").text
    assert class_page not in browser.get(f"/courses/{place.course_id}/attendance").text
    for person in (place.student, place.researcher):
        assert sign_in(person).submit(f"{path}/preview").status_code == 404
        assert sign_in(person).get(class_page).status_code == 404


def test_a_rewriting_is_asked_for_shown_and_called_off(browser: Browser, place: School) -> None:
    path = f"/lessons/{place.lesson_id}"
    asked = browser.submit(f"{path}/pages/1/rewrites", place="1", instruction="simpler <b>please</b>")
    assert asked.headers["location"] == f"{path}#page-1"
    shown = browser.get(path).text
    assert "simpler &lt;b&gt;please&lt;/b&gt;" in shown
    assert "The author writes" in shown
    rewrite = re.search(rf"{path}/rewrites/([0-9a-f-]+)/off", shown)[1]
    assert browser.submit(f"{path}/rewrites/{rewrite}/accept").status_code == 409
    for verb in ("accept", "refuse", "off"):
        assert sign_in(place.student).submit(f"{path}/rewrites/{rewrite}/{verb}").status_code == 404
    assert browser.submit(f"{path}/rewrites/{rewrite}/off").status_code == 303
    assert "The author writes" not in browser.get(path).text
    assert browser.submit(f"{path}/pages/1/rewrites", place="1", instruction="").status_code == 400


def test_a_question_of_the_bank_offers_no_rewriting(browser: Browser, place: School) -> None:
    path = f"/lessons/{place.lesson_id}"
    step = next(at for at, one in enumerate(pages(browser, place)[0]["actions"]) if one["kind"] == "ask")
    assert f'for="how-1-{step}"' in browser.get(path).text
    with unit_of_work() as session:
        row = session.scalars(select(LessonPage).where(LessonPage.number == 1)).one()
        row.actions = [{**one, "item": str(uuid4())} if one["kind"] == "ask" else one for one in row.actions]
    assert f'for="how-1-{step}"' not in browser.get(path).text


def test_a_new_file_says_what_became_of_each_page(browser: Browser, place: School) -> None:
    path = f"/lessons/{place.lesson_id}"
    revision = pages(browser, place)[1]["revision"]
    browser.submit(f"{path}/pages/2/actions/1", kind="say", text="Words of my own.", revision=revision)
    assert "Upload" in browser.get(f"{path}/deck").text
    assert browser.submit(f"{path}/deck").status_code == 400
    files = {"deck": ("leaves.pdf", pdf(1), "application/pdf")}
    sent = browser.post(f"{path}/deck", data={"csrf": browser.who.csrf}, files=files)
    assert sent.headers["location"] == f"{path}/deck"
    assert "Being read" in browser.get(f"{path}/deck").text
    with unit_of_work() as session:
        material_id = session.scalar(select(LessonRereading.material_id))
    read_deck(material_id)
    shown = browser.get(f"{path}/deck").text
    assert "Kept" in shown
    assert "Page 2 of before" in shown
    assert "Words of my own." in shown
    assert [one["status"] for one in pages(browser, place)] == ["ready"]
    put = browser.submit(f"{path}/deck/words", was="2", number="1")
    assert put.headers["location"] == f"{path}#page-1"
    assert pages(browser, place)[0]["actions"][1]["text"] == "Words of my own."
    assert browser.get(f"/materials/{material_id}/pages/1/picture").status_code == 200
    for other in map(sign_in, (place.student, place.researcher)):
        assert other.get(f"{path}/deck").status_code == 404
        assert other.submit(f"{path}/deck/words", was="2", number="1").status_code == 404
