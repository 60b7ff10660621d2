"""Every page, as everybody who may see it and as those who may not."""

import re
from uuid import UUID, uuid4

import pytest
from examining import SINGLE
from made_releases import made_release
from people import PASSWORD, Browser, Person, School, csrf_of, person, school, sign_in
from test_desk import PAGES as DESK_PAGES
from test_desk import a_project_on

from app.accounts import service as accounts
from app.accounts.schema import SiteRole
from app.assessment import service as assessment
from app.assessment.documents import PaperPlan, Purpose
from app.assessment.schema import Response
from app.base.db import unit_of_work
from app.web.shield import POLICY

pytestmark = pytest.mark.usefixtures("services")


@pytest.fixture(scope="module")
def place(services: object) -> School:
    made = school()
    made.approve()
    return made


@pytest.fixture(scope="module")
def browsers(place: School) -> dict[str, Browser]:
    people: dict[str, Person] = {
        "instructor": place.instructor,
        "student": place.student,
        "researcher": place.researcher,
        "stranger": person(),
    }
    return {name: sign_in(one) for name, one in people.items()} | {"nobody": Browser()}


EVERYBODY = {"instructor", "student", "researcher", "stranger", "nobody"}
MEMBERS = {"instructor", "student", "researcher"}
STAFF = {"instructor", "researcher"}
ADDRESSES = [
    ("/", EVERYBODY),
    ("/sign-up", EVERYBODY),
    ("/profile", EVERYBODY),
    ("/profile.jsonld", EVERYBODY),
    ("/record", MEMBERS | {"stranger"}),
    ("/record.json", MEMBERS | {"stranger"}),
    ("/me.json", MEMBERS | {"stranger"}),
    ("/privacy", MEMBERS | {"stranger"}),
    ("/privacy/ask", MEMBERS | {"stranger"}),
    ("/privacy/erase", MEMBERS | {"stranger"}),
    ("/privacy/everything.zip", MEMBERS | {"stranger"}),
    ("/admin/audit", set()),
    ("/admin/audit.csv", set()),
    ("/courses/{course}", MEMBERS),
    ("/courses/{course}/people", {"instructor"}),
    ("/courses/{course}/cast", {"instructor"}),
    ("/courses/{course}/attendance", {"instructor"}),
    ("/courses/{course}/items", {"instructor"}),
    ("/courses/{course}/tests", {"instructor"}),
    ("/courses/{course}/grades", {"instructor"}),
    ("/courses/{course}/grades.csv", {"instructor"}),
    ("/courses/{course}/marking", {"instructor"}),
    ("/courses/{course}/practice", {"student"}),
    ("/courses/{course}/export.csv", {"instructor"}),
    ("/releases?course={course}", STAFF),
    ("/releases/new?course={course}", STAFF),
    ("/desk", STAFF),
    ("/courses/{course}/desk", STAFF),
    ("/courses/{course}/coding", STAFF),
    ("/record?course={course}", MEMBERS),
    ("/materials/{material}", STAFF),
    ("/materials/{material}.json", STAFF),
    ("/materials/{material}/pages/1/picture", MEMBERS),
    ("/lessons/{lesson}", MEMBERS),
    ("/lessons/{lesson}.json", MEMBERS),
    ("/lessons/{lesson}/pages/1", {"instructor"}),
]


@pytest.mark.parametrize("who", sorted(EVERYBODY))
@pytest.mark.parametrize(("address", "welcome"), ADDRESSES, ids=[address for address, _ in ADDRESSES])
def test_a_page_opens_for_those_it_is_for_and_is_unknown_to_others(place, browsers, address, welcome, who):
    path = address.format(course=place.course_id, material=place.material_id, lesson=place.lesson_id)
    unknown = address.format(course=uuid4(), material=uuid4(), lesson=uuid4())
    reply = browsers[who].get(path)
    assert reply.headers["Content-Security-Policy"]
    if who in welcome:
        assert reply.status_code == 200, reply.text
        return
    nothing = browsers[who].get(unknown)
    assert reply.status_code == nothing.status_code
    assert reply.status_code in ((303, 401) if who == "nobody" else (404,))
    assert _without(reply.text, path) == _without(nothing.text, unknown)


def _without(text: str, path: str) -> str:
    return text.replace(path, "HERE")


@pytest.mark.parametrize("who", ["instructor", "student", "stranger"])
def test_pages_keep_the_strict_policy_and_are_not_stored(place, browsers, who):
    for path in ("/", "/record", f"/courses/{place.course_id}"):
        reply = browsers[who].get(path)
        assert reply.headers["Content-Security-Policy"] == POLICY
        assert reply.headers["Cache-Control"] == "no-store" or reply.status_code == 404


def test_a_page_picture_runs_nothing_and_is_kept(place, browsers):
    reply = browsers["student"].get(f"/materials/{place.material_id}/pages/1/picture")
    assert reply.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "max-age=604800" in reply.headers["Cache-Control"]
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert browsers["student"].get(f"/materials/{place.material_id}/pages/99/picture").status_code == 404


def test_an_unknown_address_is_a_page_that_knows_who_is_there(browsers):
    reply = browsers["student"].get("/no/such/place")
    assert reply.status_code == 404
    assert csrf_of(reply.text) == browsers["student"].who.csrf


CHANGES = [
    "/sign-out",
    "/join",
    "/courses/new",
    "/releases",
    "/releases/preview",
    "/courses/{course}/modules",
    "/courses/{course}/people",
    "/courses/{course}/cast",
    "/courses/{course}/codes",
    "/courses/{course}/codes/AAAA-AAAA/close",
    "/materials/{material}/read-again",
    "/lessons/{lesson}/pages/1/actions",
    "/lessons/{lesson}/pages/1/actions/1",
    "/lessons/{lesson}/pages/1/actions/1/move",
    "/lessons/{lesson}/pages/1/actions/1/remove",
    "/lessons/{lesson}/pages/1/rewrite",
    "/lessons/{lesson}/undo",
    "/lessons/{lesson}/redo",
    "/lessons/{lesson}/versions/1/restore",
    "/lessons/{lesson}/preview",
    "/lessons/{lesson}/pages/1/rewrites",
    "/lessons/{lesson}/approve",
    "/lessons/{lesson}/attend",
]
FIELDS = {
    "code": "AAAA-AAAA",
    "title": "x",
    "email": "a@b.example",
    "role": "student",
    "kind": "say",
    "text": "a",
    "at": "1",
    "to": "1",
    "revision": "0",
    "name": [""] * 6,
    "persona": [""] * 6,
    "sentences": ["0"] * 6,
}


@pytest.mark.parametrize("address", CHANGES)
def test_a_change_without_the_right_word_is_refused(place, browsers, address):
    path = address.format(course=place.course_id, material=place.material_id, lesson=place.lesson_id)
    for word in ("", "wrong", browsers["student"].who.csrf):
        reply = browsers["instructor"].submit(path, csrf=word, **FIELDS)
        assert reply.status_code == 403, path
        assert "Reload" in reply.text


@pytest.mark.parametrize("address", [one for one in CHANGES if "{" in one and "attend" not in one])
@pytest.mark.parametrize("who", ["student", "researcher", "stranger"])
def test_a_change_is_for_instructors_and_unknown_to_others(place, browsers, address, who):
    path = address.format(course=place.course_id, material=place.material_id, lesson=place.lesson_id)
    assert browsers[who].submit(path, **FIELDS).status_code == 404


def test_nobody_signed_in_is_sent_to_sign_in_and_comes_back(place, browsers):
    reply = browsers["nobody"].get(f"/courses/{place.course_id}")
    assert reply.status_code == 303
    way = reply.headers["location"]
    assert way == f"/sign-in?next=/courses/{place.course_id}"
    page = browsers["nobody"].get(way)
    assert f'name="next" value="/courses/{place.course_id}"' in page.text


def test_a_student_sees_no_draft_and_an_outline_of_what_is_approved(place, browsers):
    draft = school()
    with unit_of_work() as session:
        code = accounts.new_code(session, draft.course_id)
    newcomer = sign_in(person())
    assert newcomer.submit("/join", code=code).headers["location"] == f"/courses/{draft.course_id}"
    assert "No lesson is open yet" in newcomer.get(f"/courses/{draft.course_id}").text
    assert newcomer.get(f"/lessons/{draft.lesson_id}").status_code == 404
    outline = browsers["student"].get(f"/lessons/{place.lesson_id}").text
    assert "Attend" in outline
    assert "sugar from light." not in outline


def _visit_tests(place, teacher, student):
    """Every page of questions, tests, practice and marks, once."""
    course, papers = f"/courses/{place.course_id}", []
    with unit_of_work() as session:
        who = place.instructor.who
        item_id = assessment.add_item(session, who, place.course_id, SINGLE, None, ["Leaves"])
        for purpose in (Purpose.QUIZ, Purpose.PRACTICE):
            plan = PaperPlan(title=purpose.value, purpose=purpose)
            papers.append(assessment.make_paper(session, who, place.course_id, plan))
            assessment.set_items(session, who, papers[-1], [item_id])
            assessment.publish(session, who, papers[-1])
    sitting = student.submit(f"/tests/{papers[0]}/begin").headers["location"]
    with unit_of_work() as session:
        sitting_id = UUID(sitting.rsplit("/", 1)[-1])
        version = assessment.view(session, place.student.who, sitting_id).questions[0].view.version_id
        assessment.save(session, place.student.who, sitting_id, version, Response(chosen=["r1"]), uuid4(), 0)
        component = assessment.practice_lines(session, place.student.who, place.course_id)[0].id
    practice = f"{course}/practice"
    student.get(sitting)
    student.submit(sitting, act="submit", page=str(uuid4()), **{f"chosen-{version}": "r1"})
    for path in (course, f"{sitting}/result", practice, f"{practice}/{component}"):
        assert student.get(path).status_code == 200, path
    with unit_of_work() as session:
        attempt = next(one for one in assessment.attempts_after(session, 0) if one.sitting == sitting_id)
    staff = [f"{course}/{name}" for name in ("items", "items/new", "tests", "grades", "marking")]
    for path in (*staff, f"/items/{item_id}", f"/tests/{papers[0]}", f"/attempts/{attempt.id}", f"{sitting}/result"):
        assert teacher.get(path).status_code == 200, path


def test_every_page_answers(place, browsers):
    """Visits what no other test of this file needs. That every template was filled is told by `test_zz_templates`."""
    teacher, student, nobody = browsers["instructor"], browsers["student"], browsers["nobody"]
    for path in ("/", "/sign-in", "/sign-up", "/nothing"):
        nobody.get(path)
    attended = student.submit(f"/lessons/{place.lesson_id}/attend", pace="0")
    for path in (
        "/",
        "/sign-up?code=AAAA-AAAA",
        "/record",
        f"/courses/{place.course_id}",
        attended.headers["location"],
        f"{attended.headers['location']}/notes",
        "/record/notes",
        "/profile",
    ):
        assert student.get(path).status_code == 200, path
    assert student.get(f"/lessons/{place.lesson_id}").status_code == 200
    course, lesson = f"/courses/{place.course_id}", f"/lessons/{place.lesson_id}"
    rest = (course, f"{course}/people", f"{course}/attendance", lesson, f"{lesson}/pages/1", "/courses/new")
    for path in (*rest, f"{course}/cast", f"{course}/policy", f"/materials/{place.material_id}"):
        assert teacher.get(path).status_code == 200, path
    assert teacher.get(f"{attended.headers['location']}/inside").status_code == 200
    assert teacher.submit(f"{attended.headers['location']}/join").status_code == 303
    assert teacher.get(attended.headers["location"]).status_code == 200
    _visit_privacy(place, teacher, student)
    one, other = (made_release(place.course_id) for _ in range(2))
    for path in ("/releases", "/releases/new", f"/releases/{one}", f"/releases/{one}/compare?other={other}"):
        assert teacher.get(path).status_code == 200, path
    _visit_tests(place, teacher, student)
    assert browsers["researcher"].get("/records/keys").status_code == 200
    project, class_id = a_project_on(place)
    for address in DESK_PAGES:
        path = address.format(course=place.course_id, class_id=class_id, project=project)
        assert browsers["researcher"].get(path).status_code == 200, path


def _visit_privacy(place: School, teacher: Browser, student: Browser) -> None:
    for path in ("/privacy", "/privacy/ask", "/privacy/erase"):
        assert student.get(path).status_code == 200, path
    teacher.submit(f"/courses/{place.course_id}/policy", minors="yes")
    assert "Guardians" in teacher.get(f"/courses/{place.course_id}/people").text
    teacher.submit(f"/courses/{place.course_id}/policy")
    assert sign_in(person(SiteRole.ADMIN)).get("/admin/audit").status_code == 200
    assert "Good-bye" in sign_in(person()).submit("/privacy/erase", password=PASSWORD).text


def test_rendered_pages_hold_no_inline_script_or_style(place, browsers):
    for path in ("/", f"/courses/{place.course_id}", f"/lessons/{place.lesson_id}", f"/materials/{place.material_id}"):
        text = browsers["instructor"].get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son[a-z]+=", text)


def test_labels_and_ids_match(place, browsers):
    """Each label names a field, and no id is given twice."""
    for path in (f"/courses/{place.course_id}", f"/courses/{place.course_id}/cast", f"/lessons/{place.lesson_id}"):
        text = browsers["instructor"].get(path).text
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert len(ids) == len(set(ids)), path
        assert set(re.findall(r'\sfor="([^"]+)"', text)) <= set(ids), path
