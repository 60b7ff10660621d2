"""What the web tests stand on: people with browsers of their own, and a course with a lesson written by hand."""

import io
import re
import time
from dataclasses import dataclass
from uuid import UUID

from making import answer_consent
from starlette.testclient import TestClient

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, SiteRole, Who
from app.base.db import new_id, unit_of_work
from app.courses import service as courses
from app.courses.models import Material
from app.courses.schema import MaterialStatus
from app.lessons import service as lessons
from app.main import create_app
from app.records.privacy.schema import Purpose

PASSWORD = "a quiet walk under the trees"


class Browser(TestClient):
    """One person's browser: keeps cookies, sends the csrf word with forms, follows nothing by itself."""

    who: Who | None = None

    def __init__(self) -> None:
        super().__init__(create_app(), follow_redirects=False, headers={"accept": "text/html"})

    def submit(self, path: str, as_json: bool = False, csrf: str | None = None, **fields: object):
        """Post a form with this person's csrf word, or with another."""
        word = csrf if csrf is not None else (self.who.csrf if self.who else "")
        headers = {"accept": "application/json"} if as_json else {}
        return self.post(path, data={"csrf": word, **fields}, headers=headers)


def sign_in(person: "Person") -> Browser:
    """A browser in which the person is signed in."""
    browser = Browser()
    reply = browser.post("/sign-in", data={"email": person.email, "password": PASSWORD})
    assert reply.status_code == 303, reply.text
    browser.who = Who.model_validate(browser.get("/me.json").json())
    return browser


@dataclass
class Person:
    """Somebody with an account."""

    id: UUID
    email: str
    who: Who


def person(role: SiteRole = SiteRole.STUDENT, name: str = "Robin Vale", is_new: bool = False) -> Person:
    """A new account; a student has answered what is asked first, with yes to teaching alone, unless `is_new`."""
    email = f"{new_id().hex[:12]}@school.example"
    with unit_of_work() as session:
        person_id = accounts.add_person(session, email, name, PASSWORD, role)
    if role is SiteRole.STUDENT and not is_new:
        answer_consent(person_id, Purpose.TEACHING)
    return Person(person_id, email, Who(id=person_id, name=name, email=email, role=role))


def enrolled(course_id: UUID, role: CourseRole) -> Person:
    """A new account in a course."""
    made = person(SiteRole.RESEARCHER if role is CourseRole.RESEARCHER else SiteRole.STUDENT)
    with unit_of_work() as session:
        accounts.enrol(session, course_id, made.id, role)
    return made


def pdf(pages: int = 2, more: str = "") -> bytes:
    """A small PDF with a sentence on each page, and `more` below it where given, written out by hand."""
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(pages))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {pages} /Kids [{kids}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for at in range(pages):
        below = f" /F1 14 Tf 0 -60 Td ({more}) Tj" if more else ""
        words = f"BT /F1 24 Tf 72 400 Td (Leaf {at + 1} makes sugar from light) Tj{below} ET"
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 720 540] /Contents {5 + 2 * at} 0 R"
        objects += [f"{page} /Resources << /Font << /F1 3 0 R >> >> >>"]
        objects += [f"<< /Length {len(words)} >>\nstream\n{words}\nendstream"]
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.4\n")
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n{body}\nendobj\n".encode())
    start = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    out.writelines(f"{place:010d} 00000 n \n".encode() for place in places)
    out.write(f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


@dataclass
class School:
    """A course with one lesson of two written pages, and somebody for every role in it."""

    course_id: UUID
    lesson_id: UUID
    material_id: UUID
    instructor: Person
    student: Person
    researcher: Person

    def approve(self) -> None:
        """Approve the lesson as it stands."""
        with unit_of_work() as session:
            lessons.approve(session, self.instructor.who, self.lesson_id)


def school(*, read: bool = True, written: bool = True) -> School:
    """A fresh school; `read` and `written` say how far its lesson has come."""
    instructor = person(SiteRole.INSTRUCTOR, "Ada Brandt")
    with unit_of_work() as session:
        course_id = courses.create_course(session, instructor.who, "Leaves and light", "How a tree eats.")
        module = courses.access_course(session, instructor.who, course_id).modules[0]
        material_id = courses.add_material(session, instructor.who, course_id, "leaves.pdf", io.BytesIO(pdf()))
        lesson_id = lessons.start(session, instructor.who, module.id, material_id, "How leaves eat")
    if read:
        read_deck(material_id)
    if read and written:
        write(instructor.who, lesson_id)
    students = [enrolled(course_id, role) for role in (CourseRole.STUDENT, CourseRole.RESEARCHER)]
    return School(course_id, lesson_id, material_id, instructor, *students)


def read_deck(material_id: UUID, seconds: float = 60) -> None:
    """What the job does: read, then open the lesson's pages. A running worker that was first is waited for."""
    courses.read_deck(material_id)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with unit_of_work() as session:
            if session.get_one(Material, material_id).status == MaterialStatus.READY:
                lessons.open_pages(session, material_id)
                return
        time.sleep(0.1)
    raise TimeoutError("the deck was not read")


def write(who: Who, lesson_id: UUID) -> None:
    """Two sentences and a question on every page, by hand."""
    with unit_of_work() as session:
        for page in lessons.access_lesson(session, who, lesson_id).pages:
            said = ["A leaf makes sugar from light.", f"This is leaf {page.number}."]
            lessons.write_by_hand(session, who, lesson_id, page.number, said, "What does a leaf need?")


def csrf_of(text: str) -> str:
    """The csrf word in a page's head."""
    found = re.search(r'<meta name="csrf" content="([^"]+)">', text)
    assert found
    return found[1]
