"""The question that is open to the students: how it opens, stays open, and holds a class that waits at a gate."""

from app.classroom.log.state import ClassState, Line, OpenAsk, Question
from app.classroom.schema import CLASSMATES, SOLUTIONS, ClassEvent, Intent, TutorAction, Verdict, Voice

GATE_ROUNDS = 2
"""How often a question with a gate is put; after that the class goes on without evidence, and the instructor is told.
"""


SAID_ENOUGH = 0.7
"""A line of the script heard to less than this share is said again after an interruption; a question that was heard so
far can be answered."""

LEAVES_OPEN = ("invitation", "greeting", "calm")
"""What is said for these causes leaves an open question as it is: whoever raised a hand may want to answer it,
whoever comes back finds it still open, and an insult or a cry, which is calmed, was no answer."""

REPLIES = (Intent.ANSWER, Intent.CONFUSED, Intent.STATEMENT, Intent.THANKS)
"""Words that reply to the question that is open; others ask back, wish something, or are an insult or a cry."""

BEYOND_TALK = ("gate", "closing")
"""What is said for these causes ends a discussion, as a question of the bank does that is put."""


def asked_now(was: OpenAsk | None, answered: Question | None, event: ClassEvent, voice: Voice) -> OpenAsk | None:
    """The question that is open after something was said: a nudged one, one to be tried again, or a new one."""
    body = event.body
    if body.cause in LEAVES_OPEN:
        return was.model_copy(update={"since": event.at}) if was else None
    if body.cause == "nudge":
        return was.model_copy(update={"nudged": True, "since": event.at}) if was else None
    if body.verdict and answered and _is_still_open(body.verdict, body.move) and not (was and was.gate):
        return OpenAsk(
            seq=event.seq,
            text=answered.replies_to,
            since=event.at,
            action=answered.action,
            gate=answered.gate,
            item=answered.item,
            failures=answered.failures + (answered.intent is not Intent.QUESTION),
        )
    if was and _is_beside(was, answered, event):
        return was.model_copy(update={"since": event.at})
    if body.asks and voice not in CLASSMATES:
        is_talk = body.cause == "discuss"
        return OpenAsk(
            seq=event.seq, text=body.text, since=event.at, action=body.action, gate=body.gate, is_talk=is_talk
        )
    if was and was.is_talk and _is_talk(event):
        return was.model_copy(update={"spoken": was.spoken + (voice in CLASSMATES), "since": event.at})
    return None


def _is_talk(event: ClassEvent) -> bool:
    """Whether a line is nothing that the script or a gate puts."""
    body = event.body
    return body.action is None and body.item is None and body.cause not in BEYOND_TALK


def _is_beside(was: OpenAsk, answered: Question | None, event: ClassEvent) -> bool:
    """Whether a line leaves the open question open as it answers words that replied to nothing, or is an instructor's
    remark. A gate's question outlasts the answer to another question's reply too, and no question put beside it takes
    its place.
    """
    is_remark = (was.gate or not answered.replies_to) if answered else event.body.cause == "instructor"
    return is_remark and not was.is_talk and _is_talk(event) and (was.gate or not event.body.asks)


def replied_to(state: ClassState, intent: Intent) -> int | None:
    """The seq of the open question that words of this intent reply to; None where they reply to none."""
    return state.open_ask.seq if state.open_ask and intent in REPLIES else None


def stays_open(state: ClassState, intent: Intent) -> bool:
    """Whether words of this intent leave the open question as it is: an insult does, and a cry of distress where
    others are there to answer; nobody else is asked on after one.
    """
    return intent is Intent.ABUSE or (intent is Intent.DISTRESS and len(state.people) > 1)


def was_heard(line: Line, letters: int) -> bool:
    """Whether so many characters of a line are enough for it to count as said."""
    return letters >= SAID_ENOUGH * len(line.text)


def outlasts(line: Line, letters: int) -> bool:
    """Whether a question stays open whose line a student broke into after so many characters: one that was heard well
    enough, and one that was answered before, which the line only came back to.
    """
    return line.verdict is not None or was_heard(line, letters)


def at_the_gate(state: ClassState, answered: Question, is_evidence: bool) -> None:
    """A right answer opens a gate; after a solution the question is put once more, and then the gate opens anyway."""
    if answered.action is None:
        return
    state.gate_rounds += 1
    if is_evidence or state.gate_rounds >= GATE_ROUNDS:
        state.passed, state.gate_rounds = [*state.passed, answered.action], 0
    else:
        state.cursor = answered.action


def put_again(state: ClassState, lost: Question) -> None:
    """A reply to a gate's question that stays unanswered opens no gate: the question is put once more."""
    if lost.gate and lost.action is not None and lost.page == state.page:
        state.cursor = lost.action


def _is_still_open(verdict: Verdict, move: TutorAction | None) -> bool:
    """Whether the student may try again: not after a right answer, and not once the solution was given."""
    return verdict is not Verdict.RIGHT and move not in SOLUTIONS
