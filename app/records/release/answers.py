"""Answers to items as a release may tell them, learner by learner, each learner's in the order of time.

Only those of people in the release are read. Marks are those that an answer had at the release's moment, so that
every table tells the same. The order of learners follows their pseudonyms, so that it tells nothing.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import ColumnElement, Select, and_, select, tuple_
from sqlalchemy.orm import Session

from app.assessment.documents import Standing
from app.assessment.grading import is_right
from app.assessment.items import component_names, item_of
from app.assessment.models import Attempt, Grade, Paper, Sitting, SittingItem, VersionRow
from app.assessment.schema import (
    ChoiceItem,
    Item,
    Kind,
    MatchItem,
    NumericItem,
    OpenItem,
    OrderItem,
    Response,
    TextItem,
)
from app.assessment.units import readings
from app.base.db import unit_of_work
from app.records.release.scope import Scope
from app.records.release.selecting import included, sat

PAGE = 1000
"""How many answers are read at a time."""
KEPT = 2000
"""How many versions of items are remembered."""
DIGITS = 6
"""How many digits of a number are told: enough for an answer, too few for somebody's telephone."""


@dataclass(frozen=True)
class Asked:
    """A version of an item, with the names of its knowledge components."""

    item_id: UUID
    number: int
    kind: Kind
    item: Item
    components: tuple[str, ...]


class Mark(NamedTuple):
    """What an answer had at the release's moment; `raw` is None where it had no marks."""

    standing: Standing
    raw: float | None
    by: str


class Answer(NamedTuple):
    """An answer, as the database knows it."""

    id: UUID
    person_id: UUID
    sitting_id: UUID
    paper_id: UUID
    course_id: UUID
    module_id: UUID | None
    purpose: str
    sitting: int
    position: int
    shown_at: datetime | None
    began_at: datetime
    version_id: UUID
    response: dict[str, JsonValue]
    answered_at: datetime
    seconds: float
    points: float


@dataclass(frozen=True)
class Told:
    """An answer with what was asked and what it earned. `attempt` counts the learner's answers to the item, from 1."""

    answer: Answer
    asked: Asked
    mark: Mark
    attempt: int

    @property
    def scaled(self) -> float | None:
        """The share of the points, 0 to 1; None without marks."""
        raw, points = self.mark.raw, self.answer.points
        return None if raw is None else round(raw / points, 6) if points else 0.0

    @property
    def success(self) -> bool | None:
        """Whether it earned all there is; None without marks."""
        return is_right(self.mark.raw, self.answer.points)

    @property
    def response(self) -> Response:
        """What was answered."""
        return Response.model_validate(self.answer.response)


class Bank:
    """The versions of items that were read last."""

    def __init__(self) -> None:
        self._known: dict[UUID, Asked] = {}

    def of(self, session: Session, ids: set[UUID]) -> dict[UUID, Asked]:
        """These versions."""
        if len(self._known) > KEPT:
            self._known.clear()
        if missing := ids - self._known.keys():
            rows = session.scalars(select(VersionRow).where(VersionRow.id.in_(missing))).all()
            names = component_names(session, {row.item_id for row in rows})
            for row in rows:
                components = tuple(names[row.item_id])
                self._known[row.id] = Asked(row.item_id, row.number, Kind(row.kind), item_of(row), components)
        return {one: self._known[one] for one in ids}


def sitters(scope: Scope) -> list[UUID]:
    """Everybody in the release who took a test of it, in the order of their pseudonyms."""
    query = select(Sitting.person_id).distinct().join(Paper, Paper.id == Sitting.paper_id).where(told_sittings(scope))
    with unit_of_work() as session:
        found = [one for one in session.scalars(query) if one in scope.roster]
    return sorted(found, key=scope.pseudonym)


def told_sittings(scope: Scope) -> ColumnElement[bool]:
    """The condition on sittings, joined with their tests, that the release may tell of them."""
    return and_(sat(scope.spec, scope.cut), included(scope.release_id, Sitting.person_id, Paper.course_id))


def answers(scope: Scope) -> Iterator[list[Told]]:
    """All answers of a release, a learner at a time."""
    bank = Bank()
    for person in sitters(scope):
        yield from answers_of(scope, person, bank)


def answers_of(scope: Scope, person: UUID, bank: Bank) -> Iterator[list[Told]]:
    """A learner's answers in the order of time, some at a time."""
    times: Counter[UUID] = Counter()
    last: Answer | None = None
    while True:
        with unit_of_work() as session:
            rows = [Answer._make(row) for row in session.execute(_query(scope, person, last))]
            asked = bank.of(session, {row.version_id for row in rows})
            marks = _marks(session, [row.id for row in rows], scope.cut)
        found = []
        for row in rows:
            times[asked[row.version_id].item_id] += 1
            mark = marks.get(row.id, Mark(Standing.WAITING, None, ""))
            found.append(Told(row, asked[row.version_id], mark, times[asked[row.version_id].item_id]))
        if found:
            yield found
            scope.beat(len(found))
        if len(rows) < PAGE:
            return
        last = rows[-1]


def _query(scope: Scope, person: UUID, last: Answer | None) -> Select[*tuple[Any, ...]]:
    query = (
        select(
            Attempt.id,
            Sitting.person_id,
            Sitting.id,
            Paper.id,
            Paper.course_id,
            Paper.module_id,
            Paper.purpose,
            Sitting.number,
            SittingItem.position,
            SittingItem.shown_at,
            Sitting.started_at,
            Attempt.version_id,
            Attempt.response,
            Attempt.answered_at,
            Attempt.seconds,
            Attempt.points,
        )
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .join(Paper, Paper.id == Sitting.paper_id)
        .join(
            SittingItem,
            and_(SittingItem.sitting_id == Attempt.sitting_id, SittingItem.version_id == Attempt.version_id),
        )
        .where(Sitting.person_id == person, Attempt.answered_at <= scope.cut, told_sittings(scope))
        .order_by(Attempt.answered_at, Attempt.id)
        .limit(PAGE)
    )
    return query.where(tuple_(Attempt.answered_at, Attempt.id) > (last.answered_at, last.id)) if last else query


def _marks(session: Session, ids: list[UUID], cut: datetime) -> dict[UUID, Mark]:
    query = select(Grade.attempt_id, Grade.state, Grade.raw, Grade.by).where(Grade.attempt_id.in_(ids), Grade.at <= cut)
    found: dict[UUID, Mark] = {}
    for attempt, state, raw, by in session.execute(query.order_by(Grade.number)):
        standing = Standing(state)
        settled = standing in (Standing.GRADED, Standing.WITHDRAWN)
        found[attempt] = Mark(standing, raw if standing is Standing.GRADED else None, by if settled else "")
    return found


def positions(item: Item, response: Response) -> str | None:
    """What was chosen by places in the item as it was written, from 1: "2", "1 3", for a matching "1-2 2-1"."""
    if isinstance(item, ChoiceItem | OrderItem):
        places = {one.id: at for at, one in enumerate(item.options, 1)}
        found = [places[one] for one in response.chosen if one in places]
        return " ".join(map(str, found if isinstance(item, OrderItem) else sorted(found))) or None
    if isinstance(item, MatchItem):
        left, right = ({one.id: at for at, one in enumerate(side, 1)} for side in (item.left, item.right))
        pairs = sorted((left[a], right[b]) for a, b in response.pairs.items() if a in left and b in right)
        return " ".join(f"{a}-{b}" for a, b in pairs) or None
    return None


def number(item: Item, response: Response) -> float | None:
    """The number that was answered, to DIGITS digits, without its unit; None where there is not just one."""
    found = readings(response.text) if isinstance(item, NumericItem) else []
    return float(f"{found[0].value:.{DIGITS}g}") if len(found) == 1 and math.isfinite(found[0].value) else None


def words(scope: Scope, item: Item, response: Response) -> str | None:
    """What was written in words, scrubbed, where the release tells words and it names nobody outside of it."""
    return scrubbed(scope, response.text) if isinstance(item, TextItem | OpenItem) else None


def scrubbed(scope: Scope, text: str) -> str | None:
    """Words that may be told; None for all others."""
    if not text or scope.scrubber is None or scope.scrubber.tells_of_a_stranger(text):
        return None
    return scope.scrubber.scrub(text) or None
