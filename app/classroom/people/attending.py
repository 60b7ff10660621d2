"""What students do in a class: speak, raise a hand, steer it."""

import math
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.db import new_id, now
from app.base.errors import Busy, Conflict, Invalid
from app.base.languages import code_of
from app.base.settings import get_settings
from app.base.stream import flag_after_commit
from app.base.text import clean_text
from app.classroom.log.asking import replied_to
from app.classroom.log.gates import holds_before
from app.classroom.log.hearing import hear
from app.classroom.log.state import ClassState, Status
from app.classroom.log.writing import OpenLog, seq_of
from app.classroom.people.company import steering_log, students_log
from app.classroom.people.presence import instructor_is_here
from app.classroom.schema import Activity, Body, Control, Cut, Draft, Intent, Kind, Mode, Voice
from app.classroom.stage.lesson import cast_of, lesson_of
from app.classroom.stage.showing import show_page
from app.lessons.schema import Ask, LessonScript, Show

LONGEST_WORDS = 2000
PACE = (Intent.GO_ON, Intent.HOLD_ON)
"""Words that set the pace of a class."""
MOST_PENDING = 5
SPEEDS = (0.75, 1.0, 1.25, 1.5, 2.0)


def say(session: Session, who: Who, class_id: UUID, text: str, key: str = "", cut: Cut | None = None) -> int:
    """The student says something; returns its seq. The same `key` again returns the same seq and adds nothing.

    `cut` tells where that broke into an utterance which was still being read out.
    """
    words = clean_text(text).strip()
    if not words:
        raise Invalid("Write something first.")
    if len(words) > LONGEST_WORDS:
        raise Invalid(
            f"That is {len(words):,} characters; a question may have {LONGEST_WORDS:,}. Shorten it and send again."
        )
    log = students_log(session, who, class_id)
    event_id = uuid5(class_id, f"{who.id}/{key[:200]}") if key else new_id()
    if key and (known := seq_of(session, event_id)):
        return known
    _may_speak(log.state, who, words)
    own = [one for one in log.state.pending if one.person == who.id]
    if len(own) >= MOST_PENDING:
        raise Busy(f"{MOST_PENDING} of your questions are still waiting. Let them be answered first.")
    _break_in(log, None if log.row.is_shared else cut)
    event = log.append(_said(log, who, words), event_id)
    attended_to(log)
    log.tell_records()
    return event.seq


def _may_speak(state: ClassState, who: Who, words: str) -> None:
    """Who was abusive again and again has to be silent for a while; signs of distress are heard all the same."""
    left = (state.muted.get(who.id, now()) - now()).total_seconds()
    if left > 0 and hear(words).intent is not Intent.DISTRESS:
        raise Busy(
            f"After what was said here you can write again in {math.ceil(left)} seconds. The lesson goes on meanwhile; "
            "if something about it bothers you, say so then."
        )


def _said(log: OpenLog, who: Who, words: str) -> Draft:
    """The student's words with their reading."""
    state = log.state
    names = {voice: member.name for voice, member in cast_of(log.session, log.row).items()}
    before = next((line.text for line in reversed(state.recent) if line.voice is not Voice.STUDENT), "")
    language = code_of(lesson_of(log.session, log.row).language)
    reading = hear(words, names, state.open_ask is not None, before, language)
    if reading.intent in PACE and log.row.is_shared and instructor_is_here(log.session, log.row.id):
        reading.intent = Intent.STATEMENT  # as with the buttons: whoever leads sets the pace
    body = Body(
        text=words,
        page=max(1, state.page),
        intent=reading.intent,
        named=reading.named,
        answers=replied_to(state, reading.intent),
    )
    return Draft(kind=Kind.ASKED, voice=Voice.STUDENT, person_id=who.id, body=body)


def _break_in(log: OpenLog, cut: Cut | None) -> None:
    """A student breaks in: who is about to chat steps back, and a line still being read out is cut where it was."""
    opened = log.state.open_turn
    waits = opened and any(one.seq == opened.answers for one in log.state.pending)
    if opened and not waits:
        log.silence()
    last = log.state.recent[-1] if log.state.recent else None
    if cut and last and cut.seq == last.seq and last.voice is not Voice.STUDENT and 0 <= cut.heard < len(last.text):
        log.append(Draft(kind=Kind.CUT, body=Body(answers=cut.seq, heard=cut.heard, cause="interrupted")))


def attended_to(log: OpenLog) -> None:
    """Somebody acted: the class is attended and wants a turn, unless one is being spoken."""
    flag_after_commit(log.session, f"present:{log.row.id}", get_settings().absence_seconds)
    log.wake()


def control(session: Session, who: Who, class_id: UUID, verb: Control, cut: Cut | None = None) -> None:
    """Pause, resume, continue, interrupt, raise or lower a hand, turn a page, end. What is so already stays so."""
    log = steering_log(session, who, class_id, verb)
    state = log.state
    if verb in (Control.PAUSE, Control.CONTINUE, Control.HAND) and state.open_turn and state.open_turn.prepared:
        log.silence()  # nobody has heard of it yet, and it would come into the pause, or first
    if verb is Control.PAUSE and state.status is Status.RUNNING:
        log.append(Draft(kind=Kind.PAUSED, person_id=who.id))
    elif verb is Control.RESUME and state.status is Status.PAUSED:
        log.append(Draft(kind=Kind.RESUMED, person_id=who.id))
    elif verb is Control.CONTINUE:
        _continue(log, who)
    elif verb is Control.INTERRUPT:
        _interrupt(log, who, cut)
    elif verb is Control.HAND:
        _hand(log, who)
    elif verb in (Control.BACK, Control.FORWARD):
        _turn_page(session, log, who, verb)
    elif verb is Control.END:
        _end(log, who)
        return
    attended_to(log)
    log.tell_records()


def _continue(log: OpenLog, who: Who) -> None:
    if log.state.status is Status.PAUSED:
        log.append(Draft(kind=Kind.RESUMED, person_id=who.id))
    if not log.state.skip:
        log.append(Draft(kind=Kind.SKIPPED, person_id=who.id))


def _interrupt(log: OpenLog, who: Who, cut: Cut | None) -> None:
    """Whoever speaks stops, and the floor is the student's; where others listen too, it is a raised hand."""
    if not log.row.is_shared:
        log.silence()
        _break_in(log, cut)
    if not _has_hand_up(log.state, who):
        _hand(log, who)


def _hand(log: OpenLog, who: Who) -> None:
    """Raise a hand, behind those that are up already, or lower one's own."""
    cause = "down" if _has_hand_up(log.state, who) else "up"
    log.append(Draft(kind=Kind.HAND, person_id=who.id, body=Body(cause=cause, name=who.name)))


def _has_hand_up(state: ClassState, who: Who) -> bool:
    return any(one is not None and one.person == who.id for one in (state.hand, *state.hands))


def _turn_page(session: Session, log: OpenLog, who: Who, verb: Control) -> None:
    """Show the neighbouring page and go on from its first line."""
    script = lesson_of(session, log.row).script
    target = log.state.page + (1 if verb is Control.FORWARD else -1)
    if not 1 <= target <= len(script.pages):
        raise Conflict("This is the last page." if target > 1 else "This is the first page.")
    number = script.pages[target - 1].page
    index = _shown_at(script, number)
    if verb is Control.FORWARD and not log.place and _holds_here(log.state, script, index):
        raise Conflict("Your instructor has put a question here that the class waits at. Answer it first.")
    if verb is Control.FORWARD and not log.place and holds_before(log.state, index):
        raise Conflict("Your instructor wants to see first what has stayed of this section. Answer the questions here.")
    _break_in(log, None)
    body = Body(page=number, action=index, cause=verb.value)
    show_page(session, log, body, who.id)


def _holds_here(state: ClassState, script: LessonScript, until: int) -> bool:
    """Whether the page that is shown has, before an action, a question with a gate that nobody has come through. Those
    of earlier pages are behind the class, by an instructor's leave.
    """
    begins = _shown_at(script, state.page) if state.page else 0
    here = enumerate(script.actions[begins:until], start=begins)
    return any(isinstance(one, Ask) and one.gate and at not in state.passed for at, one in here)


def _shown_at(script: LessonScript, page: int) -> int:
    """The place of the action that shows a page."""
    return next(at for at, one in enumerate(script.actions) if isinstance(one, Show) and one.page == page)


def _end(log: OpenLog, who: Who) -> None:
    log.silence()
    log.append(Draft(kind=Kind.ENDED, person_id=who.id, body=Body(cause="left")))
    log.row.ended_at, log.row.due_at = now(), None
    log.tell_records(at_once=True)


def set_activity(session: Session, who: Who, class_id: UUID, activity: Activity) -> None:
    """How much the classmates say from now on."""
    log = steering_log(session, who, class_id)
    if activity is not log.state.activity:
        log.append(Draft(kind=Kind.ACTIVITY, person_id=who.id, body=Body(activity=activity)))
    attended_to(log)


def set_mode(session: Session, who: Who, class_id: UUID, mode: Mode) -> None:
    """Whether the class flows on by itself or pauses after each point."""
    log = steering_log(session, who, class_id)
    if mode is not log.state.mode:
        log.append(Draft(kind=Kind.MODE, person_id=who.id, body=Body(mode=mode)))
    attended_to(log)


def set_speed(session: Session, who: Who, class_id: UUID, speed: float) -> None:
    """How fast the class goes on: one of SPEEDS, 1 as usual."""
    log = steering_log(session, who, class_id)
    if speed not in SPEEDS:
        raise Invalid(f"The speed can be {', '.join(str(one) for one in SPEEDS)}.")
    if speed != log.state.speed:
        log.append(Draft(kind=Kind.SPEED, person_id=who.id, body=Body(speed=speed)))
    attended_to(log)
