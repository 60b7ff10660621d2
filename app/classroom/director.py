"""The director: who acts next, as a pure function of state, script and moment.

After MAIC's session controller (arXiv 2409.03512, section 3.2), with rules first: a waiting student is answered
next, by teacher or tutor; nobody speaks twice running; a round of classmates is bounded; when nobody has anything
to add, the script goes on. Nothing here reads a clock, a database or a model.
"""

import zlib
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel

from app.classroom.schema import CLASSMATES, Activity, Voice
from app.classroom.state import ClassState, Question, Status
from app.lessons.schema import ActionKind, TeachingAction

READING_CHARACTERS_PER_SECOND = 18.0
PAUSE_SECONDS = 1.5
ASK_WINDOW_SECONDS = 45.0
CLOSING_SECONDS = 120.0
RETRY_SECONDS = (8.0, 20.0, 45.0)
LOST_TRIES = 3
HEAT: dict[Activity, float] = {Activity.OFF: 0.0, Activity.LOW: 0.12, Activity.NORMAL: 0.3, Activity.LIVELY: 0.65}
"""How likely a classmate speaks up after a line of the teacher's, by activity level."""
ROUND: dict[Activity, int] = {Activity.OFF: 0, Activity.LOW: 1, Activity.NORMAL: 1, Activity.LIVELY: 2}
"""How many classmates may speak between two lines of the script."""


class Act(StrEnum):
    """What the director can decide."""

    ANSWER = "answer"
    REPLY = "reply"
    CHAT = "chat"
    SCRIPT = "script"
    CLOSE = "close"
    GIVE_UP = "give-up"
    WAIT = "wait"
    END = "end"


class Moment(BaseModel):
    """What the director knows beyond state and script: the time, whether somebody attends, how fast to go on."""

    now: datetime
    present: bool = True
    pace: float = 1.0


class Move(BaseModel):
    """The decision: `answers` is a seq, `action` a script index, `until` ends a wait (none: when something happens)."""

    act: Act
    voice: Voice | None = None
    answers: int | None = None
    action: int | None = None
    until: datetime | None = None


def decide(state: ClassState, script: list[TeachingAction], moment: Moment) -> Move:
    """The next move of the class. Pure: the same arguments always give the same move."""
    if state.status is Status.ENDED or state.open_turn:
        return Move(act=Act.WAIT)
    if waiting := _next_question(state, moment):
        return _answer(waiting)
    if state.status is Status.PAUSED or not moment.present:
        return Move(act=Act.WAIT, until=_retry_at(state, moment))
    if (until := _pause_ends(state, moment)) and until > moment.now:
        return Move(act=Act.WAIT, until=_sooner(until, _retry_at(state, moment)))
    if chat := _classmate(state, script):
        return chat
    if state.cursor < len(script):
        return _script_move(script[state.cursor], state.cursor)
    return _close(state, moment)


def _answer(question: Question) -> Move:
    if question.tries >= LOST_TRIES and not question.kept:
        return Move(act=Act.GIVE_UP, answers=question.seq)
    return Move(act=Act.ANSWER, voice=voice_for(question), answers=question.seq)


def voice_for(question: Question) -> Voice:
    """Who answers: the teacher when named or when it was a reply to the teacher's question, else the tutor."""
    named = question.text.lower()
    if "tutor" in named:
        return Voice.TUTOR
    return Voice.TEACHER if question.replies_to or "teacher" in named else Voice.TUTOR


def _again_at(question: Question) -> datetime | None:
    """When a kept question may be tried again; none when it need not wait."""
    if not question.kept or question.failed_at is None:
        return None
    pause = RETRY_SECONDS[min(question.tries, len(RETRY_SECONDS)) - 1]
    return question.failed_at + timedelta(seconds=pause)


def _next_question(state: ClassState, moment: Moment) -> Question | None:
    for question in state.pending:
        again = _again_at(question)
        if again is None or again <= moment.now:
            return question
    return None


def _retry_at(state: ClassState, moment: Moment) -> datetime | None:
    """When the first kept question comes up again; nobody present means nobody to answer."""
    times = [again for one in state.pending if (again := _again_at(one))]
    return min(times) if times and moment.present else None


def _sooner(one: datetime, other: datetime | None) -> datetime:
    return min(one, other) if other else one


def _pause_ends(state: ClassState, moment: Moment) -> datetime | None:
    """When the class may go on: after the time to read the last words, or to answer the teacher's question."""
    if state.skip or state.quiet_since is None:
        return None
    if state.open_ask:
        return state.open_ask.since + timedelta(seconds=ASK_WINDOW_SECONDS * moment.pace)
    if not state.last_length:
        return None
    seconds = PAUSE_SECONDS + state.last_length / READING_CHARACTERS_PER_SECOND
    return state.quiet_since + timedelta(seconds=seconds * moment.pace)


def _classmate(state: ClassState, script: list[TeachingAction]) -> Move | None:
    """A classmate's turn or the tutor's reply to one, where the round and the heat allow it."""
    last = state.recent[-1] if state.recent else None
    if last is None or last.page != state.page or state.model_gone or state.closing:
        return None
    if last.voice in CLASSMATES and last.asks:
        return Move(act=Act.REPLY, voice=Voice.TUTOR, answers=last.seq)
    if last.voice is not Voice.TEACHER or state.chatter >= ROUND[state.activity]:
        return None
    if _dice(state) >= HEAT[state.activity]:
        return None
    return Move(act=Act.CHAT, voice=_quietest(state))


def _dice(state: ClassState) -> float:
    """A throw in [0, 1) that depends only on where the class stands, so that a decision can be repeated."""
    return zlib.crc32(f"{state.cursor}/{state.chatter}/{len(state.recent)}".encode()) / 2**32


def _quietest(state: ClassState) -> Voice:
    """The classmate who has been silent longest; nobody speaks twice running."""
    last = {line.voice: line.seq for line in state.recent}
    return min(CLASSMATES, key=lambda voice: (last.get(voice, 0), CLASSMATES.index(voice)))


def _script_move(action: TeachingAction, index: int) -> Move:
    voice = None if action.kind is ActionKind.SHOW else Voice.TEACHER
    return Move(act=Act.SCRIPT, voice=voice, action=index)


def _close(state: ClassState, moment: Moment) -> Move:
    """The script is done: close, leave time for last questions, give up on what nobody could answer, end."""
    if not state.closing:
        return Move(act=Act.CLOSE, voice=Voice.TEACHER)
    if state.pending:
        first = state.pending[0]
        if first.tries > len(RETRY_SECONDS):
            return Move(act=Act.GIVE_UP, answers=first.seq)
        return Move(act=Act.WAIT, until=_retry_at(state, moment))
    ends = (state.quiet_since or moment.now) + timedelta(seconds=max(3.0, CLOSING_SECONDS * moment.pace))
    if ends > moment.now and not state.skip:
        return Move(act=Act.WAIT, until=ends)
    return Move(act=Act.END)
