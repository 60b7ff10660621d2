"""The cast of a course: what its instructor chose, kept as choices over the members' files."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.base.db import now
from app.base.errors import Invalid
from app.base.text import clean_text
from app.classroom.models import CourseCast
from app.classroom.schema import AGENTS, STAFF
from app.classroom.stage.cast import Cast, Choice, chosen_cast, full_cast


def choices(session: Session, course_id: UUID) -> list[Choice]:
    """One choice for each of the six, in their order."""
    row = session.get(CourseCast, course_id)
    found = {choice.voice: choice for choice in map(Choice.model_validate, row.choices if row else [])}
    return [found.get(voice, Choice(voice=voice)) for voice in AGENTS]


def cast_for(session: Session, course_id: UUID) -> Cast:
    """The agents that a class of this course opens with."""
    return chosen_cast(choices(session, course_id))


def choose_cast(session: Session, who: Who, course_id: UUID, chosen: list[Choice]) -> None:
    """Set the cast of a course; classes already open keep theirs. Raises NotFound for strangers, Invalid without
    staff.
    """
    accounts.require(session, who, course_id, CourseRole.INSTRUCTOR)
    if not any(choice.on for choice in chosen if choice.voice in STAFF):
        raise Invalid("A class needs a teacher or a tutor. Leave at least one of them in.")
    tidy = [one.model_copy(update={"name": _line(one.name), "persona": _line(one.persona)}) for one in chosen]
    names = [(one.name or full_cast()[one.voice].name).casefold() for one in tidy if one.on]
    if len(set(names)) < len(names):
        raise Invalid("Two agents have the same name. Give each its own, so that students can speak to them.")
    row = session.get(CourseCast, course_id) or CourseCast(course_id=course_id)
    row.choices = [one.model_dump(mode="json") for one in tidy]
    row.changed_by, row.changed_at = who.id, now()
    session.add(row)


def _line(text: str) -> str:
    return " ".join(clean_text(text).split())
