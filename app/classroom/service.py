"""The verbs of the live class, for the web, the workers and the rooms above."""

import logging
import time
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.db import is_held, now, unit_of_work
from app.base.errors import AppError, NotFound
from app.base.settings import get_settings
from app.base.stream import clear_flag, set_flags
from app.classroom.directing.budgets import Economy
from app.classroom.directing.director import LONGEST_WAIT
from app.classroom.directing.policy import policy_of, set_policy
from app.classroom.log.gates import seen_by
from app.classroom.log.state import ClassState, Status
from app.classroom.log.writing import OpenLog, events_after, lines_after, state_of
from app.classroom.models import ClassSession
from app.classroom.papers.concerns import concerns
from app.classroom.papers.erasing import (
    bury,
    classes_with,
    erase_person,
    go_for_good,
    keep_to_themselves,
    old_papers,
    redact,
    remove_papers,
    remove_words,
    silent_since,
    use_approved_words,
)
from app.classroom.papers.gates import gates_in
from app.classroom.papers.looking_in import look_inside
from app.classroom.papers.notes import as_markdown, class_notes, save_notes
from app.classroom.papers.remembering import correct_note, delete_note, learner_notes, remember, tells_of_a_learner
from app.classroom.people.answering import answer, asked_item, asked_view
from app.classroom.people.attending import control, say, set_activity, set_mode, set_speed
from app.classroom.people.chalk import board_item, rub_out, spotlight, write_board, write_own
from app.classroom.people.company import attended, come_back, join, leave, open_shared, people, see_off, shared_classes
from app.classroom.people.importing import bring_in
from app.classroom.people.instructing import release_floor, speak_as_teacher, take_floor, whisper
from app.classroom.people.opening import access_class, classes_of, open_class, person_in
from app.classroom.people.presence import be_here, go_away, instructor_is_here, watches
from app.classroom.people.previewing import open_preview, remove_previews
from app.classroom.speech.prompting import opening_prompt
from app.classroom.stage.cast import Cast
from app.classroom.stage.casting import cast_for, choices, choose_cast
from app.classroom.stage.lesson import adapter_of, cast_of, lesson_of
from app.classroom.turns.retelling import ask_otherwise, tell_otherwise
from app.classroom.turns.stumbling import stumbled, stumbled_since
from app.classroom.turns.turn import take_turn
from app.inference import service as inference
from app.inference.schema import Role

__all__ = [
    "access_class",
    "answer",
    "as_markdown",
    "ask_otherwise",
    "asked_item",
    "asked_view",
    "attended",
    "be_here",
    "board_item",
    "bring_in",
    "bury",
    "cast_for",
    "casts",
    "choices",
    "choose_cast",
    "class_notes",
    "classes_of",
    "classes_with",
    "come_back",
    "concerns",
    "control",
    "correct_note",
    "delete_note",
    "due",
    "erase_person",
    "events_after",
    "gates_in",
    "go_away",
    "go_for_good",
    "instructor_is_here",
    "join",
    "keep_to_themselves",
    "last_seqs",
    "learner_notes",
    "leave",
    "lines_after",
    "look_inside",
    "members",
    "old_papers",
    "open_class",
    "open_preview",
    "open_shared",
    "people",
    "policy_of",
    "present",
    "redact",
    "release_floor",
    "remember",
    "remove_papers",
    "remove_previews",
    "remove_words",
    "rub_out",
    "save_notes",
    "say",
    "see_off",
    "set_activity",
    "set_mode",
    "set_policy",
    "set_speed",
    "shared_classes",
    "silent_since",
    "speak_as_teacher",
    "spotlight",
    "state",
    "state_for",
    "stumbled",
    "stumbled_since",
    "take_floor",
    "take_turn",
    "tell_otherwise",
    "tells_of_a_learner",
    "use_approved_words",
    "warm",
    "watches",
    "whisper",
    "write_board",
    "write_own",
]

READ_AHEAD_SECONDS = 3.0
journal = logging.getLogger(__name__)
AWAY = (OperationalError, PoolTimeout)
"""What is raised while the database is away: then no class can be woken."""
UNREADABLE = (SQLAlchemyError, AppError, ValueError, LookupError, TypeError, AttributeError)
"""What one class raises whose row cannot be read or written: that is no trouble of the others."""


def state(session: Session, class_id: UUID) -> ClassState:
    """The served state: the fold of the log up to its last event."""
    return state_of(session, class_id)


def state_for(session: Session, who: Who, class_id: UUID) -> ClassState:
    """The served state as somebody in the class may see it: whispers are for instructors, and how
    others answered. Raises NotFound.
    """
    is_instructor = person_in(session, who, class_id).is_instructor
    found = state(session, class_id)
    return found if is_instructor else seen_by(found, who.id).model_copy(update={"whispers": []})


def members(session: Session, class_id: UUID) -> Cast:
    """The agents of a class."""
    return cast_of(session, session.get_one(ClassSession, class_id))


def casts(session: Session, class_ids: Iterable[UUID]) -> dict[UUID, Cast]:
    """The agents of several classes, by class, for records that name them."""
    rows = session.scalars(select(ClassSession).where(ClassSession.id.in_(set(class_ids))))
    return {row.id: cast_of(session, row) for row in rows}


def present(class_ids: list[UUID]) -> None:
    """Somebody is looking at these classes; one that stood still for want of an audience goes on.

    One that cannot be woken is told in the log and tried again when this is said next; the others are woken. Raises
    what says that the database is away, and then all that are not awake yet are tried again.
    """
    known = set_flags([f"present:{class_id}" for class_id in class_ids], get_settings().absence_seconds)
    asleep = [one for one, was in zip(class_ids, known, strict=True) if not was]
    for at, class_id in enumerate(asleep):
        try:
            _wake(class_id)
        except NotFound:
            continue  # it was removed, and a page of it is still open somewhere
        except AWAY as trouble:
            if is_held(trouble):
                journal.warning("class %s cannot be woken, as something holds it", class_id)
                clear_flag(f"present:{class_id}")
                continue
            for other in asleep[at:]:
                clear_flag(f"present:{other}")
            raise
        except UNREADABLE:
            journal.exception("class %s cannot be woken", class_id)
            clear_flag(f"present:{class_id}")


def _wake(class_id: UUID) -> None:
    with unit_of_work() as session:
        log = OpenLog.lock(session, class_id)
        if log.row.due_at is None and log.state.status is Status.RUNNING:
            log.wake()


def last_seqs(session: Session, class_ids: list[UUID]) -> dict[UUID, int]:
    """How far the logs of these classes have come."""
    query = select(ClassSession.id, ClassSession.last_seq).where(ClassSession.id.in_(class_ids))
    return dict(session.execute(query).all())


def due(session: Session, moment: datetime | None = None, *, free: bool = False) -> list[UUID]:
    """Classes that want attention: a turn is due, or a claim has shown no sign of life in time.

    `free`: none whose row is held at this moment. Somebody is at it, or hangs, and then every turn would wait there in
    vain; it comes up again.
    """
    at = moment or now()
    is_due = or_(ClassSession.due_at <= at, ClassSession.due_at > at + LONGEST_WAIT)
    query = select(ClassSession.id).where(is_due).order_by(ClassSession.due_at).limit(500)
    if free:
        query = query.with_for_update(read=True, key_share=True, skip_locked=True)
    return list(session.scalars(query))


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
        lesson, cast, is_shared = lesson_of(session, row), cast_of(session, row), row.is_shared
        found = ClassState.model_validate(row.state)
        adapter = adapter_of(session, row, Role.TUTOR)
    page = lesson.told_pages.get(max(1, found.page) + ahead)
    is_busy = bool(found.pending or found.open_turn)
    if page and not (ahead and is_busy) and found.economy < Economy.SCRIPT_ONLY:
        prompt = opening_prompt(lesson.course_title, lesson.script.title, page, cast, is_shared, lesson.language)
        inference.warm(Role.TUTOR, prompt, about=class_id, adapter=adapter)
