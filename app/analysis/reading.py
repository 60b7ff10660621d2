"""Reads a course's source out of the database, or out of the folder of a release."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy
from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from app.accounts.models import Enrolment
from app.accounts.schema import CourseRole
from app.analysis.building import build, put_together
from app.analysis.columns import arranged
from app.analysis.kept import class_rows, columns, kept_of
from app.analysis.source import AnswerRow, ClassRow, Source
from app.assessment.documents import Standing
from app.assessment.models import Component
from app.assessment.schema import Kind
from app.base.errors import Invalid
from app.courses.models import Course, Module
from app.lessons.models import Lesson
from app.records.privacy.consent import consented
from app.records.privacy.schema import Purpose
from app.records.release.columns import Row
from app.records.release.schema import Format
from app.records.release.tables import registry
from app.records.release.verifying import read_manifest
from app.records.release.writing.parquet import read_parquet
from app.records.release.writing.text import read_csv

NAN = float("nan")


def from_database(session: Session, course_id: UUID, for_research: bool = False) -> Source:
    """The course as it stands; `for_research`: only of learners who stand by that purpose."""
    course = session.get_one(Course, course_id)
    who = select(Enrolment.person_id).where(
        Enrolment.course_id == course_id, Enrolment.role == CourseRole.STUDENT.value
    )
    if for_research:
        who = who.where(consented(Purpose.RESEARCH, Enrolment.person_id, literal(course_id)))
    people = set(session.scalars(who))
    titles = {str(one): title for one, title in session.execute(_titles(course_id))}
    names = session.scalars(select(Component.name).where(Component.course_id == course_id)).all()
    kept = kept_of(course_id)
    with kept.lock:
        told, answered = columns(session, course_id, kept)
        visits = class_rows(session, course_id, kept.classes)
    mine = numpy.array([one in people for one in answered], dtype=bool)
    return put_together(
        "database",
        arranged(told, names, mine[told.learner]),
        [row for person, row in visits if person in people],
        title=course.title,
        enrolled=len(people),
        course_id=course_id,
        titles=titles,
    )


def _titles(course_id: UUID) -> Any:
    modules = select(Module.id, Module.title).where(Module.course_id == course_id)
    return modules.union_all(select(Lesson.id, Lesson.title).where(Lesson.course_id == course_id))


def from_release(folder: Path, course: str = "") -> Source:
    """The course in a release's folder; `course` names one where it has several, by the release's own id."""
    manifest = read_manifest(folder)
    attempts = list(table_rows(folder, "attempts"))
    visits = list(table_rows(folder, "classes")) if "classes" in manifest.spec.tables else []
    ids = sorted({str(row["course_id"]) for row in (*attempts, *visits)})
    if course not in ids and (course or len(ids) > 1):
        raise Invalid(f"This release has {len(ids)} courses. Name one of them with --course: {', '.join(ids)}.")
    chosen = course or next(iter(ids), "")
    return build(
        "release",
        (_attempt(row) for row in attempts if row["course_id"] == chosen and row["standing"] == Standing.GRADED.value),
        (_class(row) for row in visits if row["course_id"] == chosen and row["learner"] and not row["is_shared"]),
        title=f"Course {chosen}" if chosen else "A course without records",
    )


def table_rows(folder: Path, name: str) -> Iterator[Row]:
    """The rows of a table, from Parquet if the release has it, else from CSV."""
    manifest = read_manifest(folder)
    files = {one.format: folder / one.name for one in manifest.files if one.table == name}
    if not files:
        raise Invalid(f"This release has no table of {name}. Make one with --tables attempts,items,classes,learners.")
    if Format.PARQUET in files:
        batches = read_parquet(files[Format.PARQUET])
    elif Format.CSV in files:
        batches = read_csv(files[Format.CSV], registry()[name].told(manifest.spec))
    else:
        raise Invalid(f"The table of {name} is in this release neither as Parquet nor as CSV, one of which is needed.")
    for batch in batches:
        yield from batch


def _attempt(row: Row) -> AnswerRow:
    chooses = row["kind"] in (Kind.SINGLE.value, Kind.MULTIPLE.value)
    return AnswerRow(
        learner=str(row["learner"]),
        item=str(row["item_id"]),
        version=int(_number(row["version"])),
        kind=str(row["kind"]),
        components=tuple(str(row["components"]).split("; ")) if row["components"] else (),
        sitting=str(row["sitting_id"]),
        purpose=str(row["purpose"]),
        module=str(row["module_id"] or ""),
        at=_moment(row["answered_at"]),
        seconds=_number(row["seconds"]),
        raw=_number(row["raw"]),
        points=_number(row["points"]),
        chosen=str(row["chosen"] or "") if chooses else "",
    )


def _class(row: Row) -> ClassRow:
    return ClassRow(
        learner=str(row["learner"]),
        lesson=str(row["lesson_id"]),
        version=str(row["version_id"]),
        started=_moment(row["started_at"]),
        ended=_moment(row["ended_at"]) if row["ended_at"] else NAN,
        finished=bool(row["finished"]),
        pages=int(_number(row["pages_seen"])),
    )


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else NAN


def _moment(value: object) -> float:
    return value.timestamp() if isinstance(value, datetime) else NAN
