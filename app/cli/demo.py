"""The demo course: people, a deck and an approved lesson, so that a first start has a class to attend."""

import json
import secrets
import tempfile
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, SiteRole, Who
from app.base.db import unit_of_work
from app.base.errors import AppError
from app.base.files import write_whole
from app.base.settings import get_settings
from app.cli.deck_reading import read_here
from app.cli.demo_deck import build_demo_deck
from app.courses import service as courses
from app.lessons import service as lessons

SCRIPT = Path(__file__).with_name("demo_script.json")
COURSE, LESSON = "Learning that lasts", "How memory works"
PEOPLE = (
    ("instructor", "Ada Brandt", SiteRole.INSTRUCTOR),
    ("student", "Sam Rivera", SiteRole.STUDENT),
    ("researcher", "Noor Haddad", SiteRole.RESEARCHER),
)


class SignInWords(BaseModel):
    """How one demo person signs in."""

    role: str
    email: str
    password: str


class DemoLine(BaseModel):
    """The words of one page of the demo lesson: what is said, and a question to the student or nothing."""

    say: list[str]
    ask: str = ""


def sign_ins() -> list[SignInWords]:
    """The demo people's words, made at random once for each data folder and kept there, readable by its owner."""
    path = get_settings().data / "demo.json"
    if path.exists():
        return [SignInWords.model_validate(one) for one in json.loads(path.read_text())]
    made = [
        SignInWords(role=name, email=f"{name}@demo.lyceum", password="-".join(secrets.token_hex(2) for _ in range(3)))
        for name, _, _ in PEOPLE
    ]
    write_whole(path, json.dumps([one.model_dump() for one in made], indent=1).encode())
    path.chmod(0o600)
    return made


def load_demo() -> list[str]:
    """Make the demo people and course where they are missing; returns the lines that say how to sign in."""
    words = sign_ins()
    with unit_of_work() as session:
        people = [_person(session, one, name, role) for one, (_, name, role) in zip(words, PEOPLE, strict=True)]
        whole = _is_whole(session, people[0])
    if not whole:
        _make_course(people)
    return [f"{one.role:<11} {one.email:<24} password {one.password}" for one in words]


def _is_whole(session: Session, instructor: Who) -> bool:
    """Whether the demo lesson can be attended; a demo that was cut off half-way is made anew."""
    made = [course.id for course in courses.my_courses(session, instructor) if course.title == COURSE]
    return any(lesson.version for course_id in made for lesson in lessons.lessons_of(session, course_id))


def _person(session: Session, words: SignInWords, name: str, role: SiteRole) -> Who:
    known = accounts.find_person(session, words.email)
    person_id = known or accounts.add_person(session, words.email, name, words.password, role)
    return Who(id=person_id, name=name, email=words.email, role=role)


def _make_course(people: list[Who]) -> None:
    instructor, student, researcher = people
    summary = "Why we forget, and what makes learning stay. A short course to try Lyceum with."
    with unit_of_work() as session:
        course_id = courses.create_course(session, instructor, COURSE, summary)
        accounts.enrol(session, course_id, student.id, CourseRole.STUDENT)
        accounts.enrol(session, course_id, researcher.id, CourseRole.RESEARCHER)
        accounts.new_code(session, course_id, days=365, seats=200)
        lesson_id, material_id = _start_lesson(session, instructor, course_id)
    read_here(instructor, material_id)
    with unit_of_work() as session:
        lessons.open_pages(session, material_id)
    _write_lesson(instructor, lesson_id)


def _start_lesson(session: Session, instructor: Who, course_id: UUID) -> tuple[UUID, UUID]:
    module = courses.access_course(session, instructor, course_id).modules[0]
    with tempfile.TemporaryDirectory() as folder:
        deck = Path(folder) / "how-memory-works.pptx"
        build_demo_deck(deck)
        with deck.open("rb") as upload:
            material_id = courses.add_material(session, instructor, course_id, deck.name, upload)
    return lessons.start(session, instructor, module.id, material_id, LESSON, at_once=False), material_id


def _write_lesson(instructor: Who, lesson_id: UUID) -> None:
    """The demo lesson's words were written by people and ship with Lyceum; here they are entered and approved."""
    lines = [DemoLine.model_validate(one) for one in json.loads(SCRIPT.read_text())]
    with unit_of_work() as session:
        view = lessons.access_lesson(session, instructor, lesson_id)
        if view.total != len(lines):
            raise AppError("The demo deck could not be read whole; `lyceum check` says which part is missing.")
        for page, line in zip(view.pages, lines, strict=True):
            lessons.write_by_hand(session, instructor, lesson_id, page.number, line.say, line.ask)
        lessons.approve(session, instructor, lesson_id)
