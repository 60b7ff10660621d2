"""A class whose turns fail by a fault of ours: it is paused with a word about it, instead of failing every second."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.base.db import unit_of_work
from app.base.languages import LANGUAGES, language_of
from app.base.stream import count_up
from app.classroom.log.state import ClassState, Status
from app.classroom.log.writing import OpenLog
from app.classroom.models import STUMBLED, EventRow
from app.classroom.schema import Body, Draft, Kind, Voice
from app.classroom.speech.lines import withdraw
from app.classroom.speech.phrasing import phrase

MOST = 3
WITHIN_SECONDS = 120.0


def stumbled(class_id: UUID) -> bool:
    """A turn has failed; with the third within a short time the class is paused, and what waited is told that it stays
    unanswered. Says whether it was.
    """
    if count_up(f"stumbled:{class_id}", WITHIN_SECONDS) % MOST:
        return False
    with unit_of_work() as session:
        log = OpenLog.lock(session, class_id)
        if log.state.status is not Status.RUNNING and not log.state.pending:
            log.row.due_at = None
            return False
        withdraw(log, "lost")
        language = _spoken_in(log.state)
        for one in log.state.pending[:]:
            words = phrase("unanswered", language)
            log.append(Draft(kind=Kind.NOTICE, body=Body(text=words, cause="unanswered", answers=one.seq)))
        log.append(Draft(kind=Kind.NOTICE, body=Body(text=phrase("stumbled", language), cause="stumbled")))
        if log.state.status is Status.RUNNING:
            log.append(Draft(kind=Kind.PAUSED))
        log.row.due_at = None
        log.tell_records()
    return True


def _spoken_in(state: ClassState) -> str:
    """The English name of the language that agents spoke last. The lesson, which knows it, may be what fails."""
    said = "\n".join(one.text for one in state.recent if one.voice is not Voice.STUDENT)
    return LANGUAGES.get(language_of(said), "")


def stumbled_since(session: Session, since: datetime) -> list[UUID]:
    """Classes that were paused so since then, the newest first."""
    query = select(EventRow.class_id).where(text(STUMBLED), EventRow.at >= since).order_by(EventRow.at.desc())
    return list(dict.fromkeys(session.scalars(query)))
