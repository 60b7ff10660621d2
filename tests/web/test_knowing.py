"""What a learner sees of what they know: on their record, and on the course's page when something is due."""

from datetime import timedelta

import pytest
from analysing import answer_all, make_test
from parts import Services
from people import School, school, sign_in

from app.analysis.learners import service as learners
from app.base.db import now, unit_of_work
from app.records.privacy.schema import Purpose


@pytest.fixture
def place(db: Services) -> School:
    return school()


def test_a_learner_sees_what_they_know_and_what_is_due(place: School) -> None:
    paper, cards = make_test(place.instructor.who, place.course_id, ["light"], each=4)
    browser = sign_in(place.student)
    assert "What you know" not in browser.get("/record").text
    answer_all(place.student.who, paper, cards, [True] * 4, now() - timedelta(days=300))
    learners.follow()
    record = browser.get("/record").text
    assert "What you know" in record
    assert "4 of 4 answers right" in record
    assert "due for review" in record
    course = browser.get(f"/courses/{place.course_id}").text
    assert "To review" in course
    with unit_of_work() as session:
        known = learners.known_of(session, place.student.id)[0]
    address = f"/courses/{place.course_id}/practice/{known.component_id}"
    assert address in course
    assert browser.get(address).status_code == 200
    answer_all(place.student.who, paper, cards, [True] * 4)
    learners.follow()
    assert "To review" not in browser.get(f"/courses/{place.course_id}").text


def test_a_no_to_teaching_takes_it_away_and_a_yes_brings_it_back(place: School) -> None:
    paper, cards = make_test(place.instructor.who, place.course_id, ["light"])
    answer_all(place.student.who, paper, cards, [True, False, True])
    learners.follow()
    browser = sign_in(place.student)
    assert "What you know" in browser.get("/record").text
    assert browser.submit("/privacy").status_code == 303
    assert "What you know" not in browser.get("/record").text
    with unit_of_work() as session:
        assert learners.learners_of(session, place.course_id) == []
    assert browser.submit("/privacy", **{Purpose.TEACHING.value: "yes"}).status_code == 303
    assert "What you know" in browser.get("/record").text
