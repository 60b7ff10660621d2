"""What every table of a release is written from: the spec, who is in it, the names things have, and the moment."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.base.db import unit_of_work
from app.classroom.models import ClassSession
from app.records.release.keys import Names
from app.records.release.roster import Place
from app.records.release.schema import ReleaseSpec
from app.records.release.scrubbing import Scrubber
from app.records.release.selecting import chosen, in_the_open

STRETCH = 500
"""About how many events are read at a time."""
PAGE = 2000
"""How many classes are listed at a time."""


class ClassRow(NamedTuple):
    """A class of a release, as the database knows it."""

    id: UUID
    course_id: UUID
    lesson_id: UUID
    version_id: UUID
    person_id: UUID
    is_shared: bool
    created_at: datetime
    ended_at: datetime | None
    last_seq: int


class Stretch(NamedTuple):
    """Classes that are read together, or a part of one: events `after` one seq `until` another, both 0 for all."""

    classes: list[ClassRow]
    after: int = 0
    until: int = 0


@dataclass
class Scope:
    """A release being written. `beat` is told of rows read, and raises where the work is no longer wanted."""

    release_id: UUID
    spec: ReleaseSpec
    names: Names
    cut: datetime
    roster: dict[UUID, Place]
    scrubber: Scrubber | None = None
    beat: Callable[[int], None] = field(default=lambda _: None)

    def pseudonym(self, person_id: UUID) -> str:
        """A person's name in this release. A person who is not in it is a mistake, and raises KeyError."""
        if person_id not in self.roster:
            raise KeyError("not in the release")
        return self.names.person(person_id)

    def shift_of(self, row: ClassRow) -> timedelta:
        """By how much the times of a class move: as its learner's do, or as the class's where several share it."""
        if not self.spec.shift:
            return timedelta()
        return self.names.shift("class", row.id) if row.is_shared else self.names.shift("person", row.person_id)

    def shift_of_person(self, person_id: UUID) -> timedelta:
        """By how much the times of a learner's own things move."""
        return self.names.shift("person", person_id) if self.spec.shift else timedelta()

    def classes(self) -> Iterator[list[ClassRow]]:
        """The classes of the release, some at a time. Their order follows their ids in it, so that it tells nothing."""
        ids = sorted(self._class_ids(), key=lambda one: self.names.thing("class", one))
        for at in range(0, len(ids), PAGE):
            some = ids[at : at + PAGE]
            order = {one: place for place, one in enumerate(some)}
            yield sorted(self._class_rows(some), key=lambda row: order[row.id])

    def stretches(self) -> Iterator[Stretch]:
        """The classes in pieces of about STRETCH events: several small ones together, or a large one in parts."""
        for rows in self.classes():
            waiting: list[ClassRow] = []
            for row in rows:
                if waiting and sum(one.last_seq for one in waiting) + row.last_seq > STRETCH:
                    yield Stretch(waiting)
                    waiting = []
                if row.last_seq <= STRETCH:
                    waiting.append(row)
                    continue
                for after in range(0, row.last_seq, STRETCH):
                    yield Stretch([row], after, min(after + STRETCH, row.last_seq))
            if waiting:
                yield Stretch(waiting)

    def _class_ids(self) -> list[UUID]:
        query = select(ClassSession.id).where(chosen(self.spec, self.cut), in_the_open(self.release_id))
        with unit_of_work() as session:
            return list(session.scalars(query))

    def _class_rows(self, ids: list[UUID]) -> list[ClassRow]:
        columns = (getattr(ClassSession, name) for name in ClassRow._fields)
        with unit_of_work() as session:
            return [ClassRow(*row) for row in session.execute(select(*columns).where(ClassSession.id.in_(ids)))]
