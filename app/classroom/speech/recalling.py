"""What is known of a learner from earlier classes of the course, as far as it fits the page."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.base.db import run_sql
from app.classroom.models import ClassSession
from app.courses.schema import Page
from app.courses.stemming import stems

MOST = 2
READ = 200
"""How many of the newest notes are looked through."""
NOT_SURE = "Not sure yet of “{name}”, to judge by earlier answers."
_NOTES = """
    select text from learner_note
    where person_id = %(person)s and course_id = %(course)s and class_id <> %(class)s and deleted_at is null
    order by created_at desc, id limit %(most)s
"""


def notes_about(session: Session, person_id: UUID, row: ClassSession, page: Page) -> list[str]:
    """At most two notes from this person's earlier classes of the course that share words with the page, the nearest
    first, among equals the newest.
    """
    told = {"person": person_id, "course": row.course_id, "class": row.id, "most": READ}
    found = list(dict.fromkeys(text for (text,) in run_sql(session, _NOTES, told)))
    about = stems(f"{page.title} {page.text}") if found else set()
    near = [text for text in found if stems(text) & about]
    return sorted(near, key=lambda text: -len(stems(text) & about))[:MOST]


def weak_here(weak: list[str], page: Page) -> list[str]:
    """At most one note, on the least known of the things a student is not sure of that the page is about."""
    about = stems(f"{page.title} {page.text}") if weak else frozenset()
    return [NOT_SURE.format(name=name) for name in weak if stems(name) & about][:1]
