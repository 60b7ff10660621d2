"""Courses, modules and materials: made by instructors, seen by whom they concern."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.base.errors import Invalid, NotFound
from app.base.languages import LANGUAGES
from app.base.text import shorten
from app.courses.models import Course, Material, Module, PageRow
from app.courses.schema import CourseView, DeckKind, MaterialStatus, MaterialView, ModuleView

TITLE_LENGTH = 160
SUMMARY_LENGTH = 2000


def create_course(session: Session, who: Who, title: str, summary: str = "", module: str = "Lessons") -> UUID:
    """A new course with a first module; `who` becomes its instructor. NotFound for people who may not author."""
    if not who.may_author:
        raise NotFound
    course = Course(title=_titled(title, "course"), summary=summary.strip()[:SUMMARY_LENGTH], created_by=who.id)
    session.add(course)
    session.flush()
    accounts.enrol(session, course.id, who.id, CourseRole.INSTRUCTOR)
    add_module(session, course.id, module)
    return course.id


def add_module(session: Session, course_id: UUID, title: str) -> UUID:
    """A new module at the end of a course."""
    count = session.scalar(select(func.count()).where(Module.course_id == course_id)) or 0
    module = Module(course_id=course_id, title=_titled(title, "module"), position=count + 1)
    session.add(module)
    session.flush()
    return module.id


def access_course(session: Session, who: Who, course_id: UUID, *roles: CourseRole) -> CourseView:
    """The course, if `who` is in it (as one of `roles`, where given). NotFound otherwise."""
    role = accounts.require(session, who, course_id, *roles)
    course = session.get(Course, course_id)
    if course is None:
        raise NotFound
    return _course_view(session, course, role)


def set_language(session: Session, who: Who, course_id: UUID, code: str) -> None:
    """Choose the language a course is taught in, "" for that of its decks. Raises NotFound for all but its instructors,
    Invalid for a language nobody here speaks.
    """
    accounts.require(session, who, course_id, CourseRole.INSTRUCTOR)
    if code and code not in LANGUAGES:
        raise Invalid("Choose one of the languages in the list.")
    session.get_one(Course, course_id).language = code


def teaching_language(session: Session, course_id: UUID) -> str:
    """The code of the language a course is taught in, "" for that of its decks. The caller has checked who asks."""
    return session.scalar(select(Course.language).where(Course.id == course_id)) or ""


def my_courses(session: Session, who: Who) -> list[CourseView]:
    """The courses `who` is in, in order of title."""
    roles = dict(accounts.my_courses(session, who))
    courses = session.scalars(select(Course).where(Course.id.in_(roles)).order_by(Course.title, Course.id))
    return [_course_view(session, course, roles[course.id]) for course in courses]


def access_material(session: Session, who: Who, material_id: UUID, *roles: CourseRole) -> MaterialView:
    """The material, if `who` is in its course (as one of `roles`, where given). NotFound otherwise."""
    material = session.get(Material, material_id)
    if material is None:
        raise NotFound
    accounts.require(session, who, material.course_id, *roles)
    return material_view(session, material)


def material_kind(session: Session, material_id: UUID) -> DeckKind:
    """What a material is. NotFound where there is none."""
    kind = session.scalar(select(Material.kind).where(Material.id == material_id))
    if kind is None:
        raise NotFound
    return DeckKind(kind)


def materials(session: Session, course_id: UUID) -> list[MaterialView]:
    """A course's materials, newest first."""
    query = select(Material).where(Material.course_id == course_id).order_by(Material.created_at.desc())
    return [material_view(session, material) for material in session.scalars(query)]


def material_view(session: Session, material: Material) -> MaterialView:
    """The document of a material row."""
    read = session.scalar(select(func.count()).where(PageRow.material_id == material.id)) or 0
    return MaterialView(
        id=material.id,
        course_id=material.course_id,
        filename=material.filename,
        kind=DeckKind(material.kind),
        status=MaterialStatus(material.status),
        problem=material.problem,
        page_count=material.page_count,
        pages_read=read,
    )


def _course_view(session: Session, course: Course, role: CourseRole) -> CourseView:
    query = select(Module).where(Module.course_id == course.id).order_by(Module.position)
    modules = [ModuleView(id=one.id, title=one.title, position=one.position) for one in session.scalars(query)]
    return CourseView(
        id=course.id,
        title=course.title,
        summary=course.summary,
        language=course.language,
        role=role,
        modules=modules,
    )


def _titled(title: str, what: str) -> str:
    words = shorten(title, TITLE_LENGTH)
    if not words:
        raise Invalid(f"Give the {what} a title.")
    return words
