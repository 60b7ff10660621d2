"""What is known of a learner from earlier classes of the course, as far as it fits the page."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.classroom.models import ClassSession, LearnerNote
from app.courses.grounding import stems
from app.courses.schema import Page

MOST = 2
READ = 200
"""How many of the newest notes are looked through."""


def notes_about(session: Session, person_id: UUID, row: ClassSession, page: Page) -> list[str]:
    """At most two notes from this person's earlier classes of the course that share words with the page, the nearest
    first, among equals the newest.
    """
    query = (
        select(LearnerNote.text)
        .where(
            LearnerNote.person_id == person_id,
            LearnerNote.course_id == row.course_id,
            LearnerNote.class_id != row.id,
            LearnerNote.deleted_at.is_(None),
        )
        .order_by(LearnerNote.created_at.desc(), LearnerNote.id)
        .limit(READ)
    )
    about = stems(f"{page.title} {page.text}")
    found = list(dict.fromkeys(session.scalars(query)))
    near = [text for text in found if stems(text) & about]
    return sorted(near, key=lambda text: -len(stems(text) & about))[:MOST]
