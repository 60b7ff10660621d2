"""What a part of an analysis is made from, and how a part is named."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from app.analysis.agents.schema import Outside
from app.analysis.reading import from_database, from_release
from app.analysis.schema import Evidence, Part
from app.analysis.source import Source


@dataclass(frozen=True)
class Subject:
    """A course that was read. Exactly one of `session` (with `source.course_id`) and `folder` (a release's) is set.

    `course` names one of a release's courses. `for_research`: only those who consent to research are in it. `seed` is
    for all that is drawn at random; `outside` is what rooms above this one know of the course, None where nobody asked
    them.
    """

    source: Source
    session: Session | None = None
    folder: Path | None = None
    course: str = ""
    for_research: bool = False
    seed: int = 1
    outside: Outside | None = None

    def link(self, words: str, path: str) -> list[Evidence]:
        """A link to a page of this course, `path` beginning with a slash; nothing where there are no pages."""
        course = self.source.course_id
        return [Evidence(words=words, href=f"/courses/{course}{path}")] if course else []


class Maker(NamedTuple):
    """How a part is made. `name` is in the address of its page; `words` say in a sentence what it is about."""

    name: str
    title: str
    words: str
    make: Callable[[Subject], Part]


def read_course(
    session: Session, course_id: UUID, for_research: bool = False, outside: Outside | None = None, seed: int = 1
) -> Subject:
    """A course out of the database."""
    source = from_database(session, course_id, for_research)
    return Subject(source, session=session, for_research=for_research, seed=seed, outside=outside)


def read_release(folder: Path, course: str = "", seed: int = 1) -> Subject:
    """A course out of a release; all in it consent to research."""
    return Subject(from_release(folder, course), folder=folder, course=course, for_research=True, seed=seed)
