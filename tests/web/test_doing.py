"""What people do at the door: come in, make a course, upload, edit, approve, attend, export; and what they do wrong."""

import io

import pytest
from people import PASSWORD, Browser, enrolled, pdf, person, school, sign_in
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, SiteRole
from app.base.db import get_engine, new_id, unit_of_work
from app.courses import service as courses
from app.lessons import service as lessons

pytestmark = pytest.mark.usefixtures("services")

LONG = "Ünïcode " * 6250


@pytest.fixture(scope="module")
def place(services):
    made = school()
    made.approve()
    return made


@pytest.fixture(scope="module")
def teacher(place):
    return sign_in(place.instructor)


@pytest.fixture(scope="module")
def student(place):
    return sign_in(place.student)


def _code(course_id, **limits) -> str:
    with unit_of_work() as session:
        return accounts.new_code(session, course_id, **limits)


def test_sign_up_with_a_code_leads_into_the_course(place):
    browser = Browser()
    code = _code(place.course_id)
    assert f'value="{code}"' in browser.get(f"/sign-up?code={code}").text
    address = f"{new_id().hex[:10]}@school.example"
    reply = browser.submit("/sign-up", email=address, name="Kim", password=PASSWORD, code=code)
    assert (reply.status_code, reply.headers["location"]) == (303, "/")
    assert "Leaves and light" in browser.get("/").text


def test_a_full_code_makes_no_account_and_keeps_what_was_typed(place):
    code = _code(place.course_id, seats=1)
    with unit_of_work() as session:
        accounts.join(session, person().who, code)
    address = f"{new_id().hex[:10]}@school.example"
    reply = Browser().submit("/sign-up", email=address, name="Kim Late", password=PASSWORD, code=code)
    assert reply.status_code == 400
    assert "seats" in reply.text
    assert f'value="{address}"' in reply.text
    assert PASSWORD not in reply.text
    with unit_of_work() as session:
        assert accounts.find_person(session, address) is None


def test_cookies_are_kept_from_scripts_and_other_sites(place):
    reply = Browser().post("/sign-in", data={"email": place.student.email, "password": PASSWORD})
    cookie = reply.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_cookies_are_secure_where_settings_say_so(place, monkeypatch):
    from app.base.settings import get_settings

    monkeypatch.setattr(get_settings(), "secure_cookies", True)
    reply = Browser().post("/sign-in", data={"email": place.student.email, "password": PASSWORD})
    assert "Secure" in reply.headers["set-cookie"]
    assert "Strict-Transport-Security" in reply.headers


def test_signing_out_ends_the_session_on_the_server(place):
    browser = sign_in(enrolled(place.course_id, CourseRole.STUDENT))
    token = browser.cookies["lyceum_session"]
    assert browser.submit("/sign-out").headers["location"] == "/sign-in"
    browser.cookies.set("lyceum_session", token)
    assert browser.get("/record").status_code == 303


def test_too_many_wrong_passwords_have_to_wait(place):
    somebody = person()
    browser = Browser()
    wrong = {"email": somebody.email, "password": "not this one"}
    statuses = [browser.post("/sign-in", data=wrong).status_code for _ in range(10)]
    assert statuses[0] == 403
    assert statuses[-1] == 429
    right = browser.post("/sign-in", data={"email": somebody.email, "password": PASSWORD})
    assert right.status_code == 429
    assert "Wait" in right.text


def test_a_wrong_password_and_an_unknown_address_answer_alike(place):
    replies = [
        Browser().post("/sign-in", data={"email": email, "password": "wrong wrong"})
        for email in (person().email, "nobody@school.example")
    ]
    first, second = (reply.text.replace("nobody@school.example", "X") for reply in replies)
    assert replies[0].status_code == replies[1].status_code == 403
    assert "is wrong" in first
    assert len(first) - len(second) < 60


def test_the_choice_of_colours_is_remembered():
    browser = Browser()
    browser.post("/theme", data={"theme": "dark", "next": "/sign-in"})
    assert 'data-theme="dark"' in browser.get("/sign-in").text
    browser.post("/theme", data={"theme": "auto"})
    assert "data-theme" not in browser.get("/sign-in").text


def test_a_redirect_never_outruns_its_row(teacher):
    reply = teacher.submit("/courses/new", title="Seen at once", summary="")
    assert "Seen at once" in teacher.get(reply.headers["location"]).text


def test_the_commit_happens_before_the_answer(monkeypatch, teacher):
    """A commit that fails must be an error page, not a redirect that was already sent."""

    def fail(session: Session) -> None:
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr(Session, "commit", fail)
    with pytest.raises(RuntimeError, match="disk"):
        teacher.submit("/courses/new", title="Lost", summary="")


def test_only_those_who_may_can_make_courses(student):
    assert student.get("/courses/new").status_code == 403
    assert student.submit("/courses/new", title="Mine").status_code == 403


def test_an_empty_title_shows_the_form_again(teacher):
    reply = teacher.submit("/courses/new", title="  ", summary="kept words")
    assert reply.status_code == 400
    assert "kept words" in reply.text


def test_a_notice_is_shown_once(teacher, place):
    teacher.submit(f"/courses/{place.course_id}/codes")
    page = f"/courses/{place.course_id}/people"
    assert "join code is open" in teacher.get(page).text
    assert "join code is open" not in teacher.get(page).text


def test_codes_are_opened_shown_and_closed(teacher, place):
    teacher.submit(f"/courses/{place.course_id}/codes", days="3", seats="2")
    with unit_of_work() as session:
        newest = accounts.codes(session, place.course_id)[0]
    assert (newest.seats, newest.open) == (2, True)
    teacher.submit(f"/courses/{place.course_id}/codes/{newest.code}/close")
    with unit_of_work() as session:
        assert not accounts.codes(session, place.course_id)[0].open
    assert teacher.submit(f"/courses/{place.course_id}/codes", seats="0").status_code == 400
    assert teacher.submit(f"/courses/{place.course_id}/codes", seats="many").status_code == 400


def test_somebody_known_is_added_and_somebody_unknown_is_a_sentence(teacher, place):
    path = f"/courses/{place.course_id}/people"
    assert teacher.submit(path, email=person().email, role="researcher").status_code == 303
    assert "join code" in teacher.submit(path, email="x@y.example", role="student").text


def _upload(browser, course_id, name="leaves.pdf", body=None, **fields):
    files = {"deck": (name, io.BytesIO(pdf(1) if body is None else body), "application/pdf")}
    data = {"csrf": browser.who.csrf, **fields}
    return browser.post(f"/courses/{course_id}/lessons", data=data, files=files)


def test_uploading_a_deck_makes_a_lesson_named_after_its_file(teacher, place):
    reply = _upload(teacher, place.course_id, name="green_leaves.pdf")
    assert reply.status_code == 303
    page = teacher.get(reply.headers["location"])
    assert "green leaves" in page.text
    assert "Reading the deck" in page.text


def test_a_deck_that_cannot_be_used_is_refused_with_a_sentence(teacher, place):
    for name, body in (("empty.pdf", b""), ("notes.exe", b"MZ\x90\x00hello"), ("notes.txt", b"\x00\x01\x02")):
        reply = _upload(teacher, place.course_id, name=name, body=body)
        assert reply.status_code in (400, 413, 422), name
        assert "notice" in reply.text or "lead" in reply.text


def test_an_upload_without_a_file_or_into_a_foreign_module_is_a_sentence(teacher, place):
    assert teacher.submit(f"/courses/{place.course_id}/lessons").status_code == 400
    other = school(read=False)
    with unit_of_work() as session:
        module = courses.access_course(session, other.instructor.who, other.course_id).modules[0]
    assert _upload(teacher, place.course_id, module_id=str(module.id)).status_code == 400
    assert _upload(sign_in(other.instructor), place.course_id).status_code == 404


def test_a_deck_over_the_limit_is_refused_with_its_sentence(teacher, place, monkeypatch):
    from app.base.settings import get_settings

    monkeypatch.setattr(get_settings(), "upload_bytes", 1000)
    reply = _upload(teacher, place.course_id, body=b"%PDF" + b"x" * 200_000)
    assert reply.status_code == 413
    assert "MB" in reply.text


def test_words_are_edited_and_a_stale_edit_loses_nothing():
    place = school()
    browser = sign_in(place.instructor)
    path = f"/lessons/{place.lesson_id}/pages/1/actions/1"
    page = browser.get(f"/lessons/{place.lesson_id}.json").json()["pages"][0]
    typed = {"kind": "say", "text": "Light becomes sugar in every leaf."}
    saved = browser.submit(path, as_json=True, **typed, revision=page["revision"])
    assert saved.status_code == 200, saved.text
    assert saved.json()["revision"] == page["revision"] + 1
    late = {"kind": "say", "text": "My late words.", "revision": page["revision"]}
    stale = browser.submit(path, as_json=True, **late)
    assert stale.status_code == 409
    assert stale.json()["error"]
    shown = browser.submit(path, **late)
    assert shown.status_code == 409
    assert "My late words." in shown.text, "what was typed is there to be used"
    assert "Light becomes sugar" in shown.text, "beside what somebody else made of it"
    assert browser.submit(path, **{**late, "revision": saved.json()["revision"]}).status_code == 303
    assert "My late words." in browser.get(f"/lessons/{place.lesson_id}").text


def test_approving_makes_a_version_and_an_unwritten_lesson_cannot_be():
    place = school()
    browser = sign_in(place.instructor)
    assert "Read them once more, then approve" in browser.get(f"/lessons/{place.lesson_id}").text
    reply = browser.submit(f"/lessons/{place.lesson_id}/approve")
    assert reply.headers["location"] == f"/lessons/{place.lesson_id}"
    assert "Students attend version 1" in browser.get(f"/lessons/{place.lesson_id}").text
    waiting = school(written=False)
    reply = sign_in(waiting.instructor).submit(f"/lessons/{waiting.lesson_id}/approve")
    assert reply.status_code in (400, 409)


def test_attending_opens_one_class_and_goes_back_into_it(place, student):
    first = student.submit(f"/lessons/{place.lesson_id}/attend").headers["location"]
    assert first.startswith("/classes/")
    assert student.submit(f"/lessons/{place.lesson_id}/attend").headers["location"] == first
    assert student.get(first).status_code == 200
    assert "Go on" in student.get(f"/courses/{place.course_id}").text
    assert student.get(f"{first}/statements.json").status_code == 200
    assert sign_in(place.researcher).get(f"{first}/statements.json").status_code == 404


@pytest.mark.parametrize(
    ("path", "field"),
    [("/courses/new", "title"), ("/courses/{course}/modules", "title"), ("/join", "code")],
)
def test_fifty_thousand_characters_are_taken_or_refused_with_a_sentence(teacher, place, path, field):
    reply = teacher.submit(path.format(course=place.course_id), **{field: LONG})
    assert reply.status_code in (303, 400)


def test_fifty_thousand_characters_on_a_page_and_odd_ones_do_no_harm():
    place = school()
    browser = sign_in(place.instructor)
    revision = browser.get(f"/lessons/{place.lesson_id}.json").json()["pages"][0]["revision"]
    path = f"/lessons/{place.lesson_id}/pages/1/actions/1"
    reply = browser.submit(path, as_json=True, kind="say", text=LONG, revision=revision)
    assert reply.status_code == 400
    odd = "A \x00 and <script>alert(1)</script>."
    assert browser.submit(path, as_json=True, kind="say", text=odd, revision=revision).status_code == 200
    assert "<script>alert" not in browser.get(f"/lessons/{place.lesson_id}").text


def test_reading_goes_on_in_the_background_and_the_page_says_so(place, teacher):
    fresh = school(read=False)
    browser = sign_in(fresh.instructor)
    assert "Reading page by page" in browser.get(f"/materials/{fresh.material_id}").text
    assert browser.get(f"/materials/{fresh.material_id}.json").json()["status"] == "waiting"
    done = teacher.get(f"/materials/{place.material_id}").text
    assert "makes sugar from light" in done
    assert "2 pages, as they were read" in done


def test_an_instructor_exports_and_a_file_comes(place):
    reply = sign_in(place.instructor).get(f"/courses/{place.course_id}/export.csv")
    assert reply.headers["content-type"].startswith("text/csv")
    assert "attachment" in reply.headers["content-disposition"]
    assert reply.text.count("\n") >= 1


def test_health_says_what_answers():
    reply = Browser().get("/health")
    assert reply.status_code == 200
    assert reply.json()["db"] is True
    assert reply.json()["broker"] is True


def test_a_course_asks_the_database_as_often_for_many_lessons_as_for_one():
    place = school()
    teacher = sign_in(place.instructor)

    def asked() -> int:
        found: list[int] = []
        engine = get_engine()

        def note(*_: object) -> None:
            found.append(1)

        event.listen(engine, "before_cursor_execute", note)
        teacher.get(f"/courses/{place.course_id}")
        event.remove(engine, "before_cursor_execute", note)
        return len(found)

    asked()
    before = asked()
    assert 0 < before < 60
    with unit_of_work() as session:
        module = courses.access_course(session, place.instructor.who, place.course_id).modules[0]
        for number in range(4):
            lessons.start(session, place.instructor.who, module.id, place.material_id, f"Lesson {number}")
    assert asked() == before


def test_an_admin_may_do_what_an_instructor_may(place):
    admin = sign_in(person(SiteRole.ADMIN, "Root"))
    assert admin.get(f"/lessons/{place.lesson_id}").status_code == 200
    with unit_of_work() as session:
        assert lessons.access_lesson(session, admin.who, place.lesson_id).total == 2
