"""Learner records: a person's own, a course's attendance and questions, and the export for research."""

from collections.abc import Iterator
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from app.accounts.schema import CourseRole
from app.analysis.learners import service as learners
from app.base.db import unit_of_work
from app.classroom import service as classroom
from app.classroom.schema import How
from app.courses import service as courses
from app.records import service as records
from app.records.privacy import service as privacy
from app.records.privacy.schema import What
from app.records.schema import LearnerRecord
from app.web.access import Db, Person, address_of
from app.web.pages import show
from app.web.visits import visits

router = APIRouter()

WAYS = {
    How.MASTERY: "known before",
    How.EVIDENCE: "shown in class",
    How.BOUND: "let through after the last question",
    How.RAN_OUT: "let through, no more questions",
}
"""How somebody came through a gate, as instructors read it."""


@router.get("/record.json")
def my_record_json(session: Db, who: Person, course: UUID | None = None) -> LearnerRecord:
    """The signed-in person's own record."""
    return records.learner_record(session, who, course)


@router.get("/record")
def my_record(request: Request, session: Db, who: Person, course: UUID | None = None) -> Response:
    """The same as a page, of all courses or of one."""
    view = courses.access_course(session, who, course) if course else None
    record = records.learner_record(session, who, course)
    return show(
        request,
        "records/mine.html",
        record=record,
        visits=visits(record.lines),
        course=view,
        casts=classroom.casts(session, (line.class_id for line in record.lines)),
        known=learners.known_of(session, who.id, course),
    )


@router.get("/classes/{class_id}/statements.json")
def class_statements_json(request: Request, session: Db, who: Person, class_id: UUID) -> JSONResponse:
    """The xAPI statements of a class, as they are stored, for those in it; the private ones for instructors."""
    view = classroom.access_class(session, who, class_id)
    if view.is_instructor:
        place, address = view.course_id, address_of(request)
        privacy.note(session, who, What.STATEMENTS, class_id=class_id, course_id=place, address=address)
    found = records.class_statements(session, class_id, private=view.is_instructor, reader=who.id)
    return JSONResponse([statement.document() for statement in found])


@router.get("/courses/{course_id}/attendance")
def attendance(request: Request, session: Db, who: Person, course_id: UUID) -> Response:
    """Who attended, and what was asked, by name: for those who teach. Researchers have the desk and releases."""
    course = courses.access_course(session, who, course_id, CourseRole.INSTRUCTOR)
    questions = records.questions_asked(session, course_id)
    privacy.note(session, who, What.ATTENDANCE, course_id=course_id, address=address_of(request))
    concerns = classroom.concerns(session, course_id) if course.role is CourseRole.INSTRUCTOR else []
    return show(
        request,
        "records/attendance.html",
        course=course,
        lines=records.attendance(session, course_id),
        questions=questions,
        casts=classroom.casts(session, (one.class_id for one in questions)),
        concerns=privacy.without_names(session, course_id, concerns),
        gates=privacy.gates_without_names(session, course_id, classroom.gates_in(session, course_id)),
        ways=WAYS,
    )


@router.get("/courses/{course_id}/export.csv")
def export(request: Request, session: Db, who: Person, course_id: UUID) -> StreamingResponse:
    """The statements as CSV, sent while they are read, in a session of its own that ends with the last line."""
    courses.access_course(session, who, course_id, CourseRole.INSTRUCTOR)
    privacy.note(session, who, What.EXPORT, course_id=course_id, address=address_of(request))

    def lines() -> Iterator[str]:
        with unit_of_work() as reading:
            yield from records.export_csv(reading, course_id)

    disposition = f'attachment; filename="lyceum-{course_id}.csv"'
    return StreamingResponse(
        lines(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": disposition, "Cache-Control": "no-store"},
    )
