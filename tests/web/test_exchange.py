"""The pages of import and export: found, used, refused, and closed to others."""

import re

import pytest
from banking import GIFT, cartridge
from parts import Services
from people import Browser, School, person, school, sign_in, write

from app.accounts.schema import SiteRole
from app.assessment import service as assessment
from app.base.db import unit_of_work
from app.exchange import service as exchange


@pytest.fixture
def place(db: Services) -> School:
    return school(written=False)


@pytest.fixture
def browser(place: School) -> Browser:
    return sign_in(place.instructor)


def send(browser: Browser, path: str, name: str, content: bytes, field: str, **fields: object) -> str:
    """Upload a file; returns where it leads."""
    reply = browser.post(path, data={"csrf": browser.who.csrf, **fields}, files={field: (name, content)})
    assert reply.status_code == 303, reply.text
    return reply.headers["location"]


def work(path: str) -> None:
    exchange.carry_on(path.split("?")[0].rsplit("/", 1)[-1])


def bank_size(place: School) -> int:
    with unit_of_work() as session:
        return len(assessment.items_of(session, place.course_id))


def test_a_bank_is_looked_at_and_then_stored(browser: Browser, place: School) -> None:
    home = browser.get(f"/courses/{place.course_id}").text
    assert f"/courses/{place.course_id}/exchange" in home
    assert "Import / Export" in home
    page = f"/courses/{place.course_id}/exchange"
    at = send(browser, f"{page}/questions", "leaves.gift", GIFT.encode(), "bank")
    waiting = browser.get(at).text
    assert "Waiting" in waiting
    assert "0 of 0" not in waiting
    work(at)
    found = browser.get(at).text
    assert "What do leaves make?" in found
    assert "braces are not closed" in found
    assert len(re.findall(r'name="chosen"', found)) == 10
    assert bank_size(place) == 0
    bad = browser.submit(f"{at}/decide")
    assert bad.status_code == 400
    assert "at least one question" in bad.text
    odd = browser.submit(f"{at}/decide", chosen=["0"], module_id="elsewhere")
    assert odd.status_code == 400
    done = browser.submit(f"{at}/decide", chosen=["0", "3", "x", "99999"], with_components="yes")
    assert done.status_code == 303
    work(at)
    after = browser.get(at).text
    assert "2 questions stored" in after
    assert bank_size(place) == 2
    assert browser.get(f"{at}.json").json()["status"] == "done"
    assert "leaves.gift" in browser.get(page).text
    assert browser.submit(f"{at}/decide", chosen=["0"]).status_code == 409


def test_a_file_that_is_no_bank_says_so(browser: Browser, place: School) -> None:
    page = f"/courses/{place.course_id}/exchange/questions"
    at = send(browser, page, "<script>alert(1)</script>.xml", b"<html><script>alert(2)</script></html>", "bank")
    work(at)
    shown = browser.get(at).text
    assert "no question bank that is known here" in shown
    assert "<script>alert" not in shown
    assert "Try another file" in shown
    at = send(browser, page, "program.gift", b"MZ\0\0 {=one ~two}", "bank")
    work(at)
    assert "This is no text file" in browser.get(at).text
    empty = browser.post(page, data={"csrf": browser.who.csrf}, files={"bank": ("", b"")})
    assert empty.status_code == 400


def test_where_nothing_can_be_stored_nothing_offers_to(browser: Browser, place: School) -> None:
    """A bank whose every question is left out can only be put aside."""
    at = send(browser, f"/courses/{place.course_id}/exchange/questions", "b.gift", b"Choose. {~a ~b}", "bank")
    work(at)
    shown = browser.get(at).text
    assert "Nothing in this file can be stored." in shown
    assert "Store what is chosen" not in shown
    assert browser.submit(f"{at}/cancel").status_code == 303
    assert "Nothing was stored." in browser.get(at).text


def test_questions_are_taken_out_as_a_download(browser: Browser, place: School) -> None:
    page = f"/courses/{place.course_id}/exchange"
    nothing = browser.submit(f"{page}/questions-out", written="gift")
    assert nothing.status_code == 400
    assert "no question" in nothing.text
    at = send(browser, f"{page}/questions", "planets.imscc", cartridge(), "bank")
    work(at)
    browser.submit(f"{at}/decide", chosen=["0", "1"])
    work(at)
    made = browser.submit(f"{page}/questions-out", written="gift").headers["location"]
    work(made)
    shown = browser.get(made).text
    assert "leaves-and-light-questions.gift.txt" in shown
    file = browser.get(f"{made}/file")
    assert "attachment" in file.headers["content-disposition"]
    assert "sandbox" in file.headers["content-security-policy"]
    assert "Capital of Norway?" in file.text
    assert browser.submit(f"{page}/questions-out", written="odd").status_code in (400, 422)


def test_others_find_nothing(browser: Browser, place: School) -> None:
    page = f"/courses/{place.course_id}/exchange"
    at = send(browser, f"{page}/questions", "leaves.gift", GIFT.encode(), "bank")
    work(at)
    others = [place.student, place.researcher, person(SiteRole.INSTRUCTOR, "Somebody Else")]
    for other in map(sign_in, others):
        for path in (page, at, f"{at}.json", f"{at}/file"):
            assert other.get(path).status_code == 404, path
        assert other.submit(f"{at}/decide", chosen=["0"]).status_code == 404
        assert other.submit(f"{at}/cancel").status_code == 404
        assert other.submit(f"{page}/questions-out", written="gift").status_code == 404
    assert browser.get(f"{at}/file").status_code == 404
    assert browser.submit(f"{at}/cancel").status_code == 303
    assert "Nothing was stored" in browser.get(at).text
    assert bank_size(place) == 0


def test_a_course_goes_out_and_comes_in_again(browser: Browser, place: School) -> None:
    made = browser.submit(f"/courses/{place.course_id}/exchange/course-out").headers["location"]
    work(made)
    assert "leaves-and-light.lyceum.zip" in browser.get(made).text
    archive = browser.get(f"{made}/file").content
    other = sign_in(person(SiteRole.INSTRUCTOR, "Omar Lind"))
    assert "/exchange/courses" in other.get("/courses/new").text
    assert other.get("/exchange/courses").status_code == 200
    at = send(other, "/exchange/courses", "leaves.lyceum.zip", archive, "file")
    work(at)
    shown = other.get(at).text
    assert "“Leaves and light” is yours" in shown
    course = re.search(r'href="/courses/([0-9a-f-]{36})">Open the course', shown)[1]
    assert "How leaves eat" in other.get(f"/courses/{course}").text
    assert "leaves.lyceum.zip" in other.get("/exchange/courses").text
    assert browser.get(at).status_code == 404
    student = sign_in(place.student)
    assert student.get("/exchange/courses").status_code == 404
    refused = student.post("/exchange/courses", data={"csrf": student.who.csrf}, files={"file": ("a.zip", archive)})
    assert refused.status_code == 404
    empty = other.post("/exchange/courses", data={"csrf": other.who.csrf}, files={"file": ("", b"")})
    assert empty.status_code == 400


def test_a_topic_becomes_a_lesson(browser: Browser, place: School) -> None:
    page = f"/courses/{place.course_id}/exchange"
    assert f"{page}#topic-form" in browser.get(f"/courses/{place.course_id}").text
    bad = browser.submit(f"{page}/topic", topic="Roots", pages="99", wishes="Keep this")
    assert bad.status_code == 400
    assert "Keep this" in bad.text
    at = browser.submit(f"{page}/topic", topic="How roots drink", pages="3").headers["location"]
    work(at)
    shown = browser.get(at).text
    assert "# How roots drink" in shown
    assert "Approve and lay it out" in shown
    empty = browser.submit(f"{at}/lay-out", markdown=" ")
    assert empty.status_code == 400
    done = browser.submit(f"{at}/lay-out", markdown="# Roots\n\n- They drink.")
    assert done.headers["location"].startswith("/lessons/")
    assert browser.get(done.headers["location"]).status_code == 200
    assert "became a lesson" in browser.get(at).text
    again = browser.submit(f"{at}/lay-out", markdown="# Roots\n\n- My words stay.")
    assert again.status_code == 409
    other = sign_in(person(SiteRole.INSTRUCTOR, "Somebody Else"))
    assert other.submit(f"{page}/topic", topic="Roots", pages="3").status_code == 404
    assert other.submit(f"{at}/lay-out", markdown="# x").status_code == 404


def test_a_lesson_is_taken_out(browser: Browser, place: School) -> None:
    page = f"/courses/{place.course_id}/exchange"
    nothing = browser.submit(f"{page}/lesson-out", lesson_id=str(place.lesson_id), written="pdf")
    assert nothing.status_code == 409
    write(place.instructor.who, place.lesson_id)
    at = browser.submit(f"{page}/lesson-out", lesson_id=str(place.lesson_id), written="md").headers["location"]
    work(at)
    assert "no version of the lesson is approved yet" in browser.get(at).text
    assert "# How leaves eat" in browser.get(f"{at}/file").text
    other = school()
    elsewhere = browser.submit(f"{page}/lesson-out", lesson_id=str(other.lesson_id), written="md")
    assert elsewhere.status_code == 404
