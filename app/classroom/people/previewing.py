"""Previews: a draft played for its instructor as a student would meet it, in a class that leaves no records.

Nothing is projected, remembered, counted or learnt from it (see `held_in`), and the clock removes it after a day.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.base.db import new_id, now
from app.base.errors import NotFound
from app.classroom.log.state import ClassState
from app.classroom.models import ClassSession
from app.classroom.people.opening import pace_of, start
from app.lessons.models import Lesson
from app.lessons.versions import drop_previews, freeze_for_preview

KEPT = timedelta(days=1)


def open_preview(session: Session, who: Who, lesson_id: UUID, pace: float | None = None) -> UUID:
    """A new class on the draft as it stands now, for an instructor of its course, who attends as a student would.

    Raises NotFound for others, Conflict while a page is not written, and Invalid for a pace that is no number.
    """
    pace = pace_of(pace)
    course_id = session.scalar(select(Lesson.course_id).where(Lesson.id == lesson_id))
    if course_id is None:
        raise NotFound
    accounts.require(session, who, course_id, CourseRole.INSTRUCTOR)
    row = ClassSession(
        id=new_id(),
        course_id=course_id,
        lesson_id=lesson_id,
        version_id=freeze_for_preview(session, who, lesson_id),
        person_id=who.id,
        pace=pace,
        state=ClassState().model_dump(mode="json"),
        last_seq=0,
        is_preview=True,
    )
    start(session, who, row)
    return row.id


def remove_previews(session: Session, moment: datetime | None = None) -> int:
    """For the clock: remove previews that were opened more than a day before; returns how many."""
    old = (moment or now()) - KEPT
    query = delete(ClassSession).where(ClassSession.is_preview, ClassSession.created_at < old)
    gone = list(session.scalars(query.returning(ClassSession.version_id)))
    drop_previews(session, gone)
    return len(gone)
