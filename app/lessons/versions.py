"""Approved scripts: frozen, numbered, the only thing a class ever follows."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.models import Person
from app.accounts.schema import CourseRole, Who
from app.base.errors import Conflict, NotFound
from app.base.text import clean_tree
from app.courses.models import Material, PageRow
from app.courses.schema import MaterialStatus
from app.lessons.deck.structure import gates_of
from app.lessons.draft.asked import put_failed_aside
from app.lessons.models import Lesson, LessonPage, LessonVersion, is_approved
from app.lessons.schema import LessonScript, PageState, ScriptPage, VersionLine


def approve(session: Session, who: Who, lesson_id: UUID) -> UUID:
    """Freeze the draft as the next version and return its id; the newest one's if nothing has changed since.

    Raises Conflict while the deck is read or a page is not written.
    """
    lesson = session.get(Lesson, lesson_id, with_for_update={"key_share": True})
    if lesson is None:
        raise NotFound
    accounts.require(session, who, lesson.course_id, CourseRole.INSTRUCTOR)
    put_failed_aside(session, lesson_id)
    _demand_whole(session, lesson, "approve")
    script = LessonScript.model_validate(clean_tree(draft_script(session, lesson).model_dump(mode="json")))
    last = newest(session, lesson_id)
    if last is not None and LessonScript.model_validate(last.script) == script:
        return last.id
    version = LessonVersion(
        lesson_id=lesson_id,
        number=last.number + 1 if last else 1,
        script=script.model_dump(mode="json"),
        approved_by=who.id,
    )
    session.add(version)
    session.flush()
    return version.id


def freeze_for_preview(session: Session, who: Who, lesson_id: UUID) -> UUID:
    """The draft as it stands, frozen for one preview of it; nobody attends it, and it is in no list of versions.

    The caller has checked `who`. Raises Conflict as `approve` does.
    """
    lesson = session.get(Lesson, lesson_id, with_for_update=True)
    if lesson is None:
        raise NotFound
    _demand_whole(session, lesson, "watch")
    lowest = session.scalar(select(func.min(LessonVersion.number)).where(LessonVersion.lesson_id == lesson_id)) or 0
    version = LessonVersion(
        lesson_id=lesson_id,
        number=min(lowest, 0) - 1,
        script=clean_tree(draft_script(session, lesson).model_dump(mode="json")),
        approved_by=who.id,
    )
    session.add(version)
    session.flush()
    return version.id


def drop_previews(session: Session, version_ids: Iterable[UUID]) -> None:
    """Remove drafts that were frozen for previews, once their classes are gone."""
    session.execute(delete(LessonVersion).where(LessonVersion.id.in_(list(version_ids)), ~is_approved()))


def _demand_whole(session: Session, lesson: Lesson, what: str) -> None:
    material = session.get_one(Material, lesson.material_id)
    states = list(session.scalars(select(LessonPage.status).where(LessonPage.lesson_id == lesson.id).with_for_update()))
    pages = session.scalar(select(func.count()).where(PageRow.material_id == lesson.material_id)) or 0
    if material.status != MaterialStatus.READY.value or not pages:
        raise Conflict(f"The deck has not been read to its end yet, so there is nothing to {what}.")
    ready = states.count(PageState.READY.value)
    if ready < pages:
        raise Conflict(f"{ready} of {pages} pages are written. {what.capitalize()} when all of them are.")


def draft_script(session: Session, lesson: Lesson) -> LessonScript:
    """The draft as it stands, all its pages in order."""
    query = (
        select(LessonPage, PageRow.title)
        .join(PageRow, PageRow.id == LessonPage.page_id)
        .where(LessonPage.lesson_id == lesson.id)
        .order_by(LessonPage.number)
    )
    pages = [
        ScriptPage.model_validate(
            {
                "page": row.number,
                "title": title,
                "actions": row.actions,
                "fallback": row.fallback,
                "reason": row.reason,
            }
        )
        for row, title in session.execute(query)
    ]
    gates = gates_of(session, lesson.material_id)
    return LessonScript(
        lesson_id=lesson.id, material_id=lesson.material_id, title=lesson.title, pages=pages, gates=gates
    )


def newest(session: Session, lesson_id: UUID) -> LessonVersion | None:
    """The newest approved version's row."""
    return session.scalar(
        select(LessonVersion)
        .where(LessonVersion.lesson_id == lesson_id, is_approved())
        .order_by(LessonVersion.number.desc())
        .limit(1)
    )


def latest_version(session: Session, lesson_id: UUID) -> UUID | None:
    """The newest approved version, None before the first approval."""
    version = newest(session, lesson_id)
    return version.id if version else None


def versions(session: Session, lesson_id: UUID) -> list[VersionLine]:
    """The approved versions, newest first. The caller has checked who asks."""
    query = (
        select(LessonVersion.number, LessonVersion.approved_at, Person.name)
        .join(Person, Person.id == LessonVersion.approved_by)
        .where(LessonVersion.lesson_id == lesson_id, is_approved())
        .order_by(LessonVersion.number.desc())
    )
    return [VersionLine(number=number, at=at, by=name) for number, at, name in session.execute(query)]


def script_of(session: Session, lesson_id: UUID, number: int = 0) -> LessonScript:
    """A version's script by its number, the draft's for 0. The caller has checked who asks. Raises NotFound."""
    if not number:
        return draft_script(session, session.get_one(Lesson, lesson_id))
    found = session.scalar(
        select(LessonVersion.script).where(
            LessonVersion.lesson_id == lesson_id, LessonVersion.number == number, is_approved()
        )
    )
    if found is None:
        raise NotFound
    return LessonScript.model_validate(found)


def script(session: Session, version_id: UUID) -> LessonScript:
    """An approved script. NotFound for an unknown version."""
    version = session.get(LessonVersion, version_id)
    if version is None:
        raise NotFound
    return LessonScript.model_validate(version.script)
