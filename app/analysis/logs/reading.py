"""From SQL to figures: digests that are up to date as they are, those of classes that went on made anew and kept."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from sqlalchemy import Float, Text, Uuid, cast, func, literal, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from app.accounts.models import Enrolment, Person
from app.accounts.schema import CourseRole
from app.analysis.logs.codes import FIGURES, KINDS, RULES
from app.analysis.logs.digest import Digest, Event, digest, key_of
from app.analysis.logs.keeping import KeptLogs, Stamp, kept_logs
from app.analysis.logs.lines import Course, Klass, LessonFacts, Lines, Page, Version, joined
from app.analysis.logs.models import LogDigest
from app.base.db import now
from app.classroom.models import ClassPerson, ClassSession, EventRow, held_in
from app.courses.models import Module, PageRow
from app.inference.models import ModelCall
from app.lessons.models import Lesson, LessonVersion, is_approved
from app.lessons.schema import LessonScript
from app.records.privacy.consent import consented
from app.records.privacy.schema import Purpose

AT_ONCE = 400
"""Classes whose logs are read together."""


class ClassRow(NamedTuple):
    """A class and what its digest tells, without the digest."""

    id: UUID
    last_seq: int
    person_id: UUID
    is_shared: bool
    lesson_id: UUID
    version_id: UUID
    created_at: datetime
    seq: int | None
    rules: int | None
    made_at: datetime | None

    @property
    def is_fresh(self) -> bool:
        """Whether the digest tells the whole log, by the present rules."""
        return self.seq == self.last_seq and self.rules == RULES


def course_lines(session: Session, course_id: UUID, for_research: bool = False) -> Lines:
    """The lines of a course's classes. `for_research`: only learners who consent to research, and only classes in which
    every student does.
    """
    course, lesson_at, version_at = _course(session, course_id, for_research)
    learner_at = {UUID(one): at for at, one in enumerate(course.learners)}
    willing = _willing(session, course_id) if for_research else None
    every = _classes(session, course_id)
    rows = [row for row in every if willing is None or row.id in willing]
    kept = kept_logs(course_id)
    told = _digests(session, kept, rows)
    known = kept.digests | told
    kept.digests = {row.id: known[row.id] for row in every if row.id in known}
    classes, stamps, parts = [], [], []
    for row in rows:
        stamp, found = told[row.id]
        if row.lesson_id not in lesson_at or not len(found.figures):
            continue
        learner = -1 if row.is_shared else learner_at.get(row.person_id, -1)
        if learner < 0 and not row.is_shared:
            continue  # an instructor who tried the lesson, or somebody who is in the course no more
        lesson, version = lesson_at[row.lesson_id], version_at.get(row.version_id, -1)
        classes.append(Klass(str(row.id), lesson, version, learner, row.is_shared, row.created_at.timestamp()))
        stamps.append(stamp)
        parts.append(found)
    signature = course, tuple(zip(classes, stamps, strict=True))
    last = kept.lines.get(for_research)
    if last is None or last[0] != signature:
        keys = np.array([key_of(one) for one in course.learners], dtype=np.int64)
        last = signature, joined(course, classes, parts, keys)
        kept.lines[for_research] = last
    return last[1]


def _digests(session: Session, kept: KeptLogs, rows: Sequence[ClassRow]) -> dict[UUID, tuple[Stamp, Digest]]:
    """The digests of these classes: kept ones, those the database has, and new ones of classes that went on."""
    made = refresh(session, [row for row in rows if not row.is_fresh])
    found = {row.id: kept.digests[row.id] for row in rows if row.id in kept.digests}
    found = {row.id: found[row.id] for row in rows if row.id in found and found[row.id][0] == _stamp(row)}
    missing = [row for row in rows if row.id not in found and row.id not in made]
    return found | _read(session, missing) | made


def _stamp(row: ClassRow) -> tuple[int | None, int | None, datetime | None]:
    return row.seq, row.rules, row.made_at


def _read(session: Session, rows: Sequence[ClassRow]) -> dict[UUID, tuple[Stamp, Digest]]:
    """The digests that the database keeps of these classes."""
    columns = (
        LogDigest.class_id,
        LogDigest.seq,
        LogDigest.rules,
        LogDigest.made_at,
        LogDigest.figures,
        LogDigest.names,
    )
    found: dict[UUID, tuple[Stamp, Digest]] = {}
    for start in range(0, len(rows), AT_ONCE):
        some = [row.id for row in rows[start : start + AT_ONCE]]
        for one, seq, rules, made_at, figures, names in session.execute(
            select(*columns).where(LogDigest.class_id.in_(some))
        ):
            found[one] = (seq, rules, made_at), Digest(np.frombuffer(figures, dtype=FIGURES), names)
    gone = [row for row in rows if row.id not in found]  # taken away since its stamp was read
    return found | refresh(session, gone)


def _classes(session: Session, course_id: UUID) -> list[ClassRow]:
    query = (
        select(
            ClassSession.id,
            ClassSession.last_seq,
            ClassSession.person_id,
            ClassSession.is_shared,
            ClassSession.lesson_id,
            ClassSession.version_id,
            ClassSession.created_at,
            LogDigest.seq,
            LogDigest.rules,
            LogDigest.made_at,
        )
        .outerjoin(LogDigest, LogDigest.class_id == ClassSession.id)
        .where(held_in(course_id))
        .order_by(ClassSession.created_at, ClassSession.id)
    )
    return [ClassRow._make(row) for row in session.execute(query)]


def refresh(session: Session, rows: Sequence[ClassRow]) -> dict[UUID, tuple[Stamp, Digest]]:
    """Make the digests of these classes anew of their logs, and keep them."""
    made: dict[UUID, tuple[Stamp, Digest]] = {}
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        logs, at = dict(_logs(session, [row.id for row in some])), now()
        told = {row.id: logs.get(row.id) or digest([]) for row in some}
        _keep(session, some, told, at)
        made |= {row.id: ((row.last_seq, RULES, at), told[row.id]) for row in some}
    return made


def _keep(session: Session, rows: Sequence[ClassRow], told: dict[UUID, Digest], at: datetime) -> None:
    """In the order of ids, so that two who keep the same digests never wait for each other in a circle."""
    values = [
        {
            "class_id": row.id,
            "person_id": None if row.is_shared else row.person_id,
            "seq": row.last_seq,
            "rules": RULES,
            "figures": told[row.id].figures.tobytes(),
            "names": told[row.id].names,
            "made_at": at,
        }
        for row in sorted(rows, key=lambda row: row.id)
    ]
    query = insert(LogDigest).values(values)
    newer = {name: query.excluded[name] for name in ("person_id", "seq", "rules", "figures", "names", "made_at")}
    session.execute(query.on_conflict_do_update(index_elements=["class_id"], set_=newer))


def _logs(session: Session, ids: Sequence[UUID]) -> Iterator[tuple[UUID, Digest]]:
    call = cast(EventRow.body["call_id"].astext, Uuid())
    query = (
        select(
            EventRow.class_id,
            EventRow.seq,
            cast(func.extract("epoch", EventRow.at), Float),
            EventRow.kind,
            func.coalesce(EventRow.voice, ""),
            func.coalesce(cast(EventRow.person_id, Text), ""),
            EventRow.body,
            ModelCall.first_token_ms,
            ModelCall.total_ms,
            ModelCall.tokens_in,
            ModelCall.tokens_out,
        )
        .outerjoin(ModelCall, ModelCall.id == call)
        .where(EventRow.class_id.in_(ids), EventRow.kind.in_([one for one in KINDS if one]))
        .order_by(EventRow.class_id, EventRow.seq)
    )
    for class_id, lines in groupby(session.execute(query), lambda row: row[0]):
        yield class_id, digest(_event(row) for row in lines)


def _event(row: Any) -> Event:
    cost = (row[7], row[8], row[9], row[10]) if row[7] is not None else (0, 0, 0, 0)
    seq, at, kind, voice, person, body = row[1:7]
    return Event(seq, at, kind, voice, person, body, cost)


# ---------------------------------------------------------------------------------------------------------- the course


def _course(session: Session, course_id: UUID, for_research: bool) -> tuple[Course, dict[UUID, int], dict[UUID, int]]:
    """The course's facts, and the places of its lessons and versions by id."""
    modules = session.execute(
        select(Module.id, Module.title).where(Module.course_id == course_id).order_by(Module.position, Module.id)
    ).all()
    module_at = {one.id: at for at, one in enumerate(modules)}
    query = select(Lesson.id, Lesson.title, Lesson.module_id, Lesson.material_id)
    query = query.where(Lesson.course_id == course_id).order_by(Lesson.position, Lesson.created_at)
    lessons = sorted(session.execute(query).all(), key=lambda one: module_at.get(one.module_id, 0))
    lesson_at = {one.id: at for at, one in enumerate(lessons)}
    versions = session.execute(
        select(LessonVersion.id, LessonVersion.lesson_id, LessonVersion.number, LessonVersion.approved_at)
        .where(LessonVersion.lesson_id.in_(lesson_at), is_approved())
        .order_by(LessonVersion.lesson_id, LessonVersion.number)
    ).all()
    pages = _pages(session, lesson_at)
    facts = tuple(
        LessonFacts(
            str(one.id), one.title, module_at.get(one.module_id, 0), str(one.material_id), tuple(pages.get(one.id, ()))
        )
        for one in lessons
    )
    told = tuple(Version(str(one.id), lesson_at[one.lesson_id], one.number, one.approved_at) for one in versions)
    titles, ids = tuple(one.title for one in modules), tuple(str(one.id) for one in modules)
    course = Course(titles, ids, facts, told, _learners(session, course_id, for_research))
    return course, lesson_at, {one.id: at for at, one in enumerate(versions)}


def _pages(session: Session, lessons: dict[UUID, int]) -> dict[UUID, list[Page]]:
    """The pages of lessons' decks, with the words that the newest version says on each."""
    newest = _words(session, lessons)
    query = (
        select(Lesson.id, PageRow.number, PageRow.title, PageRow.picture != "")
        .join(PageRow, PageRow.material_id == Lesson.material_id)
        .where(Lesson.id.in_(lessons))
        .order_by(Lesson.id, PageRow.number)
    )
    found: dict[UUID, list[Page]] = {}
    for lesson_id, number, title, pictured in session.execute(query):
        words = newest.get(lesson_id, {}).get(number, 0)
        found.setdefault(lesson_id, []).append(Page(number, title, pictured, words))
    return found


def _words(session: Session, lessons: dict[UUID, int]) -> dict[UUID, dict[int, int]]:
    """How many words the newest version of each lesson says on each page."""
    query = select(LessonVersion.lesson_id, LessonVersion.script)
    query = query.where(LessonVersion.lesson_id.in_(lessons), is_approved())
    query = query.ext(distinct_on(LessonVersion.lesson_id))
    query = query.order_by(LessonVersion.lesson_id, LessonVersion.number.desc())
    newest: dict[UUID, dict[int, int]] = {}
    for lesson_id, script in session.execute(query):
        counted: dict[int, int] = {}
        for action in LessonScript.model_validate(script).actions:
            counted[action.page] = counted.get(action.page, 0) + len(action.words.split())
        newest[lesson_id] = counted
    return newest


def _learners(session: Session, course_id: UUID, for_research: bool) -> tuple[str, ...]:
    query = select(Enrolment.person_id).where(
        Enrolment.course_id == course_id, Enrolment.role == CourseRole.STUDENT.value
    )
    if for_research:
        query = query.where(consented(Purpose.RESEARCH, Enrolment.person_id, literal(course_id, Uuid())))
    return tuple(sorted(map(str, session.scalars(query))))


def _willing(session: Session, course_id: UUID) -> set[UUID]:
    """The classes in which nobody learns who does not consent to research in this course."""
    there = (
        select(ClassPerson.class_id)
        .join(ClassSession, ClassSession.id == ClassPerson.class_id)
        .where(held_in(course_id), ~ClassPerson.is_instructor)
    )
    here = literal(course_id, Uuid())
    people = select(Person.id).where(consented(Purpose.RESEARCH, Person.id, here)).scalar_subquery()
    unwilling = there.where(ClassPerson.person_id.not_in(people))
    query = select(ClassSession.id).where(held_in(course_id), ClassSession.id.not_in(unwilling))
    return set(session.scalars(query))
