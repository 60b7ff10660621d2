"""The fold: the class state is what the event log comes to, and nothing else.

`apply(state, event)` gives the next state and touches nothing; `fold` comes to the same for a whole log. `advance` is
for who owns a state that nobody else looks at: it changes that. The server keeps the folded state beside the log and
updates both in one transaction, so a replay from any point equals a fresh load.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from app.base.scripts import reading_length
from app.classroom.log.asking import asked_now, at_the_gate, outlasts, stays_open, was_heard
from app.classroom.log.chapters import open_chapter, tell, tell_answer
from app.classroom.log.gates import ALONE, gate_passed, gates_began, item_answered, item_over, item_put
from app.classroom.log.hands import hand_down, hand_invited, hand_lapsed, hand_moved
from app.classroom.log.hearing import NEEDS_NO_ANSWER
from app.classroom.log.state import ClassState, Line, OpenTurn, Question, Status
from app.classroom.log.unspoken import stays_unanswered, turn_withdrawn
from app.classroom.schema import CLASSMATES, ClassEvent, Intent, Kind, Verdict, Voice

RECENT = 12
"""How many lines of talk the state carries; the log has them all."""
HOLD = timedelta(seconds=60)
"""How long "one moment, please" holds the class."""
MOST_ABUSES = 3
"""After so many insults in a class, and every so many more, who spoke them must be silent for a while."""
SILENCE = timedelta(minutes=2)
WHISPERS = 3
"""How many of the instructor's whispers are in the agents' minds."""
UNTOLD = (Intent.ABUSE, Intent.DISTRESS)
"""What nobody is reminded of later."""
ATTEMPTS = (Intent.ANSWER, Intent.STATEMENT, Intent.THANKS)
"""Words at a question of the bank that the telling of what was right is an answer to; others still want their own."""


def _started(state: ClassState, event: ClassEvent) -> None:
    state.seed = event.id.int % 2**32
    state.pages = event.body.pages
    state.cast = event.body.cast or state.cast
    state.activity = event.body.activity or state.activity
    state.mode = event.body.mode or state.mode
    state.offers, state.weak = event.body.offers, event.body.weak
    gates_began(state, event)
    if event.person_id:
        state.people[event.person_id] = event.body.name
    state.quiet_since = event.at


def _page(state: ClassState, event: ClassEvent) -> None:
    state.page = event.body.page
    state.cursor = (event.body.action or 0) + 1
    state.chatter = 0
    if state.item and state.item.answered and state.item.is_open:
        done = state.gates[state.item.gate].done  # who answered has; it is not put again after a turn of the page
        if state.item.version not in done:
            done.append(state.item.version)
    state.open_ask = state.item = state.hold_until = None
    state.closing = False
    hand_lapsed(state)
    _moved_on(state, event.at, 0)
    open_chapter(state, event.body.page)


def _student_said(state: ClassState, event: ClassEvent) -> None:
    body, intent = event.body, event.body.intent or Intent.QUESTION
    asked = None if stays_open(state, intent) else state.open_ask
    _remember(state, event, Voice.STUDENT)
    if intent is Intent.ABUSE and event.person_id:
        _count_abuse(state, event.person_id, event.at)
    hand_down(state, event.person_id)
    state.hold_until = None
    if intent is Intent.HOLD_ON:
        state.hold_until, state.skip = event.at + HOLD, False
    elif intent is Intent.GO_ON:
        _continued(state, event)
    if intent in NEEDS_NO_ANSWER and not (asked and intent is Intent.THANKS):
        return
    if intent not in UNTOLD:
        tell(state, event)
    state.pending.append(
        Question(
            seq=event.seq,
            text=body.text,
            page=body.page,
            person=event.person_id,
            intent=intent,
            named=body.named,
            replies_to=asked.text if asked else "",
            action=asked.action if asked else None,
            gate=asked.gate if asked else False,
            failures=asked.failures if asked else 0,
            item=asked.item if asked else None,
        )
    )
    if asked:
        state.open_ask = None


def _count_abuse(state: ClassState, person: UUID, at: datetime) -> None:
    state.abuses[person] = state.abuses.get(person, 0) + 1
    if state.abuses[person] % MOST_ABUSES == 0:
        state.muted[person] = at + SILENCE


def _turn(state: ClassState, event: ClassEvent) -> None:
    body = event.body
    if body.turn and event.voice:
        state.open_turn = OpenTurn(
            turn=body.turn,
            voice=event.voice,
            page=body.page,
            answers=body.answers,
            since=event.at,
            prepared=body.cause == "prepared",
        )
    state.skip = False


def _said(state: ClassState, event: ClassEvent) -> None:
    body, voice = event.body, event.voice or Voice.TEACHER
    answered = next((one for one in state.pending if one.seq == body.answers), None)
    state.open_turn = None
    state.open_ask = asked_now(state.open_ask, answered, event, voice)
    if body.action is not None:
        state.cursor = body.action + 1
        state.chatter = 0
    if voice in CLASSMATES:
        state.chatter += 1
    if answered:
        _answered(state, answered, event)
    _about_item(state, answered, event)
    _told_by_cause(state, event, is_reply=answered is not None)
    if body.model:
        state.model_gone = False
    _remember(state, event, voice)
    _moved_on(state, event.at, reading_length(body.text))


def _answered(state: ClassState, question: Question, event: ClassEvent) -> None:
    """A student's words were answered: they wait no more, and it is the others' turn."""
    if question.gate and not state.open_ask and question.intent not in UNTOLD:
        at_the_gate(state, question, event.body.verdict is Verdict.RIGHT)
    tell_answer(state, event)
    state.pending.remove(question)
    if question.person:
        state.served = [*(one for one in state.served if one != question.person), question.person]


def _about_item(state: ClassState, answered: Question | None, event: ClassEvent) -> None:
    """What a line does about the question of the bank: it puts one, helps with it, tells what was right, or ends it."""
    body, item = event.body, state.item
    if body.item or body.cause == "gate":  # with it came what was right
        state.pending = [_beyond_item(one) for one in state.pending if one.item is None or one.intent not in ATTEMPTS]
    if body.item:
        item_put(state, event)
    elif item and body.cause == "gate":
        state.item = None
    elif item and body.cause == "nudge":
        item.nudged = True
    elif item and answered and answered.item == item.version and state.open_ask is None:
        item.told = item.told or body.verdict is not None


def _beyond_item(question: Question) -> Question:
    """What was asked while a question of the bank was open, and waited for a model: now it is asked by itself."""
    return question if question.item is None else question.model_copy(update={"item": None, "replies_to": ""})


def _told_by_cause(state: ClassState, event: ClassEvent, is_reply: bool) -> None:
    """What the reason for a line changes: an invitation, a greeting, the closing words."""
    cause = event.body.cause
    if cause == "invitation":
        hand_invited(state, event)
    elif not is_reply:
        hand_lapsed(state)
    if cause == "greeting":
        state.greeting = ""
    state.closing = state.closing or cause == "closing"


def _cut(state: ClassState, event: ClassEvent) -> None:
    """An utterance was cut short where a student broke in. A line of the script cut early is said again later."""
    heard = event.body.heard
    for line in state.recent:
        if line.seq == event.body.answers:
            if state.open_ask and state.open_ask.seq == line.seq and not outlasts(line, heard):
                state.open_ask = None
            if line.action is not None and line.action + 1 == state.cursor and not was_heard(line, heard):
                state.cursor = line.action
            line.text = f"{line.text[:heard].rstrip()} ..."
    _moved_on(state, event.at, 0)


def _manner(state: ClassState, event: ClassEvent) -> None:
    """How the class goes on: whether it flows, how fast, and how much the classmates say."""
    body = event.body
    state.mode, state.speed = body.mode or state.mode, body.speed or state.speed
    state.activity = body.activity or state.activity


def _item_answered(state: ClassState, event: ClassEvent) -> None:
    item_answered(state, event)
    if event.body.cause == ALONE:
        _remember(state, event, Voice.STUDENT)
        hand_down(state, event.person_id)
    _moved_on(state, event.at, 0)


def _returned(state: ClassState, event: ClassEvent) -> None:
    state.greeting = event.body.text
    _moved_on(state, event.at, 0)


def _joined(state: ClassState, event: ClassEvent) -> None:
    if event.person_id:
        state.people[event.person_id] = event.body.name


def _left(state: ClassState, event: ClassEvent) -> None:
    if event.person_id:
        state.people.pop(event.person_id, None)
        hand_down(state, event.person_id)


def _whispered(state: ClassState, event: ClassEvent) -> None:
    state.whispers = [*state.whispers[1 - WHISPERS :], event.body.text]


def _floor(state: ClassState, event: ClassEvent) -> None:
    state.floor = event.person_id


def _released(state: ClassState, event: ClassEvent) -> None:
    state.floor = None
    _goes_on(state, event.at)


def _economy(state: ClassState, event: ClassEvent) -> None:
    state.economy = event.body.level


def _performed(state: ClassState, event: ClassEvent) -> None:
    """A silent action of the script: it takes no time, and the script goes on behind it."""
    if event.body.action is not None:
        state.cursor = event.body.action + 1


def _nothing(state: ClassState, event: ClassEvent) -> None:
    """Seen and kept, but it changes nothing about how the class goes on."""


def _paused(state: ClassState, event: ClassEvent) -> None:
    state.status = Status.PAUSED


def _resumed(state: ClassState, event: ClassEvent) -> None:
    state.status = Status.RUNNING
    _goes_on(state, event.at)


def _goes_on(state: ClassState, at: datetime) -> None:
    """The class stood: who was asked, or given the floor, has their whole time again."""
    for waits in (state.open_ask, state.item, state.hand if state.hand and state.hand.invited else None):
        if waits:
            waits.since = at
    _moved_on(state, at, 0)


def _continued(state: ClassState, event: ClassEvent) -> None:
    state.skip, state.hold_until = True, None
    if state.open_ask and not state.open_ask.gate:
        state.open_ask = None


def _ended(state: ClassState, event: ClassEvent) -> None:
    state.status = Status.ENDED
    state.open_turn = None
    state.ended_because = event.body.cause


def _remember(state: ClassState, event: ClassEvent, voice: Voice) -> None:
    body = event.body
    line = Line(
        seq=event.seq,
        voice=voice,
        text=body.text,
        page=body.page or state.page,
        asks=body.asks,
        person=event.person_id,
        intent=body.intent,
        verdict=body.verdict,
        action=body.action,
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
    Kind.WITHDRAWN: turn_withdrawn,
    Kind.RETOLD: _nothing,
    Kind.NOTICE: stays_unanswered,
    Kind.PAUSED: _paused,
    Kind.RESUMED: _resumed,
    Kind.SKIPPED: _continued,
    Kind.ACTIVITY: _manner,
    Kind.MODE: _manner,
    Kind.SPEED: _manner,
    Kind.HAND: hand_moved,
    Kind.CUT: _cut,
    Kind.RETURNED: _returned,
    Kind.JOINED: _joined,
    Kind.LEFT: _left,
    Kind.WHISPER: _whispered,
    Kind.FLOOR: _floor,
    Kind.RELEASED: _released,
    Kind.BOARD: _performed,
    Kind.OWN_BOARD: _nothing,
    Kind.RUBBED: _nothing,
    Kind.SPOTLIGHT: _performed,
    Kind.ECONOMY: _economy,
    Kind.CONCERN: _nothing,
    Kind.ANSWERED: _item_answered,
    Kind.OVER: item_over,
    Kind.PASSED: gate_passed,
    Kind.ENDED: _ended,
}


def apply(state: ClassState, event: ClassEvent) -> ClassState:
    """The state after one more event; the given state is left as it was. Raises ValueError for a gap in seq."""
    after = state.model_copy(deep=True)
    advance(after, event)
    return after


def advance(state: ClassState, event: ClassEvent) -> None:
    """Take one more event into a state of one's own, which is changed. Raises ValueError for a gap in seq."""
    if event.seq != state.seq + 1:
        raise ValueError(f"event {event.seq} does not follow {state.seq}")
    RULES[event.kind](state, event)
    state.seq = event.seq


def fold(events: Iterable[ClassEvent]) -> ClassState:
    """The state that a whole log comes to."""
    state = ClassState()
    for event in events:
        advance(state, event)
    return state
