"""The page of limits and care, and the concerns on the attendance page."""

import pytest
from parts import Services
from people import School, school, sign_in

from app.base.db import unit_of_work
from app.base.stream import set_flag
from app.classroom import service as classroom
from app.classroom.directing.policy import Policy

HELP = "Call <b>01 23</b> at any hour."


@pytest.fixture
def place(db: Services) -> School:
    return school()


def test_an_instructor_sets_limits_and_care(place: School) -> None:
    browser, path = sign_in(place.instructor), f"/courses/{place.course_id}/policy"
    assert 'name="class_tokens"' in browser.get(path).text
    sent = {"class_tokens": "400,000", "student_tokens": "", "help": HELP, "tells": "yes"}
    assert browser.submit(path, **sent).status_code == 303
    page = browser.get(path).text
    assert 'value="400,000"' in page
    assert "Call &lt;b&gt;01 23&lt;/b&gt; at any hour." in page
    with unit_of_work() as session:
        assert classroom.policy_of(session, place.course_id) == Policy(class_tokens=400_000, help=HELP)
    assert browser.submit(path).status_code == 303
    with unit_of_work() as session:
        assert classroom.policy_of(session, place.course_id) == Policy(tells_instructor=False)


@pytest.mark.parametrize("sent", [{"class_tokens": "much"}, {"course_tokens": "-1"}, {"help": "x" * 301}])
def test_what_is_no_limit_is_said_with_the_form_as_it_was(place: School, sent: dict[str, str]) -> None:
    browser, path = sign_in(place.instructor), f"/courses/{place.course_id}/policy"
    reply = browser.submit(path, **sent)
    assert reply.status_code == 400
    assert 'role="alert"' in reply.text
    assert next(iter(sent.values())) in reply.text


def test_nobody_else_finds_the_page(place: School) -> None:
    for person in (place.student, place.researcher):
        browser, path = sign_in(person), f"/courses/{place.course_id}/policy"
        assert browser.get(path).status_code == 404
        assert browser.submit(path, class_tokens="1").status_code == 404


def test_concerns_stand_on_the_attendance_page_for_instructors_alone(place: School) -> None:
    place.approve()
    with unit_of_work() as session:
        class_id = classroom.open_class(session, place.student.who, place.lesson_id, pace=0)
    with unit_of_work() as session:
        classroom.say(session, place.student.who, class_id, "I want to die <b>")
    set_flag(f"present:{class_id}", 30)
    classroom.take_turn(class_id)
    path = f"/courses/{place.course_id}/attendance"
    page = sign_in(place.instructor).get(path).text
    assert 'id="concerns"' in page
    assert "I want to die &lt;b&gt;" in page
    assert 'id="concerns"' not in sign_in(place.researcher).get(path).text
