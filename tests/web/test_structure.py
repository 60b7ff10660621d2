"""The page of a deck's structure: proposed, moved, named, saved; closed to others."""

import re

import pytest
from parts import Services
from people import Browser, School, school, sign_in

from app.assessment import service as assessment
from app.base.db import unit_of_work
from app.courses import service as courses


@pytest.fixture
def place(db: Services) -> School:
    return school(written=False)


@pytest.fixture
def browser(place: School) -> Browser:
    return sign_in(place.instructor)


def test_a_structure_is_moved_named_and_kept(browser: Browser, place: School) -> None:
    path = f"/materials/{place.material_id}/structure"
    assert path in browser.get(f"/materials/{place.material_id}").text
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
