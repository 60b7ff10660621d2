"""Signals at the door: thumbs, other words, and which of two ways helps more, from the class page."""

from typing import TypeVar
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from app.alignment import service as alignment
from app.alignment.signals.schema import Choice, SignalView, Thumb
from app.base.errors import Invalid
from app.classroom import service as classroom
from app.web.access import Changer, Db, Person
from app.web.classes import Sent

router = APIRouter()
Word = TypeVar("Word", Thumb, Choice)


class Mine(BaseModel):
    """A person's own words on the lines of a class."""

    signals: list[SignalView]


def _one_of(kind: type[Word], given: str) -> Word:
    try:
        return kind(given)
    except ValueError as error:
        raise Invalid(f"This can be {', '.join(one.value for one in kind)}.") from error


@router.get("/classes/{class_id}/signals.json")
def signals(session: Db, who: Person, class_id: UUID) -> Mine:
    """What the reader said of this class's lines."""
    classroom.access_class(session, who, class_id)
    return Mine(signals=alignment.mine(session, who, class_id))


@router.post("/classes/{class_id}/lines/{seq}/thumb")
def thumb(session: Db, who: Changer, class_id: UUID, seq: int, sent: Sent) -> SignalView:
    """A thumb up or down with a reason, or none any more."""
    value = _one_of(Thumb, sent.get("value", ""))
    return alignment.thumb(session, who, class_id, seq, value, sent.get("reason", ""), sent.get("words", ""))


@router.post("/classes/{class_id}/lines/{seq}/choice")
def choice(session: Db, who: Changer, class_id: UUID, seq: int, sent: Sent) -> SignalView:
    """Which of two ways to put a line helps more, and which of them stood above."""
    upper = _one_of(Choice, sent["upper"]) if sent.get("upper") else None
    return alignment.choose(session, who, class_id, seq, _one_of(Choice, sent.get("value", "")), upper)


@router.post("/classes/{class_id}/lines/{seq}/otherwise", status_code=202)
def otherwise(session: Db, who: Changer, class_id: UUID, seq: int) -> None:
    """Have a line put in other words; they come over the class's stream."""
    classroom.ask_otherwise(session, who, class_id, seq)
