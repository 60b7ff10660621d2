"""Courses: the start page, a new course, and a course's page with a face for those who learn and those who teach."""

from typing import Annotated, BinaryIO, NamedTuple
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CodeView, CourseRole, Who
from app.analysis.learners import service as learners
from app.analysis.order import service as order
from app.assessment import service as assessment
from app.base.errors import AppError, Invalid
from app.base.settings import get_settings
from app.classroom import service as classroom
from app.classroom.schema import ClassSummary
from app.courses import service as courses
from app.courses.schema import CourseView, MaterialView, ModuleView
from app.lessons import service as lessons
from app.lessons.schema import LessonSummary
from app.records.privacy import service as privacy
from app.records.privacy.schema import What
from app.web.access import Changer, Db, Person, Visitor, address_of
from app.web.asking import ask_first
from app.web.pages import go, show, wants_json
from app.web.trouble import form

router = APIRouter()

Field = Annotated[str, Form()]
TEACHING = (CourseRole.INSTRUCTOR,)


class Entry(NamedTuple):
    """A lesson in a course's list: the lesson, its deck, and the viewer's latest own class of it."""

    lesson: LessonSummary
    deck: MaterialView | None
    last: ClassSummary | None


@router.get("/")
def home(request: Request, session: Db, visitor: Visitor) -> Response:
    """My courses, or the way in."""
    if visitor is None:
        return show(request, "home/welcome.html")
    return show(request, "home/courses.html", courses=courses.my_courses(session, visitor))


@router.get("/courses/new")
def new_course_page(request: Request, who: Person) -> Response:
    """The form for a new course, for those who may make one."""
    _may_author(who)
    return show(request, "courses/new.html", title="", summary="", trouble="")


@router.post("/courses/new")
def new_course(session: Db, who: Changer, title: Field = "", summary: Field = "") -> Response:
    """Make a course with its maker as instructor."""
    _may_author(who)
    with form("courses/new.html", title=title, summary=summary):
        course_id = courses.create_course(session, who, title, summary)
    return go(f"/courses/{course_id}", "course-made")


def _may_author(who: Who) -> None:
    if not who.may_author:
        raise AppError("Only instructors can make courses. Ask your operator to make you one.", status=403)


@router.get("/courses/{course_id}")
def course_page(request: Request, session: Db, who: Person, course_id: UUID) -> Response:
    """The course: lessons to attend for everybody, lessons to make for its instructors."""
    course = courses.access_course(session, who, course_id)
    ask_first(request, session, who, course_id)
    entries = _entries(session, who, course)
    modules = [(module, [one for one in entries if one.lesson.module_id == module.id]) for module in course.modules]
    if course.role is CourseRole.STUDENT:
        modules = _in_order(session, who, course_id, modules)
    shared = classroom.shared_classes(session, who, course_id)
    if course.role is CourseRole.INSTRUCTOR:
        limit = get_settings().upload_bytes // 2**20
        at_once = get_settings().author_at_once
        return show(
            request,
            "courses/teach.html",
            course=course,
            modules=modules,
            shared=shared,
            limit=limit,
            at_once=at_once,
        )
    practice = assessment.practice_lines(session, who, course_id)
    ready = {one.id for one in practice}
    known = [one for one in learners.known_of(session, who.id, course_id) if one.component_id in ready]
    return show(
        request,
        "courses/learn.html",
        course=course,
        modules=modules,
        shared=shared,
        tests=assessment.my_papers(session, who, course_id),
        practice=practice,
        due=[one for one in known if one.is_due],
    )


def _in_order(
    session: Session, who: Who, course_id: UUID, modules: list[tuple[ModuleView, list[Entry]]]
) -> list[tuple[ModuleView, list[Entry]]]:
    """Modules and lessons in the order in which this student meets them, where orders are tried or one was kept."""
    if not order.has_trials(session, course_id):
        return modules
    ids = [module.id for module, _ in modules]
    return [
        (module, order.shown(session, who.id, course_id, module.id, entries, [one.lesson.id for one in entries]))
        for module, entries in order.shown(session, who.id, course_id, None, modules, ids)
    ]


def _entries(session: Session, who: Who, course: CourseView) -> list[Entry]:
    """The course's lessons in order, without drafts for those who do not teach it."""
    decks = {deck.id: deck for deck in courses.materials(session, course.id)}
    last: dict[UUID, ClassSummary] = {}
    for one in classroom.classes_of(session, who):
        if not one.is_shared:
            last.setdefault(one.lesson_id, one)
    found = lessons.lessons_of(session, course.id)
    if course.role is not CourseRole.INSTRUCTOR:
        found = [lesson for lesson in found if lesson.version]
    return [Entry(lesson, decks.get(lesson.material_id), last.get(lesson.id)) for lesson in found]


@router.post("/courses/{course_id}/modules")
def new_module(session: Db, who: Changer, course_id: UUID, title: Field = "") -> Response:
    """Add a module at the end."""
    courses.access_course(session, who, course_id, *TEACHING)
    courses.add_module(session, course_id, title)
    return go(f"/courses/{course_id}", "module-made")


@router.post("/courses/{course_id}/lessons")
def new_lesson(
    request: Request,
    session: Db,
    who: Changer,
    course_id: UUID,
    deck: Annotated[UploadFile, File()],
    module_id: Annotated[UUID | None, Form()] = None,
    title: Field = "",
    at_once: Annotated[bool, Form()] = False,
) -> Response:
    """Upload a deck and start the lesson made from it; without a module it goes into the first. `at_once`: it is
    written as soon as its deck is read, else when somebody says so who has seen what that takes.
    """
    course = courses.access_course(session, who, course_id, *TEACHING)
    module = next((one for one in course.modules if module_id in (None, one.id)), None)
    if module is None:
        raise Invalid("That module is not in this course. Reload the page and choose again.")
    if not deck.filename:
        raise Invalid("Choose a deck to upload first: a PowerPoint file (.pptx) or a PDF.")
    lesson_id = _start_lesson(session, who, course_id, module.id, title, deck.filename, deck.file, at_once)
    if wants_json(request):
        return JSONResponse({"location": f"/lessons/{lesson_id}"}, 201)
    return go(f"/lessons/{lesson_id}")


def _start_lesson(
    session: Session,
    who: Who,
    course_id: UUID,
    module_id: UUID,
    title: str,
    filename: str,
    file: BinaryIO,
    at_once: bool,
) -> UUID:
    material_id = courses.add_material(session, who, course_id, filename, file)
    words = filename.rsplit("/", 1)[-1].rsplit(".", 1)[0].replace("_", " ").replace("-", " ")
    name = title.strip() or words.strip() or "Lesson"
    return lessons.start(session, who, module_id, material_id, name, at_once)


@router.get("/courses/{course_id}/people")
def people_page(request: Request, session: Db, who: Person, course_id: UUID) -> Response:
    """Who is in the course, and the codes by which others join."""
    course = courses.access_course(session, who, course_id, *TEACHING)
    base = get_settings().public_url.rstrip("/")
    privacy.note(session, who, What.ROSTER, course_id=course_id, address=address_of(request))
    with_minors = classroom.policy_of(session, course_id).with_minors
    return show(
        request,
        "courses/people.html",
        course=course,
        people=accounts.people(session, course_id),
        codes=accounts.codes(session, course_id),
        base=base,
        guardians=privacy.guardians_words(session, course_id) if with_minors else [],
        with_minors=with_minors,
    )


@router.get("/courses/{course_id}/codes.json")
def codes_json(session: Db, who: Person, course_id: UUID) -> list[CodeView]:
    """The course's join codes, newest first, for scripts."""
    courses.access_course(session, who, course_id, *TEACHING)
    return accounts.codes(session, course_id)


@router.post("/courses/{course_id}/people")
def add_person(
    session: Db, who: Changer, course_id: UUID, email: Field, role: Annotated[CourseRole, Form()]
) -> Response:
    """Enrol somebody who has an account already."""
    courses.access_course(session, who, course_id, *TEACHING)
    person_id = accounts.find_person(session, email)
    if person_id is None:
        raise Invalid("Nobody here has this e-mail address. Give them a join code: they sign up with it.")
    accounts.enrol(session, course_id, person_id, role)
    return go(f"/courses/{course_id}/people", "person-added")


@router.post("/courses/{course_id}/codes")
def new_code(
    session: Db,
    who: Changer,
    course_id: UUID,
    days: Annotated[int, Form()] = 30,
    seats: Annotated[int, Form()] = 200,
) -> Response:
    """Open a new join code."""
    courses.access_course(session, who, course_id, *TEACHING)
    accounts.new_code(session, course_id, days, seats)
    return go(f"/courses/{course_id}/people", "code-made")


@router.post("/courses/{course_id}/codes/{code}/close")
def close_code(session: Db, who: Changer, course_id: UUID, code: str) -> Response:
    """Close a join code now."""
    courses.access_course(session, who, course_id, *TEACHING)
    accounts.close_code(session, course_id, code)
    return go(f"/courses/{course_id}/people", "code-closed")
