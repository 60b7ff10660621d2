"""Undo and redo: a change's pages are put back as they were, if they still are as it left them."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.errors import Conflict
from app.lessons.draft.changes import ChangeView, Leaf, hold, next_of, view_of
from app.lessons.models import LessonChange, LessonPage
from app.lessons.schema import PageState, Written
from app.lessons.writing import keep


def undo(session: Session, who: Who, lesson_id: UUID) -> ChangeView:
    """Take the newest change back. The caller has checked `who`. Raises Conflict where that is not possible now."""
    change = _next(session, lesson_id, undone=False)
    _put(session, who, change, _leaves(change.after), _leaves(change.before))
    change.undone = True
    session.flush()
    return view_of(session, change)


def redo(session: Session, who: Who, lesson_id: UUID) -> ChangeView:
    """Make the change again that was undone last. Raises as `undo` does."""
    change = _next(session, lesson_id, undone=True)
    _put(session, who, change, _leaves(change.before), _leaves(change.after))
    change.undone = False
    session.flush()
    return view_of(session, change)


def _leaves(documents: list[object]) -> list[Leaf]:
    return [Leaf.model_validate(one) for one in documents]


def _next(session: Session, lesson_id: UUID, undone: bool) -> LessonChange:
    """The change, with its pages locked before the line of changes, as everybody who changes a page does."""
    change = next_of(session, lesson_id, undone)
    if change is None:
        raise Conflict("There is nothing to make again." if undone else "There is nothing to undo.")
    ids = [one.page_id for one in _leaves(change.after)]
    session.execute(
        select(LessonPage.id)
        .where(LessonPage.lesson_id == lesson_id, LessonPage.page_id.in_(ids))
        .order_by(LessonPage.number)
        .with_for_update()
    )
    hold(session, lesson_id)
    session.expire_all()
    again = next_of(session, lesson_id, undone)
    if again is None or again.id != change.id:
        raise Conflict("Somebody changed the lesson in this moment. Look at it, then press again.")
    return again


def _put(session: Session, who: Who, change: LessonChange, there: list[Leaf], wanted: list[Leaf]) -> None:
    query = select(LessonPage).where(LessonPage.lesson_id == change.lesson_id)
    rows = {
        row.page_id: row for row in session.scalars(query.where(LessonPage.page_id.in_([x.page_id for x in there])))
    }
    for leaf in there:
        row = rows.get(leaf.page_id)
        if row is None:
            raise Conflict(f"Page {leaf.number} is not in the deck any more, so this cannot be undone.")
        if row.status != PageState.READY.value:
            raise Conflict(f"Page {row.number} is being written. Wait for it, then press again.")
        if Leaf.model_validate({**leaf.model_dump(), "actions": row.actions}).actions != leaf.actions:
            raise Conflict(f"Page {row.number} is not as this change left it, so it stays as it is.")
    for leaf in wanted:
        put_leaf(session, who, rows[leaf.page_id], leaf)


def put_leaf(session: Session, who: Who, row: LessonPage, leaf: Leaf) -> None:
    """Put a page's earlier state on its row, which the caller holds."""
    row.edited_by, row.call_id = who.id if leaf.edited else None, leaf.call_id
    keep(session, row, Written(actions=leaf.actions, fallback=leaf.fallback, reason=leaf.reason))
