"""What was read of a course stays in the process: answers and classes are read once, then only those that changed.

An answer that is given or marked anew has a new number of change, and a class that goes on has a new last seq; only
those are read again. Whether something was taken away (erasing, leaving a test out) shows in the count of the rest:
where it is not what is kept, all is read again. Who may be told of is asked each time and is not kept.
"""

from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from uuid import UUID

import numpy
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from app.analysis.columns import Asked, Columns
from app.analysis.source import PURPOSES, ClassRow, Floats, Ints
from app.assessment.documents import Standing
from app.assessment.items import component_names, item_of
from app.assessment.models import Attempt, ItemRow, Paper, Sitting, VersionRow
from app.assessment.schema import ChoiceItem
from app.base.newest import ById
from app.classroom.models import ClassSession, EventRow, held_in
from app.classroom.schema import Kind

MOST = 16
"""Of how many courses the records are kept, in each process."""
NAN = float("nan")


class _Places:
    """Ids counted in the order in which they come; they keep their places."""

    def __init__(self) -> None:
        self.ids: list[UUID] = []
        self.place: dict[UUID, int] = {}

    def __call__(self, one: UUID) -> int:
        at = self.place.setdefault(one, len(self.ids))
        if at == len(self.ids):
            self.ids.append(one)
        return at


@dataclass
class _Version:
    """A version of an item, which never changes: whose it is, and the places of its options by their ids."""

    item_id: UUID
    number: int
    kind: str
    options: dict[str, int]


def _none(width: int, kind: type) -> Any:
    return numpy.zeros((width, 0), dtype=kind)


@dataclass
class KeptAnswers:
    """A course's answers with marks, in the order in which they were read, under numbers that stay.

    `ids` are the answers' own, as numbers, which are hashed much faster. `whole` has a row each for person, version,
    sitting and paper, `parts` for time, seconds, marks and points.
    """

    newest: int = 0
    people: _Places = field(default_factory=_Places)
    versions: _Places = field(default_factory=_Places)
    sittings: _Places = field(default_factory=_Places)
    papers: _Places = field(default_factory=_Places)
    known: dict[UUID, _Version] = field(default_factory=dict)
    ids: list[int] = field(default_factory=list)
    whole: Ints = field(default_factory=lambda: _none(4, numpy.int64))
    parts: Floats = field(default_factory=lambda: _none(4, numpy.float64))
    chosen: list[str] = field(default_factory=list)


@dataclass
class KeptClasses:
    """Classes that were attended alone, by id, with the seq and the end up to which they were read."""

    rows: dict[UUID, tuple[tuple[int, float | None], ClassRow]] = field(default_factory=dict)


@dataclass
class Kept:
    """What is kept of one course. Whoever reads or changes it holds `lock`."""

    lock: Lock = field(default_factory=Lock)
    answers: KeptAnswers = field(default_factory=KeptAnswers)
    classes: KeptClasses = field(default_factory=KeptClasses)


_courses = ById(Kept, MOST)
kept_of = _courses.of
"""What is kept of a course, empty at first."""
forget = _courses.forget


# --------------------------------------------------------------------------------------------------------- answers


def columns(session: Session, course_id: UUID, kept: Kept) -> tuple[Columns, list[UUID]]:
    """The course's answers with marks as columns, and its people by their places among the learners."""
    _take_changes(session, course_id, kept.answers)
    if _count(session, course_id, kept.answers.newest) != len(kept.answers.ids):
        kept.answers = KeptAnswers()
        _take_changes(session, course_id, kept.answers)
    return _told(session, course_id, kept.answers), kept.answers.people.ids


def _of_course(query: Any, course_id: UUID) -> Any:
    joined = query.join(Sitting, Sitting.id == Attempt.sitting_id).join(Paper, Paper.id == Sitting.paper_id)
    return joined.where(Paper.course_id == course_id)


def _counts() -> Any:
    return and_(Attempt.answered_at.is_not(None), Attempt.state == Standing.GRADED.value, Attempt.raw.is_not(None))


def _count(session: Session, course_id: UUID, newest: int) -> int:
    query = _of_course(select(func.count()).select_from(Attempt), course_id)
    return int(session.scalar(query.where(_counts(), Attempt.change <= newest)) or 0)


def _take_changes(session: Session, course_id: UUID, kept: KeptAnswers) -> None:
    """Read the answers that were given or marked anew since the last time, in the places of what they were before."""
    columns = (
        Attempt.change,
        Attempt.id,
        _counts(),
        Sitting.person_id,
        Attempt.version_id,
        Attempt.sitting_id,
        Sitting.paper_id,
        func.extract("epoch", Attempt.answered_at),
        Attempt.seconds,
        Attempt.raw,
        Attempt.points,
        Attempt.response["chosen"],
    )
    query = _of_course(select(*columns).select_from(Attempt), course_id)
    rows = session.execute(query.where(Attempt.change > kept.newest).order_by(Attempt.change)).all()
    if not rows:
        return
    _drop(kept, {row[1].int for row in rows})
    _add(session, course_id, kept, [row for row in rows if row[2]])
    kept.newest = rows[-1][0]


def _drop(kept: KeptAnswers, changed: set[int]) -> None:
    if changed.isdisjoint(kept.ids):
        return
    stays = numpy.array([one not in changed for one in kept.ids])
    kept.whole, kept.parts = kept.whole[:, stays], kept.parts[:, stays]
    kept.chosen = [one for one, here in zip(kept.chosen, stays.tolist(), strict=True) if here]
    kept.ids = [one for one in kept.ids if one not in changed]


def _add(session: Session, course_id: UUID, kept: KeptAnswers, rows: list[Any]) -> None:
    if any(row[4] not in kept.known for row in rows):
        kept.known |= _read_versions(session, course_id, set(kept.known))
    whole = [
        (kept.people(person), kept.versions(version), kept.sittings(sitting), kept.papers(paper))
        for _, _, _, person, version, sitting, paper, *_ in rows
    ]
    parts = [(float(row[7]), *row[8:11]) for row in rows]
    added = numpy.array(whole, dtype=numpy.int64).reshape(-1, 4).T
    kept.whole = numpy.concatenate([kept.whole, added], axis=1)
    kept.parts = numpy.concatenate([kept.parts, numpy.array(parts, numpy.float64).reshape(-1, 4).T], axis=1)
    kept.chosen = kept.chosen + [_places(kept.known[row[4]].options, row[11]) for row in rows]
    kept.ids = kept.ids + [row[1].int for row in rows]


def _places(options: dict[str, int], chosen: list[str] | None) -> str:
    if not options or not chosen:
        return ""
    return " ".join(map(str, sorted(options[one] for one in chosen if one in options)))


def _read_versions(session: Session, course_id: UUID, without: set[UUID]) -> dict[UUID, _Version]:
    query = select(VersionRow).join(ItemRow, ItemRow.id == VersionRow.item_id).where(ItemRow.course_id == course_id)
    if without:
        query = query.where(VersionRow.id.not_in(without))
    found = {}
    for row in session.scalars(query):
        item = item_of(row)
        options = {one.id: at for at, one in enumerate(item.options, 1)} if isinstance(item, ChoiceItem) else {}
        found[row.id] = _Version(row.item_id, row.number, row.kind, options)
    return found


def _told(session: Session, course_id: UUID, kept: KeptAnswers) -> Columns:
    """With what may change under the answers: what a test is for, its module, and what items are about."""
    versions = [kept.known[one] for one in kept.versions.ids]
    names = component_names(session, {one.item_id for one in versions})
    query = select(Paper.id, Paper.purpose, Paper.module_id).where(Paper.course_id == course_id)
    papers = {one: (purpose, module) for one, purpose, module in session.execute(query)}
    modules = list(dict.fromkeys(str(papers[one][1]) for one in kept.papers.ids if papers[one][1]))
    place = {name: at for at, name in enumerate(modules)}
    purpose_of = numpy.array([PURPOSES.index(papers[one][0]) for one in kept.papers.ids], dtype=numpy.int64)
    module_of = numpy.array([place.get(str(papers[one][1]), -1) for one in kept.papers.ids], dtype=numpy.int64)
    person, version, sitting, paper = kept.whole
    at, seconds, raw, points = kept.parts
    return Columns(
        learners=[str(one) for one in kept.people.ids],
        asked_names=[Asked(str(one.item_id), one.number, one.kind, tuple(names[one.item_id])) for one in versions],
        sittings=[str(one) for one in kept.sittings.ids],
        modules=modules,
        learner=person,
        asked=version,
        sitting=sitting,
        module=module_of[paper],
        purpose=purpose_of[paper],
        at=at,
        seconds=seconds,
        raw=raw,
        points=points,
        chosen=kept.chosen,
    )


# --------------------------------------------------------------------------------------------------------- classes


def class_rows(session: Session, course_id: UUID, kept: KeptClasses) -> list[tuple[UUID, ClassRow]]:
    """The classes that one learner attended alone, with whose they are."""
    ended = func.extract("epoch", ClassSession.ended_at)
    query = select(ClassSession.id, ClassSession.person_id, ClassSession.last_seq, ended)
    here = session.execute(query.where(held_in(course_id), ~ClassSession.is_shared)).all()
    state = {one: (seq, None if end is None else float(end)) for one, _, seq, end in here}
    changed = [one for one, now in state.items() if one not in kept.rows or kept.rows[one][0] != now]
    whole = len(changed) == len(state)
    fresh = {one: (state[one], row) for one, row in _read_classes(session, course_id, None if whole else changed)}
    kept.rows = {one: fresh.get(one) or kept.rows[one] for one in state if one in fresh or one in kept.rows}
    return [(person, kept.rows[one][1]) for one, person, *_ in here if one in kept.rows]


def _read_classes(session: Session, course_id: UUID, some: list[UUID] | None) -> list[tuple[UUID, ClassRow]]:
    if some is not None and not some:
        return []
    pages = func.count(EventRow.body["page"].as_integer().distinct()).filter(EventRow.kind == Kind.PAGE.value)
    cause = EventRow.body["cause"].as_string()
    done = func.bool_or(and_(EventRow.kind == Kind.ENDED.value, cause == "finished"))
    kinds = (Kind.PAGE.value, Kind.ENDED.value)
    columns = (
        ClassSession.id,
        ClassSession.person_id,
        ClassSession.lesson_id,
        ClassSession.version_id,
        func.extract("epoch", ClassSession.created_at),
        func.extract("epoch", ClassSession.ended_at),
        done,
        pages,
    )
    query = select(*columns).outerjoin(EventRow, and_(EventRow.class_id == ClassSession.id, EventRow.kind.in_(kinds)))
    query = query.where(held_in(course_id), ~ClassSession.is_shared).group_by(ClassSession.id)
    if some is not None:
        query = query.where(ClassSession.id.in_(some))
    return [(row[0], _class(row)) for row in session.execute(query)]


def _class(row: Any) -> ClassRow:
    _, person, lesson, version, started, ended, finished, seen = row
    return ClassRow(
        learner=str(person),
        lesson=str(lesson),
        version=str(version),
        started=float(started),
        ended=float(ended) if ended is not None else NAN,
        finished=bool(finished),
        pages=seen,
    )
