"""Taking people's words out of answers: of one person who goes, or of all after the time for keeping.

Marks, times and which options were chosen stay, so that a gradebook and the analysis of items still add up; what was
written goes at its source, so that nothing that is made of answers again can bring it back.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.orm import Session

from app.assessment.documents import Standing
from app.assessment.grades import add_grade, count_changes
from app.assessment.models import AnswerSave, Attempt, Grade, Sitting
from app.assessment.schema import Response
from app.base.db import now
from app.base.redaction import REMOVED

GONE = "The account was erased."


def erase_person(session: Session, person_id: UUID) -> None:
    """A person's sittings end; no word of theirs, nor about them, is left in answers, saves and reasons.

    Answers that still wait for marks count for nothing, as nobody can mark them any more.
    """
    theirs = select(Sitting).where(Sitting.person_id == person_id).order_by(Sitting.id).with_for_update()
    sittings = session.scalars(theirs).all()
    for sitting in sittings:
        sitting.submitted_at = sitting.submitted_at or now()
    of_them = Attempt.sitting_id.in_([one.id for one in sittings])
    attempts = session.scalars(select(Attempt).where(of_them).order_by(Attempt.id).with_for_update()).all()
    open_ones = [one for one in attempts if one.state in (Standing.WAITING.value, Standing.QUEUED.value)]
    for one in open_ones:
        add_grade(session, one, "withdrawal", Standing.WITHDRAWN, None, reason=GONE)
    for one in attempts:
        one.response = _without_words(one.response)
    _silence_saves(session, AnswerSave.sitting_id.in_([one.id for one in sittings]))
    _silence_grades(session, [one.id for one in attempts])
    count_changes(session, open_ones)


def _without_words(response: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return response if Response.model_validate(response).is_empty else {**response, "text": REMOVED}


def _silence_saves(session: Session, which: ColumnElement[bool]) -> None:
    for save in session.scalars(select(AnswerSave).where(which, AnswerSave.response.is_not(None))):
        save.response = _without_words(save.response) if save.response else save.response


def _silence_grades(session: Session, attempt_ids: Sequence[UUID]) -> None:
    """The marks for each criterion stay; the words of the answer that earned them, and the reasons, go."""
    for grade in session.scalars(select(Grade).where(Grade.attempt_id.in_(attempt_ids))):
        grade.criteria = [{**one, "quote": ""} for one in grade.criteria if isinstance(one, dict)]
        grade.reason = REMOVED if grade.reason else ""


def bury(session: Session, person_id: UUID) -> None:
    """The sittings of somebody erased go whole, with answers and marks."""
    session.execute(delete(Sitting).where(Sitting.person_id == person_id))


# ----------------------------------------------------------------------------------------------- kept long enough


def _written_before(before: datetime) -> ColumnElement[bool]:
    text = Attempt.response["text"].astext
    return and_(Attempt.saved_at < before, text.is_not(None), text.not_in(("", REMOVED)))


def old_words(session: Session, before: datetime) -> int:
    """How many answers with words of somebody's are older."""
    return session.scalar(select(func.count()).where(_written_before(before))) or 0


def remove_words(session: Session, before: datetime, most: int) -> list[UUID]:
    """Take the words out of at most so many older answers; returns which."""
    query = select(Attempt).where(_written_before(before)).order_by(Attempt.id).limit(most)
    attempts = session.scalars(query.with_for_update(skip_locked=True)).all()
    for one in attempts:
        one.response = _without_words(one.response)
        _silence_saves(session, (AnswerSave.sitting_id == one.sitting_id) & (AnswerSave.version_id == one.version_id))
    _silence_grades(session, [one.id for one in attempts])
    return [one.id for one in attempts]
