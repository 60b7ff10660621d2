"""The analysis pages: who may open them, and what they say when there is nothing to say yet."""

import pytest
from parts import Services
from people import School, person, school, sign_in

from app.analysis import service as analysis


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


def test_a_course_without_records_says_so_and_shows_no_nan(place: School) -> None:
    browser = sign_in(place.instructor)
    for one in ("", *(f"/{one.name}" for one in analysis.PARTS)):
        text = browser.get(f"/courses/{place.course_id}/analysis{one}").text
        assert ">nan<" not in text.lower()
    assert "No answer has marks yet" in browser.get(f"/courses/{place.course_id}/analysis").text
