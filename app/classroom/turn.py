"""One live turn, as a job that may run twice, be killed, or run beside itself.

A short transaction claims the turn, no transaction is open while the model talks, and a short one appends what
was said. A claim shows signs of life; one that stopped is taken over, and its half-said words are withdrawn.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.base.db import new_id, now, unit_of_work
from app.base.queue import ring, ring_after_commit
from app.base.settings import get_settings
from app.base.stream import flag_is_up, publish
from app.classroom.director import Act, Moment, Move, decide
from app.classroom.log import OpenLog, topic
from app.classroom.models import ClassSession
from app.classroom.scene import lesson_of, set_scene
from app.classroom.schema import Body, Delta, Draft, Kind, Voice
from app.classroom.speaking import Scene, Utterance, source_of, speak
from app.inference.schema import ModelUnavailable
from app.lessons.schema import ActionKind

CLOSING = (
    "That was the last page. If anything is still open, ask now; otherwise you can end the class and find what we "
    "did in your record."
)
GONE = (
    "The language model does not answer at the moment. Your question is kept and will be answered when it is back; "
    "the lesson goes on."
)
UNANSWERED = "This question could not be answered today. It stays in the record, where your instructor sees it."
NAP_SECONDS = 1.2
TURNS_PER_JOB = 40


@dataclass
class Claim:
    """A turn that is ours to speak."""

    turn: UUID
    move: Move
    scene: Scene


def take_turn(class_id: UUID) -> None:
    """Carry the class on until it has to wait. Safe to run twice and side by side: the class's row decides."""
    for _ in range(TURNS_PER_JOB):
        with unit_of_work() as session:
            step = _next_step(session, class_id)
        if isinstance(step, Claim):
            _perform(step)
        elif step is None:
            return
        elif step > 0:
            time.sleep(step)
    ring("live.turn", str(class_id))


def _next_step(session: Session, class_id: UUID) -> Claim | float | None:
    """Decide once. A claim to speak, seconds to nap before deciding again (0: at once), or nothing left to do."""
    log = OpenLog.lock(session, class_id)
    if log.state.open_turn:
        if log.row.due_at and log.row.due_at > now():
            return None
        _withdraw(log, "lost")
    script = lesson_of(session, log.row).script.actions
    present = flag_is_up(f"present:{class_id}", otherwise=True)
    move = decide(log.state, script, Moment(now=now(), present=present, pace=log.row.pace))
    if move.act is Act.WAIT:
        return _wait(log, move)
    if move.act in (Act.ANSWER, Act.REPLY, Act.CHAT):
        return _claim(session, log, move)
    _act_at_once(session, log, move)
    return 0.0


def _wait(log: OpenLog, move: Move) -> float | None:
    log.row.due_at = move.until
    if move.until is None:
        return None
    seconds = (move.until - now()).total_seconds()
    return max(0.05, seconds) if seconds <= NAP_SECONDS else None


def _claim(session: Session, log: OpenLog, move: Move) -> Claim:
    turn = new_id()
    scene = set_scene(session, log.row, log.state, move)
    log.append(
        Draft(kind=Kind.TURN, voice=move.voice, body=Body(turn=turn, page=scene.page.number, answers=move.answers))
    )
    log.row.due_at = now() + timedelta(seconds=get_settings().lease_seconds)
    return Claim(turn, move, scene)


def _act_at_once(session: Session, log: OpenLog, move: Move) -> None:
    """Moves that need no model: the script's own lines, the closing words, the end."""
    if move.act is Act.SCRIPT and move.action is not None:
        _follow_script(session, log, move.action)
    elif move.act is Act.CLOSE:
        _say_line(log, Body(text=CLOSING, page=log.state.page, cause="closing"))
    elif move.act is Act.GIVE_UP:
        log.append(Draft(kind=Kind.NOTICE, body=Body(text=UNANSWERED, cause="unanswered", answers=move.answers)))
    elif move.act is Act.END:
        log.append(Draft(kind=Kind.ENDED, body=Body(cause="finished")))
        log.row.ended_at, log.row.due_at = now(), None
    ring_after_commit(session, "records.project", log.row.id)


def _follow_script(session: Session, log: OpenLog, index: int) -> None:
    action = lesson_of(session, log.row).script.actions[index]
    if action.kind is ActionKind.SHOW:
        log.append(Draft(kind=Kind.PAGE, body=Body(page=action.page, action=index, cause="script")))
        ring_after_commit(session, "live.warm", log.row.id)
        return
    passages = lesson_of(session, log.row).pages[action.page].passages
    sources = [source_of(one) for one in passages if one.id in action.passages]
    asks = action.kind is ActionKind.ASK
    _say_line(log, Body(text=action.text, page=action.page, action=index, asks=asks, sources=sources[:2]))


def _say_line(log: OpenLog, body: Body) -> None:
    """A line that was written beforehand: claimed and said in one breath."""
    body.turn = new_id()
    opening = Body(turn=body.turn, page=body.page, action=body.action)
    log.append(Draft(kind=Kind.TURN, voice=Voice.TEACHER, body=opening))
    log.append(Draft(kind=Kind.SAID, voice=Voice.TEACHER, body=body))


def _withdraw(log: OpenLog, cause: str) -> None:
    opened = log.state.open_turn
    if opened:
        body = Body(turn=opened.turn, answers=opened.answers, page=opened.page, cause=cause)
        log.append(Draft(kind=Kind.WITHDRAWN, voice=opened.voice, body=body))


def _perform(claim: Claim) -> None:
    """Speak a claimed turn and append what came of it."""
    spoken = 0

    def say(text: str) -> None:
        nonlocal spoken
        delta = Delta(turn=claim.turn, voice=claim.scene.voice, at=spoken, text=text)
        spoken += len(text)
        publish(topic(claim.scene.class_id), "delta", delta.model_dump_json())

    with signs_of_life(claim):
        try:
            speech = speak(claim.scene, say, lambda: flag_is_up(f"cancel:{claim.turn}"))
            cause = "nothing-to-add"
        except ModelUnavailable:
            speech, cause = None, "model-gone"
        if flag_is_up(f"cancel:{claim.turn}"):
            speech, cause = None, "interrupted"
        _append_outcome(claim, speech, cause)


def _append_outcome(claim: Claim, speech: Utterance | None, cause: str) -> None:
    """Append the words, or their withdrawal, unless the claim was taken over; waits out a short database outage."""
    for attempt in range(12):
        try:
            with unit_of_work() as session:
                _finish(session, claim, speech, cause)
            return
        except OperationalError:
            if attempt == 11:
                raise
            time.sleep(0.5)


def _finish(session: Session, claim: Claim, speech: Utterance | None, cause: str) -> None:
    log = OpenLog.lock(session, claim.scene.class_id)
    if log.state.open_turn is None or log.state.open_turn.turn != claim.turn:
        return  # taken over meanwhile: the other's words stand
    if speech is None:
        _withdraw(log, cause)
        if cause == "model-gone" and claim.move.act is Act.ANSWER and not log.state.model_gone:
            body = Body(text=GONE, cause="model-gone", answers=claim.move.answers)
            log.append(Draft(kind=Kind.NOTICE, body=body))
    else:
        log.append(Draft(kind=Kind.SAID, voice=claim.scene.voice, body=_body(claim, speech)))
    log.row.due_at = now()
    ring_after_commit(session, "records.project", log.row.id)


def _body(claim: Claim, speech: Utterance) -> Body:
    reply = speech.reply
    return Body(
        text=speech.text,
        page=claim.scene.page.number,
        turn=claim.turn,
        answers=claim.move.answers,
        asks=speech.asks,
        sources=speech.sources,
        fallback=speech.fallback,
        model=reply.model if reply else "",
        call_id=reply.call_id if reply else None,
    )


@contextlib.contextmanager
def signs_of_life(claim: Claim) -> Iterator[None]:
    """While the block runs, keep moving the claim's deadline; a process that is killed stops doing so."""
    done = threading.Event()
    lease = get_settings().lease_seconds

    def renew() -> None:
        while not done.wait(lease / 4):
            with contextlib.suppress(OperationalError), unit_of_work() as session:
                session.execute(
                    update(ClassSession)
                    .where(
                        ClassSession.id == claim.scene.class_id,
                        ClassSession.state["open_turn"]["turn"].astext == str(claim.turn),
                    )
                    .values(due_at=now() + timedelta(seconds=lease))
                )

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
