"""Gates at the door: set on the page of a deck's structure, asked and answered in a class, read by who teaches."""

import json
from uuid import UUID

import pytest
from gating import ITEMS, MEMBRANES, answer_to, set_gate
from parts import Services
from people import Browser, School, enrolled, school, sign_in

from app.accounts.schema import CourseRole
from app.base.db import unit_of_work
from app.classroom import service as classroom
from app.classroom.log.writing import OpenLog
from app.classroom.models import ClassSession
from app.classroom.schema import Body, Draft, Kind
from app.classroom.speech.quizzing import at_the_gate
from app.lessons import service as lessons
from app.lessons.deck.structure import Gate


@pytest.fixture
def held(db: Services) -> School:
    made = school()
    made.approve()
    return made


def at_gate(held: School, class_id: UUID) -> int:
    """The class comes to its gate and puts a question; its seq."""
    with unit_of_work() as session:
        script = lessons.script(session, session.get_one(ClassSession, class_id).version_id)
        last = max(at for at, one in enumerate(script.actions) if one.page == 1)
        log = OpenLog.lock(session, class_id)
        log.append(Draft(kind=Kind.PAGE, body=Body(page=1, action=last, cause="script")))
        at_the_gate(session, log)
        return log.state.seq


def alone(held: School) -> tuple[UUID, int]:
    set_gate(held.instructor.who, held.course_id, held.lesson_id, 2, Gate(in_a_row=1, most=3))
    with unit_of_work() as session:
        class_id = classroom.open_class(session, held.student.who, held.lesson_id)
    return class_id, at_gate(held, class_id)


def fields(version_id: object, is_right: bool) -> dict[str, str]:
    given = answer_to(UUID(str(version_id)), is_right)
    if "chosen" in given:
        return {f"chosen-{version_id}": str(given["chosen"][0])}  # type: ignore[index]
    return {f"text-{version_id}": str(given["text"])}


def put_in(class_id: UUID) -> dict[str, object]:
    with unit_of_work() as session:
        events = classroom.events_after(session, class_id, 0)
    item = next(event.body.item for event in reversed(events) if event.body.item)
    return {"version": item.view.version_id, "text": item.model_dump_json()}


def test_a_gate_is_set_on_the_structure_and_holds_once_approved(held: School) -> None:
    browser = sign_in(held.instructor)
    path = f"/materials/{held.material_id}/structure"
    parts = {"revision": "0", "start-1": "part", "start-2": "section"}
    assert browser.submit(path, **parts).status_code == 303
    named = {**parts, "revision": "1", "section-title-1": "Leaves", "section-title-2": "Sugar", "section-gate-1": "yes"}
    nothing = browser.submit(path, **named, **{"section-gate-row-1": "2", "section-gate-most-1": "6"})
    assert nothing.status_code in (400, 422)
    assert "nothing to ask about" in nothing.text
    assert "checked" in nothing.text
    named["section-components-1"] = MEMBRANES
    for row, most in (("0", "6"), ("3", "2"), ("9", "9"), ("two", "6"), ("2", "6½"), ("", "6")):
        wrong = browser.submit(path, **named, **{"section-gate-row-1": row, "section-gate-most-1": most})
        assert "The gate after “Leaves” takes whole numbers" in wrong.text, (row, most)
        assert wrong.status_code in (400, 422)
        for name, typed in (("row", row), ("most", most)):
            assert f'name="section-gate-{name}-1" value="{typed}"' in wrong.text, (row, most)
    assert browser.submit(path, **named, **{"section-gate-row-1": "2", "section-gate-most-1": "5"}).status_code == 303
    shown = browser.get(path).text
    assert "2 right in a row, at most 5 questions" in shown
    assert f"{MEMBRANES}: 0" in shown
    with unit_of_work() as session:
        assert lessons.access_lesson(session, held.instructor.who, held.lesson_id).approvable
    held.approve()
    with unit_of_work() as session:
        script = lessons.script(session, lessons.latest_version(session, held.lesson_id))  # type: ignore[arg-type]
        assert [(one.page, one.in_a_row, one.most) for one in script.gates] == [(1, 2, 5)]
        assert not lessons.access_lesson(session, held.instructor.who, held.lesson_id).approvable
    untouched = {key: words for key, words in named.items() if key != "section-gate-1"}
    assert browser.submit(path, **{**untouched, "revision": "2"}).status_code == 303
    assert "2 right in a row" not in browser.get(path).text


def test_a_question_is_shown_answered_and_stays_answered(held: School) -> None:
    class_id, seq = alone(held)
    browser, path = sign_in(held.student), f"/classes/{class_id}/items/{seq}"
    version = put_in(class_id)["version"]
    form = browser.get(path).text
    assert "I do not know" in form
    assert "Page 2 says so" not in form
    empty = browser.submit(path, as_json=True)
    assert empty.status_code in (400, 422)
    assert "say that you do not know" in empty.text
    given = browser.submit(path, as_json=True, **fields(version, is_right=True))
    assert given.status_code == 200
    assert given.json()["verdict"] == "right"
    other_tab = browser.submit(path, as_json=True, **fields(version, is_right=False))
    assert other_tab.json() == {**given.json(), "first": False}
    assert "disabled" in browser.get(path).text
    assert "I do not know" not in browser.get(path).text
    page = sign_in(held.instructor).get(f"/courses/{held.course_id}/attendance").text
    assert "Came through" in page
    assert "shown in class" in page


def test_strangers_and_old_pages_are_refused(held: School) -> None:
    class_id, seq = alone(held)
    path = f"/classes/{class_id}/items/{seq}"
    version = put_in(class_id)["version"]
    for other in (held.researcher, enrolled(held.course_id, CourseRole.STUDENT)):
        browser = sign_in(other)
        assert browser.get(path).status_code == 404
        assert browser.submit(path, as_json=True, **fields(version, is_right=True)).status_code == 404
    student = sign_in(held.student)
    assert student.get(f"/classes/{class_id}/items/{seq - 1}").status_code == 404
    assert student.submit(path, as_json=True, csrf="wrong", **fields(version, is_right=True)).status_code == 403
    with unit_of_work() as session:
        log = OpenLog.lock(session, class_id)
        log.append(Draft(kind=Kind.OVER, body=Body(answers=seq)))
    late = student.submit(path, as_json=True, **fields(version, is_right=True))
    assert late.status_code == 409
    assert "This question is closed" in student.get(path).text


def together(held: School) -> UUID:
    set_gate(held.instructor.who, held.course_id, held.lesson_id, 2, Gate(in_a_row=1, most=3), items=1)
    with unit_of_work() as session:
        return classroom.open_shared(session, held.instructor.who, held.lesson_id)


def test_how_others_answered_is_nobodys_to_see(held: School) -> None:
    """Neither by the state, the statements, nor an answer to a button; the instructor sees it."""
    class_id = together(held)
    fellow = enrolled(held.course_id, CourseRole.STUDENT)
    with unit_of_work() as session:
        for one in (held.student, fellow):
            classroom.join(session, one.who, class_id)
    seq = at_gate(held, class_id)
    own = sign_in(held.student)
    version = put_in(class_id)["version"]
    path = f"/classes/{class_id}/items/{seq}"
    assert own.submit(path, as_json=True, **fields(version, is_right=True)).status_code == 200
    other = sign_in(fellow)
    assert str(held.student.id) not in json.dumps(_gates(other, class_id))
    assert "item.answered" not in other.get(f"/classes/{class_id}/statements.json").text
    assert "gate.passed" not in other.get(f"/classes/{class_id}/statements.json").text
    assert _gates(own, class_id)[0]["people"][str(held.student.id)]["passed"] == "evidence"
    assert str(held.student.id) in json.dumps(_gates(sign_in(held.instructor), class_id))
    assert "shown in class" in sign_in(held.instructor).get(f"/courses/{held.course_id}/attendance").text
    assert ITEMS[0][0].stem in other.get(path).text


def _gates(browser: Browser, class_id: UUID) -> list[dict[str, dict[str, dict[str, str]]]]:
    found: list[dict[str, dict[str, dict[str, str]]]] = browser.get(f"/classes/{class_id}.json").json()["state"][
        "gates"
    ]
    return found
