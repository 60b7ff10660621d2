"""Which rows are a person's: those that name them, and for tables without a name what these functions say."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, Uuid, and_, cast, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.accounts.models import Person
from app.assessment.models import AnswerSave, Attempt, Grade, Sitting, SittingItem
from app.base.personal import links, personal_columns
from app.classroom.models import ClassSession, EventRow, GuardPair, TurnPrompt
from app.classroom.schema import Kind
from app.inference.models import ModelCall, TokenDay
from app.records.desk.models import CodingCode, CodingUnit
from app.records.lrs.forgetting import names_of
from app.records.lrs.keys import agent_key
from app.records.lrs.models import Attachment, LrsDocument, StatementAttachment
from app.records.models import StatementRow

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


def _own_sittings(person_id: UUID) -> Select[UUID]:
    return select(Sitting.id).where(Sitting.person_id == person_id)


def _own_answers(person_id: UUID) -> Select[UUID]:
    return select(Attempt.id).where(Attempt.sitting_id.in_(_own_sittings(person_id)))


def _statements(person_id: UUID) -> ColumnElement[bool]:
    """Statements of theirs, and those that clients wrote with them as the actor, by account or by address."""
    actor = StatementRow.document["actor"]
    email = select(Person.email).where(Person.id == person_id).scalar_subquery()
    named = actor["account"]["name"].astext == str(person_id)
    addressed = func.lower(actor["mbox"].astext) == literal("mailto:") + email
    return or_(StatementRow.person_id == person_id, and_(StatementRow.credential_id.is_not(None), named | addressed))


def _files(person_id: UUID) -> ColumnElement[bool]:
    came_with = select(StatementAttachment.sha2).join(StatementRow, StatementRow.id == StatementAttachment.statement_id)
    return Attachment.sha2.in_(came_with.where(_statements(person_id)))


def _documents(person_id: UUID) -> ColumnElement[bool]:
    """Documents about the agent that is their account here, or their address."""
    words = select(literal("agent mbox mailto:") + Person.email).where(Person.id == person_id).scalar_subquery()
    half = func.substring(func.sha256(func.convert_to(words, "UTF8")), 1, 16)
    by_mail = cast(func.encode(half, "hex"), Uuid())
    return LrsDocument.agent.in_([agent_key(names_of(person_id, "")[0]), by_mail])


def _units(person_id: UUID) -> ColumnElement[bool]:
    """Utterances of theirs in samples that are coded."""
    spoken = select(StatementRow.id).where(StatementRow.person_id == person_id)
    return CodingUnit.statement_id.in_(spoken)


FINDERS: dict[str, Callable[[UUID], ColumnElement[bool]]] = {
    "person": lambda one: Person.id == one,
    "turn_prompt": lambda one: _own_classes(one, TurnPrompt.class_id) | _turns_for(one, TurnPrompt.turn),
    "guard_pair": lambda one: _own_classes(one, GuardPair.class_id) | _turns_for(one, GuardPair.turn),
    "model_call": lambda one: _own_classes(one, ModelCall.about) | ModelCall.about.in_(_own_answers(one)),
    "token_day": lambda one: _own_classes(one, TokenDay.about),
    "sitting_item": lambda one: SittingItem.sitting_id.in_(_own_sittings(one)),
    "attempt": lambda one: Attempt.sitting_id.in_(_own_sittings(one)),
    "answer_save": lambda one: AnswerSave.sitting_id.in_(_own_sittings(one)),
    "grade": lambda one: (Grade.person_id == one) | Grade.attempt_id.in_(_own_answers(one)),
    "statement": _statements,
    "attachment": _files,
    "lrs_document": _documents,
    "coding_unit": _units,
    "coding_code": lambda one: (
        (CodingCode.person_id == one) | CodingCode.unit_id.in_(select(CodingUnit.id).where(_units(one)))
    ),
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
