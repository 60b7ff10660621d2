"""Bringing in a test that was taken elsewhere or was simulated: its answers at once, with their own times."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.assessment.documents import Standing
from app.assessment.grades import next_changes
from app.assessment.grading import earned
from app.assessment.items import item_of
from app.assessment.models import Attempt, Grade, Paper, Sitting, SittingItem, VersionRow
from app.assessment.schema import Item, OpenItem, Response
from app.base.db import new_id
from app.base.errors import Invalid, NotFound


class Given(BaseModel):
    """An answer, when it was given for good, and how long it took."""

    version_id: UUID
    response: Response
    at: datetime
    seconds: float


def bring_in(session: Session, who: Who, paper_id: UUID, began: datetime, given: Sequence[Given]) -> UUID:
    """A finished sitting of a course's student, graded by code; returns its id.

    Raises NotFound for others, Invalid for open items, for answers to other courses' items and for none at all.
    """
    paper = session.get(Paper, paper_id)
    if paper is None:
        raise NotFound
    accounts.require(session, who, paper.course_id, CourseRole.STUDENT)
    versions = _versions(session, given)
    if not given or len(versions) < len(given) or any(isinstance(one, OpenItem) for one in versions.values()):
        raise Invalid("A test that is brought in has answers, each to another question that code can grade.")
    sat = select(func.count()).where(Sitting.paper_id == paper_id, Sitting.person_id == who.id)
    sitting = Sitting(
        id=new_id(),
        paper_id=paper_id,
        person_id=who.id,
        number=(session.scalar(sat) or 0) + 1,
        started_at=began,
        submitted_at=max(one.at for one in given),
    )
    session.add(sitting)
    session.flush()
    shown = [
        {"sitting_id": sitting.id, "version_id": one.version_id, "position": at, "shown_at": began}
        for at, one in enumerate(given, 1)
    ]
    session.execute(insert(SittingItem), shown)
    _answer(session, sitting.id, given, versions)
    return sitting.id


def _versions(session: Session, given: Sequence[Given]) -> dict[UUID, Item]:
    rows = session.scalars(select(VersionRow).where(VersionRow.id.in_([one.version_id for one in given])))
    return {row.id: item_of(row) for row in rows}


def _answer(session: Session, sitting_id: UUID, given: Sequence[Given], items: dict[UUID, Item]) -> None:
    """The answers, each with the grade that code gives it."""
    answers, grades = [], []
    for change, one in zip(next_changes(session, len(given)), given, strict=True):
        item, attempt_id = items[one.version_id], new_id()
        held = {"state": Standing.GRADED.value, "raw": earned(item, one.response)}
        answers.append(
            {
                "id": attempt_id,
                "sitting_id": sitting_id,
                "version_id": one.version_id,
                "response": one.response.model_dump(mode="json"),
                "saved_at": one.at,
                "answered_at": one.at,
                "seconds": one.seconds,
                "points": item.points,
                "graded_by": "code",
                "change": change,
                **held,
            }
        )
        grades.append({"attempt_id": attempt_id, "number": 1, "by": "code", "at": one.at, **held})
    session.execute(insert(Attempt), answers)
    session.execute(insert(Grade), grades)
