"""Questions, tests, sittings and marks at the door: every page for those it is for, every form without a script."""

import json
import re
from uuid import UUID, uuid4

import pytest
from examining import EVERY, OPEN, SINGLE, TEXT
from parts import Services
from people import Browser, School, enrolled, school, sign_in
from stub_model import Scripted, StubModel

from app.accounts.schema import CourseRole
from app.assessment import service as assessment
from app.assessment.documents import PaperPlan, Purpose
from app.assessment.schema import Item, Kind
from app.base.db import unit_of_work
from app.courses import service as courses

pytestmark = pytest.mark.usefixtures("stub")


@pytest.fixture
def place(db: Services) -> School:
    return school(read=False, written=False)


def add_test(place: School, items: tuple[Item, ...] = EVERY, **plan: object) -> UUID:
    who = place.instructor.who
    with unit_of_work() as session:
        ids = [assessment.add_item(session, who, place.course_id, one, None, ["Leaves"]) for one in items]
        paper_id = assessment.make_paper(
            session, who, place.course_id, PaperPlan.model_validate({"title": "A test", **plan})
        )
        assessment.set_items(session, who, paper_id, ids)
        assessment.publish(session, who, paper_id)
    return paper_id


def begin(browser: Browser, paper_id: UUID) -> str:
    reply = browser.submit(f"/tests/{paper_id}/begin")
    assert reply.status_code == 303, reply.text
    return reply.headers["location"]


def versions(page: str) -> dict[str, str]:
    found = re.findall(r'data-version="([^"]+)" data-kind="([^"]+)"', page)
    return {kind: version for version, kind in found}


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the sitting's form."""
    form = page[page.index('id="sitting"') :]
    return {
        name: value
        for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
        if name != "csrf"
    }


FORMS = {
    "single": {"one": ["Leaf", "Root", ""], "right": "0"},
    "multiple": {"one": ["Leaf", "Root", "Stone"], "right": ["0", "1"]},
    "numeric": {"value": "1,5", "percent": "2", "unit": "m/s", "asks_unit": "yes"},
    "text": {"accepted": "sugar\nglucose", "one_slip": "yes"},
    "order": {"one": ["seed", "tree", "wood"]},
    "match": {"one": ["leaf", "root", ""], "two": ["light", "water", "fire"]},
    "open": {"one": ["Cause", ""], "two": ["2", ""], "lines": ["2: says why\n1: hints", ""]},
}


@pytest.mark.parametrize("kind", sorted(FORMS))
def test_every_kind_is_written_previewed_and_edited(place: School, kind: str) -> None:
    browser = sign_in(place.instructor)
    page = browser.get(f"/courses/{place.course_id}/items/new?kind={kind}")
    assert 'name="stem"' in page.text
    fields = {"kind": kind, "stem": "Why <b>?", "points": "2", "components": "Leaves, Light", **FORMS[kind]}
    made = browser.submit(f"/courses/{place.course_id}/items/new", **fields)
    assert made.status_code == 303, made.text
    address = made.headers["location"]
    shown = browser.get(address).text
    assert "Why &lt;b&gt;?" in shown
    assert 'value="Leaves, Light"' in shown
    assert 'class="question preview"' in shown
    changed = browser.submit(address, **{**fields, "stem": "Why not?", "version": "1"})
    assert changed.status_code == 303, changed.text
    assert "version 2" in browser.get(address).text
    stale = browser.submit(address, **{**fields, "version": "1"})
    assert stale.status_code == 409
    assert "changed by somebody else" in stale.text
    bank = browser.get(f"/courses/{place.course_id}/items?component=Light").text
    assert "Why not?" in bank


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "single", "one": ["Leaf", "leaf x", "Leaf"], "right": "0"}, "are the same"),
        ({"kind": "single", "one": ["Leaf", "Root"]}, "Mark which option is right"),
        ({"kind": "numeric", "value": "much"}, "write a number"),
        ({"kind": "numeric", "value": "1", "unit": "furlong"}, "not a known unit"),
        ({"kind": "open", "one": ["Cause"], "two": ["many"]}, "criterion 1"),
        ({"kind": "text", "accepted": "", "points": "x"}, "write a number"),
    ],
)
def test_a_form_with_a_mistake_is_shown_again_as_it_was(place: School, fields: dict[str, object], words: str) -> None:
    reply = sign_in(place.instructor).submit(
        f"/courses/{place.course_id}/items/new", **{"stem": "My own question", "points": "1", **fields}
    )
    assert reply.status_code == 400
    assert 'role="alert"' in reply.text
    assert words in reply.text
    assert "My own question" in reply.text


def test_a_test_is_made_filled_and_published(place: School) -> None:
    browser = sign_in(place.instructor)
    add_test(place, (SINGLE, TEXT))
    made = browser.submit(f"/courses/{place.course_id}/tests", title="Mine", closes="2099-01-31T18:00", minutes="20")
    address = made.headers["location"]
    assert browser.submit(f"{address}/publish").status_code == 400
    page = browser.get(address).text
    first, second = re.findall(r'name="(place-[^"]+)"', page)
    assert browser.submit(f"{address}/items", **{first: "2", second: "1"}).status_code == 303
    assert browser.submit(f"{address}/publish").status_code == 303
    again = re.findall(r'name="(place-[^"]+)"', browser.get(address).text)
    assert again == [second, first]
    assert 'value="2099-01-31T18:00"' in browser.get(address).text
    listed = sign_in(place.student).get(f"/courses/{place.course_id}").text
    assert "Mine" in listed
    assert "20 minutes" in listed
    wrong = browser.submit(address, title="Mine", opens="2099-02-01T00:00", closes="2099-01-31T18:00")
    assert "closes before it opens" in wrong.text


def test_a_test_is_taken_without_a_script(place: School, stub: StubModel) -> None:
    paper_id, browser = add_test(place), sign_in(place.student)
    address = begin(browser, paper_id)
    page = browser.get(address).text
    for secret in ("KEY-WORDS", "RUBRIC", "1609", "hidden membrane"):
        assert secret not in page
    asked, fields = versions(page), hidden(page)
    fields |= {
        f"chosen-{asked['single']}": "r1",
        f"text-{asked['numeric']}": "1.6 km",
        f"text-{asked['open']}": "a\r\nb",
    }
    saved = browser.submit(address, act="save", **fields)
    assert saved.headers["location"] == address
    page = browser.get(address).text
    assert re.search(r'value="r1" checked', page)
    assert "a\nb</textarea>" in page
    fields = hidden(page) | {name: value for name, value in fields.items() if name.split("-")[0] in ("chosen", "text")}
    fields |= {f"place-{asked['order']}-{one}": str(at) for at, one in enumerate("sml", 1)}
    fields |= {f"pair-{asked['match']}-a": "x", f"pair-{asked['match']}-b": "y"}
    done = browser.submit(address, act="submit", **fields)
    assert done.headers["location"] == f"{address}/result"
    result = browser.get(f"{address}/result").text
    assert "KEY-WORDS" in result
    assert "Your answer is being marked" in result
    assert "RUBRIC" not in result
    assert browser.get(address).headers["location"] == f"{address}/result"
    assert browser.submit(address, act="submit", **fields).status_code == 303
    marks = re.findall(r"<b>([\d.]+)</b> of 9 marks", result)
    assert marks == ["4"]


def test_two_tabs_without_a_script_meet(place: School) -> None:
    paper_id, browser = add_test(place, (SINGLE, TEXT)), sign_in(place.student)
    address = begin(browser, paper_id)
    one, other = browser.get(address).text, browser.get(address).text
    asked = versions(one)
    browser.submit(address, act="save", **hidden(one), **{f"text-{asked['text']}": "first"})
    reply = browser.submit(address, act="submit", **hidden(other), **{f"text-{asked['text']}": "second"})
    assert reply.status_code == 409
    assert "changed in another tab" in reply.text
    assert 'value="first"' in reply.text
    again = browser.submit(address, act="save", **hidden(one), **{f"text-{asked['text']}": "first"})
    assert again.status_code == 303


def test_the_script_saves_one_answer(place: School) -> None:
    paper_id, browser = add_test(place, (SINGLE, OPEN)), sign_in(place.student)
    address = begin(browser, paper_id)
    asked, key = versions(browser.get(address).text), str(uuid4())
    fields = {"version": asked["single"], "key": key, "revision": "0", f"chosen-{asked['single']}": "r1"}
    for _ in range(2):
        reply = browser.submit(f"{address}/answers", as_json=True, **fields)
        assert reply.json() == {"outcome": "saved", "sentence": "Saved.", "revision": 1, "response": None}
    stale = browser.submit(f"{address}/answers", as_json=True, **{**fields, "key": str(uuid4())}).json()
    assert (stale["outcome"], stale["response"]["chosen"]) == ("stale", ["r1"])
    long = {"version": asked["open"], "key": str(uuid4()), "revision": "0", f"text-{asked['open']}": "x" * 1_000_000}
    refused = browser.submit(f"{address}/answers", as_json=True, **long)
    assert refused.status_code == 400
    assert "1,000,000 characters" in refused.json()["error"]
    for wrong in ({"version": "x"}, {"key": "x"}):
        assert browser.submit(f"{address}/answers", as_json=True, **{**fields, **wrong}).status_code == 400
    assert browser.submit(f"{address}/answers", as_json=True, **{**fields, "version": str(uuid4())}).status_code == 404
    assert browser.submit(f"{address}/answers", as_json=True, csrf="x", **fields).status_code == 403


def test_a_sitting_is_its_students_alone(place: School) -> None:
    paper_id, browser = add_test(place, (SINGLE,)), sign_in(place.student)
    address = begin(browser, paper_id)
    other = sign_in(enrolled(place.course_id, CourseRole.STUDENT))
    for who in (other, sign_in(place.instructor), sign_in(place.researcher)):
        assert who.get(address).status_code == 404
        assert who.get(f"{address}/result").status_code == 404
        assert who.submit(address, act="submit", page=str(uuid4())).status_code == 404
        assert who.submit(f"{address}/answers", version=str(uuid4()), key=str(uuid4())).status_code == 404
    assert browser.get(f"{address}/result").status_code == 404
    browser.submit(address, act="submit", page=str(uuid4()))
    assert sign_in(place.instructor).get(f"{address}/result").status_code == 200
    assert other.get(f"{address}/result").status_code == 404


def test_staff_pages_are_unknown_to_others(place: School) -> None:
    paper_id = add_test(place, (SINGLE,))
    with unit_of_work() as session:
        item_id = assessment.items_of(session, place.course_id)[0].id
    course = f"/courses/{place.course_id}"
    pages = [f"{course}/{name}" for name in ("items", "items/new", "tests", "grades", "grades.csv", "marking")]
    pages += [f"/items/{item_id}", f"/tests/{paper_id}"]
    teacher = sign_in(place.instructor)
    assert [teacher.get(page).status_code for page in pages] == [200] * len(pages)
    for person in (place.student, place.researcher):
        browser = sign_in(person)
        assert [browser.get(page).status_code for page in pages] == [404] * len(pages)
        assert browser.submit(f"/items/{item_id}", stem="x").status_code == 404
        assert browser.submit(f"/items/{item_id}/withdraw").status_code == 404
        assert browser.submit(f"/tests/{paper_id}/publish").status_code == 404
    assert teacher.submit(f"/tests/{paper_id}/begin").status_code == 404
    assert teacher.get(f"{course}/items/new?kind=riddle").status_code == 404


def test_an_instructor_marks_what_the_model_could_not(place: School, stub: StubModel) -> None:
    paper_id, browser = add_test(place, (OPEN,)), sign_in(place.student)
    address = begin(browser, paper_id)
    page = browser.get(address).text
    browser.submit(address, act="submit", **hidden(page), **{f"text-{versions(page)['open']}": "=1+<b>energy"})
    unsure = {"criteria": [{"criterion": 1, "marks": 2, "quote": "energy"}, {"criterion": 2, "marks": 0, "quote": ""}]}
    stub.script(Scripted(match="RUBRIC", reply=json.dumps({**unsure, "cannot_grade": False, "confidence": 0.2})))
    with unit_of_work() as session:
        attempt_id = assessment.attempts_after(session, 0)[0].id
    assessment.grade(attempt_id)
    teacher, course = sign_in(place.instructor), f"/courses/{place.course_id}"
    assert "One answer waits for you" in teacher.get(f"{course}/grades").text
    assert "=1+&lt;b&gt;energy" in teacher.get(f"{course}/marking").text
    shown = teacher.get(f"/attempts/{attempt_id}").text
    assert 'name="marks" value="2"' in shown
    assert "20 % sure" in shown
    wrong = teacher.submit(f"/attempts/{attempt_id}", marks=["9", "1"], seen="1")
    assert wrong.status_code == 400
    assert 'value="9"' in wrong.text
    done = teacher.submit(f"/attempts/{attempt_id}", marks=["2", "0,5"], seen="1", reason="Movement is meant.")
    assert done.status_code == 303
    assert "Nothing waits for you" in teacher.get(f"{course}/marking").text
    assert "83 %" in teacher.get(f"{course}/grades").text
    assert "Robin Vale," in teacher.get(f"{course}/grades.csv").text
    told = browser.get(f"{address}/result").text
    assert "Movement is meant." in told
    assert browser.get(f"/attempts/{attempt_id}").status_code == 404


def test_practice_without_a_script(place: School) -> None:
    add_test(place, (SINGLE,), purpose=Purpose.PRACTICE)
    browser, course = sign_in(place.student), f"/courses/{place.course_id}"
    assert "Practise" in browser.get(course).text
    lines = browser.get(f"{course}/practice").text
    component = re.search(r"/practice/([0-9a-f-]{36})", lines)
    assert component
    address = f"{course}/practice/{component[1]}"
    page = browser.get(address).text
    assert "KEY-WORDS" not in page
    fields = dict(re.findall(r'type="hidden" name="(sitting|version|key)" value="([^"]*)"', page))
    told = browser.submit(address, **fields, **{f"chosen-{fields['version']}": "w1"})
    again = browser.submit(address, **{**fields, "key": str(uuid4())}, **{f"chosen-{fields['version']}": "r1"})
    assert told.headers["location"] == again.headers["location"]
    result = browser.get(told.headers["location"]).text
    assert "Not right" in result
    assert "KEY-WORDS" in result
    assert sign_in(place.instructor).get(f"{course}/practice").status_code == 404


def test_every_kind_has_a_form() -> None:
    assert set(FORMS) == {kind.value for kind in Kind}


def hand_in(browser: Browser, paper_id: UUID) -> None:
    address = begin(browser, paper_id)
    fields = hidden(browser.get(address).text)
    assert browser.submit(address, act="submit", **fields).status_code == 303


def test_who_sat_one_of_two_tests_has_no_gain_and_the_page_opens(place: School) -> None:
    who = place.instructor.who
    with unit_of_work() as session:
        module_id = courses.access_course(session, who, place.course_id).modules[0].id
    before = add_test(place, (SINGLE,), title="Before", purpose=Purpose.PRE, module_id=module_id)
    add_test(place, (SINGLE,), title="After", purpose=Purpose.POST, module_id=module_id)
    student, teacher = sign_in(place.student), sign_in(place.instructor)
    hand_in(student, before)
    reply = teacher.get(f"/courses/{place.course_id}/grades")
    assert reply.status_code == 200
    assert "gained" not in reply.text


def test_a_class_offers_the_open_tests_of_its_module(db: Services) -> None:
    place = school()
    place.approve()
    who = place.instructor.who
    with unit_of_work() as session:
        module_id = courses.access_course(session, who, place.course_id).modules[0].id
    quiz = add_test(place, (SINGLE,), title="In between", purpose=Purpose.QUIZ, module_id=module_id)
    after = add_test(place, (SINGLE,), title="Afterwards", purpose=Purpose.POST, module_id=module_id)
    add_test(place, (SINGLE,), title="Elsewhere", purpose=Purpose.QUIZ)
    student = sign_in(place.student)
    class_page = student.submit(f"/lessons/{place.lesson_id}/attend", pace="0").headers["location"]
    page = student.get(class_page).text
    assert page.count(f'action="/tests/{quiz}/begin"') == 2
    assert page.count(f'action="/tests/{after}/begin"') == 1
    assert "Elsewhere" not in page
    hand_in(student, quiz)
    assert f"/tests/{quiz}/begin" not in student.get(class_page).text
