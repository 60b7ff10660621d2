"""What alignment knows of a course's agents, for the analysis of them: thumbs that were given."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.alignment.signals.models import TurnSignal
from app.alignment.signals.saying import THUMB
from app.alignment.signals.schema import Thumb as Given
from app.analysis.agents.schema import Outside, Thumb
from app.classroom.models import ClassSession


def outside(session: Session, course_id: UUID) -> Outside:
    """The thumbs of a course's classes, without who gave them or why."""
    query = (
        select(TurnSignal.class_id, TurnSignal.seq, TurnSignal.value)
        .join(ClassSession, ClassSession.id == TurnSignal.class_id)
        .where(ClassSession.course_id == course_id, TurnSignal.kind == THUMB)
    )
    thumbs = [
        Thumb(class_id=class_id, seq=seq, is_up=value == Given.UP.value)
        for class_id, seq, value in session.execute(query)
        if value in (Given.UP.value, Given.DOWN.value)
    ]
    return Outside(thumbs=thumbs)
