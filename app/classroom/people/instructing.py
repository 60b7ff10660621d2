"""What an instructor does in a class: whisper to the agents, take the floor, and speak with the teacher's voice."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.db import now
from app.base.errors import Conflict, Invalid, NotFound
from app.base.scripts import is_question
from app.base.text import clean_text
from app.classroom.log.writing import OpenLog
from app.classroom.people.attending import LONGEST_WORDS
from app.classroom.people.opening import open_log, person_in
from app.classroom.people.presence import be_here, who_is_here
from app.classroom.schema import Body, Draft, Kind, Voice
from app.classroom.speech.lines import say_line, withdraw

LONGEST_WHISPER = 300
LOOK_AFTER = timedelta(seconds=20)
"""How often it is looked whether the one who took the floor is still there."""


def instructors_log(session: Session, who: Who, class_id: UUID) -> OpenLog:
    """The log, for an instructor in the class. Raises NotFound for everybody else, and Conflict once it is over."""
    if not person_in(session, who, class_id).is_instructor:
        raise NotFound
    be_here(class_id, who.id)
    return open_log(session, who, class_id)


def _words(text: str, most: int) -> str:
    words = clean_text(text).strip()
    if not words:
        raise Invalid("Write something first.")
    if len(words) > most:
        raise Invalid(f"That is {len(words):,} characters; there is room for {most:,}. Shorten it and send again.")
    return words


def whisper(session: Session, who: Who, class_id: UUID, text: str) -> int:
    """Tell the agents what to heed, unheard by students; returns its seq. It wakes nobody by itself."""
    words = " ".join(_words(text, LONGEST_WHISPER).split())
    log = instructors_log(session, who, class_id)
    return log.append(Draft(kind=Kind.WHISPER, person_id=who.id, body=Body(text=words, name=who.name))).seq


def take_floor(session: Session, who: Who, class_id: UUID) -> None:
    """From now on only the instructor speaks with the teacher's voice; whoever is speaking stops."""
    log = instructors_log(session, who, class_id)
    if _holds(log, who):
        return
    log.append(Draft(kind=Kind.FLOOR, person_id=who.id, body=Body(name=who.name)))
    log.silence()
    if not log.state.open_turn:
        log.wake(now() + LOOK_AFTER)
    log.tell_records()


def release_floor(session: Session, who: Who, class_id: UUID) -> None:
    """Give the class back to its agents."""
    log = instructors_log(session, who, class_id)
    if _holds(log, who):
        _release(log, who.name, "")
        log.tell_records()


def speak_as_teacher(session: Session, who: Who, class_id: UUID, text: str) -> int:
    """Say something to everybody; returns its seq. It answers the question that has waited longest, if one waits.

    The floor need not be taken for it; an agent that is just speaking steps back.
    """
    words = _words(text, LONGEST_WORDS)
    log = instructors_log(session, who, class_id)
    _holds(log, who)
    log.silence()
    if log.state.open_turn:
        withdraw(log, "instructor")
    oldest = min((one.seq for one in log.state.pending), default=None)
    body = Body(text=words, answers=oldest, asks=is_question(words), cause="instructor", name=who.name)
    say_line(log, body, Voice.TEACHER, who.id)
    log.wake()
    log.tell_records()
    return log.state.seq


def _holds(log: OpenLog, who: Who) -> bool:
    """Whether the floor is this instructor's. Raises Conflict when it is another's who is still there."""
    holder = log.state.floor
    if holder and holder != who.id:
        seen = who_is_here(log.row.id)
        if seen is None or holder in seen:
            raise Conflict("Another instructor has taken over. Ask them to give the class back first.")
        _release(log, "", "away")
        return False
    return holder == who.id


def floor_until(log: OpenLog) -> datetime:
    """When to look at a taken floor again; one whose instructor is gone is given back, or all would stand still."""
    seen = who_is_here(log.row.id)
    if seen is None or log.state.floor in seen:
        return now() + LOOK_AFTER
    _release(log, "", "away")
    return now()


def _release(log: OpenLog, name: str, cause: str) -> None:
    log.append(Draft(kind=Kind.RELEASED, person_id=log.state.floor, body=Body(name=name, cause=cause)))
    log.wake()
