"""An approved version brought back into the draft: one change, which can be undone like any other."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.errors import Conflict
from app.courses.models import PageRow
from app.lessons.draft.changes import ChangeKind, Leaf, leaf_of, record
from app.lessons.draft.editing import rested, stands_alone
from app.lessons.draft.undoing import put_leaf
from app.lessons.models import LessonPage
from app.lessons.schema import LessonScript, PageState, ScriptPage
from app.lessons.versions import script_of


class Restored(BaseModel):
    """What came of it, by page number: put back, and left as they were since the version does not have them."""

    pages: list[int] = []
    left: list[int] = []


def restore(session: Session, who: Who, lesson_id: UUID, number: int) -> Restored:
    """Put a version's words on the draft's pages. The caller has checked `who`.

    Pages of another deck are found again by their title, if one page alone has it. Raises NotFound for an unknown
    version and Conflict while a page is not written, be it under way or not begun.
    """
    script = script_of(session, lesson_id, number)
    rows = session.execute(
        select(LessonPage, PageRow)
        .join(PageRow, PageRow.id == LessonPage.page_id)
        .where(LessonPage.lesson_id == lesson_id)
        .order_by(LessonPage.number)
        .with_for_update(of=LessonPage)
    ).all()
    if unwritten := ", ".join(str(row.number) for row, _ in rows if row.status != PageState.READY.value):
        raise Conflict(
            f"Not written yet: page {unwritten}. Have it written in the editor, or wait where that goes on; "
            "then restore the version."
        )
    found, before, after = Restored(), [], []
    for row, page in rows:
        old = _match(script, page, [one for _, one in rows])
        if old is None:
            found.left.append(row.number)
            continue
        now, wanted = leaf_of(row), _leaf(session, row, old, is_here=page.material_id == script.material_id)
        if wanted.actions != now.actions:
            put_leaf(session, who, row, wanted)
            before.append(now)
            after.append(leaf_of(row))
            found.pages.append(row.number)
    if before:
        record(session, lesson_id, ChangeKind.RESTORED, before, after, who)
    return found


def _match(script: LessonScript, page: PageRow, pages: Sequence[PageRow]) -> ScriptPage | None:
    """The version's page that is this one."""
    if page.material_id == script.material_id:
        return next((one for one in script.pages if one.page == page.number), None)
    same = [one for one in script.pages if one.title and one.title == page.title]
    return same[0] if len(same) == 1 and sum(one.title == page.title for one in pages) == 1 else None


def _leaf(session: Session, row: LessonPage, old: ScriptPage, is_here: bool) -> Leaf:
    """The version's words on a page of the draft; on another deck's page they rest on its passages."""
    steps = [one.model_copy(update={"page": row.number}) for one in old.actions]
    if not is_here:
        steps = rested(session, row, [one for one in steps if stands_alone(one)], [])
    return Leaf(
        page_id=row.page_id,
        number=row.number,
        actions=steps,
        fallback=old.fallback,
        reason=old.reason,
        edited=not old.fallback,
    )
