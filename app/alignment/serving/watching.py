"""Watching a rollout: what learners meet who hear the candidate, against those who do not; and back by itself.

Two signals: how often the guard found that the agent would hand over an answer, and how many of the thumbs point down.
Each learner's rate counts once. When the sequential test says that one of them is worse, the candidate is rolled back.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import numpy as np
from sqlalchemy import ColumnElement, Text, cast, func, select
from sqlalchemy.orm import Session

from app.alignment.evaluation.problems import numbers
from app.alignment.schema import Role
from app.alignment.serving.models import RolloutRow
from app.alignment.serving.promoting import locked, roll_back
from app.alignment.serving.schema import Arm, RolloutState, Watch
from app.alignment.serving.sequential import ALPHA, always_valid_p
from app.alignment.signals.models import TurnSignal
from app.alignment.signals.schema import Thumb
from app.base.db import now, unit_of_work
from app.classroom.models import ClassSession, EventRow, GuardPair, TurnPrompt
from app.classroom.schema import Kind
from app.classroom.speech.guard import Refusal
from app.classroom.stage.cast import full_cast
from app.inference import service as inference
from app.inference.schema import ModelUnavailable, Prompt
from app.inference.schema import Role as Voice

log = logging.getLogger(__name__)
AGENT = "Lyceum"
THUMB = "thumb"
SHADOWED_AT_ONCE = 3
"""Turns that a candidate in the shadow answers at each look: as many as a quiet server has time for."""
MOST_SHADOWED = 200

Rates = dict[UUID, tuple[int, int]]
"""By learner: how many were bad, of how many."""


def look() -> None:
    """Look at every rollout that is being tried; roll back what does harm."""
    with unit_of_work() as session:
        states = (RolloutState.SHARE.value, RolloutState.SHADOW.value)
        rows = session.scalars(select(RolloutRow).where(RolloutRow.state.in_(states))).all()
    for row in rows:
        if row.state == RolloutState.SHADOW.value:
            _shadow(row)
        with unit_of_work() as session:
            _look_at(session, row.id)


def _look_at(session: Session, rollout_id: UUID) -> None:
    row = session.get_one(RolloutRow, rollout_id)
    locked(session, row.role)
    session.refresh(row)
    if row.state != RolloutState.SHARE.value:
        return
    found = evidence(session, row)
    row.evidence, row.looked_at = found.model_dump(), now()
    harm = [name for name, p in found.p.items() if p < ALPHA]
    if harm:
        roll_back(session, None, Role(row.role), _reason(found, harm), agent=AGENT)


def _reason(found: Watch, harm: list[str]) -> str:
    told = {
        "leaks": f"answers are handed over in {found.candidate.leaks:.0%} of turns against {found.standing.leaks:.0%}",
        "thumbs": f"{found.candidate.thumbs_down:.0%} of thumbs point down against {found.standing.thumbs_down:.0%}",
    }
    said = "; ".join(f"{told[name]} (always-valid p = {found.p[name]:.4f})" for name in harm)
    return f"Rolled back by itself: {said}."


def evidence(session: Session, row: RolloutRow) -> Watch:
    """What both arms have come to since the rollout began."""
    arms = {is_candidate: _arm(session, row, is_candidate) for is_candidate in (True, False)}
    one, other = arms[True], arms[False]
    p = {
        "leaks": always_valid_p(
            other.leaks, other.leaks_spread, other.learners, one.leaks, one.leaks_spread, one.learners
        ),
        "thumbs": always_valid_p(
            other.thumbs_down, other.thumbs_spread, other.raters, one.thumbs_down, one.thumbs_spread, one.raters
        ),
    }
    return Watch(candidate=one, standing=other, p=p)


def _arm(session: Session, row: RolloutRow, is_candidate: bool) -> Arm:
    turns = _turns(session, row, is_candidate)
    leaked = _leaks(session, row, is_candidate)
    rates = {learner: (min(leaked.get(learner, 0), count), count) for learner, count in turns.items()}
    thumbs = _thumbs(session, row, is_candidate)
    mean, spread = _mean(rates.values())
    down, down_spread = _mean(thumbs.values())
    return Arm(
        learners=len(rates),
        turns=sum(turns.values()),
        leaks=mean,
        leaks_spread=spread,
        raters=len(thumbs),
        thumbs_down=down,
        thumbs_spread=down_spread,
    )


def _mean(rates: Iterable[tuple[int, int]]) -> tuple[float, float]:
    """Mean and variance over learners of their rates."""
    values = np.array([bad / count for bad, count in rates if count], dtype=np.float64)
    if not len(values):
        return 0.0, 0.0
    return float(values.mean()), float(values.var(ddof=1)) if len(values) > 1 else 0.0


def _of_arm(row: RolloutRow, is_candidate: bool) -> ColumnElement[bool]:
    """Classes that were opened since the rollout began, with the candidate or without."""
    given = func.coalesce(ClassSession.adapters[row.role].astext, "")
    since = ClassSession.created_at >= row.started_at
    return since & ~ClassSession.is_preview & (given == row.adapter if is_candidate else given != row.adapter)


def _voices(role: str) -> list[str]:
    return [voice.value for voice, member in full_cast().items() if member.adapter == role]


def _turns(session: Session, row: RolloutRow, is_candidate: bool) -> dict[UUID, int]:
    """By learner, how many turns a model spoke for the role."""
    spoken = EventRow.kind == Kind.SAID.value, EventRow.voice.in_(_voices(row.role))
    query = (
        select(ClassSession.person_id, func.count())
        .join(EventRow, EventRow.class_id == ClassSession.id)
        .where(_of_arm(row, is_candidate), *spoken, func.coalesce(EventRow.body["model"].astext, "") != "")
        .group_by(ClassSession.person_id)
    )
    return dict(session.execute(query).all())


def _leaks(session: Session, row: RolloutRow, is_candidate: bool) -> dict[UUID, int]:
    """By learner, in how many turns the guard found the answer handed over."""
    query = (
        select(ClassSession.person_id, func.count(GuardPair.turn.distinct()))
        .join(GuardPair, GuardPair.class_id == ClassSession.id)
        .where(_of_arm(row, is_candidate), GuardPair.voice.in_(_voices(row.role)))
        .where(GuardPair.reason == Refusal.LEAK.value)
        .group_by(ClassSession.person_id)
    )
    return dict(session.execute(query).all())


def _thumbs(session: Session, row: RolloutRow, is_candidate: bool) -> Rates:
    """By learner, how many of their thumbs on the role's lines point down."""
    down = func.count().filter(TurnSignal.value == Thumb.DOWN.value)
    query = (
        select(TurnSignal.person_id, down, func.count())
        .join(ClassSession, ClassSession.id == TurnSignal.class_id)
        .join(EventRow, (EventRow.class_id == TurnSignal.class_id) & (EventRow.seq == TurnSignal.seq))
        .where(_of_arm(row, is_candidate), TurnSignal.person_id == ClassSession.person_id)
        .where(TurnSignal.kind == THUMB, TurnSignal.value != Thumb.NONE.value, EventRow.voice.in_(_voices(row.role)))
        .group_by(TurnSignal.person_id)
    )
    return {person: (bad, count) for person, bad, count in session.execute(query)}


# ------------------------------------------------------------------------------------------------------ the shadow


def _shadow(row: RolloutRow) -> None:
    """Have the candidate answer some of the newest prompts. What it says is counted and not kept."""
    seen = Watch.model_validate(row.evidence)
    if seen.shadowed >= MOST_SHADOWED:
        return
    with unit_of_work() as session:
        turns = _newest(session, row.role, row.looked_at or row.started_at)
    for system, words, shown, at in turns:
        try:
            reply = inference.complete(Voice(row.role), Prompt(system=system, turn=words), adapter=row.adapter)
        except ModelUnavailable as error:
            log.info("no shadow turn: %s", error.sentence)
            return
        known = f"{system} {words}"
        seen.shadowed += 1
        seen.shadow_words += len(reply.text.split())
        seen.shown_words += len(shown.split())
        seen.shadow_numbers += bool(numbers(reply.text) - numbers(known))
        seen.shown_numbers += bool(numbers(shown) - numbers(known))
        with unit_of_work() as session:
            found = session.get_one(RolloutRow, row.id)
            found.evidence, found.looked_at = seen.model_dump(), at


def _newest(session: Session, role: str, since: datetime) -> list[tuple[str, str, str, datetime]]:
    """Prompts with what was shown: (system, words, shown, when)."""
    query = (
        select(TurnPrompt.system, TurnPrompt.words, EventRow.body["text"].astext, TurnPrompt.created_at)
        .join(EventRow, EventRow.class_id == TurnPrompt.class_id)
        .join(ClassSession, (ClassSession.id == TurnPrompt.class_id) & ~ClassSession.is_preview)
        .where(EventRow.kind == Kind.SAID.value, EventRow.body["turn"].astext == cast(TurnPrompt.turn, Text))
        .where(TurnPrompt.voice.in_(_voices(role)), TurnPrompt.created_at > since)
        .order_by(TurnPrompt.created_at)
        .limit(SHADOWED_AT_ONCE)
    )
    return [(system, words, shown or "", at) for system, words, shown, at in session.execute(query)]
