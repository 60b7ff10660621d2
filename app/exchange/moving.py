"""Whole courses in and out, as jobs and from the command line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.base.db import unit_of_work
from app.base.errors import NotFound
from app.base.files import whole_file
from app.base.settings import get_settings
from app.exchange import portable
from app.exchange.questions import plain_stem
from app.exchange.schema import CourseReport, FileReport, TransferKind
from app.exchange.transfers import add, file_in, file_out
from app.exchange.working import Work

ENDING = "lyceum.zip"


def ask_out(session: Session, who: Who, course_id: UUID) -> UUID:
    """Have a course written to a portable file. NotFound for those who do not teach it."""
    accounts.require(session, who, course_id, CourseRole.INSTRUCTOR)
    return add(session, who, TransferKind.COURSE_OUT, FileReport(), course_id=course_id)


def ask_in(session: Session, who: Who, filename: str, upload: BinaryIO) -> UUID:
    """Have a portable file made a new course of `who`. NotFound for people who may not author."""
    if not who.may_author:
        raise NotFound
    limit = get_settings().course_bytes
    return add(session, who, TransferKind.COURSE_IN, CourseReport(), name=filename, upload=upload, limit=limit)


def take_out(work: Work) -> None:
    """The job: write the archive."""
    course_id = work.view.course_id
    assert course_id is not None
    size, title = _write(course_id, file_out(work.id), work.tell)
    name = f"{plain_stem(title)}.{ENDING}"
    work.end(FileReport(filename=name, bytes=size), name=name)


def bring_in(work: Work) -> None:
    """The job: make the course; it and the transfer's end hold together, or not at all."""
    portable.bring(file_in(work.id), work.who, work.tell, work.ending)
    file_in(work.id).unlink(missing_ok=True)


def _write(course_id: UUID, path: Path, tell: portable.Tell) -> tuple[int, str]:
    with whole_file(path) as out:
        title = portable.write(course_id, out, tell)
    return path.stat().st_size, title


def export_course(course_id: UUID, path: Path, tell: portable.Tell) -> int:
    """Write a course to a file for the operator; returns its bytes."""
    return _write(course_id, path, tell)[0]


def import_course(path: Path, owner: Who, tell: portable.Tell) -> CourseReport:
    """Make a course out of a file for the operator."""
    reports: list[CourseReport] = []

    @contextmanager
    def ending(report: CourseReport) -> Iterator[Session]:
        with unit_of_work() as session:
            yield session
        reports.append(report)

    portable.bring(path, owner, tell, ending)
    return reports[0]
