"""The analysis pages: who may open them, and what they say when there is nothing to say yet."""

import pytest
from analysing import make_test
from parts import Services
from people import School, person, school, sign_in

from app.analysis import service as analysis
from app.analysis.order import service as order
from app.base.db import unit_of_work


@pytest.fixture
def place(db: Services) -> School:
    return school()


def test_those_who_teach_and_research_open_it_and_nobody_else(place: School) -> None:
    address = f"/courses/{place.course_id}/analysis"
    for who in (place.instructor, place.researcher):
        browser = sign_in(who)
        page = browser.get(address)
        assert page.status_code == 200
        assert "What to do next" in page.text
        for one in analysis.PARTS:
            assert browser.get(f"{address}/{one.name}").status_code == 200, one.name
        assert browser.get(f"{address}/nothing").status_code == 404
    assert "consent to research" in page.text
    for who in (place.student, person()):
        assert sign_in(who).get(address).status_code == 404


def test_a_refused_step_or_trial_shows_its_page_again_with_the_sentence(place: School) -> None:
    make_test(place.instructor.who, place.course_id, ["Cells", "Energy"])
    with unit_of_work() as session:
        cells, energy = (one.id for one in order.components(session, place.course_id))
    browser, address = sign_in(place.instructor), f"/courses/{place.course_id}/analysis/order"
    refused = browser.submit(f"{address}/edges", before=cells, after=cells)
    assert refused.status_code == 400
    assert "A component cannot come before itself" in refused.text
    assert "Comes first" in refused.text, "the form is there again"
    assert browser.submit(f"{address}/edges", before=cells, after=energy).status_code == 303
    circle = browser.submit(f"{address}/edges", before=energy, after=cells)
    assert circle.status_code == 400
    assert "round in a circle" in circle.text
    assert browser.submit(f"{address}/edges", before=cells, after=energy, holds="perhaps").status_code == 400
    with unit_of_work() as session:
        units = order.units(session, place.course_id, None)
    places = {f"{name}_{one.id}": "1" for name in ("first", "second") for one in units}
    refused = browser.submit(f"{address}/trials/new", title="Which one first", **places)
    assert refused.status_code == 400
    assert "Which one first" in refused.text, "what was typed is not lost"
    assert "There must be at least two" in refused.text or "a place of its own" in refused.text
    assert browser.get(f"{address}/trials/new").status_code == 200


def test_a_course_without_records_says_so_and_shows_no_nan(place: School) -> None:
    browser = sign_in(place.instructor)
    for one in ("", *(f"/{one.name}" for one in analysis.PARTS)):
        text = browser.get(f"/courses/{place.course_id}/analysis{one}").text
        assert ">nan<" not in text.lower()
    assert "No answer has marks yet" in browser.get(f"/courses/{place.course_id}/analysis").text
