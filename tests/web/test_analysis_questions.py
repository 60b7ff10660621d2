"""The pages about questions: the list, one question with its options, and who may open them."""

import pytest
from analysing import answer_by_chance, make_test, students
from parts import Services
from people import School, school, sign_in

from app.assessment.documents import Purpose
from app.base.db import new_id


@pytest.fixture
def place(db: Services) -> School:
    return school()


def test_a_question_is_found_in_the_list_and_opened(place: School) -> None:
    paper, cards = make_test(place.instructor.who, place.course_id, ["light", "water"], purpose=Purpose.POST)
    answer_by_chance(students(place.course_id, 24), paper, cards)
    browser, address = sign_in(place.instructor), f"/courses/{place.course_id}/analysis/items"
    text = browser.get(address).text
    assert "About light, 0" in text
    assert "Cronbach" in text
    assert "nobody or hardly anybody chooses" in text
    one = browser.get(f"{address}/{cards[0].id}")
    assert one.status_code == 200
    assert "About light, 0 1" in one.text
    assert "Who chooses what" in one.text
    assert browser.get(f"{address}/{new_id()}").status_code == 404
    assert sign_in(place.student).get(f"{address}/{cards[0].id}").status_code == 404
    told = sign_in(place.researcher).get(address).text
    assert "About light, 0" not in told
    dashboard = browser.get(f"/courses/{place.course_id}/analysis").text
    assert "/analysis/items" in dashboard
