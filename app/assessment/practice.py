"""Practice: questions on published practice tests, one at a time, by knowledge component, with the answer at once."""

from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.assessment.documents import Purpose, Question, Standing, Verdict
from app.assessment.grading import is_right
from app.assessment.items import item_of, view_of
from app.assessment.models import (
    Attempt,
    Component,
    ItemComponent,
    ItemRow,
    Paper,
    PaperItem,
    Sitting,
    SittingItem,
    VersionRow,
)
from app.assessment.results import verdict
from app.assessment.sitting import attempts_of, own_sitting, rows_of, start
from app.base.db import new_id, now
from app.base.errors import NotFound


class PracticeLine(BaseModel):
    """What can be practised about one component: its questions, how many of them were answered, how many rightly in
    their newest answer."""

    id: UUID
    name: str
    items: int
    answered: int
    right: int


class Card(BaseModel):
    """The next question to practise, in a sitting of its own test; `key` is for the save of its answer."""

    sitting_id: UUID
    key: UUID
    component: str
    question: Question


def practice_lines(session: Session, who: Who, course_id: UUID) -> list[PracticeLine]:
    """What `who` can practise in a course, by name; for a caller who has checked that they are in it."""
    pool, newest = _pool(session, course_id), _newest(session, who, course_id)
    query = select(Component.id, Component.name).where(Component.course_id == course_id).order_by(Component.name)
    lines = []
    for component_id, name in session.execute(query):
        items = [item for item, components in pool.items() if component_id in components]
        done = [newest[item] for item in items if item in newest]
        if items:
            right = sum(is_right(one.raw, one.points) is True for one in done)
            lines.append(PracticeLine(id=component_id, name=name, items=len(items), answered=len(done), right=right))
    return lines


def _pool(session: Session, course_id: UUID) -> dict[UUID, set[UUID]]:
    """The items that can be practised, each with its components."""
    query = (
        select(PaperItem.item_id, ItemComponent.component_id)
        .join(Paper, Paper.id == PaperItem.paper_id)
        .join(ItemRow, ItemRow.id == PaperItem.item_id)
        .join(ItemComponent, ItemComponent.item_id == ItemRow.id)
        .where(*_open(course_id), ItemRow.withdrawn_at.is_(None))
    )
    found: dict[UUID, set[UUID]] = {}
    for item_id, component_id in session.execute(query):
        found.setdefault(item_id, set()).add(component_id)
    return found


def _open(course_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """The conditions that a practice test is published and open."""
    moment = now()
    return (
        Paper.course_id == course_id,
        Paper.purpose == Purpose.PRACTICE.value,
        Paper.published_at.is_not(None),
        or_(Paper.opens_at.is_(None), Paper.opens_at <= moment),
        or_(Paper.closes_at.is_(None), Paper.closes_at > moment),
    )


def _newest(session: Session, who: Who, course_id: UUID) -> dict[UUID, Attempt]:
    """The newest practice answer of `who` to each item."""
    query = (
        select(VersionRow.item_id, Attempt)
        .join(Attempt, Attempt.version_id == VersionRow.id)
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .join(Paper, Paper.id == Sitting.paper_id)
        .where(
            Paper.course_id == course_id,
            Paper.purpose == Purpose.PRACTICE.value,
            Sitting.person_id == who.id,
            Attempt.answered_at.is_not(None),
        )
        .order_by(Attempt.answered_at)
    )
    return dict(session.execute(query).all())


def next_card(session: Session, who: Who, course_id: UUID, component_id: UUID) -> Card:
    """The question about a component that `who` has not answered for longest, those never answered first.

    Opens a sitting of its test, or goes on with the one that has it unanswered. Raises NotFound when there is nothing
    to practise about it, or for those who are not students of the course.
    """
    component = session.get(Component, component_id)
    if component is None or component.course_id != course_id:
        raise NotFound
    newest = _newest(session, who, course_id)
    items = [item for item, about in _pool(session, course_id).items() if component_id in about]
    if not items:
        raise NotFound
    # Two tabs get the same question, so that answering in one is seen in the other.
    item_id = min(items, key=lambda one: (newest[one].answered_at.timestamp() if one in newest else 0, str(one)))  # type: ignore[union-attr]
    sitting_id, version = _place(session, who, course_id, item_id)
    shown = session.get_one(SittingItem, (sitting_id, version.id))
    shown.shown_at = shown.shown_at or now()
    question = Question(view=view_of(version.id, item_of(version), sitting_id))
    return Card(sitting_id=sitting_id, key=new_id(), component=component.name, question=question)


def _place(session: Session, who: Who, course_id: UUID, item_id: UUID) -> tuple[UUID, VersionRow]:
    """A sitting in which the item is not answered yet, and its version there."""
    query = select(Paper).join(PaperItem, PaperItem.paper_id == Paper.id)
    paper = session.scalars(query.where(*_open(course_id), PaperItem.item_id == item_id).order_by(Paper.id)).first()
    if paper is None:
        raise NotFound
    for _ in range(2):
        sitting_id = start(session, who, paper.id)
        given = attempts_of(session, sitting_id)
        for _, version, item in rows_of(session, sitting_id):
            if item.id == item_id and version.id not in given and version.number == item.version:
                return sitting_id, version
        own_sitting(session, who, sitting_id, lock=True).submitted_at = now()
        session.flush()
    raise NotFound


def practice_verdict(session: Session, who: Who, sitting_id: UUID, version_id: UUID) -> Verdict:
    """What may be known of one practised question, once it is answered; NotFound before, and for others' sittings."""
    row = own_sitting(session, who, sitting_id)
    paper = session.get_one(Paper, row.paper_id)
    attempt = attempts_of(session, row.id).get(version_id)
    entry = next((one for one in rows_of(session, row.id) if one[1].id == version_id), None)
    if entry is None or attempt is None or paper.purpose != Purpose.PRACTICE.value:
        raise NotFound
    if attempt.answered_at is None and Standing(attempt.state) is Standing.SAVED and entry[2].withdrawn_at is None:
        raise NotFound
    return verdict(session, row.id, entry, attempt, shown=True)
