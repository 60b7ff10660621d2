"""The table of page visits: which page was shown, when, and for how long."""

from collections import Counter
from collections.abc import Iterator

from app.classroom.schema import Kind
from app.records.release.columns import Column, Row, Sort, Table, Type
from app.records.release.logs import CAUSES, ClassLog, class_logs, told_cause
from app.records.release.scope import Scope


def _rows(scope: Scope) -> Iterator[list[Row]]:
    for logs in class_logs(scope):
        rows = [row for log in logs for row in _visits(scope, log)]
        yield rows
        scope.beat(len(rows))


def _visits(scope: Scope, log: ClassLog) -> Iterator[Row]:
    turns = [line for line in log.lines if line.kind in (Kind.PAGE, Kind.ENDED)]
    times: Counter[int] = Counter()
    for line, after in zip(turns, [*turns[1:], None], strict=True):
        if line.kind != Kind.PAGE or not line.page:
            continue
        times[line.page] += 1
        yield {
            "class_id": scope.names.thing("class", line.class_id),
            "learner": None if log.row.is_shared else scope.pseudonym(log.row.person_id),
            "page": line.page,
            "visit": times[line.page],
            "shown_at": line.at + log.shift,
            "seconds": (after.at - line.at).total_seconds() if after else None,
            "cause": told_cause(line),
        }


TABLES = (
    Table(
        name="visits",
        meaning="One row for each time that a page was shown in a class.",
        columns=(
            Column("class_id", Type.TEXT, Sort.ID, "The class."),
            Column("learner", Type.TEXT, Sort.PSEUDONYM, "Whose class it was; empty where several shared it."),
            Column("page", Type.INTEGER, Sort.STRUCTURE, "The page of the lesson, from 1.", "page"),
            Column("visit", Type.INTEGER, Sort.MEASURE, "The how-manieth time it was shown in this class, from 1."),
            Column("shown_at", Type.TIME, Sort.TIME, "When it was shown."),
            Column(
                "seconds",
                Type.NUMBER,
                Sort.MEASURE,
                "Until another page was shown or the class ended, pauses and absences included; empty while it stands.",
                "seconds",
            ),
            Column("cause", Type.TEXT, Sort.STRUCTURE, "Why it was shown.", values=CAUSES),
        ),
        rows=_rows,
        about=lambda has: has.events // 8,
        place=50,
    ),
)
