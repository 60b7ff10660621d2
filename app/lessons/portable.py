"""A course's lessons as a document, drafts and approved versions, and back again."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.mapping import NewIds
from app.base.text import Storable, clean_tree, shorten
from app.courses.models import Material
from app.lessons.access import TITLE_LENGTH
from app.lessons.deck.structure import Structure
from app.lessons.models import DeckStructure, Lesson, LessonPage, LessonVersion, is_approved
from app.lessons.schema import ACTIONS, Ask, LessonScript, PageState, Spotlight, TeachingAction


class PackedLessonPage(BaseModel):
    """The draft of one page. `edited`: by a person."""

    page_id: UUID
    number: int
    status: PageState
    actions: list[TeachingAction] = []
    fallback: bool = False
    reason: Storable = ""
    revision: int = 0
    edited: bool = False


class PackedVersion(BaseModel):
    """An approved script."""

    number: int
    script: LessonScript
    approved_at: datetime


class PackedLesson(BaseModel):
    """A lesson with its draft and all its versions."""

    id: UUID
    module_id: UUID
    material_id: UUID
    title: Storable
    position: int = 0
    created_at: datetime
    pages: list[PackedLessonPage] = []
    versions: list[PackedVersion] = []


class PackedStructure(BaseModel):
    """A deck's structure as a person saved it."""

    material_id: UUID
    structure: Structure


def pack_structures(session: Session, course_id: UUID) -> list[PackedStructure]:
    """The structures of a course's decks, for a caller who has checked who asks."""
    query = (
        select(DeckStructure)
        .join(Material, Material.id == DeckStructure.material_id)
        .where(Material.course_id == course_id)
        .order_by(Material.created_at, Material.id)
    )
    return [
        PackedStructure(material_id=row.material_id, structure=Structure.model_validate(row.tree))
        for row in session.scalars(query)
    ]


def unpack_structures(session: Session, who: Who, structures: list[PackedStructure], ids: NewIds) -> None:
    """The structures of decks that are there already."""
    for one in {one.material_id: one for one in structures}.values():
        if ids.known(one.material_id):
            tree = clean_tree(one.structure.model_dump(mode="json"))
            revision = max(1, one.structure.revision)
            session.add(
                DeckStructure(material_id=ids.of(one.material_id), tree=tree, revision=revision, changed_by=who.id)
            )
    session.flush()


def pack(session: Session, course_id: UUID) -> list[PackedLesson]:
    """The lessons of a course, for a caller who has checked who asks."""
    query = select(Lesson).where(Lesson.course_id == course_id).order_by(Lesson.created_at, Lesson.id)
    return [_lesson(session, row) for row in session.scalars(query)]


def _lesson(session: Session, row: Lesson) -> PackedLesson:
    pages = session.scalars(select(LessonPage).where(LessonPage.lesson_id == row.id).order_by(LessonPage.number))
    versions = session.scalars(
        select(LessonVersion).where(LessonVersion.lesson_id == row.id, is_approved()).order_by(LessonVersion.number)
    )
    return PackedLesson(
        id=row.id,
        module_id=row.module_id,
        material_id=row.material_id,
        title=row.title,
        position=row.position,
        created_at=row.created_at,
        pages=[
            PackedLessonPage(
                page_id=page.page_id,
                number=page.number,
                status=PageState(page.status),
                actions=ACTIONS.validate_python(page.actions),
                fallback=page.fallback,
                reason=page.reason,
                revision=page.revision,
                edited=page.edited_by is not None,
            )
            for page in pages
        ],
        versions=[
            PackedVersion(
                number=one.number, script=LessonScript.model_validate(one.script), approved_at=one.approved_at
            )
            for one in versions
        ],
    )


def unpack(session: Session, who: Who, course_id: UUID, lessons: list[PackedLesson], ids: NewIds) -> int:
    """The lessons in a course whose modules, materials and pages are there already; returns how many."""
    whole = [one for one in lessons if ids.known(one.module_id) and ids.known(one.material_id)]
    for lesson in whole:
        row = Lesson(
            id=ids.of(lesson.id),
            course_id=course_id,
            module_id=ids.of(lesson.module_id),
            material_id=ids.of(lesson.material_id),
            title=shorten(lesson.title, TITLE_LENGTH) or "Lesson",
            position=lesson.position,
            created_at=lesson.created_at,
        )
        session.add(row)
        session.flush()
        for page in lesson.pages:
            if ids.known(page.page_id):
                session.add(_page(who, lesson, page, ids))
        session.add_all([_version(who, lesson, one, ids) for one in lesson.versions])
        session.flush()
    return len(whole)


def _page(who: Who, lesson: PackedLesson, page: PackedLessonPage, ids: NewIds) -> LessonPage:
    """The draft's row; a page that was being written waits to be written, as the clock finds it."""
    is_ready = page.status is PageState.READY
    return LessonPage(
        lesson_id=ids.of(lesson.id),
        page_id=ids.of(page.page_id),
        number=page.number,
        status=(PageState.READY if is_ready else PageState.WAITING).value,
        actions=clean_tree(ACTIONS.dump_python(_actions(page.actions, ids), mode="json")),
        fallback=page.fallback,
        reason=page.reason,
        revision=page.revision,
        edited_by=who.id if page.edited else None,
    )


def _actions(actions: list[TeachingAction], ids: NewIds) -> list[TeachingAction]:
    """The actions with what they rest on by its new ids; passages of other courses are none of their business, and a
    spotlight on one of those points at nothing.
    """
    mapped = [
        one.model_copy(update={"passages": [ids.of(passage) for passage in one.passages if ids.known(passage)]})
        for one in actions
    ]
    kept = [one for one in mapped if not isinstance(one, Spotlight) or one.region or one.passages]
    return [
        one.model_copy(update={"item": ids.of(one.item)}) if isinstance(one, Ask) and one.item else one for one in kept
    ]


def _version(who: Who, lesson: PackedLesson, version: PackedVersion, ids: NewIds) -> LessonVersion:
    pages = [page.model_copy(update={"actions": _actions(page.actions, ids)}) for page in version.script.pages]
    named = {"lesson_id": ids.of(lesson.id), "material_id": ids.of(lesson.material_id), "pages": pages}
    return LessonVersion(
        lesson_id=ids.of(lesson.id),
        number=version.number,
        script=clean_tree(version.script.model_copy(update=named).model_dump(mode="json")),
        approved_by=who.id,
        approved_at=version.approved_at,
    )
