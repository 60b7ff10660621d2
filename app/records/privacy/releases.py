"""In which sets of research data a person's records are, as far as any room here makes such sets."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.courses.models import Course
from app.records.privacy.schema import ReleaseLine
from app.records.release.models import Release, ReleasePerson
from app.records.release.schema import ReleaseSpec, Status

Source = Callable[[Session, UUID], list[ReleaseLine]]


def _published(session: Session, person_id: UUID) -> list[ReleaseLine]:
    """The published releases whose roster has the person, a line for each course in it."""
    query = (
        select(Release.published_at, Release.spec, Course.title)
        .join(ReleasePerson, ReleasePerson.release_id == Release.id)
        .join(Course, Course.id == ReleasePerson.course_id)
        .where(ReleasePerson.person_id == person_id, Release.status == Status.PUBLISHED.value)
    )
    return [
        ReleaseLine(made_at=made_at, title=ReleaseSpec.model_validate(spec).purpose, course=course)
        for made_at, spec, course in session.execute(query)
    ]


SOURCES: list[Source] = [_published]
"""What is asked: a function for each kind of set, from a session and a person to the sets that include them."""


def releases_of(session: Session, person_id: UUID) -> list[ReleaseLine]:
    """The sets that include this person, newest first."""
    found = [line for source in SOURCES for line in source(session, person_id)]
    return sorted(found, key=lambda line: line.made_at, reverse=True)
