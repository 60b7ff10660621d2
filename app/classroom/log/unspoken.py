"""Turns that came to nothing, and words that stay unanswered."""

from app.classroom.log.asking import put_again
from app.classroom.log.state import ClassState, Question
from app.classroom.schema import CLASSMATES, ClassEvent

BROKEN_IN = ("interrupted", "instructor")
"""Why a turn was withdrawn that did not fail: somebody broke in."""


def turn_withdrawn(state: ClassState, event: ClassEvent) -> None:
    """A turn came to nothing: what it was to answer waits on, unless its own student stopped it."""
    voice = state.open_turn.voice if state.open_turn else None
    state.open_turn = None
    if voice in CLASSMATES:
        state.chatter += 1
        if state.open_ask and event.body.cause not in BROKEN_IN:
            state.open_ask.silent.append(voice)
    for asked in (state.open_ask, state.item):
        if asked and asked.seq == event.body.answers:
            asked.nudged = True  # help that came to nothing is not tried again
    for line in state.recent:
        if line.seq == event.body.answers:
            line.asks = False  # a classmate's question that found no reply is not tried again
    for one in state.pending:
        if one.seq == event.body.answers:
            one.tries += event.body.cause not in BROKEN_IN
            one.kept = event.body.cause == "model-gone"
            one.failed_at = event.at
    if event.body.cause == "interrupted" and state.hand and not state.floor:
        stopped = state.hand.person  # who stops the answer to their own words does not want it begun again
        _unanswered(state, [one for one in state.pending if one.seq == event.body.answers and one.person == stopped])


def _unanswered(state: ClassState, lost: list[Question]) -> None:
    for one in lost:
        state.pending.remove(one)
        put_again(state, one)


def stays_unanswered(state: ClassState, event: ClassEvent) -> None:
    """A notice that the model is gone, or that words will not be answered."""
    if event.body.cause == "model-gone":
        state.model_gone = True
    if event.body.cause == "unanswered":
        _unanswered(state, [one for one in state.pending if one.seq == event.body.answers])
