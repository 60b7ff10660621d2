"""Projecting class events to statements against plain COPY of the same rows into a table of the same shape."""

import time
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from app.base.console import say_progress
from app.base.db import unit_of_work
from app.classroom.models import ClassSession
from app.cli.simulated.school import simulate
from app.records.lrs.laying import unlink
from app.records.models import Projection, StatementRow
from app.records.projecting import BATCH, project_batch

STUDENTS = 60
TWIN = "CREATE TEMP TABLE twin (LIKE statement INCLUDING ALL) ON COMMIT DROP"


class ProjectionFigures(BaseModel):
    """Rows a second both ways, and how many times longer projecting takes. Neither counts its commit."""

    projected_rows: int
    projected_per_s: float
    copied_per_s: float
    projection_to_copy_ratio: float


def measure(students: int = STUDENTS) -> ProjectionFigures:
    """Fill a course, forget the statements of its classes, make them again, and copy them. Needs the stores named."""
    school = simulate(students, 1, say_progress)
    with unit_of_work() as session:
        course = ClassSession.course_id == school.lessons.course_id
        classes = list(session.scalars(select(ClassSession.id).where(course)))
    rows, projecting = 0, 0.0
    for class_id in classes:
        with unit_of_work() as session:
            _forget(session, class_id)
            began = time.perf_counter()
            while True:
                seen, stored = project_batch(session, class_id)
                rows += stored
                if seen < BATCH:
                    break
            session.flush()
            projecting += time.perf_counter() - began
    with unit_of_work() as session:
        copying = _copy(session, school.lessons.course_id)
    return ProjectionFigures(
        projected_rows=rows,
        projected_per_s=round(rows / projecting),
        copied_per_s=round(rows / copying),
        projection_to_copy_ratio=round(projecting / copying, 1),
    )


def _forget(session: Session, class_id: UUID) -> None:
    mine = StatementRow.class_id == class_id
    unlink(session, list(session.scalars(select(StatementRow.id).where(mine))))
    session.execute(delete(StatementRow).where(mine))
    session.get_one(Projection, class_id, with_for_update=True, populate_existing=True).seq = 0
    session.flush()


def _copy(session: Session, course_id: UUID) -> float:
    """Seconds that COPY takes for the class statements of a course."""
    session.execute(text(TWIN))
    connection = session.connection().connection.driver_connection
    if connection is None:
        raise LookupError("the database is not reachable")
    with connection.cursor() as cursor:
        words = "COPY (SELECT * FROM statement WHERE course_id = %s AND class_id IS NOT NULL) TO STDOUT"
        with cursor.copy(words, [course_id]) as told:
            lines = b"".join(told)
        began = time.perf_counter()
        with cursor.copy("COPY twin FROM STDIN") as taking:
            taking.write(lines)
        return time.perf_counter() - began
