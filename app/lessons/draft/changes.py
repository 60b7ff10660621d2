"""The changes of a draft, kept as rows: what undo takes back and redo makes again, also after a reload.

A lesson has one line of changes, whoever made them. A new change ends what was undone before it.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.schema import Who
from app.lessons.models import LessonChange, LessonPage
from app.lessons.schema import TeachingAction

MOST = 300
"""So many changes of a lesson are kept; older ones cannot be undone any more."""


class ChangeKind(StrEnum):
    """What a change did."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    WRITTEN = "written"
    REWRITTEN = "rewritten"
    RESTORED = "restored"


WORDS = {
    ChangeKind.CHANGED: "Step changed on",
    ChangeKind.ADDED: "Step added on",
    ChangeKind.REMOVED: "Step removed from",
    ChangeKind.MOVED: "Step moved on",
    ChangeKind.WRITTEN: "Words written by the author on",
    ChangeKind.REWRITTEN: "Rewriting accepted on",
    ChangeKind.RESTORED: "Older words restored on",
}


class Leaf(BaseModel):
    """A page of a draft as it stood before or after a change. `edited`: by a person."""

    page_id: UUID
    number: int
    actions: list[TeachingAction]
    fallback: bool = False
    reason: str = ""
    edited: bool = False
    call_id: UUID | None = None


class ChangeView(BaseModel):
    """A change as people see it. `by` is a name, "" for the author model."""

    seq: int
    kind: ChangeKind
    pages: list[int]
    by: str = ""
    at: datetime
    undone: bool = False

    @property
    def words(self) -> str:
        """What was done, and where."""
        pages = ", ".join(str(one) for one in self.pages)
        return f"{WORDS[self.kind]} page{'s' if len(self.pages) > 1 else ''} {pages}"


class History(BaseModel):
    """What undo would take back, and what redo would make again."""

    undo: ChangeView | None = None
    redo: ChangeView | None = None


def leaf_of(row: LessonPage) -> Leaf:
    """A page as it stands."""
    return Leaf.model_validate(
        {
            "page_id": row.page_id,
            "number": row.number,
            "actions": row.actions,
            "fallback": row.fallback,
            "reason": row.reason,
            "edited": row.edited_by is not None,
            "call_id": row.call_id,
        }
    )


def record(
    session: Session, lesson_id: UUID, kind: ChangeKind, before: Sequence[Leaf], after: Sequence[Leaf], who: Who | None
) -> None:
    """Keep a change, for a caller who holds the pages' rows. What was undone before it can be made again no more."""
    hold(session, lesson_id)
    here = LessonChange.lesson_id == lesson_id
    last = session.scalar(select(func.max(LessonChange.seq)).where(here)) or 0
    session.execute(delete(LessonChange).where(here, LessonChange.undone | (LessonChange.seq <= last - MOST)))
    session.add(
        LessonChange(
            lesson_id=lesson_id,
            seq=last + 1,
            kind=kind.value,
            before=[one.model_dump(mode="json") for one in before],
            after=[one.model_dump(mode="json") for one in after],
            made_by=who.id if who else None,
        )
    )
    session.flush()


def hold(session: Session, lesson_id: UUID) -> None:
    """Keep others from the lesson's changes until the transaction ends. Pages are locked first, then these.

    Not the lock of the lesson's log (runs/events.py): that one is taken after the run's row, this one before.
    """
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"changes {lesson_id}", 0))))


def next_of(session: Session, lesson_id: UUID, undone: bool) -> LessonChange | None:
    """What comes next: of those undone the oldest, of the others the newest."""
    order = LessonChange.seq.asc() if undone else LessonChange.seq.desc()
    query = select(LessonChange).where(LessonChange.lesson_id == lesson_id, LessonChange.undone.is_(undone))
    return session.scalar(query.order_by(order).limit(1))


def history(session: Session, lesson_id: UUID) -> History:
    """What can be undone and made again. The caller has checked who asks."""
    newest, oldest = next_of(session, lesson_id, undone=False), next_of(session, lesson_id, undone=True)
    told = {one.seq: one for one in _views(session, LessonChange.id.in_([row.id for row in (newest, oldest) if row]))}
    return History(undo=told.get(newest.seq) if newest else None, redo=told.get(oldest.seq) if oldest else None)


def changes(session: Session, lesson_id: UUID, most: int = 50) -> list[ChangeView]:
    """The newest changes of a lesson, newest first. The caller has checked who asks."""
    return _views(session, LessonChange.lesson_id == lesson_id, most)


def view_of(session: Session, row: LessonChange) -> ChangeView:
    """A change as people see it."""
    return _views(session, LessonChange.id == row.id)[0]


def _views(session: Session, condition: ColumnElement[bool], most: int = 2) -> list[ChangeView]:
    query = (
        select(LessonChange, Person.name)
        .outerjoin(Person, Person.id == LessonChange.made_by)
        .where(condition)
        .order_by(LessonChange.seq.desc())
        .limit(most)
    )
    return [
        ChangeView(
            seq=row.seq,
            kind=ChangeKind(row.kind),
            pages=[one["number"] for one in row.after],
            by=name or "",
            at=row.at,
            undone=row.undone,
        )
        for row, name in session.execute(query)
    ]
