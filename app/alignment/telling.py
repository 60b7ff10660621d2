"""What alignment knows of a course's agents, for the analysis of them: thumbs, and what was rolled out."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.alignment.serving.models import RolloutRow
from app.alignment.serving.schema import RolloutState
from app.alignment.signals.models import TurnSignal
from app.alignment.signals.saying import THUMB
from app.alignment.signals.schema import Thumb as Given
from app.analysis.agents.schema import Outside, Rollout, Thumb
from app.classroom.models import ClassSession, held_in


def outside(session: Session, course_id: UUID) -> Outside:
    """The thumbs of a course's classes, without who gave them or why; and adapters that some learners were given."""
    query = (
        select(TurnSignal.class_id, TurnSignal.seq, TurnSignal.value)
        .join(ClassSession, ClassSession.id == TurnSignal.class_id)
        .where(held_in(course_id), TurnSignal.kind == THUMB)
    )
    thumbs = [
        Thumb(class_id=class_id, seq=seq, is_up=value == Given.UP.value)
        for class_id, seq, value in session.execute(query)
        if value in (Given.UP.value, Given.DOWN.value)
    ]
    return Outside(thumbs=thumbs, rollouts=_rollouts(session))


def _rollouts(session: Session) -> list[Rollout]:
    """Every adapter that came as far as learners, by the time of its rollout."""
    unheard = (RolloutState.WAITING.value, RolloutState.SHADOW.value, RolloutState.FAILED.value)
    rows = session.scalars(select(RolloutRow).where(RolloutRow.state.not_in(unheard)).order_by(RolloutRow.started_at))
    return [Rollout.model_validate(row, from_attributes=True) for row in rows]
