"""`bench records`, the part about releases: a million generated statements to Parquet, how fast and in how much memory.

The rows are laid into the database with COPY, in classes of a course of their own, and taken out again at the end. The
writing happens in a child process, whose greatest memory is the figure.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, SiteRole, Who
from app.base.console import say_progress
from app.base.db import get_engine, new_id, now, unit_of_work
from app.base.errors import AppError
from app.base.settings import ROOT
from app.classroom.models import ClassSession
from app.classroom.schema import Body as EventBody
from app.classroom.schema import ClassEvent, Kind, Voice
from app.courses import service as courses
from app.courses.models import Material
from app.lessons.models import Lesson, LessonVersion
from app.records.models import Projection
from app.records.privacy.consent import declare
from app.records.privacy.schema import Purpose
from app.records.release import service as releases
from app.records.release.making import folder_of
from app.records.release.schema import Format, ReleaseSpec, Status
from app.records.statements import Setting, statement_of

STATEMENTS = 1_000_000
LEARNERS = 500
IN_A_CLASS = 1000
NOBODY, NOWHERE = (str(UUID(int=one)) for one in (1, 2))
CHILD = """
import json, resource, sys, time
from pathlib import Path
from uuid import UUID
from app.base.db import unit_of_work
from app.records.release import service as releases
from app.records.release.schema import ReleaseSpec
given = sys.argv[1]
with unit_of_work() as session:
    wanted = ReleaseSpec.model_validate_json(given) if given.startswith("{") else None
    release_id = releases.request_for_operator(session, wanted) if wanted else UUID(given)
began = time.monotonic()
releases.make(release_id)
seconds, status = time.monotonic() - began, Path("/proc/self/status")
if status.exists():
    peak = next(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM"))
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"release": str(release_id), "seconds": seconds, "peak": peak}))
"""
"""What the measured process does, for a release's id or for a spec. Of a spec it asks for the release itself, so that
the platform's clock does not find it waiting while the process starts, and have a worker make it. Linux counts a
parent's memory into a child's `ru_maxrss`, but not into VmHWM."""


class ParquetFigures(BaseModel):
    """Rows a second, and the greatest memory of the process that wrote them, in MiB (everything it loads included)."""

    statements: int
    parquet_rows_per_s: float
    parquet_peak_mb: float
    parquet_mb: float


class Stage(BaseModel):
    """What was laid out: the course, and the people of it."""

    course_id: UUID
    lesson_id: UUID
    version_id: UUID
    people: list[UUID]


def measure(statements: int = STATEMENTS) -> ParquetFigures:
    """Lay out so many statements, write them as a release, and clear everything away. Needs the stores named."""
    stage = _lay_out()
    try:
        lines = _lines(stage)
        for done, (who, count) in enumerate(_shares(stage, statements)):
            say_progress(f"class {done + 1} of {-(-statements // IN_A_CLASS)}")
            _copy_class(stage, who, count, lines)
        with get_engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE statement, class_session"))
        say_progress("writing Parquet")
        return _write(stage, statements)
    finally:
        say_progress("clearing away")
        _clear(stage)
        say_progress("")


def _lay_out() -> Stage:
    with unit_of_work() as session:
        email = f"{new_id().hex}@bench.lyceum"
        teacher = accounts.add_person(session, email, "Bench", new_id().hex, SiteRole.INSTRUCTOR)
        who = Who(id=teacher, name="Bench", email=email, role=SiteRole.INSTRUCTOR)
        course_id = courses.create_course(session, who, "Bench of releases")
        module = courses.access_course(session, who, course_id).modules[0]
        material = Material(
            course_id=course_id, uploaded_by=teacher, filename="bench", kind="pdf", size=0, sha256="", status="ready"
        )
        session.add(material)
        session.flush()
        lesson = Lesson(course_id=course_id, module_id=module.id, material_id=material.id, title="Bench")
        session.add(lesson)
        session.flush()
        version = LessonVersion(lesson_id=lesson.id, number=1, script={}, approved_by=teacher)
        session.add(version)
        session.flush()
        people = [teacher, *_people(session, course_id)]
        return Stage(course_id=course_id, lesson_id=lesson.id, version_id=version.id, people=people)


def _people(session: Session, course_id: UUID) -> Iterator[UUID]:
    """Learners without a password that anybody knows: hashing so many would take longer than the measurement."""
    for _ in range(LEARNERS):
        person = new_id()
        session.execute(
            text(
                "INSERT INTO person (id, email, name, password_hash, role, created_at) "
                "VALUES (:id, :email, 'Bench', '-', 'student', now())"
            ),
            {"id": person, "email": f"{person.hex}@bench.lyceum"},
        )
        accounts.enrol(session, course_id, person, CourseRole.STUDENT)
        declare(session, person, Purpose.RESEARCH, True, 1)
        yield person


def _shares(stage: Stage, statements: int) -> Iterator[tuple[UUID, int]]:
    """Whose each class is and how many statements it has."""
    learners = stage.people[1:]
    for number, after in enumerate(range(0, statements, IN_A_CLASS)):
        yield learners[number % len(learners)], min(IN_A_CLASS, statements - after)


def _copy_class(stage: Stage, person_id: UUID, count: int, lines: "list[Line]") -> None:
    """One more class with the lines' statements, each with ids of its own. It says that it was projected, so that the
    platform's clock does not take it for one that waits."""
    class_id = new_id()
    with unit_of_work() as session:
        row = ClassSession(
            id=class_id,
            course_id=stage.course_id,
            lesson_id=stage.lesson_id,
            version_id=stage.version_id,
            person_id=person_id,
            state={},
            last_seq=count,
            ended_at=now(),
        )
        session.add(row)
        session.flush()
        session.add(Projection(class_id=class_id, seq=count))
        session.flush()
        connection = session.connection().connection.driver_connection
        if connection is None:
            raise AppError("The database gives no connection for COPY.")
        columns = "id, course_id, class_id, seq, person_id, verb, at, stored_at, document"
        with connection.cursor() as cursor, cursor.copy(f"COPY statement ({columns}) FROM STDIN") as copy:
            for line in lines[:count]:
                own = new_id()
                document = line.document.replace(NOBODY, str(person_id)).replace(NOWHERE, str(class_id))
                owner = person_id if line.is_own else None
                told = document.replace(line.id, str(own))
                copy.write_row((own, stage.course_id, class_id, line.seq, owner, line.verb, line.at, line.at, told))


class Line(BaseModel):
    """A statement to be copied: where its id, its class and its learner stand, others are put."""

    id: str
    seq: int
    verb: str
    at: datetime
    is_own: bool
    document: str


def _lines(stage: Stage) -> list[Line]:
    """Statements as a class makes them: pages, lines of the teacher, questions and answers."""
    setting = Setting(
        "http://bench", UUID(NOWHERE), UUID(NOBODY), stage.course_id, "Bench", stage.lesson_id, "Bench of releases"
    )
    return [_line(setting, seq) for seq in range(1, IN_A_CLASS + 1)]


def _line(setting: Setting, seq: int) -> Line:
    kind = (Kind.PAGE, Kind.TURN, Kind.SAID, Kind.ASKED, Kind.SAID)[seq % 5]
    is_asked, is_page = kind is Kind.ASKED, kind is Kind.PAGE
    event = ClassEvent(
        class_id=setting.class_id,
        seq=seq,
        id=new_id(),
        at=now() - timedelta(hours=2) + timedelta(seconds=4 * seq),
        kind=kind,
        voice=None if is_page else Voice.STUDENT if is_asked else Voice.TEACHER,
        person_id=setting.person_id if is_asked else None,
        body=EventBody(text="" if is_page else f"Line {seq} of a lesson.", page=1 + seq // 50),
    )
    made = statement_of(event, setting, None)
    return Line(
        id=str(made.id),
        seq=seq,
        verb=made.verb.id,
        at=event.at,
        is_own=is_asked or is_page,
        document=json.dumps(made.document()),
    )


def _write(stage: Stage, statements: int) -> ParquetFigures:
    spec = ReleaseSpec(
        courses=[stage.course_id], tables=["statements"], formats=[Format.PARQUET], purpose="A measurement.", quasi=[]
    )
    command = [sys.executable, "-c", CHILD, spec.model_dump_json()]
    told = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=told)
    if done.returncode:
        raise AppError(f"The release was not made: {done.stderr[-500:]}")
    found = json.loads(done.stdout)
    release_id = UUID(found["release"])
    with unit_of_work() as session:
        view = releases.look(session, release_id)
    if view.status is not Status.PUBLISHED or view.manifest is None:
        raise AppError(f"The release was not made: {view.problem or view.status.value}")
    size = (folder_of(release_id) / "statements.parquet").stat().st_size
    releases.remove(release_id)
    return ParquetFigures(
        statements=view.manifest.rows["statements"],
        parquet_rows_per_s=round(statements / found["seconds"]),
        parquet_peak_mb=round(found["peak"] / 2**20, 1),
        parquet_mb=round(size / 2**20, 1),
    )


def _clear(stage: Stage) -> None:
    """Everything that was laid out, classes first: they refer to the rest."""
    names = {"course": stage.course_id, "people": stage.people}
    with unit_of_work() as session:
        for statement in (
            "DELETE FROM class_session WHERE course_id = :course",
            "DELETE FROM lesson WHERE course_id = :course",
            "DELETE FROM course WHERE id = :course",
            "DELETE FROM person WHERE id = ANY(:people)",
        ):
            session.execute(text(statement), names)
