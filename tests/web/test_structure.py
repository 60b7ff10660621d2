"""The page of a deck's structure: proposed, moved, named, saved; closed to others."""

import json
import re

import pytest
from parts import Services
from people import Browser, School, school, sign_in
from stub_model import Scripted, StubModel

from app.assessment import service as assessment
from app.base.db import unit_of_work
from app.courses import service as courses
from app.lessons import service as lessons


@pytest.fixture
def place(db: Services) -> School:
    return school(written=False)


@pytest.fixture
def browser(place: School) -> Browser:
    return sign_in(place.instructor)


def test_a_structure_is_moved_named_and_kept(browser: Browser, place: School) -> None:
    path = f"/materials/{place.material_id}/structure"
    assert path in browser.get(f"/materials/{place.material_id}").text
    assert path in browser.get(f"/lessons/{place.lesson_id}").text
    shown = browser.get(path).text
    assert "This is a proposal" in shown
    assert len(re.findall(r'name="start-\d+"', shown)) == 2
    cut = browser.submit(path, **{"revision": "0", "start-1": "part", "start-2": "section", "part-title-1": "Leaves"})
    assert cut.status_code == 303
    shown = browser.get(path).text
    assert 'value="Leaves"' in shown
    assert "section-title-2" in shown
    assert "This is a proposal" not in shown
    fields = {"revision": "1", "start-2": "section", "part-title-1": "Leaves", "section-title-2": "Sugar"}
    named = {
        **fields,
        "section-objectives-2": "Say what sugar is\r\nName a use",
        "section-components-2": "Sugar, Light",
    }
    assert browser.submit(path, **named).status_code == 303
    assert "Say what sugar is\nName a use" in browser.get(path).text
    with unit_of_work() as session:
        assert [one.name for one in assessment.components_of(session, place.course_id)] == ["Light", "Sugar"]
    late = browser.submit(path, **{**fields, "section-title-2": "My late words"})
    assert late.status_code == 409
    assert "My late words" in late.text
    merged = browser.submit(path, **{"revision": "2", "start-2": "", "part-title-1": "One"})
    assert merged.status_code == 303
    assert "section-title-2" not in browser.get(path).text


def test_pages_are_described_and_shown_to_those_who_teach(browser: Browser, place: School) -> None:
    path = f"/materials/{place.material_id}"
    assert browser.submit(f"{path}/describe").status_code == 303
    assert "0 of 2" in browser.get(path).text
    with unit_of_work() as session:
        pages = [page.id for page in courses.pages(session, place.material_id)]
    for page in pages:
        courses.describe(page)
    shown = browser.get(path).text
    assert shown.count("What it shows") == 2
    assert "Describing page by page" not in shown
    assert "What it shows" in browser.get(f"/lessons/{place.lesson_id}").text
    for other in map(sign_in, (place.student, place.researcher)):
        assert other.submit(f"{path}/describe").status_code == 404


def test_others_find_nothing(browser: Browser, place: School) -> None:
    path = f"/materials/{place.material_id}/structure"
    for other in map(sign_in, (place.student, place.researcher)):
        assert other.get(path).status_code == 404
        assert other.submit(path, revision="0").status_code == 404


def test_steps_and_proposed_names_go_through_the_page(browser: Browser, place: School, stub: StubModel) -> None:
    path = f"/materials/{place.material_id}/structure"
    fields = {"revision": "0", "start-1": "part", "start-2": "section", "section-components-1": "Sugar"}
    assert browser.submit(path, **fields, **{"section-title-1": "One", "section-title-2": "Two"}).status_code == 303
    shown = browser.get(path).text
    assert 'value="merge-2"' in shown
    assert "none yet" in shown
    step = {**fields, "revision": "1", "section-title-1": "One", "section-title-2": "Two", "step": "merge-2"}
    assert browser.submit(path, **step).headers["location"].endswith("#page-2")
    assert "section-title-2" not in browser.get(path).text
    assert browser.get(f"{path}?proposed=yes").status_code == 404
    assert browser.get(f"{path}/names.json").json()["busy"] is False
    assert browser.submit(f"{path}/names").status_code == 303
    assert browser.get(f"{path}/names.json").json() == {"done": 0, "total": 1, "busy": True}
    assert "Names are being proposed" in browser.get(path).text
    reply = {"title": "Leaves", "objectives": ["Explain how a leaf makes sugar"], "components": ["Light"]}
    stub.script(Scripted(match="lay out a lecture", reply=json.dumps(reply)))
    lessons.name_structure(place.material_id)
    assert "Look at the proposed names" in browser.get(path).text
    shown = browser.get(f"{path}?proposed=yes").text
    assert "Explain how a leaf makes sugar" in shown
    assert 'value="Sugar"' in shown, "what a person wrote stays"
    assert browser.submit(f"{path}/names/off").status_code == 303
    for other in map(sign_in, (place.student, place.researcher)):
        assert other.submit(f"{path}/names").status_code == 404
        assert other.get(f"{path}/names.json").status_code == 404
