"""Privacy at the door: students are asked first, see who looked, take everything away, and leave."""

import io
import zipfile
from base64 import b64encode

import pytest
from parts import Services
from people import PASSWORD, Browser, Person, School, person, school, sign_in
from sqlalchemy import select

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, SiteRole
from app.base.db import unit_of_work
from app.records.lrs import service as lrs
from app.records.lrs.schema import Scope
from app.records.privacy import service as privacy
from app.records.privacy.models import AuditLine
from app.records.privacy.schema import Purpose, What


@pytest.fixture
def place(db: Services) -> School:
    made = school()
    made.approve()
    return made


@pytest.fixture
def newcomer(place: School) -> Person:
    """A student of the course who was never asked anything."""
    made = person(name="Nadia Newcome", is_new=True)
    with unit_of_work() as session:
        accounts.enrol(session, place.course_id, made.id, CourseRole.STUDENT)
    return made


def standing(who: Person) -> set[str]:
    with unit_of_work() as session:
        return {purpose.value for purpose, granted in privacy.standing(session, who.id).items() if granted}


def test_a_student_is_asked_before_the_course_and_goes_on_to_it(place: School, newcomer: Person) -> None:
    browser = sign_in(newcomer)
    course = f"/courses/{place.course_id}"
    asked = browser.get(course)
    assert (asked.status_code, asked.headers["location"]) == (303, f"/privacy/ask?next={course}")
    page = browser.get(asked.headers["location"]).text
    assert page.count('role="switch"') == 3
    assert " checked" not in page
    kept = browser.submit("/privacy/ask", teaching="yes", next=course)
    assert kept.headers["location"] == course
    assert browser.get(course).status_code == 200
    assert standing(newcomer) == {"teaching"}


def test_a_class_page_asks_as_well_and_a_script_is_not_held_up(place: School, newcomer: Person) -> None:
    browser = sign_in(newcomer)
    class_page = browser.submit(f"/lessons/{place.lesson_id}/attend").headers["location"]
    assert browser.get(class_page).headers["location"] == f"/privacy/ask?next={class_page}"
    assert browser.get(f"{class_page}.json").status_code == 200
    assert standing(newcomer) == set()


def test_no_way_leads_out_of_the_house(place: School, newcomer: Person) -> None:
    reply = sign_in(newcomer).submit("/privacy/ask", next="https://elsewhere.example/")
    assert reply.headers["location"] == "/"


def test_switches_change_and_the_history_stays(place: School) -> None:
    browser = sign_in(place.student)
    browser.submit("/privacy", teaching="yes", research="yes")
    assert standing(place.student) == {"teaching", "research"}
    browser.submit("/privacy", teaching="yes")
    assert standing(place.student) == {"teaching"}
    page = browser.get("/privacy").text
    assert page.count("Research about learning <span") == 3


def test_changes_need_the_csrf_word(place: School) -> None:
    browser = sign_in(place.student)
    for path in ("/privacy", "/privacy/ask", "/privacy/erase", f"/courses/{place.course_id}/guardians"):
        assert browser.submit(path, csrf="", password=PASSWORD).status_code == 403, path


def test_looking_is_written_down_and_shown(place: School) -> None:
    student, teacher = sign_in(place.student), sign_in(place.instructor)
    class_page = student.submit(f"/lessons/{place.lesson_id}/attend", pace="0").headers["location"]
    course = f"/courses/{place.course_id}"
    for path in (f"{course}/attendance", f"{course}/people", f"{class_page}/inside"):
        assert teacher.get(path).status_code == 200, path
    assert teacher.get(f"{course}/export.csv").status_code == 200
    teacher.submit(f"{class_page}/join")
    assert teacher.get(class_page).status_code == 200
    assert teacher.get(f"{class_page}/statements.json").status_code == 200
    page = student.get("/privacy").text
    for what in (
        "saw attendance and questions",
        "saw the list of people",
        "looked inside a class",
        "took the course",
        "watched a class",
        "read a class",
    ):
        assert what in page, what
    assert "Ada Brandt" in page
    assert "saw attendance" not in sign_in(person()).get("/privacy").text


def lines() -> list[str]:
    """What the audit log tells of, in order."""
    with unit_of_work() as session:
        return list(session.scalars(select(AuditLine.what).order_by(AuditLine.at)))


def test_marks_records_and_research_data_leave_lines(place: School) -> None:
    teacher, researcher = sign_in(place.instructor), sign_in(place.researcher)
    course = f"/courses/{place.course_id}"
    before = len(lines())
    for path in (f"{course}/grades", f"{course}/grades.csv", f"{course}/marking"):
        assert teacher.get(path).status_code == 200, path
    for _ in range(3):
        assert researcher.get(f"{course}/desk").status_code == 200
    assert lines()[before:] == [What.GRADES.value] * 3 + [What.DESK.value]
    assert What.GRADES.value in sign_in(place.student).get("/privacy").text


def test_a_program_that_reads_leaves_one_line_a_minute(place: School) -> None:
    with unit_of_work() as session:
        key = lrs.add_credential(session, "Dashboard", [Scope.READ], place.course_id)
    browser = sign_in(place.student)
    word = b64encode(f"{key.key}:{key.secret}".encode()).decode()
    headers = {"Authorization": f"Basic {word}", "X-Experience-API-Version": "2.0.0"}
    before = len(lines())
    for _ in range(3):
        assert browser.get("/xapi/statements", headers=headers).status_code == 200
    assert lines()[before:] == [What.CREDENTIAL.value]
    assert "credential Dashboard" in browser.get("/privacy").text


def test_attendance_has_no_name_and_no_door_into_the_class_of_who_keeps_back(place: School) -> None:
    student, teacher = sign_in(place.student), sign_in(place.instructor)
    class_page = student.submit(f"/lessons/{place.lesson_id}/attend", pace="0").headers["location"]
    attendance = f"/courses/{place.course_id}/attendance"
    assert place.student.who.name in teacher.get(attendance).text
    student.submit("/privacy")
    page = teacher.get(attendance).text
    assert place.student.who.name not in page
    assert "A student" in page
    assert class_page not in page
    assert teacher.get(f"{class_page}/inside").status_code == 404
    assert teacher.submit(f"{class_page}/join").status_code == 404
    assert student.get(class_page).status_code == 200


def test_everything_comes_as_a_zip(place: School) -> None:
    browser = sign_in(place.student)
    reply = browser.get("/privacy/everything.zip")
    assert reply.headers["content-type"] == "application/zip"
    assert reply.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        assert place.student.email in archive.read("tables/person.json").decode()
        assert "downloaded their own data" in archive.read("tables/audit.json").decode()


def test_leaving_takes_the_password_and_signs_out_everywhere(place: School) -> None:
    browser, elsewhere = sign_in(place.student), sign_in(place.student)
    wrong = browser.submit("/privacy/erase", password="not this one")
    assert wrong.status_code == 403
    assert "not your password" in wrong.text
    gone = browser.submit("/privacy/erase", password=PASSWORD)
    assert "Good-bye" in gone.text
    assert place.student.who.name not in gone.text
    for one in (browser, elsewhere):
        assert one.get("/privacy").headers["location"].startswith("/sign-in")
    again = Browser().post("/sign-in", data={"email": place.student.email, "password": PASSWORD})
    assert again.status_code == 403
    with unit_of_work() as session:
        assert privacy.overdue(session) == [place.student.id]


def test_guardians_are_written_down_by_the_courses_instructor(place: School) -> None:
    student, teacher = sign_in(place.student), sign_in(place.instructor)
    course = f"/courses/{place.course_id}"
    assert "Guardians" not in teacher.get(f"{course}/people").text
    teacher.submit(f"{course}/policy", minors="yes")
    student.submit("/privacy", research="yes")
    assert "not of age" in student.get("/privacy").text
    said = {"person_id": place.student.id, "purpose": "research", "guardian": "Mo Rivers", "said_on": "2026-01-31"}
    assert teacher.submit(f"{course}/guardians", **said).status_code == 400
    assert teacher.submit(f"{course}/guardians", **{**said, "said_on": "soon"}, granted="yes").status_code == 400
    assert student.submit(f"{course}/guardians", **said, granted="yes").status_code == 404
    assert teacher.submit(f"{course}/guardians", **said, granted="yes").status_code == 303
    assert "Mo Rivers" in teacher.get(f"{course}/people").text
    page = student.get("/privacy").text
    assert "Mo Rivers, your guardian" in page
    assert "wrote down a guardian" in page
    with unit_of_work() as session:
        assert privacy.standing(session, place.student.id, place.course_id)[Purpose.RESEARCH]


def test_the_audit_log_is_for_admins_and_says_that_it_was_read(place: School) -> None:
    admin = sign_in(person(SiteRole.ADMIN, "Ann Mint"))
    sign_in(place.student).submit("/privacy", research="yes")
    page = admin.get(f"/admin/audit?person={place.student.email}").text
    assert "changed a consent" in page
    assert "research: yes" in page
    rows = admin.get("/admin/audit.csv").text.splitlines()
    assert rows[0].startswith("at,who,what,whose")
    assert any("read the audit log" in row for row in rows)
    assert "No line fits" in admin.get("/admin/audit?until=2020-01-01").text
    assert admin.get("/admin/audit?since=yesterday").status_code == 400
    for one in (place.student, place.instructor):
        assert sign_in(one).get("/admin/audit").status_code == 404
        assert sign_in(one).get("/admin/audit.csv").status_code == 404
    assert '"/admin/audit"' in admin.get("/").text
    assert '"/admin/audit"' not in sign_in(place.instructor).get("/").text
