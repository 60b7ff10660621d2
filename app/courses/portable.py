"""A course's modules, materials and pages as one document, and back again; the files beside them by name.

What is brought in is a stranger's: decks are checked as uploads are, pictures are cleaned, ids are new.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from uuid import UUID

from PIL import Image, UnidentifiedImageError
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.base.errors import Invalid, NotFound
from app.base.files import write_whole
from app.base.languages import LANGUAGES
from app.base.mapping import NewIds
from app.base.queue import ring_after_commit
from app.base.text import Storable, shorten
from app.courses.access import SUMMARY_LENGTH, TITLE_LENGTH
from app.courses.limits import LAID_OUT, TEXT_KINDS, check_deck
from app.courses.models import Course, Material, Module, PageRow, PassageRow
from app.courses.passages import LAST
from app.courses.schema import DeckKind, MaterialStatus, ModuleView, ReadPage
from app.courses.svg_safety import UnsafeSvg, safe_svg
from app.courses.upload import DOORBELL, deck_path, pictures_folder, plain_name
from app.inference.service import embed

PICTURE = re.compile(r"\d{4,6}\.(svg|webp)")
PICTURE_PIXELS = 60_000_000
BATCH = 256


class PackedPassage(BaseModel):
    """A passage of a page."""

    id: UUID
    text: Storable
    described: bool = False


class PackedPage(ReadPage):
    """A page as it was read, with its passages."""

    id: UUID
    passages: list[PackedPassage] = []


class PackedMaterial(BaseModel):
    """A deck and its pages. `sha256` and `size` are of the deck's file."""

    id: UUID
    filename: Storable
    kind: DeckKind
    size: int
    sha256: str
    status: MaterialStatus
    problem: Storable = ""
    page_count: int = 0
    created_at: datetime
    pages: list[PackedPage] = []


class PackedCourse(BaseModel):
    """A course without people."""

    title: Storable
    summary: Storable = ""
    language: str = ""
    modules: list[ModuleView] = []
    materials: list[PackedMaterial] = []


def pack(session: Session, course_id: UUID) -> PackedCourse:
    """The course as a document, for a caller who has checked who asks. NotFound where there is none."""
    course = session.get(Course, course_id)
    if course is None:
        raise NotFound
    modules = session.scalars(select(Module).where(Module.course_id == course_id).order_by(Module.position, Module.id))
    materials = session.scalars(
        select(Material).where(Material.course_id == course_id).order_by(Material.created_at, Material.id)
    )
    return PackedCourse(
        title=course.title,
        summary=course.summary,
        language=course.language,
        modules=[ModuleView(id=one.id, title=one.title, position=one.position) for one in modules],
        materials=[_material(session, one) for one in materials],
    )


def _material(session: Session, row: Material) -> PackedMaterial:
    passages: dict[UUID, list[PackedPassage]] = {}
    for one in session.scalars(
        select(PassageRow).where(PassageRow.material_id == row.id).order_by(PassageRow.page_number, PassageRow.position)
    ):
        passages.setdefault(one.page_id, []).append(PackedPassage(id=one.id, text=one.text, described=one.described))
    pages = session.scalars(select(PageRow).where(PageRow.material_id == row.id).order_by(PageRow.number))
    return PackedMaterial(
        id=row.id,
        filename=row.filename,
        kind=DeckKind(row.kind),
        size=row.size,
        sha256=row.sha256,
        status=MaterialStatus(row.status),
        problem=row.problem,
        page_count=row.page_count,
        created_at=row.created_at,
        pages=[
            PackedPage(
                id=page.id,
                number=page.number,
                title=page.title,
                text=page.text,
                notes=page.notes,
                picture=page.picture,
                width=page.width,
                height=page.height,
                problem=page.problem,
                lines=page.lines,
                passages=passages.get(page.id, []),
            )
            for page in pages
        ],
    )


def files_of(material: PackedMaterial) -> Iterator[tuple[str, Path]]:
    """The names and places of a material's files that are there: the deck, its slides if laid out, and pictures."""
    names = [(deck_name(material), deck_path(material.id, material.kind))]
    folder = pictures_folder(material.id)
    names += [(f"pages/{one}", folder / one) for one in wanted_pictures(material)]
    yield from ((name, path) for name, path in names if path.is_file())


def deck_name(material: PackedMaterial) -> str:
    """The name of the deck among its material's files."""
    return f"deck.{material.kind.value}"


def wanted_pictures(material: PackedMaterial) -> list[str]:
    """The names of the files beside the deck."""
    return [*dict.fromkeys(page.picture for page in material.pages if page.picture), LAID_OUT]


# ---------------------------------------------------------------------------------------------------------- bring in


def keep_files(material: PackedMaterial, ids: NewIds, read: Callable[[str], bytes | None]) -> None:
    """Check a material's files and put them in place under its new id. Raises Invalid for what must not come in.

    `read` gives a file's bytes by its name, None where there is no such file.
    """
    new = ids.of(material.id)
    deck = read(deck_name(material))
    if deck is not None:
        suffix = next((one for one, kind in TEXT_KINDS.items() if kind is material.kind), "")
        if check_deck(deck, f"deck{suffix}") is not material.kind:
            raise Invalid(f"The deck “{material.filename[:80]}” in the file is not what it says it is.")
        if hashlib.sha256(deck).hexdigest() != material.sha256:
            raise Invalid(f"The deck “{material.filename[:80]}” was changed since the file was made.")
        write_whole(deck_path(new, material.kind), deck)
    for name in wanted_pictures(material):
        content = read(f"pages/{name}")
        if content is not None:
            write_whole(pictures_folder(new) / name, checked_picture(name, content))


def checked_picture(name: str, content: bytes) -> bytes:
    """A page's picture without anything that runs. Raises Invalid for what is no picture, or has no picture's name."""
    if name == LAID_OUT:
        check_deck(content)
        return content
    if not PICTURE.fullmatch(name):
        raise Invalid(f"The file names a picture “{name[:60]}”, which no page's picture is called.")
    try:
        if name.endswith(".svg"):
            return safe_svg(content, None)[0]
        with Image.open(BytesIO(content)) as picture:
            if picture.format != "WEBP" or picture.width * picture.height > PICTURE_PIXELS:
                raise Invalid(f"The picture “{name}” is not what a page's picture is.")
            picture.verify()
    except (UnsafeSvg, UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise Invalid(f"The picture “{name}” is damaged, or no picture.") from error
    return content


def vectors_of(course: PackedCourse) -> dict[UUID, list[float]]:
    """The vectors of all passages, by their old ids; made anew, so that they fit this installation's model."""
    passages = [one for material in course.materials for page in material.pages for one in page.passages]
    found: dict[UUID, list[float]] = {}
    for at in range(0, len(passages), BATCH):
        some = passages[at : at + BATCH]
        found |= zip((one.id for one in some), embed([one.text for one in some]), strict=True)
    return found


def unpack(session: Session, who: Who, course: PackedCourse, ids: NewIds, vectors: dict[UUID, list[float]]) -> UUID:
    """A new course of `who` with the modules, materials and pages. NotFound for people who may not author."""
    if not who.may_author:
        raise NotFound
    title = shorten(course.title, TITLE_LENGTH) or "A course"
    language = course.language if course.language in LANGUAGES else ""
    row = Course(title=title, summary=course.summary[:SUMMARY_LENGTH], language=language, created_by=who.id)
    session.add(row)
    session.flush()
    accounts.enrol(session, row.id, who.id, CourseRole.INSTRUCTOR)
    for at, module in enumerate(course.modules, 1):
        name = shorten(module.title, TITLE_LENGTH) or f"Module {at}"
        session.add(Module(id=ids.of(module.id), course_id=row.id, title=name, position=module.position))
    if not course.modules:
        session.add(Module(course_id=row.id, title="Lessons", position=1))
    for material in course.materials:
        _unpack_material(session, who, row.id, material, ids, vectors)
    session.flush()
    return row.id


def _unpack_material(
    session: Session, who: Who, course_id: UUID, material: PackedMaterial, ids: NewIds, vectors: dict[UUID, list[float]]
) -> None:
    is_over = material.status in (MaterialStatus.READY, MaterialStatus.FAILED)
    row = Material(
        id=ids.of(material.id),
        course_id=course_id,
        uploaded_by=who.id,
        filename=plain_name(material.filename),
        kind=material.kind.value,
        size=material.size,
        sha256=material.sha256,
        status=(material.status if is_over else MaterialStatus.WAITING).value,
        problem=material.problem,
        page_count=material.page_count,
        created_at=material.created_at,
    )
    session.add(row)
    session.flush()
    for page in material.pages:
        said = page.model_dump(exclude={"id", "passages"})
        session.add(PageRow(id=ids.of(page.id), material_id=row.id, **said))
    session.flush()
    for page in material.pages:
        for at, one in enumerate(page.passages):
            place = {"page_id": ids.of(page.id), "material_id": row.id, "page_number": page.number}
            place |= {"position": LAST + at if one.described else at, "described": one.described}
            session.add(PassageRow(id=ids.of(one.id), **place, text=one.text, embedding=vectors[one.id]))
    if not is_over:
        ring_after_commit(session, DOORBELL, row.id)
