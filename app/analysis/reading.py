"""Reads a course's source out of the database, or out of the folder of a release."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, literal, select
from sqlalchemy.orm import Session

from app.accounts.models import Enrolment
from app.accounts.schema import CourseRole
from app.analysis.source import AnswerRow, ClassRow, Source, build
from app.assessment.documents import Standing
from app.assessment.items import component_names, item_of
from app.assessment.models import Attempt, Component, ItemRow, Paper, Sitting, VersionRow
from app.assessment.schema import ChoiceItem, Kind
from app.base.errors import Invalid
from app.classroom.models import ClassSession, EventRow
from app.classroom.schema import Kind as EventKind
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
    return build(
        "database",
        _answers(session, course_id, people),
        _classes(session, course_id, people),
        title=course.title,
        enrolled=len(people),
        course_id=course_id,
        titles=titles,
        components=session.scalars(select(Component.name).where(Component.course_id == course_id)),
    )


def _titles(course_id: UUID) -> Any:
    modules = select(Module.id, Module.title).where(Module.course_id == course_id)
    return modules.union_all(select(Lesson.id, Lesson.title).where(Lesson.course_id == course_id))


def _answers(session: Session, course_id: UUID, people: set[UUID]) -> Iterator[AnswerRow]:
    asked = _asked(session, course_id)
    query = (
        select(
            Sitting.person_id,
            Attempt.version_id,
            Attempt.sitting_id,
            Paper.purpose,
            Paper.module_id,
            func.extract("epoch", Attempt.answered_at),
            Attempt.seconds,
            Attempt.raw,
            Attempt.points,
            Attempt.response["chosen"],
        )
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .join(Paper, Paper.id == Sitting.paper_id)
        .where(
            Paper.course_id == course_id,
            Attempt.answered_at.is_not(None),
            Attempt.state == Standing.GRADED.value,
            Attempt.raw.is_not(None),
        )
    )
    for person, version, sitting, purpose, module, at, seconds, raw, points, chosen in session.execute(query):
        if person in people:
            question, places = asked[version]
            told = " ".join(map(str, sorted(places[one] for one in chosen or () if one in places))) if places else ""
            yield AnswerRow(
                learner=str(person),
                sitting=str(sitting),
                purpose=purpose,
                module=str(module) if module else "",
                at=float(at),
                seconds=seconds,
                raw=raw,
                points=points,
                chosen=told,
                **question,
            )


def _asked(session: Session, course_id: UUID) -> dict[UUID, tuple[dict[str, Any], dict[str, int]]]:
    """What is the same in all answers to a version, and the places of its options."""
    query = select(VersionRow).join(ItemRow, ItemRow.id == VersionRow.item_id).where(ItemRow.course_id == course_id)
    rows = session.scalars(query).all()
    names = component_names(session, {row.item_id for row in rows})
    found = {}
    for row in rows:
        item = item_of(row)
        places = {one.id: at for at, one in enumerate(item.options, 1)} if isinstance(item, ChoiceItem) else {}
        told = {
            "item": str(row.item_id),
            "version": row.number,
            "kind": row.kind,
            "components": tuple(names[row.item_id]),
        }
        found[row.id] = told, places
    return found


def _classes(session: Session, course_id: UUID, people: set[UUID]) -> Iterator[ClassRow]:
    pages = func.count(EventRow.body["page"].as_integer().distinct()).filter(EventRow.kind == EventKind.PAGE.value)
    cause = EventRow.body["cause"].as_string()
    done = func.bool_or(and_(EventRow.kind == EventKind.ENDED.value, cause == "finished"))
    kinds = (EventKind.PAGE.value, EventKind.ENDED.value)
    query = (
        select(
            ClassSession.person_id,
            ClassSession.lesson_id,
            ClassSession.version_id,
            func.extract("epoch", ClassSession.created_at),
            func.extract("epoch", ClassSession.ended_at),
            done,
            pages,
        )
        .outerjoin(EventRow, and_(EventRow.class_id == ClassSession.id, EventRow.kind.in_(kinds)))
        .where(ClassSession.course_id == course_id, ~ClassSession.is_shared)
        .group_by(ClassSession.id)
    )
    for person, lesson, version, started, ended, finished, seen in session.execute(query):
        if person in people:
            yield ClassRow(
                learner=str(person),
                lesson=str(lesson),
                version=str(version),
                started=float(started),
                ended=float(ended) if ended is not None else NAN,
                finished=bool(finished),
                pages=seen,
            )


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
