"""The table of classes: what each came to, as far as people in the release are concerned."""

from collections.abc import Iterator

from app.classroom.schema import Kind
from app.records.release.columns import Column, Row, Sort, Table, Type
from app.records.release.logs import ClassLog, class_logs
from app.records.release.scope import Scope

MOVED = "moved with the learner's times, or with the class's own where several share it"


def _rows(scope: Scope) -> Iterator[list[Row]]:
    for logs in class_logs(scope):
        yield [_row(scope, log) for log in logs]
        scope.beat(len(logs))


def _row(scope: Scope, log: ClassLog) -> Row:
    row, lines = log.row, log.lines
    people = {line.person_id for line in lines if line.person_id}
    ended = row.ended_at if row.ended_at and row.ended_at <= scope.cut else None
    return {
        "class_id": scope.names.thing("class", row.id),
        "course_id": scope.names.thing("course", row.course_id),
        "lesson_id": scope.names.thing("lesson", row.lesson_id),
        "version_id": scope.names.thing("version", row.version_id),
        "learner": None if row.is_shared else scope.pseudonym(row.person_id),
        "is_shared": row.is_shared,
        "started_at": row.created_at + log.shift,
        "ended_at": ended + log.shift if ended else None,
        "finished": any(line.kind == Kind.ENDED and line.cause == "finished" for line in lines),
        "learners": len(people) if row.is_shared else 1,
        "pages_seen": len({line.page for line in lines if line.kind == Kind.PAGE}),
        "events": len(lines),
        "questions": sum(line.kind == Kind.ASKED for line in lines),
    }


TABLES = (
    Table(
        name="classes",
        meaning="One row for each class. Of a shared class only what people in the release and agents did is counted.",
        columns=(
            Column("class_id", Type.TEXT, Sort.ID, "The class."),
            Column("course_id", Type.TEXT, Sort.ID, "Its course."),
            Column("lesson_id", Type.TEXT, Sort.ID, "The lesson that was given."),
            Column("version_id", Type.TEXT, Sort.ID, "The approved version of the lesson."),
            Column("learner", Type.TEXT, Sort.PSEUDONYM, "Whose class it was; empty where several shared it."),
            Column("is_shared", Type.TRUTH, Sort.STRUCTURE, "Whether it was one class for everybody of the course."),
            Column("started_at", Type.TIME, Sort.TIME, f"When it was opened; {MOVED}."),
            Column("ended_at", Type.TIME, Sort.TIME, f"When it ended; empty while it is open; {MOVED}."),
            Column("finished", Type.TRUTH, Sort.STRUCTURE, "Whether the lesson came to its end."),
            Column("learners", Type.INTEGER, Sort.MEASURE, "How many people in the release acted in it.", "people"),
            Column("pages_seen", Type.INTEGER, Sort.MEASURE, "Different pages shown.", "pages"),
            Column("events", Type.INTEGER, Sort.MEASURE, "Events told in this release.", "events"),
            Column("questions", Type.INTEGER, Sort.MEASURE, "How often somebody in the release wrote.", "messages"),
        ),
        rows=_rows,
        about=lambda has: has.classes,
        place=20,
    ),
)
