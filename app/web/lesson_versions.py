"""A lesson's versions and changes: who, when, what differs, and an older one brought back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.accounts.schema import CourseRole
from app.courses import service as courses
from app.lessons import service as lessons
from app.lessons.draft.comparing import Mark
from app.web.access import Changer, Db, Person
from app.web.pages import go, show

router = APIRouter()

TEACHING = (CourseRole.INSTRUCTOR,)


@router.get("/lessons/{lesson_id}/versions")
def versions_page(
    request: Request,
    session: Db,
    who: Person,
    lesson_id: UUID,
    before: Annotated[int | None, Query(ge=0)] = None,
    after: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """All versions, and two of them side by side: `before` and `after` are numbers, 0 for the draft.

    Without a choice the newest version is held against the draft.
    """
    lesson = lessons.access_lesson(session, who, lesson_id, *TEACHING)
    first = lesson.version if before is None else before
    scripts = [lessons.script_of(session, lesson_id, one) for one in (first, after)]
    pages = lessons.compare(*scripts)
    return show(
        request,
        "lessons/versions.html",
        lesson=lesson,
        course=courses.access_course(session, who, lesson.course_id),
        versions=lessons.versions(session, lesson_id),
        changes=lessons.changes(session, lesson_id),
        before=first,
        after=after,
        pages=[page for page in pages if page.mark is not Mark.SAME],
        same=sum(page.mark is Mark.SAME for page in pages),
    )


@router.post("/lessons/{lesson_id}/versions/{number}/restore")
def restore(session: Db, who: Changer, lesson_id: UUID, number: int) -> Response:
    """Bring a version's words back into the draft."""
    lessons.access_lesson(session, who, lesson_id, *TEACHING)
    found = lessons.restore(session, who, lesson_id, number)
    notice = "restored-partly" if found.left else "restored" if found.pages else "restored-same"
    return go(f"/lessons/{lesson_id}", notice)
