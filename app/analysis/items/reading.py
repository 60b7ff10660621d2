"""The words and options of a course's questions, for its instructors; releases do not tell them."""

from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.assessment.items import item_of
from app.assessment.models import ItemRow, VersionRow
from app.assessment.schema import ChoiceItem
from app.base.text import shorten

STEM = 70


class Asked(BaseModel):
    """A version of a question in words; `options` in their places, for a choice."""

    item: UUID
    version: int
    stem: str
    options: list[str]
    is_newest: bool
    withdrawn: bool


def asked(session: Session, course_id: UUID, item_id: UUID | None = None) -> list[Asked]:
    """Every version of a course's questions, or of one of them."""
    query = select(VersionRow, ItemRow).join(ItemRow, ItemRow.id == VersionRow.item_id)
    query = query.where(ItemRow.course_id == course_id).order_by(ItemRow.created_at, VersionRow.number)
    if item_id is not None:
        query = query.where(ItemRow.id == item_id)
    found = []
    for row, bank in session.execute(query):
        item = item_of(row)
        found.append(
            Asked(
                item=row.item_id,
                version=row.number,
                stem=item.stem,
                options=[one.text for one in item.options] if isinstance(item, ChoiceItem) else [],
                is_newest=row.number == bank.version,
                withdrawn=bank.withdrawn_at is not None,
            )
        )
    return found


def option_counts(session: Session, course_id: UUID) -> dict[tuple[str, int], int]:
    """How many options each version has."""
    return {(str(one.item), one.version): len(one.options) for one in asked(session, course_id)}


def stems(session: Session, course_id: UUID) -> dict[tuple[str, int], str]:
    """The beginning of each version's question."""
    return {(str(one.item), one.version): shorten(one.stem, STEM) for one in asked(session, course_id)}
