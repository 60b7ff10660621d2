"""The class state: a pure fold of the event log.

`apply(state, event)` gives the next state and touches nothing; `fold` runs it over a log. The server keeps the
folded state beside the log and updates both in one transaction, so a replay from any point equals a fresh load.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from app.classroom.schema import CLASSMATES, Activity, ClassEvent, Kind, Voice

RECENT = 12
"""How many lines of talk the state carries; the log has them all."""


class Status(StrEnum):
    """Whether the class goes on by itself, stands, or is over."""

    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


class Line(BaseModel):
    """Something said, as the agents remember it."""

    seq: int
    voice: Voice
    text: str
    page: int
    asks: bool = False


class Question(BaseModel):
    """A student's words that want an answer. `kept` since the model was gone; `again_at` is when to try again."""

    seq: int
    text: str
    page: int
    replies_to: str = ""
    tries: int = 0
    kept: bool = False
    failed_at: datetime | None = None


class OpenAsk(BaseModel):
    """A question the teacher put to the student, still open."""

    seq: int
    text: str
    since: datetime


class OpenTurn(BaseModel):
    """A claimed turn: somebody is about to speak or speaking."""

    turn: UUID
    voice: Voice
    page: int
    answers: int | None = None
    since: datetime


class ClassState(BaseModel):
    """What has come of the log. `cursor` is the index of the next script action; pages count from 1."""

    seq: int = 0
    status: Status = Status.RUNNING
    page: int = 0
    pages: int = 0
    cursor: int = 0
    activity: Activity = Activity.NORMAL
    open_turn: OpenTurn | None = None
    pending: list[Question] = []
    open_ask: OpenAsk | None = None
    recent: list[Line] = []
    chatter: int = 0
    quiet_since: datetime | None = None
    last_length: int = 0
    skip: bool = False
    closing: bool = False
    model_gone: bool = False
    ended_because: str = ""


def _started(state: ClassState, event: ClassEvent) -> None:
    state.pages = event.body.pages
    state.activity = event.body.activity or state.activity
    state.quiet_since = event.at


def _page(state: ClassState, event: ClassEvent) -> None:
    state.page = event.body.page
    state.cursor = (event.body.action or 0) + 1
    state.chatter = 0
    state.open_ask = None
    state.closing = False
    _moved_on(state, event.at, 0)


def _student_said(state: ClassState, event: ClassEvent) -> None:
    asked = state.open_ask.text if state.open_ask else ""
    state.pending.append(Question(seq=event.seq, text=event.body.text, page=event.body.page, replies_to=asked))
    state.open_ask = None
    _remember(state, event, Voice.STUDENT)


def _turn(state: ClassState, event: ClassEvent) -> None:
    body = event.body
    if body.turn and event.voice:
        state.open_turn = OpenTurn(
            turn=body.turn, voice=event.voice, page=body.page, answers=body.answers, since=event.at
        )
    state.skip = False


def _said(state: ClassState, event: ClassEvent) -> None:
    body, voice = event.body, event.voice or Voice.TEACHER
    state.open_turn = None
    state.open_ask = None
    if body.action is not None:
        state.cursor = body.action + 1
        state.chatter = 0
    if voice in CLASSMATES:
        state.chatter += 1
    elif body.asks:
        state.open_ask = OpenAsk(seq=event.seq, text=body.text, since=event.at)
    state.pending = [one for one in state.pending if one.seq != body.answers]
    state.model_gone = state.model_gone and not body.model
    state.closing = state.closing or body.cause == "closing"
    _remember(state, event, voice)
    _moved_on(state, event.at, len(body.text))


def _withdrawn(state: ClassState, event: ClassEvent) -> None:
    voice = state.open_turn.voice if state.open_turn else None
    state.open_turn = None
    if voice in CLASSMATES:
        state.chatter += 1
    for line in state.recent:
        if line.seq == event.body.answers:
            line.asks = False  # a classmate's question that found no reply is not tried again
    for one in state.pending:
        if one.seq == event.body.answers:
            one.tries += 1
            one.kept = event.body.cause == "model-gone"
            one.failed_at = event.at


def _notice(state: ClassState, event: ClassEvent) -> None:
    if event.body.cause == "model-gone":
        state.model_gone = True
    if event.body.cause == "unanswered":
        state.pending = [one for one in state.pending if one.seq != event.body.answers]


def _paused(state: ClassState, event: ClassEvent) -> None:
    state.status = Status.PAUSED


def _resumed(state: ClassState, event: ClassEvent) -> None:
    state.status = Status.RUNNING
    _moved_on(state, event.at, 0)


def _continued(state: ClassState, event: ClassEvent) -> None:
    state.skip = True
    state.open_ask = None


def _activity(state: ClassState, event: ClassEvent) -> None:
    state.activity = event.body.activity or state.activity


def _ended(state: ClassState, event: ClassEvent) -> None:
    state.status = Status.ENDED
    state.open_turn = None
    state.ended_because = event.body.cause


def _remember(state: ClassState, event: ClassEvent, voice: Voice) -> None:
    line = Line(
        seq=event.seq, voice=voice, text=event.body.text, page=event.body.page or state.page, asks=event.body.asks
    )
    state.recent = [*state.recent[1 - RECENT :], line]


def _moved_on(state: ClassState, at: datetime, length: int) -> None:
    state.quiet_since = at
    state.last_length = length
    state.skip = False


RULES: dict[Kind, Callable[[ClassState, ClassEvent], None]] = {
    Kind.STARTED: _started,
    Kind.PAGE: _page,
    Kind.ASKED: _student_said,
    Kind.TURN: _turn,
    Kind.SAID: _said,
    Kind.WITHDRAWN: _withdrawn,
    Kind.NOTICE: _notice,
    Kind.PAUSED: _paused,
    Kind.RESUMED: _resumed,
    Kind.SKIPPED: _continued,
    Kind.ACTIVITY: _activity,
    Kind.ENDED: _ended,
}


def apply(state: ClassState, event: ClassEvent) -> ClassState:
    """The state after one more event; the given state is left as it was. Raises ValueError for a gap in seq."""
    if event.seq != state.seq + 1:
        raise ValueError(f"event {event.seq} does not follow {state.seq}")
    after = state.model_copy(deep=True)
    RULES[event.kind](after, event)
    after.seq = event.seq
    return after


def fold(events: Iterable[ClassEvent]) -> ClassState:
    """The state that a whole log comes to."""
    state = ClassState()
    for event in events:
        state = apply(state, event)
    return state
