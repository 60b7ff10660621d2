"""The desk at the door: who may see its pages, tokens and what they open, filters in the address, coding by forms."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from parts import Services
from people import Browser, School, person, school, sign_in
from sqlalchemy import update

from app.accounts import service as accounts
from app.accounts.models import Enrolment
from app.accounts.schema import CourseRole
from app.base.db import now, unit_of_work
from app.classroom import service as classroom
from app.classroom.log.writing import OpenLog
from app.classroom.schema import Body, Draft, Kind, Voice
from app.records import service as records
from app.records.desk import service as desk
from app.records.desk import tokens
from app.records.desk.coding_schema import Plan
from app.records.desk.models import DeskToken
from app.records.privacy.consent import declare
from app.records.privacy.schema import Purpose

SAID = ("Why is it green?", "Sugar", "Go on")


def attend(place: School, consents: bool = True) -> UUID:
    """A class in which the student said three things, with their consent to research or without."""
    with unit_of_work() as session:
        if consents:
            declare(session, place.student.id, Purpose.RESEARCH, True, 1)
        class_id = classroom.open_class(session, place.student.who, place.lesson_id, pace=0)
        log = OpenLog.lock(session, class_id)
        log.append(Draft(kind=Kind.PAGE, body=Body(page=1, action=0, cause="script")))
        for text in SAID:
            said = Body(text=text, page=1)
            log.append(Draft(kind=Kind.ASKED, voice=Voice.STUDENT, person_id=place.student.id, body=said))
            log.append(Draft(kind=Kind.SAID, voice=Voice.TUTOR, body=Body(text=f"About: {text}", page=1, answers=3)))
    records.project(class_id)
    return class_id


def a_project(place: School) -> UUID:
    coders = [place.researcher.id, place.instructor.id]
    with unit_of_work() as session:
        plan = Plan(title="Talk", scheme="activities", coders=coders)
        return desk.create_project(session, place.researcher.who, place.course_id, plan)


def a_project_on(place: School) -> tuple[UUID, UUID]:
    """A project on a class that is attended, and the class."""
    class_id = attend(place)
    return a_project(place), class_id


@pytest.fixture
def place(db: Services) -> School:
    made = school()
    made.approve()
    return made


@pytest.fixture
def class_id(place: School) -> UUID:
    return attend(place)


def browsers(place: School) -> dict[str, Browser]:
    people = {"instructor": place.instructor, "student": place.student, "researcher": place.researcher}
    return {name: sign_in(one) for name, one in people.items()} | {"stranger": sign_in(person()), "nobody": Browser()}


PAGES = (
    "/desk",
    "/courses/{course}/desk",
    "/courses/{course}/coding",
    "/desk/classes/{class_id}",
    "/desk/coding/{project}",
    "/desk/coding/{project}/code",
)


def test_pages_are_for_the_desk_and_unknown_to_others(place: School, class_id: UUID) -> None:
    project = a_project(place)
    for name, browser in browsers(place).items():
        for address in PAGES:
            reply = browser.get(address.format(course=place.course_id, class_id=class_id, project=project))
            wanted = 200 if name in ("instructor", "researcher") else 303 if name == "nobody" else 404
            assert reply.status_code == wanted, (name, address)
            nothing = browser.get(address.format(course=uuid4(), class_id=uuid4(), project=uuid4()))
            assert address == "/desk" or nothing.status_code == (303 if name == "nobody" else 404)


CHANGES = (
    "/courses/{course}/coding",
    "/desk/tokens",
    "/desk/tokens/{token}/revoke",
    "/desk/coding/{project}/code",
    "/desk/coding/{project}/undo",
    "/desk/coding/{project}/hand-in",
    "/desk/coding/{project}/decide",
    "/desk/coding/{project}/model",
    "/desk/coding/{project}/model/cancel",
)


@pytest.mark.parametrize("address", CHANGES)
def test_changes_need_the_right_word_and_a_place_at_the_desk(place: School, class_id: UUID, address: str) -> None:
    project = a_project(place)
    with unit_of_work() as session:
        desk.new_token(session, place.researcher.who, "mine", [place.course_id], 9)
        token = desk.my_tokens(session, place.researcher.who)[0].id
    path = address.format(course=place.course_id, project=project, token=token)
    fields = {"position": "1", "code": "asking", "title": "x", "name": "x", "course": str(place.course_id)}
    assert sign_in(place.researcher).submit(path, csrf="wrong", **fields).status_code == 403
    for other in (place.student, person()):
        assert sign_in(other).submit(path, **fields).status_code == 404
    with unit_of_work() as session:
        assert desk.my_tokens(session, place.researcher.who)[0].is_open


def make_token(browser: Browser, place: School) -> str:
    reply = browser.submit("/desk/tokens", name="notebook", course=str(place.course_id), days="30")
    found = re.search(r'token-secret">([^<]+)<', reply.text)
    assert found
    assert reply.headers["Cache-Control"] == "no-store"
    return found[1]


def ask(token: str, course: UUID, **wanted: str):
    """What a program without cookies is answered."""
    program = Browser()
    program.headers.pop("accept")
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return program.get("/api/records", params={"course": str(course), **wanted}, headers=headers)


def test_a_token_reads_what_its_owner_may_until_it_is_taken_back(place: School, class_id: UUID) -> None:
    browser = sign_in(place.researcher)
    token = make_token(browser, place)
    assert token not in browser.get("/desk").text
    found = ask(token, place.course_id, verb="asked").json()
    assert [one["text"] for one in found["records"]] == list(SAID)
    assert found["next"] is None
    first = ask(token, place.course_id, limit="2").json()
    rest = ask(token, place.course_id, cursor=first["next"], limit="1000").json()
    everything = ask(token, place.course_id).json()
    assert first["records"] + rest["records"] == everything["records"]
    with unit_of_work() as session:
        view = desk.my_tokens(session, place.researcher.who)[0]
        assert view.used_at
    assert browser.submit(f"/desk/tokens/{view.id}/revoke").status_code == 303
    reply = ask(token, place.course_id)
    assert (reply.status_code, reply.headers["www-authenticate"]) == (401, 'Bearer realm="records"')
    assert reply.json()["error"]


def test_a_token_that_is_over_wrong_or_foreign_opens_nothing(place: School, class_id: UUID) -> None:
    token = make_token(sign_in(place.researcher), place)
    other = school()
    with unit_of_work() as session:
        accounts.enrol(session, other.course_id, place.researcher.id, CourseRole.RESEARCHER)
    assert ask(token, other.course_id).status_code == 404
    assert ask(token, uuid4()).status_code == 404
    assert ask(token + "x", place.course_id).status_code == 401
    assert ask("", place.course_id).status_code == 401
    with unit_of_work() as session:
        session.execute(update(Enrolment).where(Enrolment.person_id == place.researcher.id).values(role="student"))
    assert ask(token, place.course_id).status_code == 404
    with unit_of_work() as session:
        session.execute(update(Enrolment).where(Enrolment.person_id == place.researcher.id).values(role="researcher"))
        session.execute(update(DeskToken).values(expires_at=now() - timedelta(seconds=1)))
    assert ask(token, place.course_id).status_code == 401


def test_the_api_answers_in_json_also_in_trouble_and_is_bounded(
    place: School, class_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = make_token(sign_in(place.researcher), place)
    for wanted in ({"verb": "sang"}, {"limit": "0"}, {"limit": "1001"}, {"cursor": "junk"}, {"since": "soon"}):
        reply = ask(token, place.course_id, **wanted)
        assert reply.status_code == 400
        assert reply.json()["error"]
    minute = tokens.now()
    monkeypatch.setattr(tokens, "now", lambda: minute)
    monkeypatch.setattr(tokens, "A_MINUTE", 3)
    replies = [ask(token, place.course_id).status_code for _ in range(5)]
    assert replies[-1] == 429


def test_a_session_cookie_is_no_token(place: School, class_id: UUID) -> None:
    assert sign_in(place.researcher).get(f"/api/records?course={place.course_id}").status_code == 401


def test_the_api_offers_nothing_but_reading(place: School, class_id: UUID) -> None:
    headers = {"authorization": f"Bearer {make_token(sign_in(place.researcher), place)}"}
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        reply = Browser().request(method, f"/api/records?course={place.course_id}", headers=headers)
        assert reply.status_code == 405


def test_filters_live_in_the_address_and_the_api_has_the_same(place: School, class_id: UUID) -> None:
    browser = sign_in(place.researcher)
    text = browser.get(f"/courses/{place.course_id}/desk?verb=asked&page=1&agent=student").text
    assert "3 records" in text
    assert f"/api/records?course={place.course_id}&amp;agent=student&amp;page=1&amp;verb=asked" in text
    assert f'href="/desk/classes/{class_id}#at-' in text
    wrong = browser.get(f"/courses/{place.course_id}/desk?verb=sang")
    assert wrong.status_code == 400
    assert 'role="alert"' in wrong.text
    assert "0 records" in browser.get(f"/courses/{place.course_id}/desk?learner_group=finished").text


def test_names_and_ids_of_people_are_on_no_page_of_the_desk(place: School, class_id: UUID) -> None:
    project = a_project(place)
    browser = sign_in(place.instructor)
    for address in PAGES[1:]:
        text = browser.get(address.format(course=place.course_id, class_id=class_id, project=project)).text
        assert str(place.student.id) not in text
        assert place.student.email not in text
    assert "person-" in browser.get(f"/courses/{place.course_id}/desk").text


def test_without_consent_a_researcher_finds_nothing(place: School) -> None:
    class_id = attend(place, consents=False)
    browser = sign_in(place.researcher)
    assert "0 records" in browser.get(f"/courses/{place.course_id}/desk").text
    assert browser.get(f"/desk/classes/{class_id}").status_code == 404
    text = sign_in(place.instructor).get(f"/desk/classes/{class_id}").text
    assert "Withheld" in text
    assert "Sugar" not in text


def code_all(browser: Browser, project: UUID, codes: list[str]) -> None:
    for position, code in enumerate(codes, start=1):
        path = f"/desk/coding/{project}/code"
        assert browser.submit(path, position=str(position), code=code).headers["location"] == path
    assert browser.submit(f"/desk/coding/{project}/hand-in").status_code == 303


def test_two_code_by_forms_see_each_other_afterwards_and_decide(place: School, class_id: UUID) -> None:
    ada, robin = sign_in(place.instructor), sign_in(place.researcher)
    form = {"title": "Our sample", "scheme": "activities", "size": "10", "seed": "3"}
    reply = ada.submit(
        f"/courses/{place.course_id}/coding", coder=[str(place.instructor.id), str(place.researcher.id)], **form
    )
    path = reply.headers["location"]
    project = UUID(path.rsplit("/", 1)[-1])
    code_all(ada, project, ["asking", "responding", "feeling"])
    assert "You see what others gave once" in robin.get(path).text
    assert robin.get(f"{path}/codes.csv").status_code == 409
    assert "Take the last code back" not in robin.get(f"{path}/code").text
    code_all(robin, project, ["asking", "responding", "asking"])
    page = robin.get(path).text
    assert "1 utterance on which coders differ" in page
    assert "67 %" in page
    assert robin.submit(f"{path}/decide", position="3", code="feeling").headers["location"].endswith("#unit-3")
    assert "Decided: Shares a feeling, by Robin Vale" in ada.get(path).text
    sheet = ada.get(f"{path}/codes.csv")
    assert sheet.headers["content-disposition"].startswith("attachment")
    assert sheet.text.splitlines()[0].endswith("coder_1,coder_2,model,final")
    assert ada.submit(f"{path}/undo").status_code == 409


def test_a_plan_with_a_flaw_is_shown_again(place: School, class_id: UUID) -> None:
    browser = sign_in(place.researcher)
    form = {"title": "Kept title", "scheme": "flanders", "size": "5000", "seed": "3", "coder": str(place.researcher.id)}
    reply = browser.submit(f"/courses/{place.course_id}/coding", **form)
    assert reply.status_code == 400
    assert 'role="alert"' in reply.text
    assert 'value="Kept title"' in reply.text


def test_the_desk_is_linked_from_where_one_looks(place: School, class_id: UUID) -> None:
    for one in (place.instructor, place.researcher):
        browser = sign_in(one)
        assert f'href="/courses/{place.course_id}/desk"' in browser.get(f"/courses/{place.course_id}").text
        assert 'href="/desk"' in browser.get("/").text
    assert "/desk" not in sign_in(place.student).get(f"/courses/{place.course_id}").text
    assert 'href="/desk"' not in sign_in(place.student).get("/").text


def test_every_page_of_the_desk_keeps_labels_and_policy(place: School, class_id: UUID) -> None:
    project = a_project(place)
    browser = sign_in(place.researcher)
    for address in PAGES:
        text = browser.get(address.format(course=place.course_id, class_id=class_id, project=project)).text
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert len(ids) == len(set(ids)), address
        assert set(re.findall(r'\sfor="([^"]+)"', text)) <= set(ids), address
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son[a-z]+=", text)
