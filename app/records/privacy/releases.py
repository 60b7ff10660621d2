"""In which sets of research data a person's records are, as far as any room here makes such sets."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy.orm import Session

from app.records.privacy.schema import ReleaseLine

Source = Callable[[Session, UUID], list[ReleaseLine]]

SOURCES: list[Source] = []
"""What is asked: a function for each kind of set, from a session and a person to the sets that include them."""


def releases_of(session: Session, person_id: UUID) -> list[ReleaseLine]:
    """The sets that include this person, newest first."""
    found = [line for source in SOURCES for line in source(session, person_id)]
    return sorted(found, key=lambda line: line.made_at, reverse=True)
