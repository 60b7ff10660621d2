"""What an agent said, in other words: when somebody in the class asks for it, or, where the course wants that, now and
then by itself, so that a student can say which of the two helps more.

A retelling is one more event beside the line. It passes the same guard in the same scene, changes nothing about how
the class goes on, and comes once for a line.
"""

import zlib
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.db import unit_of_work
from app.base.errors import Busy, Conflict, NotFound
from app.base.queue import ring_after_commit
from app.base.stream import flag_is_up, set_flag
from app.classroom.directing.admission import is_full
from app.classroom.directing.budgets import Economy
from app.classroom.directing.director import Act, Move
from app.classroom.log.folding import fold
from app.classroom.log.state import ClassState, Status
from app.classroom.log.writing import OpenLog, events_after
from app.classroom.models import ClassSession, EventRow
from app.classroom.people.opening import open_log
from app.classroom.schema import CLASSMATES, Body, ClassEvent, Draft, Kind
from app.classroom.speech.guard import Secret, tells
from app.classroom.speech.prompting import Scene
from app.classroom.speech.scene import secrets_now, set_scene
from app.classroom.speech.speaking import Utterance, retell
from app.inference.calls import Call, write_call
from app.inference.schema import ModelUnavailable

BELL = "live.retell"
ONE_IN = 4
"""Of so many answers one is put in two ways, where the course wants that."""
SECONDS = 40
"""For how long a class waits for one retelling before another may be asked for."""
ASKED, OFFERED, NOTHING = "asked", "offered", "nothing"
"""Why a line was told again; or that no other words were found that hold."""


def ask_otherwise(session: Session, who: Who, class_id: UUID, seq: int) -> None:
    """Somebody in the class wants a line in other words. Raises NotFound where no model said it, Conflict where it
    cannot be told again, Busy while another one is.
    """
    log = open_log(session, who, class_id)
    line = _line(session, class_id, seq)
    if line is None:
        raise NotFound
    if _is_retold(session, class_id, seq):
        raise Conflict("This was put in other words already. Ask about it, and you get an answer of its own.")
    if log.state.economy >= Economy.SHORT:
        raise Conflict("This class has to be sparing with the language model now. Ask about it instead.")
    if is_full() or flag_is_up(_flag(class_id)):
        raise Busy("Other words are being looked for. Try again in a moment.")
    set_flag(_flag(class_id), SECONDS)
    ring_after_commit(session, BELL, class_id, seq, ASKED)


def offer(log: OpenLog, said: ClassEvent) -> None:
    """Now and then, put a model's answer in two ways, if the class does that: by lot, the same in every replay."""
    body = said.body
    usual = log.state.offers and not log.row.is_shared and not log.state.economy
    if not usual or body.fallback or body.answers is None or body.cause or said.voice in CLASSMATES or not body.model:
        return
    if zlib.crc32(f"{log.state.seed}/{said.seq}".encode()) % ONE_IN == 0:
        ring_after_commit(log.session, BELL, log.row.id, said.seq, OFFERED)


def tell_otherwise(class_id: UUID, seq: int, cause: str) -> None:
    """The job: find other words, with no transaction open meanwhile, and put them beside the line. Twice is once."""
    with unit_of_work() as session:
        found = _prepared(session, class_id, seq)
    if found is None:
        return
    line, scene, hidden = found
    calls: list[Call] = []
    try:
        speech = retell(scene, line.body.text, calls.append)
    except ModelUnavailable:
        speech = None
    if speech and tells(speech.text, hidden):
        speech = None
    with unit_of_work() as session:
        log = OpenLog.lock(session, class_id)
        for call in calls:
            write_call(session, call)
        if not _is_retold(session, class_id, seq) and (speech or cause == ASKED):
            log.append(_draft(line, speech, cause))
            log.tell_records()
    set_flag(_flag(class_id), 1)


def _draft(line: ClassEvent, speech: Utterance | None, cause: str) -> Draft:
    if speech is None:
        nothing = Body(answers=line.seq, page=line.body.page, cause=NOTHING)
        return Draft(kind=Kind.RETOLD, voice=line.voice, body=nothing)
    reply = speech.reply
    body = Body(
        text=speech.text,
        page=line.body.page,
        answers=line.seq,
        cause=cause,
        sources=speech.sources,
        model=reply.model if reply else "",
        call_id=reply.call_id if reply else None,
        move=line.body.move,
    )
    return Draft(kind=Kind.RETOLD, voice=line.voice, body=body)


def _flag(class_id: UUID) -> str:
    return f"retelling:{class_id}"


def _line(session: Session, class_id: UUID, seq: int) -> ClassEvent | None:
    """A line that a model said, or None."""
    found = events_after(session, class_id, seq - 1, 1)
    is_said = found and found[0].seq == seq and found[0].kind is Kind.SAID and found[0].person_id is None
    return found[0] if is_said and found[0].body.model and not found[0].body.fallback else None


def _is_retold(session: Session, class_id: UUID, seq: int) -> bool:
    told = select(EventRow.seq).where(
        EventRow.class_id == class_id,
        EventRow.seq > seq,
        EventRow.kind == Kind.RETOLD.value,
        EventRow.body["answers"].as_integer() == seq,
    )
    return session.scalar(told.limit(1)) is not None


def _prepared(session: Session, class_id: UUID, seq: int) -> tuple[ClassEvent, Scene, list[Secret]] | None:
    """The line, the scene it was said in, made anew from the log, and the answers that must not be told now."""
    row = session.get(ClassSession, class_id)
    line = _line(session, class_id, seq)
    if row is None or line is None or _is_retold(session, class_id, seq):
        return None
    state = ClassState.model_validate(row.state)
    if state.status is Status.ENDED:
        return None
    before = _state_before(session, class_id, line)
    scene = set_scene(session, row, before, _move(line, before))
    scene.verdict, scene.move = line.body.verdict, line.body.move
    known = {key for key, _ in scene.secrets}  # what the scene hides the guard has looked for already
    return line, scene, [one for one in secrets_now(session, row, state) if one[0] not in known]


def _state_before(session: Session, class_id: UUID, line: ClassEvent) -> ClassState:
    """The class as it was when the line's turn was claimed."""
    events = events_after(session, class_id, 0, line.seq)
    claimed = next((one.seq for one in events if one.kind is Kind.TURN and one.body.turn == line.body.turn), line.seq)
    return fold(one for one in events if one.seq < claimed)


def _move(line: ClassEvent, before: ClassState) -> Move:
    """The decision by which the line was said."""
    if line.body.cause == "nudge":
        act = Act.NUDGE
    elif any(one.seq == line.body.answers for one in before.pending):
        act = Act.ANSWER
    else:
        act = Act.REPLY if line.body.answers else Act.CHAT
    return Move(act=act, voice=line.voice, answers=line.body.answers)
