"""Lines that are there already, and the taking back of a turn that had begun."""

from uuid import UUID

from app.base.db import new_id
from app.base.formulas import plain
from app.classroom.log.writing import OpenLog
from app.classroom.schema import Body, Draft, Kind, Voice
from app.classroom.stage.cast import lead


def say_line(log: OpenLog, body: Body, voice: Voice | None = None, person: UUID | None = None) -> None:
    """A line that is there already, also of a `person` who speaks with the voice: claimed and said in one breath."""
    voice = voice or lead(log.state.cast)
    told = {"turn": new_id(), "page": body.page or log.state.page, "text": plain(body.text)}
    body = body.model_copy(update=told)
    opening = Body(turn=body.turn, page=body.page, action=body.action)
    if person:
        opening = opening.model_copy(update={"cause": body.cause, "name": body.name})
    log.append(Draft(kind=Kind.TURN, voice=voice, person_id=person, body=opening))
    log.append(Draft(kind=Kind.SAID, voice=voice, person_id=person, body=body))


def withdraw(log: OpenLog, cause: str) -> None:
    """Take back the open turn, if there is one."""
    opened = log.state.open_turn
    if opened:
        body = Body(turn=opened.turn, answers=opened.answers, page=opened.page, cause=cause)
        log.append(Draft(kind=Kind.WITHDRAWN, voice=opened.voice, body=body))
