"""The verbs of the live class, for the web, the workers and the rooms above."""

import time
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.base.db import now, unit_of_work
from app.base.errors import NotFound
from app.base.settings import get_settings
from app.base.stream import flag_is_up, set_flag
from app.classroom.attending import control, say, set_activity, set_mode, set_speed
from app.classroom.budgets import Economy
from app.classroom.cast import Cast
from app.classroom.casting import cast_for, choices, choose_cast
from app.classroom.concerns import concerns
from app.classroom.director import LONGEST_WAIT
from app.classroom.log import OpenLog, events_after
from app.classroom.models import ClassSession
from app.classroom.opening import access_class, classes_of, open_class
from app.classroom.policy import policy_of, set_policy
from app.classroom.prompting import opening_prompt
from app.classroom.scene import cast_of, lesson_of
from app.classroom.state import ClassState, Status
from app.classroom.turn import take_turn
from app.inference import service as inference
from app.inference.schema import Role

__all__ = [
    "access_class",
    "cast_for",
    "choices",
    "choose_cast",
    "classes_of",
    "concerns",
    "control",
    "due",
    "events_after",
    "members",
    "open_class",
    "policy_of",
    "present",
    "say",
    "set_activity",
    "set_mode",
    "set_policy",
    "set_speed",
    "state",
    "take_turn",
    "warm",
]

READ_AHEAD_SECONDS = 3.0


def state(session: Session, class_id: UUID) -> ClassState:
    """The served state: the fold of the log up to its last event."""
    row = session.get(ClassSession, class_id)
    if row is None:
        raise NotFound
    return ClassState.model_validate(row.state)


def members(session: Session, class_id: UUID) -> Cast:
    """The agents of a class."""
    return cast_of(session.get_one(ClassSession, class_id))


def present(class_id: UUID) -> None:
    """Somebody is looking at the class; one that stood still for want of an audience goes on."""
    was = flag_is_up(f"present:{class_id}")
    set_flag(f"present:{class_id}", get_settings().absence_seconds)
    if was:
        return
    with unit_of_work() as session:
        log = OpenLog.lock(session, class_id)
        if log.row.due_at is None and log.state.status is Status.RUNNING:
            log.wake()


def due(session: Session, moment: datetime | None = None) -> list[UUID]:
    """Classes that want attention: a turn is due, or a claim has shown no sign of life in time."""
    at = moment or now()
    is_due = or_(ClassSession.due_at <= at, ClassSession.due_at > at + LONGEST_WAIT)
    query = select(ClassSession.id).where(is_due).order_by(ClassSession.due_at)
    return list(session.scalars(query.limit(500)))


def warm(class_id: UUID) -> None:
    """Have the model read the shown page, then the next one, before anybody asks about them.

    The next page too, because the first question often comes with the page, when reading it would be too late; but a
    little later and only in a quiet moment, so that it takes nothing from a question that came with this page.
    """
    _warm_page(class_id, 0)
    time.sleep(READ_AHEAD_SECONDS)
    _warm_page(class_id, 1)


def _warm_page(class_id: UUID, ahead: int) -> None:
    """Have the model read the page `ahead` of the shown one; a page to come only while nobody speaks or waits."""
    with unit_of_work() as session:
        row = session.get(ClassSession, class_id)
        if row is None:
            return
        lesson, cast = lesson_of(session, row), cast_of(row)
        found = ClassState.model_validate(row.state)
    page = lesson.pages.get(max(1, found.page) + ahead)
    is_busy = bool(found.pending or found.open_turn)
    if page and not (ahead and is_busy) and found.economy < Economy.SCRIPT_ONLY:
        prompt = opening_prompt(lesson.course_title, lesson.script.title, page, cast)
        inference.warm(Role.TUTOR, prompt, about=class_id)
