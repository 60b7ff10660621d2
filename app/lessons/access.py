"""Lessons as people see them: drafts for instructors, approved versions for everybody else."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.base.errors import Invalid, NotFound
from app.base.text import clean_text, shorten
from app.courses import service as courses
from app.courses.models import Material, Module, PageRow
from app.courses.schema import MaterialStatus
from app.lessons.draft.asked import rewriting_states
from app.lessons.models import Lesson, LessonPage, LessonVersion, is_approved
from app.lessons.schema import LessonPageView, LessonScript, LessonSummary, LessonView, PageState
from app.lessons.versions import draft_script, newest
from app.lessons.writing import open_pages

TITLE_LENGTH = 160


def start(session: Session, who: Who, module_id: UUID, material_id: UUID, title: str, at_once: bool = True) -> UUID:
    """A new lesson at the end of a module, made from a material of its course; its pages open once that is read, and
    are written then (`at_once`), or when somebody says so who has seen what that will take.
    """
    module, material = session.get(Module, module_id), session.get(Material, material_id)
    if module is None or material is None or module.course_id != material.course_id:
        raise NotFound
    accounts.require(session, who, module.course_id, CourseRole.INSTRUCTOR)
    name = shorten(clean_text(title), TITLE_LENGTH)
    if not name:
        raise Invalid("Give the lesson a title.")
    count = session.scalar(select(func.count()).where(Lesson.module_id == module_id)) or 0
    lesson = Lesson(
        course_id=module.course_id,
        module_id=module_id,
        material_id=material_id,
        title=name,
        position=count + 1,
        at_once=at_once,
    )
    session.add(lesson)
    session.flush()
    if material.status == MaterialStatus.READY.value:
        open_pages(session, material_id)
    return lesson.id


def access_lesson(session: Session, who: Who, lesson_id: UUID, *roles: CourseRole) -> LessonView:
    """The lesson, if `who` is in its course (as one of `roles`, where given). NotFound otherwise.

    Instructors see the draft. Others see number and title of the approved pages, and nothing before the approval.
    """
    lesson = session.get(Lesson, lesson_id)
    if lesson is None:
        raise NotFound
    role = accounts.require(session, who, lesson.course_id, *roles)
    version = newest(session, lesson_id)
    if role is CourseRole.INSTRUCTOR:
        return _draft_view(session, lesson, version)
    if version is None:
        raise NotFound
    return _approved_view(session, lesson, version)


def _view(session: Session, lesson: Lesson) -> LessonView:
    material = session.get_one(Material, lesson.material_id)
    return LessonView(
        id=lesson.id,
        title=lesson.title,
        course_id=lesson.course_id,
        module_id=lesson.module_id,
        material_id=lesson.material_id,
        material_status=MaterialStatus(material.status),
        problem=material.problem,
        at_once=lesson.at_once,
    )


def _approved_view(session: Session, lesson: Lesson, version: LessonVersion) -> LessonView:
    script = LessonScript.model_validate(version.script)
    pages = [LessonPageView(number=one.page, title=one.title, status=PageState.READY) for one in script.pages]
    update = {"title": script.title, "pages": pages, "version": version.number}
    return _view(session, lesson).model_copy(update={**update, "written": len(pages), "total": len(pages)})


def _draft_view(session: Session, lesson: Lesson, version: LessonVersion | None) -> LessonView:
    query = (
        select(LessonPage, PageRow.title)
        .join(PageRow, PageRow.id == LessonPage.page_id)
        .where(LessonPage.lesson_id == lesson.id)
        .order_by(LessonPage.number)
    )
    shown = courses.descriptions(session, lesson.material_id)
    asked = rewriting_states(session, lesson.id)
    pages = [
        page_view(row, title).model_copy(
            update={"shown": shown.get(row.number), "rewriting": asked.get(row.number, "")}
        )
        for row, title in session.execute(query)
    ]
    written = sum(page.status is PageState.READY for page in pages)
    view = _view(session, lesson)
    whole = view.material_status is MaterialStatus.READY and 0 < len(pages) == written
    changed = whole and (
        version is None or draft_script(session, lesson) != LessonScript.model_validate(version.script)
    )
    update = {"pages": pages, "version": version.number if version else 0, "written": written, "total": len(pages)}
    return view.model_copy(update={**update, "approvable": changed})


def page_view(row: LessonPage, title: str) -> LessonPageView:
    """The document of a page row."""
    document = {
        "number": row.number,
        "title": title,
        "status": row.status,
        "fallback": row.fallback,
        "reason": row.reason,
        "revision": row.revision,
        "actions": row.actions,
        "edited": row.edited_by is not None,
    }
    return LessonPageView.model_validate(document)


def lessons_of(session: Session, course_id: UUID) -> list[LessonSummary]:
    """A course's lessons in order of module and position, for a caller who has checked who asks."""
    states = select(
        LessonPage.lesson_id,
        func.count().label("total"),
        func.count().filter(LessonPage.status == PageState.READY.value).label("ready"),
    ).group_by(LessonPage.lesson_id)
    pages = states.subquery()
    versions = (
        select(LessonVersion.lesson_id, func.max(LessonVersion.number).label("number"))
        .where(is_approved())
        .group_by(LessonVersion.lesson_id)
        .subquery()
    )
    query = (
        select(
            Lesson,
            Material.status,
            func.coalesce(pages.c.total, 0),
            func.coalesce(pages.c.ready, 0),
            func.coalesce(versions.c.number, 0),
        )
        .join(Material, Material.id == Lesson.material_id)
        .join(Module, Module.id == Lesson.module_id)
        .outerjoin(pages, pages.c.lesson_id == Lesson.id)
        .outerjoin(versions, versions.c.lesson_id == Lesson.id)
        .where(Lesson.course_id == course_id)
        .order_by(Module.position, Lesson.position, Lesson.created_at)
    )
    return [
        LessonSummary(
            id=lesson.id,
            module_id=lesson.module_id,
            title=lesson.title,
            status=_status(deck, total, ready, version),
            version=version,
            material_id=lesson.material_id,
        )
        for lesson, deck, total, ready, version in session.execute(query)
    ]


def _status(deck: str, total: int, ready: int, version: int) -> str:
    if version:
        return "approved"
    if deck == MaterialStatus.FAILED.value:
        return "failed"
    if not total:
        return "waiting"
    return "ready" if deck == MaterialStatus.READY.value and ready == total else "writing"
