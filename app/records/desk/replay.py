"""A class as a transcript: what was shown and said, page by page, with the time since its beginning."""

from itertools import groupby
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.errors import NotFound
from app.classroom.models import ClassSession
from app.classroom.schema import Kind, Voice
from app.classroom.service import casts
from app.classroom.stage.cast import Cast
from app.courses.models import Course, PageRow
from app.lessons.models import Lesson
from app.records.desk.filtering import Told, told
from app.records.desk.reading import Shown, reader_of
from app.records.desk.schema import DeskRecord, Replay, ReplayLine, ReplayPage
from app.records.models import StatementRow

MOST_LINES = 3000
SILENT = {
    Kind.STARTED: "the class begins",
    Kind.PAUSED: "paused the class",
    Kind.RESUMED: "went on",
    Kind.RETURNED: "came back",
    Kind.SKIPPED: "moved on without waiting",
    Kind.HAND: "raised or lowered a hand",
    Kind.CUT: "broke in",
    Kind.ACTIVITY: "chose how much the classmates say",
    Kind.MODE: "chose the mode",
    Kind.SPEED: "chose the speed",
    Kind.JOINED: "joined",
    Kind.LEFT: "left",
    Kind.FLOOR: "took over from the agents",
    Kind.RELEASED: "gave the class back to the agents",
    Kind.BOARD: "wrote on the board",
    Kind.OWN_BOARD: "wrote on their own board",
    Kind.RUBBED: "rubbed something off their own board",
    Kind.RETOLD: "in other words",
    Kind.OVER: "the question is closed",
    Kind.PASSED: "came through the gate",
    Kind.NOTICE: "",
    Kind.ENDED: "the class ends",
}
"""Events without words that the transcript tells of."""
SPOKEN = (Kind.SAID, Kind.ASKED, Kind.ANSWERED)


def replay(session: Session, who: Who, class_id: UUID) -> Replay:
    """A class for somebody at its course's desk.

    NotFound for others, and for a researcher where the student it belongs to does not consent to research.
    """
    row = session.get(ClassSession, class_id)
    if row is None:
        raise NotFound
    reader = reader_of(session, who, row.course_id)
    query = told(row.course_id, reader.is_researcher).where(StatementRow.class_id == class_id)
    found = [Told(*one) for one in session.execute(query.order_by(StatementRow.seq).limit(MOST_LINES + 1))]
    if not found:
        raise NotFound
    show = Shown(session, reader)
    records = [show.record(one) for one in found[:MOST_LINES]]
    lesson = session.get_one(Lesson, row.lesson_id)
    return Replay(
        class_id=class_id,
        course_id=row.course_id,
        course=session.get_one(Course, row.course_id).title,
        lesson=lesson.title,
        material_id=lesson.material_id,
        learner="" if row.is_shared else show.names.of(row.person_id),
        is_shared=row.is_shared,
        length=clock((records[-1].at - records[0].at).total_seconds()),
        pages=_pages(session, lesson.material_id, records, casts(session, [class_id])[class_id]),
        more=len(found) > MOST_LINES,
    )


def clock(seconds: float) -> str:
    """Seconds as 2:05 or 1:02:05."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _pages(session: Session, material_id: UUID, records: list[DeskRecord], cast: Cast) -> list[ReplayPage]:
    """The lines in stretches during which one page stood; a page that was shown twice has two."""
    query = select(PageRow.number, PageRow.title, PageRow.picture).where(PageRow.material_id == material_id)
    known = {number: (title, bool(picture)) for number, title, picture in session.execute(query)}
    began, page, placed = records[0].at, 0, []
    for record in records:
        if record.kind == Kind.PAGE and record.page:
            page = record.page
        placed.append((page, record))
    found = []
    for number, stretch in groupby(placed, lambda one: one[0]):
        title, has_picture = known.get(number, ("", False))
        told = [_line(record, (record.at - began).total_seconds(), cast) for _, record in stretch]
        found.append(
            ReplayPage(number=number, title=title, has_picture=has_picture, lines=[one for one in told if one])
        )
    return [one for one in found if one.number or one.lines]


def _line(record: DeskRecord, seconds: float, cast: Cast) -> ReplayLine | None:
    kind = next((one for one in (*SPOKEN, *SILENT) if one.value == record.kind), None)
    if kind is None:
        return None
    return ReplayLine(
        seq=record.seq or 0,
        seconds=round(seconds, 1),
        clock=clock(seconds),
        who=_called(record, cast),
        role=record.role,
        words="" if kind in SPOKEN else SILENT[kind],
        text=record.text,
        withheld=record.withheld,
        verdict=record.verdict,
    )


def _called(record: DeskRecord, cast: Cast) -> str:
    """Agents by name and duty, people by pseudonym, the class itself by nothing."""
    if not record.actor.startswith("agent:"):
        return f"{record.role} {record.actor}"
    member = cast.get(Voice(record.role)) if record.role in list(Voice) else None
    return f"{member.name}, {member.duty}" if member else ""
