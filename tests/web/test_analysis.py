"""The analysis pages: who may open them, and what they say when there is nothing to say yet."""

from datetime import timedelta

import pytest
from analysing import answer_all, make_test, students
from parts import Services
from people import School, person, school, sign_in

from app.analysis import service as analysis
from app.analysis.order import service as order
from app.base.db import now, unit_of_work
from app.courses import service as courses


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


def test_a_trial_is_begun_and_ended_by_its_forms(place: School) -> None:
    with unit_of_work() as session:
        courses.add_module(session, place.course_id, "Energy")
        units = order.units(session, place.course_id, None)
    browser, address = sign_in(place.instructor), f"/courses/{place.course_id}/analysis/order/trials"
    first = {f"first_{one.id}": at for at, one in enumerate(units, 1)}
    second = {f"second_{one.id}": at for at, one in enumerate(reversed(units), 1)}
    begun = browser.submit(f"{address}/new", title="Which one first", **first, **second)
    assert begun.status_code == 303
    trial = begun.headers["location"].split("?")[0]
    page = browser.get(trial).text
    assert ">running<" in page
    assert " → ".join(one.title for one in reversed(units)) in page
    assert browser.submit(f"{trial}/end", keep="2").status_code == 400
    assert ">running<" in browser.get(trial).text, "a refused choice ends nothing"
    assert browser.submit(f"{trial}/end", keep="1").status_code == 303
    assert "order 2 kept" in browser.get(trial).text
    assert sign_in(place.student).get(trial).status_code == 404


def test_a_week_that_is_over_has_its_page_and_the_same_as_json(place: School) -> None:
    browser, address = sign_in(place.instructor), f"/courses/{place.course_id}/analysis/weeks"
    assert "No week is over yet" in browser.get(address).text
    paper, cards = make_test(place.instructor.who, place.course_id, ["Cells", "Energy"])
    for who in students(place.course_id, 4):
        answer_all(who, paper, cards, [True] * len(cards), now() - timedelta(weeks=1))
    analysis.make_digest(place.course_id)
    page = browser.get(address).text
    assert "Learners who answered" in page
    with unit_of_work() as session:
        (week,) = analysis.digests(session, place.course_id)
    told = browser.get(f"{address}/{week}.json").json()
    assert {"name": "answers", "value": 24, "before": 0} in told["counts"]
    assert browser.get(f"{address}?week={week}").status_code == 200
    for nonsense in ("2026-W99", "yesterday"):
        assert browser.get(f"{address}?week={nonsense}").status_code == 404
    assert sign_in(place.student).get(address).status_code == 404
