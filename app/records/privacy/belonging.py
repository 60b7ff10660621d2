"""Which rows are a person's: those that name them, and for tables without a name what these functions say."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import ColumnElement, Table, Uuid, cast, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.accounts.models import Person
from app.base.personal import links, personal_columns
from app.classroom.models import ClassSession, EventRow, GuardPair, TurnPrompt
from app.classroom.schema import Kind
from app.inference.models import ModelCall, TokenDay

Ids = InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None]


def _own_classes(person_id: UUID, column: Ids) -> ColumnElement[bool]:
    """In a class that the person attended alone."""
    own = select(ClassSession.id).where(ClassSession.person_id == person_id, ~ClassSession.is_shared)
    return column.in_(own)


def _turns_for(person_id: UUID, column: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Of a turn that answers the person's words, also in a class with others."""
    asked = select(EventRow.class_id, EventRow.seq).where(EventRow.person_id == person_id).subquery()
    turns = (
        select(cast(EventRow.body["turn"].astext, Uuid()))
        .join(asked, asked.c.class_id == EventRow.class_id)
        .where(EventRow.kind == Kind.TURN.value, EventRow.body["answers"].as_integer() == asked.c.seq)
    )
    return column.in_(turns)


FINDERS: dict[str, Callable[[UUID], ColumnElement[bool]]] = {
    "person": lambda one: Person.id == one,
    "turn_prompt": lambda one: _own_classes(one, TurnPrompt.class_id) | _turns_for(one, TurnPrompt.turn),
    "guard_pair": lambda one: _own_classes(one, GuardPair.class_id) | _turns_for(one, GuardPair.turn),
    "model_call": lambda one: _own_classes(one, ModelCall.about),
    "token_day": lambda one: _own_classes(one, TokenDay.about),
}


def is_known(table: Table) -> bool:
    """Whether it can be said which rows of a table are a person's, as it must where it holds anything of people."""
    return table.name in FINDERS or bool(links(table)) or not personal_columns(table)


def belongs(table: Table, person_id: UUID) -> ColumnElement[bool] | None:
    """The condition that a row is the person's, None for a table that holds nothing of people."""
    if finder := FINDERS.get(table.name):
        return finder(person_id)
    named = [column == person_id for column in links(table)]
    return or_(*named) if named else None
