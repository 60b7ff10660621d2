"""The pages of profiles and personal versions: said in a form or a talk, used by consent, looked at, switched off."""

import json
import re
from uuid import UUID

import pytest
from making import answer_consent
from parts import Services
from people import Browser, School, school, sign_in
from stub_model import Scripted, StubModel

from app.base.db import unit_of_work
from app.classroom.models import ClassSession
from app.lessons import service as lessons
from app.lessons.personal import service as personal
from app.lessons.personal.models import PersonalVersion
from app.records.privacy.schema import Purpose

NEW = {"goal": "", "level": "new", "depth": "", "language": ""}
SAID = "A leaf makes sugar from light, and it stores the sugar for the night."


@pytest.fixture
def place(db: Services) -> School:
    made = school()
    with unit_of_work() as session:
        for number in (1, 2):
            lessons.write_by_hand(session, made.instructor.who, made.lesson_id, number, [SAID])
    made.approve()
    return made


@pytest.fixture
def student(place: School) -> Browser:
    return sign_in(place.student)


def test_a_profile_is_kept_changed_and_deleted(student: Browser) -> None:
    shown = student.get("/learning").text
    assert "Rather be asked" in shown
    assert student.submit("/learning", **NEW).headers["location"] == "/learning"
    shown = student.get("/learning").text
    assert re.search(r'name="level" value="new" checked', shown)
    assert "Delete my answers" in shown
    wrong = student.submit("/learning", **{**NEW, "goal": "test", "level": "<b>"})
    assert wrong.status_code == 400
    assert re.search(r'name="goal" value="test" checked', wrong.text)
    assert student.submit("/learning/forget").status_code == 303
    assert "Delete my answers" not in student.get("/learning").text


def test_a_talk_leads_to_the_same_profile(student: Browser) -> None:
    assert "What do you learn for?" in student.get("/learning/talk").text
    missed = student.get("/learning/talk?goal=hm%3Cb%3E").text
    assert "I did not get that" in missed
    assert "hm&lt;b&gt;" in missed
    path = "/learning/talk?goal=for+my+exam&level=it+is+new+to+me&depth=short&language="
    assert "So you wish: for a test, new to it, briefly." in student.get(path).text
    fields = dict(
        re.findall(r'type="hidden" name="(goal|level|depth|language)" value="([^"]*)"', student.get(path).text)
    )
    assert fields == {"goal": "test", "level": "new", "depth": "brief", "language": ""}
    student.submit("/learning", **fields)
    assert re.search(r'name="depth" value="brief" checked', student.get("/learning").text)


def attend(student: Browser, place: School) -> UUID | None:
    reply = student.submit(f"/lessons/{place.lesson_id}/attend")
    class_id = UUID(reply.headers["location"].rpartition("/")[2])
    with unit_of_work() as session:
        return session.get_one(ClassSession, class_id).personal_id


def test_a_version_is_made_shown_and_switched_off(student: Browser, place: School, stub: StubModel) -> None:
    instructor = sign_in(place.instructor)
    course = f"/courses/{place.course_id}/personal"
    student.submit("/learning", **NEW)
    assert attend(student, place) is None
    assert "There are none while they are off" in instructor.get(course).text
    assert instructor.submit(course, on="yes").status_code == 303
    assert "One is begun when" in instructor.get(course).text
    one = attend(student, place)
    assert one is not None
    assert student.get("/learning.json").json() == {"done": 0, "total": 2, "busy": True}
    assert instructor.get(f"/personal/{one}.json").json()["busy"]
    assert "not done yet" in instructor.get(f"/personal/{one}").text
    said = "From light a leaf makes sugar, and it stores the sugar for the night."
    stub.script(
        Scripted(
            match="Page 2", reply=json.dumps({"lines": ["A leaf makes no sugar from light, and stores it by night."]})
        ),
        Scripted(match="other words", reply=json.dumps({"lines": [said]})),
    )
    personal.rewrite(one)
    shown = instructor.get(f"/personal/{one}").text
    assert '<ins><span class="unseen">new: </span>' in shown
    assert '<del><span class="unseen">gone: </span>' in shown
    assert "new to it" in instructor.get(course).text
    assert "in other words" in student.get("/learning").text
    assert instructor.submit(f"/personal/{one}/use", off="yes").status_code == 303
    assert "Out of use" in instructor.get(f"/personal/{one}").text
    assert attend(student, place) is None
    assert instructor.submit(f"/personal/{one}/use", off="").status_code == 303
    assert instructor.submit(course, on="").status_code == 303
    assert attend(student, place) is None
    for other in (student, sign_in(place.researcher)):
        assert other.get(course).status_code == 404
        assert other.submit(course, on="yes").status_code == 404
        assert other.get(f"/personal/{one}").status_code == 404
        assert other.submit(f"/personal/{one}/use", off="yes").status_code == 404


def test_without_a_yes_to_teaching_a_profile_is_not_used(student: Browser, place: School) -> None:
    with unit_of_work() as session:
        personal.switch(session, place.instructor.who, place.course_id, True)
    answer_consent(place.student.id)
    student.submit("/learning", **NEW)
    assert attend(student, place) is None
    assert "kept but not used" in student.get("/learning").text
    with unit_of_work() as session:
        assert session.query(PersonalVersion).count() == 0
    answer_consent(place.student.id, Purpose.TEACHING)
    assert attend(student, place) is not None


def test_the_next_lesson_is_begun_before_its_class(student: Browser, place: School) -> None:
    with unit_of_work() as session:
        personal.switch(session, place.instructor.who, place.course_id, True)
    student.submit("/learning", **NEW)
    assert "0 of 2 pages" in student.get("/learning").text
    with unit_of_work() as session:
        assert session.query(PersonalVersion).count() == 1
