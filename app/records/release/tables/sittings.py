"""The table of sittings: each time that a learner took a test."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Row as SQLRow
from sqlalchemy import func, select

from app.assessment.models import Paper, Sitting, SittingItem
from app.base.db import unit_of_work
from app.records.release.answers import Bank, answers_of, sitters, told_sittings
from app.records.release.columns import Column, Row, Sort, Table, Type
from app.records.release.scope import Scope
from app.records.release.tables.attempts import PURPOSES


@dataclass
class _Sum:
    """What the answers of a sitting come to."""

    answers: int = 0
    graded: int = 0
    raw: float = 0.0
    points: float = 0.0


def _rows(scope: Scope) -> Iterator[list[Row]]:
    bank = Bank()
    for person in sitters(scope):
        sums: defaultdict[UUID, _Sum] = defaultdict(_Sum)
        for batch in answers_of(scope, person, bank):
            for one in batch:
                total = sums[one.answer.sitting_id]
                total.answers += 1
                if one.mark.raw is not None:
                    total.graded += 1
                    total.raw, total.points = total.raw + one.mark.raw, total.points + one.answer.points
        yield _of_person(scope, person, sums)


def _of_person(scope: Scope, person: UUID, sums: defaultdict[UUID, _Sum]) -> list[Row]:
    asked = select(func.count()).where(SittingItem.sitting_id == Sitting.id).scalar_subquery()
    query = (
        select(Sitting, Paper.course_id, Paper.module_id, Paper.purpose, asked)
        .join(Paper, Paper.id == Sitting.paper_id)
        .where(Sitting.person_id == person, told_sittings(scope))
        .order_by(Sitting.started_at, Sitting.id)
    )
    with unit_of_work() as session:
        found = session.execute(query).all()
    return [_row(scope, row, sums[row[0].id]) for row in found]


def _row(scope: Scope, found: SQLRow[Sitting, UUID, UUID | None, str, int], total: _Sum) -> Row:
    row, course_id, module_id, purpose, questions = found
    names, shift = scope.names, scope.shift_of_person(row.person_id)
    over = row.submitted_at if row.submitted_at and row.submitted_at <= scope.cut else None
    return {
        "sitting_id": names.thing("sitting", row.id),
        "learner": scope.pseudonym(row.person_id),
        "test_id": names.thing("test", row.paper_id),
        "course_id": names.thing("course", course_id),
        "module_id": names.thing("module", module_id) if module_id else None,
        "purpose": purpose,
        "sitting": row.number,
        "began_at": row.started_at + shift,
        "handed_in_at": over + shift if over else None,
        "seconds": (over - row.started_at).total_seconds() if over else None,
        "questions": questions,
        "answers": total.answers,
        "graded": total.graded,
        "raw": round(total.raw, 4) if total.graded else None,
        "points": round(total.points, 4),
        "scaled": round(total.raw / total.points, 6) if total.points else None,
    }


TABLES = (
    Table(
        name="sittings",
        meaning="One row for each time that a learner began a test.",
        columns=(
            Column("sitting_id", Type.TEXT, Sort.ID, "The sitting: the registration of its xAPI statements."),
            Column("learner", Type.TEXT, Sort.PSEUDONYM, "Who sat it."),
            Column("test_id", Type.TEXT, Sort.ID, "The test."),
            Column("course_id", Type.TEXT, Sort.ID, "Its course."),
            Column("module_id", Type.TEXT, Sort.ID, "The module that the test belongs to; empty for the whole course."),
            Column("purpose", Type.TEXT, Sort.STRUCTURE, "What the test is for.", values=PURPOSES),
            Column("sitting", Type.INTEGER, Sort.MEASURE, "The learner's how-manieth sitting of this test, from 1."),
            Column("began_at", Type.TIME, Sort.TIME, "When it began; moved with the learner's times."),
            Column("handed_in_at", Type.TIME, Sort.TIME, "When it was handed in; empty while it is open."),
            Column("seconds", Type.NUMBER, Sort.MEASURE, "From the one to the other.", "seconds"),
            Column("questions", Type.INTEGER, Sort.MEASURE, "How many questions were put.", "questions"),
            Column("answers", Type.INTEGER, Sort.MEASURE, "How many were answered.", "answers"),
            Column("graded", Type.INTEGER, Sort.MEASURE, "How many of the answers have marks.", "answers"),
            Column("raw", Type.NUMBER, Sort.MEASURE, "Their marks together; empty without any.", "points"),
            Column("points", Type.NUMBER, Sort.MEASURE, "The most marks that these answers could have.", "points"),
            Column("scaled", Type.NUMBER, Sort.MEASURE, "The one as a share of the other.", "0 to 1"),
        ),
        rows=_rows,
        about=lambda has: has.sittings,
        place=72,
    ),
)
