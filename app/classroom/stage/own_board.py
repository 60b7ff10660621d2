"""What stands on a student's own board in a class: all they wrote on it but what they have rubbed out."""

from uuid import UUID

from sqlalchemy import Integer, cast, select
from sqlalchemy.orm import Session

from app.classroom.models import EventRow
from app.classroom.schema import Body, Kind
from app.lessons.schema import BoardItem

MOST_ITEMS = 60
"""So much stands on a student's board at once, over all pages."""


def standing(session: Session, class_id: UUID, person_id: UUID) -> dict[int, Body]:
    """What stands on somebody's own board, by the seq at which it was written, in that order; a body has its page and
    `board`.
    """
    here = (EventRow.class_id == class_id, EventRow.person_id == person_id)
    rubbed = select(cast(EventRow.body["answers"].astext, Integer)).where(*here, EventRow.kind == Kind.RUBBED.value)
    query = select(EventRow.seq, EventRow.body).where(*here, EventRow.kind == Kind.OWN_BOARD.value)
    found = session.execute(query.where(EventRow.seq.not_in(rubbed)).order_by(EventRow.seq))
    return {seq: Body.model_validate(body) for seq, body in found}


def newest_on(session: Session, class_id: UUID, person_id: UUID, page: int) -> BoardItem | None:
    """What was written last of what stands on somebody's own board for a page; None for nothing."""
    bodies = standing(session, class_id, person_id).values()
    return next((one.board for one in reversed(bodies) if one.page == page), None)
