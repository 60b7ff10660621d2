"""A course as one portable file: a zip with a manifest of hashes, `course.json`, and the materials' files.

    manifest.json                     format, version, title, and the bytes and SHA-256 of every other file
    course.json                       modules, pages, lessons with all versions, questions, tests, agents, policy
    materials/ID/deck.KIND            the decks as they were uploaded
    materials/ID/pages/0001.svg ...   the pictures of their pages

No person is in it: no enrolment, class, answer or mark. What is brought in belongs to whoever brings it in.
"""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.assessment import portable as assessment
from app.assessment.portable import PackedBank
from app.base.archives import Archive, Limits, open_archive
from app.base.db import now, unit_of_work
from app.base.errors import AppError, Invalid, NotFound
from app.base.files import place
from app.base.mapping import NewIds
from app.base.settings import get_settings
from app.classroom import service as classroom
from app.classroom.directing.policy import Policy
from app.classroom.schema import Voice
from app.classroom.stage.cast import Choice
from app.courses import portable as courses
from app.courses.portable import PackedCourse, PackedMaterial
from app.exchange.schema import CourseReport
from app.lessons import portable as lessons
from app.lessons.portable import PackedLesson, PackedStructure

FORMAT, VERSION = "lyceum-course", 1
MANIFEST, COURSE = "manifest.json", "course.json"
JSON_BYTES = 256 * 2**20
NOT_OURS = "This is no course that was taken out of Lyceum: it has no manifest of one."
NEWER = "This course was taken out of a newer Lyceum (format {found}; this one reads {known}). Update this one first."
UNREADABLE = "The course in the file cannot be read: {where} is not as it should be. Take it out anew."
CHANGED = "“{name}” in the file was changed or damaged since it was made. Take the course out anew."

Tell = Callable[[str, int, int], None]
Ending = Callable[[CourseReport], AbstractContextManager[Session]]


class FileEntry(BaseModel):
    """A file of the archive."""

    name: str
    bytes: int
    sha256: str


class CourseManifest(BaseModel):
    """What the archive is, and what is in it."""

    format: str
    version: int
    title: str
    software: str
    made_at: datetime
    files: list[FileEntry]


class Packed(BaseModel):
    """All of a course that is no file and no person's."""

    course: PackedCourse
    lessons: list[PackedLesson] = []
    structures: list[PackedStructure] = []
    bank: PackedBank = PackedBank()
    cast: list[Choice] = []
    policy: Policy = Policy()


def pack(session: Session, course_id: UUID) -> Packed:
    """The course as a document, for a caller who has checked who asks."""
    return Packed(
        course=courses.pack(session, course_id),
        lessons=lessons.pack(session, course_id),
        structures=lessons.pack_structures(session, course_id),
        bank=assessment.pack(session, course_id),
        cast=classroom.choices(session, course_id),
        policy=classroom.policy_of(session, course_id),
    )


def write(course_id: UUID, out: BinaryIO, tell: Tell) -> str:
    """Write the course's archive; returns its title."""
    with unit_of_work() as session:
        packed = pack(session, course_id)
    found = [
        (f"materials/{one.id}/{name}", path) for one in packed.course.materials for name, path in courses.files_of(one)
    ]
    entries: list[FileEntry] = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, entries, COURSE, packed.model_dump_json(indent=1).encode())
        for at, (name, path) in enumerate(found, 1):
            tell("Packing the decks and pictures", at, len(found))
            _put(archive, entries, name, path.read_bytes())
        manifest = CourseManifest(
            format=FORMAT,
            version=VERSION,
            title=packed.course.title,
            software=f"Lyceum {_software()}",
            made_at=now(),
            files=entries,
        )
        archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
    return packed.course.title


def _put(archive: zipfile.ZipFile, entries: list[FileEntry], name: str, content: bytes) -> None:
    entries.append(FileEntry(name=name, bytes=len(content), sha256=hashlib.sha256(content).hexdigest()))
    is_packed = name.endswith((".pptx", ".docx", ".pdf", ".webp"))
    archive.writestr(name, content, zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED)


def _software() -> str:
    try:
        return version("lyceum")
    except PackageNotFoundError:
        return "of a working copy"


# ---------------------------------------------------------------------------------------------------------- bring in


class _Opened:
    """An archive whose manifest was read; files are given out only as the manifest has them."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.manifest = self._manifest()
        self._entries = {one.name: one for one in self.manifest.files}

    def _manifest(self) -> CourseManifest:
        if MANIFEST not in self._archive.names:
            raise Invalid(NOT_OURS)
        try:
            raw = json.loads(self._archive.read(MANIFEST))
            if not isinstance(raw, dict) or raw.get("format") != FORMAT:
                raise Invalid(NOT_OURS)
            if isinstance(raw.get("version"), int) and raw["version"] > VERSION:
                raise Invalid(NEWER.format(found=raw["version"], known=VERSION))
            return CourseManifest.model_validate(raw)
        except (ValidationError, ValueError, RecursionError) as error:
            raise Invalid(UNREADABLE.format(where=MANIFEST)) from error

    def read(self, name: str) -> bytes | None:
        """A file's bytes, None where the manifest has none of the name. Raises Invalid where they are not its."""
        entry = self._entries.get(name)
        if entry is None:
            return None
        content = self._archive.read(name)
        if len(content) != entry.bytes or hashlib.sha256(content).hexdigest() != entry.sha256:
            raise Invalid(CHANGED.format(name=name[:120]))
        return content

    def packed(self) -> Packed:
        """The course's document."""
        content = self.read(COURSE)
        if content is None:
            raise Invalid(UNREADABLE.format(where=COURSE))
        try:
            return Packed.model_validate_json(content)
        except ValidationError as error:
            place = " → ".join(str(one) for one in error.errors()[0]["loc"])[:120]
            raise Invalid(UNREADABLE.format(where=f"{COURSE} ({place})")) from error

    def unexpected(self) -> list[str]:
        """Files that the manifest does not name."""
        return [name for name in self._archive.names if name not in self._entries and name != MANIFEST]


def bring(path: Path, who: Who, tell: Tell, ending: Ending) -> None:
    """Make a new course of `who` out of an archive; `ending` is the transaction that stores it. Raises Invalid.

    Nothing stays where anything is wrong: files that were put in place are taken away again.
    """
    if not who.may_author:
        raise NotFound
    most = get_settings().course_bytes
    limits = Limits(parts=60_000, one=max(JSON_BYTES, get_settings().upload_bytes * 2), total=4 * most, free=most)
    ids = NewIds()
    kept: list[UUID] = []
    try:
        with open_archive(path, limits) as archive:
            opened = _Opened(archive)
            tell("Reading the course", 0, 1)
            packed = opened.packed()
            _check_whole(packed)
            for at, material in enumerate(packed.course.materials, 1):
                tell("Checking the decks and pictures", at, len(packed.course.materials))
                kept.append(ids.of(material.id))
                courses.keep_files(material, ids, _reader(opened, material))
            notes = [f"Left out: “{name[:120]}”, which the manifest does not name." for name in opened.unexpected()]
        _store(packed, who, ids, notes, ending)
    except (AppError, OSError):
        for one in kept:
            shutil.rmtree(place("materials", str(one)), ignore_errors=True)
        raise


def _reader(opened: _Opened, material: PackedMaterial) -> Callable[[str], bytes | None]:
    return lambda name: opened.read(f"materials/{material.id}/{name}")


def _check_whole(packed: Packed) -> None:
    """Ids and numbers that must be unique are."""
    ids = [one.id for one in packed.course.modules]
    ids += [one.id for one in packed.course.materials] + [one.id for one in packed.lessons]
    ids += [page.id for one in packed.course.materials for page in one.pages]
    ids += [part.id for one in packed.course.materials for page in one.pages for part in page.passages]
    ids += [one.id for one in packed.bank.items]
    numbers = [(one.id, page.number) for one in packed.course.materials for page in one.pages]
    numbers += [(one.id, page.number) for one in packed.lessons for page in one.pages]
    versions = [(one.id, part.number) for one in packed.lessons for part in one.versions]
    for some in (ids, numbers, versions):
        if len(set(some)) < len(some):
            raise Invalid(UNREADABLE.format(where=f"{COURSE} (something stands in it twice)"))


def _store(packed: Packed, who: Who, ids: NewIds, notes: list[str], ending: Ending) -> None:
    vectors = courses.vectors_of(packed.course)
    report = CourseReport(title=packed.course.title, notes=notes)
    with ending(report) as session:
        course_id = courses.unpack(session, who, packed.course, ids, vectors)
        count = lessons.unpack(session, who, course_id, packed.lessons, ids)
        lessons.unpack_structures(session, who, packed.structures, ids)
        report.notes += assessment.unpack(session, who, course_id, packed.bank, ids)
        report.notes += _agents(session, who, course_id, packed)
        classroom.set_policy(session, who, course_id, packed.policy)
        report.course_id = course_id
        report.counts = {
            "module": len(packed.course.modules),
            "deck": len(packed.course.materials),
            "page": sum(len(one.pages) for one in packed.course.materials),
            "lesson": count,
            "approved version": sum(len(one.versions) for one in packed.lessons),
            "question": len(packed.bank.items),
            "test": len(packed.bank.tests),
        }


def _agents(session: Session, who: Who, course_id: UUID, packed: Packed) -> list[str]:
    """The agents as they were chosen, where anything was."""
    if all(one == Choice(voice=one.voice) for one in packed.cast if one.voice in list(Voice)):
        return []
    try:
        classroom.choose_cast(session, who, course_id, packed.cast)
    except Invalid as problem:
        return [f"The agents are the usual ones: {problem.sentence}"]
    return []
