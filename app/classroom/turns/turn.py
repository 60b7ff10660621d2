"""One live turn, as a job that may run twice, be killed, or run beside itself.

A short transaction claims the turn, no transaction is open while the model talks, and a short one appends what
was said. A claim shows signs of life; one that stopped is taken over, and its half-said words are withdrawn.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.base.db import new_id, now, run_sql, unit_of_work
from app.base.prompts import version
from app.base.queue import ring
from app.base.settings import get_settings
from app.base.stream import flag_is_up, publish
from app.classroom.directing.admission import Place, admitted, leave, place
from app.classroom.directing.budgets import Economy, economise
from app.classroom.directing.choosing import Chosen, choose_by_model, chosen_before
from app.classroom.directing.director import LONGEST_WAIT, SPOKEN_BY_MODEL, Act, Moment, Move, decide
from app.classroom.log.state import ClassState
from app.classroom.log.writing import OpenLog, topic
from app.classroom.models import GuardPair
from app.classroom.people.instructing import floor_until
from app.classroom.schema import Body, Delta, Draft, Kind, Verdict
from app.classroom.speech.acts import act_at_once
from app.classroom.speech.lines import withdraw
from app.classroom.speech.pointing import pointing
from app.classroom.speech.prompting import PROMPTS, Scene
from app.classroom.speech.scaffold import judge
from app.classroom.speech.scene import set_scene
from app.classroom.speech.speaking import Utterance, speak
from app.classroom.stage.cast import Cast
from app.classroom.stage.lesson import cast_of, lesson_of
from app.classroom.turns.lease import Lease, hold
from app.classroom.turns.retelling import offer
from app.inference.calls import Call, record, write_call
from app.inference.schema import ModelUnavailable
from app.lessons.schema import TeachingAction

GONE = (
    "The language model does not answer at the moment. Your question is kept and will be answered when it is back; "
    "the lesson goes on."
)
NAP_SECONDS = 1.2
TURNS_PER_JOB = 40
ACTS_AT_ONCE = 4
"""How much a class does in one transaction before others may look at it."""
AGAIN = 0.0
"""No nap: decide once more."""
AHEAD_LEAST = timedelta(seconds=0.5)
"""A pause shorter than this is not worth preparing in."""

_KEEP_PROMPT = """
    insert into turn_prompt (turn, class_id, voice, system, words, created_at)
    values (%(turn)s, %(class_id)s, %(voice)s, %(system)s, %(words)s, %(at)s) on conflict do nothing
"""


@dataclass
class Claim:
    """A turn that is ours to speak, at once or, prepared while something else is being read, from `starts` on."""

    turn: UUID
    move: Move
    scene: Scene
    starts: datetime | None = None


@dataclass
class Weighing:
    """A move with choices, to be made by a model before the next look at the class."""

    move: Move
    state: ClassState
    cast: Cast


@dataclass
class Outcome:
    """What came of a claimed turn: the words, or nothing and why; and what was asked of the model for it."""

    claim: Claim
    calls: list[Call] = field(default_factory=list)
    speech: Utterance | None = None
    cause: str = ""


Step = Claim | Weighing | float | None
"""A claim to speak, a choice to make, seconds to nap, or nothing left to do."""


def take_turn(class_id: UUID) -> None:
    """Carry the class on until it has to wait. Safe to run twice and side by side: the class's row decides."""
    step = _begin(class_id)
    for left in reversed(range(TURNS_PER_JOB)):
        if step is None:
            return
        if isinstance(step, Claim):
            step = _perform(step, goes_on=left > 0)
            continue
        if isinstance(step, Weighing):
            choose_by_model(step.move, step.state, class_id, step.cast)
        else:
            time.sleep(step)
        step = _begin(class_id) if left else AGAIN
    if step is not None:
        ring("live.turn", str(class_id))


def _begin(class_id: UUID) -> Step:
    with unit_of_work() as session:
        return _next_step(OpenLog.lock(session, class_id))


def _next_step(log: OpenLog) -> Step:
    """Decide, and do at once what needs no model, until there is something to speak or to wait for."""
    present = _is_attended(log)
    for _ in range(ACTS_AT_ONCE):
        step = _decided(log, present)
        if step != AGAIN:
            return step
    return AGAIN


def _is_attended(log: OpenLog) -> bool:
    """Whether somebody is there. Who has just asked is answered either way, so that it need not be looked up."""
    return any(not one.kept for one in log.state.pending) or flag_is_up(f"present:{log.row.id}", otherwise=True)


def _decided(log: OpenLog, present: bool) -> Step:
    """One decision, carried out if it needs no model: then AGAIN."""
    session = log.session
    if log.state.open_turn:
        if log.row.due_at and now() < log.row.due_at < now() + LONGEST_WAIT:
            return None
        withdraw(log, "lost")
    if log.state.floor:
        return _wait(log, floor_until(log))
    script = lesson_of(session, log.row).script.actions
    moment = Moment(now=now(), present=present, pace=log.row.pace)
    move, starts = decide(log.state, script, moment), None
    if ahead := _ahead(log.state, script, moment, move):
        move, starts = ahead, move.until
    if (move.act in SPOKEN_BY_MODEL or log.state.economy) and economise(session, log):
        return AGAIN
    if log.state.economy < Economy.SCRIPT_ONLY:
        move = admitted(log, script, moment, move)
    chosen = None
    if move.choices:
        cast = cast_of(session, log.row)
        chosen = chosen_before(move, log.state, log.row.id, cast)
        if chosen is None:
            return Weighing(move, log.state, cast)
        move = chosen.move
        if move.act not in SPOKEN_BY_MODEL:
            leave(log.row.id)
    if move.act is Act.WAIT or (starts and move.act is not Act.CHAT):
        return _wait(log, starts or move.until)
    if move.act in SPOKEN_BY_MODEL:
        return _claim(session, log, move, starts, chosen)
    act_at_once(session, log, move)
    return AGAIN


def _ahead(state: ClassState, script: list[TeachingAction], moment: Moment, move: Move) -> Move | None:
    """A classmate's turn that may be prepared while the present words are being read, or None."""
    if move.act is not Act.WAIT or move.until is None or move.until - moment.now < AHEAD_LEAST or state.pending:
        return None
    if state.open_ask or state.hold_until or state.hand or not moment.present:
        return None
    then = decide(state, script, moment.model_copy(update={"now": move.until}))
    return then if then.act is Act.CHAT else None


def _wait(log: OpenLog, until: datetime | None) -> float | None:
    log.row.due_at = until
    if until is None:
        return None
    seconds = (until - now()).total_seconds()
    return max(0.05, seconds) if seconds <= NAP_SECONDS else None


def _claim(session: Session, log: OpenLog, move: Move, starts: datetime | None, chosen: Chosen | None) -> Claim:
    turn = new_id()
    scene = set_scene(session, log.row, log.state, move)
    body = Body(
        turn=turn,
        page=scene.page.number,
        answers=move.answers,
        cause="prepared" if starts else "",
        chosen=chosen.by if chosen else "rule",
    )
    log.append(Draft(kind=Kind.TURN, voice=move.voice, body=body))
    log.row.due_at = now() + timedelta(seconds=get_settings().lease_seconds)
    return Claim(turn, move, scene, starts)


def _perform(claim: Claim, goes_on: bool) -> Step:
    """Speak a claimed turn, append what came of it, and decide what comes next if this job goes on."""
    with hold(claim.scene.class_id, claim.turn) as lease:
        outcome, is_kept = Outcome(claim), False
        try:
            with place(claim.scene.class_id, is_taken=True) as taken:
                _speak(outcome, lease, taken)
            step = _conclude(outcome, goes_on)
            is_kept = True
            return step
        finally:
            if not is_kept:
                for call in outcome.calls:
                    record(call)


def _speak(outcome: Outcome, lease: Lease, taken: Place) -> None:
    """Speak the turn; fills in what came of it. What was prepared keeps nobody from the model while it waits."""
    claim, spoken = outcome.claim, 0

    def cancelled() -> bool:
        return flag_is_up(f"cancel:{claim.turn}")

    def say(text: str) -> None:
        nonlocal spoken
        if not spoken and claim.starts:
            taken.give_back()
            _hold_until(claim.starts, cancelled)
        if claim.starts and cancelled():
            return  # prepared, and dropped unseen
        delta = Delta(turn=claim.turn, voice=claim.scene.voice, at=spoken, text=text)
        spoken += len(text)
        publish(topic(claim.scene.class_id), "delta", delta.model_dump_json())

    try:
        _judge(claim)
        outcome.speech = speak(claim.scene, say, lambda: lease.cancelled, outcome.calls.append)
        outcome.cause = "nothing-to-add"
    except ModelUnavailable:
        outcome.cause = "model-gone"
    if cancelled():
        is_heard = bool(spoken) and claim.move.act is not Act.CHAT
        outcome.speech, outcome.cause = _cut(outcome.speech, spoken) if is_heard else None, "interrupted"


def _hold_until(starts: datetime, cancelled: Callable[[], bool]) -> None:
    while now() < starts and not cancelled():
        time.sleep(min(0.1, max(0.0, (starts - now()).total_seconds())))


def _judge(claim: Claim) -> None:
    """Words that reply to an open question are judged before the tutor speaks about them."""
    scene = claim.scene
    if scene.replying and scene.judges:
        asked = scene.replying.model_copy(update={"replies_to": scene.stem or scene.asked})
        judgement = judge(asked, scene.key, scene.class_id, by_rule=scene.script_only)
        scene.verdict, scene.move = judgement.verdict, judgement.move


def _cut(speech: Utterance | None, heard: int) -> Utterance | None:
    """What was heard of a speech until somebody broke in."""
    if speech is None:
        return None
    return speech.model_copy(update={"text": f"{speech.text[:heard].rstrip()} ...", "is_cut": True})


def _conclude(outcome: Outcome, goes_on: bool) -> Step:
    """Append the words, or their withdrawal, and decide what comes next, in one transaction; waits out a short database
    outage.
    """
    for attempt in range(12):
        try:
            return _finish_and_go_on(outcome, goes_on)
        except OperationalError:
            if attempt == 11:
                raise
            time.sleep(0.5)
    return None


def _finish_and_go_on(outcome: Outcome, goes_on: bool) -> Step:
    """Where going on fails, what was said is kept nevertheless."""
    is_done, class_id = False, outcome.claim.scene.class_id
    try:
        with unit_of_work() as session:
            log = OpenLog.lock(session, class_id)
            _finish(log, outcome)
            step = _next_step(log) if goes_on else AGAIN
        is_done = True
        return step
    finally:
        if not is_done:
            with unit_of_work() as session:
                _finish(OpenLog.lock(session, class_id), outcome)


def _finish(log: OpenLog, outcome: Outcome) -> None:
    """Append what came of a turn, unless the claim was taken over."""
    for call in outcome.calls:
        write_call(log.session, call)
    claim, speech = outcome.claim, outcome.speech
    if log.state.open_turn is None or log.state.open_turn.turn != claim.turn:
        return  # taken over meanwhile: the other's words stand
    if speech is None:
        withdraw(log, outcome.cause)
        if outcome.cause == "model-gone" and claim.move.act is Act.ANSWER and not log.state.model_gone:
            body = Body(text=GONE, cause="model-gone", answers=claim.move.answers)
            log.append(Draft(kind=Kind.NOTICE, body=body))
    else:
        said = log.append(Draft(kind=Kind.SAID, voice=claim.scene.voice, body=_body(claim, speech)))
        _keep_papers(log.session, claim, speech)
        offer(log, said)
        if lit := pointing(claim.scene, log.state, speech, said.seq):
            log.append(lit)
        _tell_of_gate(log, claim)
    log.row.due_at = now()
    log.tell_records()


def _tell_of_gate(log: OpenLog, claim: Claim) -> None:
    """A gate that opened without a right answer is the instructor's to know."""
    asked = claim.scene.replying
    if asked and asked.gate and asked.action in log.state.passed and claim.scene.verdict is not Verdict.RIGHT:
        note = Body(text=asked.replies_to, cause="gate-without-evidence", answers=asked.seq, page=asked.page)
        log.append(Draft(kind=Kind.CONCERN, person_id=asked.person, body=note))


def _keep_papers(session: Session, claim: Claim, speech: Utterance) -> None:
    """What the model was given, for the instructor; what the guard refused and what was shown, for alignment."""
    scene = claim.scene
    about = {"class_id": scene.class_id, "turn": claim.turn, "voice": scene.voice.value}
    if speech.prompt:
        told = {**about, "system": speech.prompt.system, "words": speech.prompt.turn, "at": now()}
        run_sql(session, _KEEP_PROMPT, told)
    if speech.refused:
        session.add(GuardPair(**about, reason=speech.reason, refused=speech.refused, shown=speech.text))


def _body(claim: Claim, speech: Utterance) -> Body:
    reply, scene = speech.reply, claim.scene
    return Body(
        text=speech.text,
        page=scene.page.number,
        turn=claim.turn,
        answers=claim.move.answers,
        asks=speech.asks,
        cause="nudge" if claim.move.act is Act.NUDGE else "interrupted" if speech.is_cut else "",
        sources=speech.sources,
        fallback=speech.fallback,
        model=reply.model if reply else "",
        call_id=reply.call_id if reply else None,
        prompts=version(PROMPTS) if reply else "",
        verdict=scene.verdict,
        move=scene.move,
    )
