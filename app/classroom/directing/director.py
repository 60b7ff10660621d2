"""The director: who acts next, as a pure function of state, script and moment.

After MAIC's session controller (arXiv 2409.03512, section 3.2), with rules first: a waiting student is answered next,
by teacher or tutor or whom the student named; nobody speaks twice running; a round of classmates is bounded; a
silence is met with help once; a section's gate holds the class until everybody came through it; when nobody has
anything to add, the script goes on. Where rules leave a real choice, the move lists its `choices`, of which a model may
pick one; the move itself is the best by rule. Nothing here reads a clock, a database or a model.
"""

import zlib
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel

from app.base.scripts import reading_length
from app.classroom.log.gates import awaited, gate_here
from app.classroom.log.state import HAND_SECONDS, ClassState, Line, Question, Status
from app.classroom.schema import CLASSMATES, STAFF, Activity, Intent, Mode, Verdict, Voice
from app.classroom.stage.cast import classmates, helper, lead
from app.lessons.schema import Board, Pause, Show, Spotlight, TeachingAction

READING_CHARACTERS_PER_SECOND = 18.0
PAUSE_SECONDS = 1.5
ASK_WINDOW_SECONDS = 30.0
"""How long a question to the students stays open before help is offered, and once more before the class goes on."""
POINT_WINDOW_SECONDS = 25.0
"""How long an interactive class leaves the floor to the students after a point."""
ITEM_WINDOW_SECONDS = 90.0
"""How long a question of a gate is open before help is offered; where several are in the class, before it goes on."""
CLOSING_SECONDS = 120.0
RETRY_SECONDS = (8.0, 20.0, 45.0)
LOST_TRIES = 3
CLOCK_SLACK = timedelta(seconds=30)
"""How far the clocks of two machines may lie apart."""
LONGEST_WAIT = timedelta(minutes=20)
"""No pause of a class is longer; a later time was written by a clock that was set back since."""
HEAT: dict[Activity, float] = {Activity.OFF: 0.0, Activity.LOW: 0.12, Activity.NORMAL: 0.3, Activity.LIVELY: 0.65}
"""How likely a classmate speaks up after a line of the teacher's, by activity level."""
ROUND: dict[Activity, int] = {Activity.OFF: 0, Activity.LOW: 1, Activity.NORMAL: 1, Activity.LIVELY: 2}
"""How many classmates may speak between two lines of the script."""
REST: dict[Activity, int] = {Activity.OFF: 0, Activity.LOW: 6, Activity.NORMAL: 2, Activity.LIVELY: 0}
"""For how many lines classmates are quiet after one of them spoke."""
DISCUSSION: dict[Activity, int] = {Activity.OFF: 0, Activity.LOW: 1, Activity.NORMAL: 2, Activity.LIVELY: 3}
"""How many classmates say what they think of something that the class is to discuss."""
QUESTIONS_SECONDS = 12.0
"""How long a pause for questions leaves the floor to the students, beyond the time to read that there is one."""
CHOICE_SHARE = 0.5
"""How often the choice among several classmates is put to a model; else the one who was silent longest speaks."""
TENDER_LINES = 4
"""How long classmates stay out of it after somebody struggled, was wrong, or was hurt."""


class Act(StrEnum):
    """What the director can decide."""

    CALM = "calm"
    ANSWER = "answer"
    INVITE = "invite"
    GREET = "greet"
    NUDGE = "nudge"
    REPLY = "reply"
    CHAT = "chat"
    SCRIPT = "script"
    GATE = "gate"
    CLOSE = "close"
    GIVE_UP = "give-up"
    WAIT = "wait"
    END = "end"


SPOKEN_BY_MODEL = (Act.ANSWER, Act.NUDGE, Act.REPLY, Act.CHAT)
"""Acts whose words come from a model; the others have theirs already."""


class Moment(BaseModel):
    """What the director knows beyond state and script: the time, whether somebody attends, how fast to go on."""

    now: datetime
    present: bool = True
    pace: float = 1.0


class Move(BaseModel):
    """The decision: `answers` is a seq, `action` a script index, `until` ends a wait (none: when something happens).

    `choices` are the voices a model may choose from; that nobody speaks is always among its options too, and `instead`
    is what then comes.
    """

    act: Act
    voice: Voice | None = None
    answers: int | None = None
    action: int | None = None
    until: datetime | None = None
    choices: list[Voice] = []
    instead: "Move | None" = None


def decide(state: ClassState, script: list[TeachingAction], moment: Moment) -> Move:
    """The next move of the class. Pure: the same arguments always give the same move."""
    if state.status is Status.ENDED or state.open_turn or state.floor:
        return Move(act=Act.WAIT)
    if waiting := _next_question(state, moment):
        return _answer(state, waiting)
    if state.status is Status.PAUSED or not moment.present:
        return Move(act=Act.WAIT, until=_retry_at(state, moment))
    return _hand_move(state, moment) or _floor_move(state, script, moment) or _lesson_move(state, script, moment)


# --------------------------------------------------------------------------------------------- students come first


def _answer(state: ClassState, question: Question) -> Move:
    if question.intent in (Intent.ABUSE, Intent.DISTRESS):
        return Move(act=Act.CALM, voice=helper(state.cast), answers=question.seq)
    if question.tries >= LOST_TRIES and not question.kept:
        return Move(act=Act.GIVE_UP, answers=question.seq)
    return Move(act=Act.ANSWER, voice=voice_for(question, state), answers=question.seq)


def voice_for(question: Question, state: ClassState) -> Voice:
    """Who answers: whom the student named, if they are in the room; else the tutor, unless just heard, or the
    teacher.
    """
    if question.named and question.named in state.cast and not question.tries:
        return question.named
    return _rested_helper(state)


def _rested_helper(state: ClassState) -> Voice:
    """Who helps students, or the other of the two where that one was just heard."""
    last = state.recent[-1].voice if state.recent else None
    usual = helper(state.cast)
    other = lead(state.cast) if usual is Voice.TUTOR else usual
    return other if usual is last else usual


def _again_at(question: Question, moment: Moment) -> datetime | None:
    """When a kept question may be tried again; none when it need not wait."""
    if not question.kept or question.failed_at is None:
        return None
    pause = RETRY_SECONDS[min(question.tries, len(RETRY_SECONDS)) - 1]
    return _end_of(question.failed_at, pause, moment)


def _next_question(state: ClassState, moment: Moment) -> Question | None:
    """The most urgent, and among those the one of the student who was answered longest ago."""
    ready = [one for one in state.pending if (again := _again_at(one, moment)) is None or again <= moment.now]
    return min(ready, key=lambda one: (_urgency(one), _last_served(state, one), one.seq), default=None)


def _urgency(question: Question) -> int:
    """Trouble first, then what wants an answer, then remarks."""
    if question.intent in (Intent.ABUSE, Intent.DISTRESS):
        return 0
    return 2 if question.intent is Intent.STATEMENT else 1


def _last_served(state: ClassState, question: Question) -> int:
    return state.served.index(question.person) if question.person in state.served else -1


def _retry_at(state: ClassState, moment: Moment) -> datetime | None:
    """When the first kept question comes up again; nobody present means nobody to answer."""
    times = [again for one in state.pending if (again := _again_at(one, moment))]
    return min(times) if times and moment.present else None


def _hand_move(state: ClassState, moment: Moment) -> Move | None:
    """A raised hand gets the floor, and a minute to speak; then the next. "One moment" holds the class as well."""
    if state.hand and (not state.hand.invited or (state.hands and state.hand.is_over(moment.now))):
        return Move(act=Act.INVITE, voice=lead(state.cast))
    until = _end_of(state.hand.since, HAND_SECONDS, moment) if state.hand else state.hold_until
    if until and moment.now < until < moment.now + LONGEST_WAIT and not state.skip:
        return _wait(state, moment, until)
    return None


# ------------------------------------------------------------------------------------------- whose turn it is to speak


def _floor_move(state: ClassState, script: list[TeachingAction], moment: Moment) -> Move | None:
    """What must happen before the lesson may go on: greetings, open questions, time to read, classmates' questions."""
    if state.greeting:
        return Move(act=Act.GREET, voice=lead(state.cast))
    if state.open_ask and state.open_ask.is_talk:
        return _talk_move(state, script, moment)
    if state.open_ask:
        return _ask_move(state, moment)
    if (until := _pause_ends(state, script, moment)) and until > moment.now:
        return _wait(state, moment, until)
    return _reply(state)


def _end_of(since: datetime, seconds: float, moment: Moment) -> datetime:
    """When a pause ends. One that begins in the time to come is over: the clock was set back since."""
    return since + timedelta(seconds=seconds) if since <= moment.now + CLOCK_SLACK else moment.now


def _wait(state: ClassState, moment: Moment, until: datetime) -> Move:
    again = _retry_at(state, moment)
    return Move(act=Act.WAIT, until=min(until, again) if again else until)


def _ask_move(state: ClassState, moment: Moment) -> Move | None:
    """A question to the students: time to answer, then help once, then the lesson goes on."""
    ask, last = state.open_ask, state.recent[-1] if state.recent else None
    if ask is None or (state.skip and not ask.gate):
        return None
    read = reading_length(ask.text) / READING_CHARACTERS_PER_SECOND
    closes = _end_of(ask.since, (read + ASK_WINDOW_SECONDS) * _pace(state, moment), moment)
    if closes > moment.now:
        return _wait(state, moment, closes)
    if ask.nudged or state.model_gone or (last and last.voice is helper(state.cast)):
        return Move(act=Act.WAIT, until=_retry_at(state, moment)) if ask.gate else None
    return Move(act=Act.NUDGE, voice=helper(state.cast), answers=ask.seq)


def _talk_move(state: ClassState, script: list[TeachingAction], moment: Moment) -> Move | None:
    """Something to discuss: a classmate or two, with time to read each, then time for the students; then it goes on."""
    talk = state.open_ask
    if talk is None or state.skip:
        return None
    if (until := _pause_ends(state, [], moment)) and until > moment.now:
        return _wait(state, moment, until)
    if reply := _reply(state):
        return reply
    last = state.recent[-1].voice if state.recent else None
    fit = [voice for voice in _fit_classmates(state, script) if voice is not last and voice not in talk.silent]
    is_quiet = state.model_gone or state.economy or _is_tender(state)
    if fit and not is_quiet and talk.spoken < DISCUSSION[state.activity]:
        return Move(act=Act.CHAT, voice=fit[0])
    closes = _end_of(talk.since, ASK_WINDOW_SECONDS * _pace(state, moment), moment)
    return _wait(state, moment, closes) if closes > moment.now else None


def _pause_ends(state: ClassState, script: list[TeachingAction], moment: Moment) -> datetime | None:
    """When the class may go on after the last words: once they are read, and a while later where the floor is left to
    the students.
    """
    if state.skip or state.quiet_since is None or not state.last_length:
        return None
    read = PAUSE_SECONDS + state.last_length / READING_CHARACTERS_PER_SECOND
    return _end_of(state.quiet_since, (read + _window(state, script)) * _pace(state, moment), moment)


def _window(state: ClassState, script: list[TeachingAction]) -> float:
    """How long the floor is left to the students: in an interactive class after each point, else in a pause."""
    last = state.recent[-1] if state.recent else None
    if last is None or last.voice is not lead(state.cast) or last.action is None:
        return 0.0
    if state.mode is Mode.INTERACTIVE:
        return POINT_WINDOW_SECONDS
    is_pause = last.action < len(script) and isinstance(script[last.action], Pause)
    return QUESTIONS_SECONDS if is_pause else 0.0


def _pace(state: ClassState, moment: Moment) -> float:
    return moment.pace / state.speed


def _reply(state: ClassState) -> Move | None:
    """The tutor answers what a classmate asked."""
    last = state.recent[-1] if state.recent else None
    if last is None or last.page != state.page or state.model_gone or state.closing:
        return None
    if last.voice in CLASSMATES and last.asks and state.economy < 3:
        return Move(act=Act.REPLY, voice=helper(state.cast), answers=last.seq)
    return None


# --------------------------------------------------------------------------------------------------------- the lesson


def _lesson_move(state: ClassState, script: list[TeachingAction], moment: Moment) -> Move:
    if any(one.gate for one in state.pending):
        return Move(act=Act.WAIT, until=_retry_at(state, moment))  # the model is gone, and the gate holds meanwhile
    if state.item or gate_here(state):
        return _gate_move(state, moment)
    chat, then = _classmate(state, script), _on(state, script, moment)
    if chat is None:
        return then
    return chat.model_copy(update={"instead": then}) if chat.choices else chat


def _on(state: ClassState, script: list[TeachingAction], moment: Moment) -> Move:
    """How the lesson goes on: by its script's next action, or to its close."""
    if state.cursor < len(script):
        action = script[state.cursor]
        voice = lead(state.cast) if action.words else None
        return Move(act=Act.SCRIPT, voice=voice, action=state.cursor)
    return _close(state, moment)


def _gate_move(state: ClassState, moment: Moment) -> Move:
    """At a gate one question follows the other; who is alone has all the time they want, and is offered help once."""
    item, act = state.item, Move(act=Act.GATE, voice=lead(state.cast))
    if item is None or not awaited(state):
        return act
    read = reading_length(item.words) / READING_CHARACTERS_PER_SECOND
    closes = _end_of(item.since, (read + ITEM_WINDOW_SECONDS) * _pace(state, moment), moment)
    if closes > moment.now:
        return _wait(state, moment, closes)
    if len(state.people) > 1:
        return act
    if item.nudged or state.model_gone:
        return Move(act=Act.WAIT, until=_retry_at(state, moment))
    return Move(act=Act.NUDGE, voice=_rested_helper(state), answers=item.seq)


def _classmate(state: ClassState, script: list[TeachingAction]) -> Move | None:
    """A classmate's turn, where the round and the heat allow it and nobody needs quiet."""
    last = state.recent[-1] if state.recent else None
    if last is None or last.page != state.page or state.model_gone or state.closing or state.economy:
        return None
    if state.chatter >= ROUND[state.activity] or _is_tender(state):
        return None
    if last.voice not in STAFF or last.action is None or last.asks or not _are_rested(state):
        return None
    if _dice(state) >= HEAT[state.activity]:
        return None
    if state.cursor and isinstance(script[state.cursor - 1], (Spotlight, Board)):
        return None  # nobody comes between a pointing and the words that go with it
    fit = _fit_classmates(state, script)
    if not fit:
        return None
    is_open = len(fit) > 1 and _dice(state, "choice") < CHOICE_SHARE
    return Move(act=Act.CHAT, voice=fit[0], choices=fit if is_open else [])


def _are_rested(state: ClassState) -> bool:
    """Whether the classmates have been quiet for as long as the activity level wants."""
    lines = state.recent[-REST[state.activity] :] if REST[state.activity] else []
    return not any(line.voice in CLASSMATES for line in lines)


def _is_tender(state: ClassState) -> bool:
    """Whether somebody lately struggled, was wrong, or was hurt: no moment for a classmate's remark."""
    return any(_needs_quiet(line) for line in state.recent[-TENDER_LINES:])


def _needs_quiet(line: Line) -> bool:
    hard = line.intent in (Intent.CONFUSED, Intent.ABUSE, Intent.DISTRESS, Intent.HOLD_ON, Intent.GO_ON)
    return hard or line.verdict in (Verdict.WRONG, Verdict.PARTLY)


def _dice(state: ClassState, about: str = "chat") -> float:
    """A throw in [0, 1) that depends only on where the class stands, so that a decision can be repeated."""
    return zlib.crc32(f"{state.seed}/{state.cursor}/{state.chatter}/{about}".encode()) / 2**32


def _fit_classmates(state: ClassState, script: list[TeachingAction]) -> list[Voice]:
    """Who may speak, the silent longest first; the note taker sums up where a page ends, and only there."""
    is_page_end = state.cursor >= len(script) or isinstance(script[state.cursor], Show)
    last = {line.voice: line.seq for line in state.recent}
    in_room = [voice for voice in classmates(state.cast) if (voice is Voice.NOTES) <= is_page_end]
    in_order = sorted(in_room, key=lambda voice: (last.get(voice, 0), CLASSMATES.index(voice)))
    first = [Voice.NOTES] if is_page_end and Voice.NOTES in in_order and not last.get(Voice.NOTES) else []
    return [*first, *(voice for voice in in_order if voice not in first)]


def _close(state: ClassState, moment: Moment) -> Move:
    """The script is done: close, leave time for last questions, give up on what nobody could answer, end."""
    if not state.closing:
        return Move(act=Act.CLOSE, voice=lead(state.cast))
    if state.pending:
        first = state.pending[0]
        if first.tries > len(RETRY_SECONDS):
            return Move(act=Act.GIVE_UP, answers=first.seq)
        return Move(act=Act.WAIT, until=_retry_at(state, moment))
    ends = _end_of(state.quiet_since or moment.now, max(3.0, CLOSING_SECONDS * moment.pace), moment)
    if ends > moment.now and not state.skip:
        return Move(act=Act.WAIT, until=ends)
    return Move(act=Act.END)
