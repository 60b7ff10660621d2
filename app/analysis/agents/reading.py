"""What the guard refused, and what model calls cost, from SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import Row, Select, Text, cast, distinct, func, select
from sqlalchemy.orm import Session

from app.analysis.agents.doing import Refused, Who
from app.analysis.agents.schema import Rollout, Trial
from app.analysis.logs.lines import Lines
from app.classroom.models import ClassSession, EventRow, GuardPair, held_in
from app.classroom.schema import Kind
from app.inference.models import ModelCall

BASE = "base model"
"""What an arm without an adapter is called."""


def refusals(session: Session, course_id: UUID, lines: Lines) -> list[Refused]:
    """Turns that the guard refused in the classes of the lines, by who was to speak; the model is that of the turn."""
    body = EventRow.body
    said = (
        select(EventRow.class_id, *(body[name].astext.label(name) for name in ("turn", "model", "prompts")))
        .join(ClassSession, ClassSession.id == EventRow.class_id)
        .where(held_in(course_id), EventRow.kind == Kind.SAID.value, EventRow.class_id.in_(_refusing()))
        .subquery()
    )
    query = (
        select(
            GuardPair.voice,
            func.coalesce(said.c.model, ""),
            func.coalesce(said.c.prompts, ""),
            GuardPair.reason,
            func.count(distinct(GuardPair.turn)),
        )
        .join(ClassSession, ClassSession.id == GuardPair.class_id)
        .outerjoin(said, (said.c.class_id == GuardPair.class_id) & (said.c.turn == cast(GuardPair.turn, Text)))
        .where(held_in(course_id), GuardPair.class_id.in_([UUID(one.id) for one in lines.classes]))
        .group_by(GuardPair.voice, said.c.model, said.c.prompts, GuardPair.reason)
    )
    return [Refused(Who(voice, model, prompt), reason, n) for voice, model, prompt, reason, n in session.execute(query)]


def _refusing() -> Select[UUID]:
    return select(GuardPair.class_id)


def trials_of(session: Session, course_id: UUID, rollouts: Sequence[Rollout]) -> list[Trial]:
    """The classes that were opened while an adapter was tried, from the first that was given it, by the adapter that
    they were given. Shared classes are nobody's lot, and left out; so is an adapter that no class here was given.
    """
    if not rollouts:
        return []
    query = select(ClassSession.id, ClassSession.created_at, ClassSession.adapters)
    query = query.where(held_in(course_id), ~ClassSession.is_shared)
    classes = session.execute(query).all()
    return [found for one in rollouts if (found := _trial(one, classes))]


def _trial(rollout: Rollout, classes: Sequence[Row[UUID, datetime, dict[str, JsonValue]]]) -> Trial | None:
    name = {rollout.previous: rollout.previous or BASE, rollout.adapter: rollout.adapter}
    told = [(class_id, at, str(given.get(rollout.role, ""))) for class_id, at, given in classes]
    tried = [(one, at, adapter) for one, at, adapter in told if _is_during(rollout, at) and adapter in name]
    began = min((at for _, at, adapter in tried if adapter == rollout.adapter), default=None)
    if began is None:
        return None
    assigned = {class_id: name[adapter] for class_id, at, adapter in tried if at >= began}
    return Trial(name=f"{rollout.role}: {rollout.adapter}", arms=list(name.values()), assigned=assigned)


def _is_during(rollout: Rollout, at: datetime) -> bool:
    return rollout.started_at <= at and (rollout.ended_at is None or at < rollout.ended_at)


@dataclass(frozen=True)
class Cost:
    """What the calls of a role to a model came to; times in ms."""

    role: str
    model: str
    calls: int
    failed: int
    tokens_in: int
    tokens_cached: int
    tokens_out: int
    first_ms: float
    first_p95: float
    total_ms: float
    total_p95: float


def costs(session: Session, course_id: UUID) -> list[Cost]:
    """What the model calls about a course's classes cost, most tokens first."""
    middle, late = (func.percentile_cont(share) for share in (0.5, 0.95))
    ok = ModelCall.outcome == "ok"
    query = (
        select(
            ModelCall.role,
            ModelCall.model,
            func.count(),
            func.count().filter(~ok),
            func.coalesce(func.sum(ModelCall.tokens_in), 0),
            func.coalesce(func.sum(ModelCall.tokens_cached), 0),
            func.coalesce(func.sum(ModelCall.tokens_out), 0),
            middle.within_group(ModelCall.first_token_ms).filter(ok),
            late.within_group(ModelCall.first_token_ms).filter(ok),
            middle.within_group(ModelCall.total_ms).filter(ok),
            late.within_group(ModelCall.total_ms).filter(ok),
        )
        .join(ClassSession, ClassSession.id == ModelCall.about)
        .where(held_in(course_id))
        .group_by(ModelCall.role, ModelCall.model)
        .order_by(func.sum(ModelCall.tokens_in + ModelCall.tokens_out).desc())
        .limit(100)
    )
    nan = float("nan")
    return [
        Cost(*row[:4], *(int(one) for one in row[4:7]), *(nan if one is None else float(one) for one in row[7:]))
        for row in session.execute(query)
    ]
