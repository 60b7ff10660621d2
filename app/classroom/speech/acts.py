"""Moves that need no model: the script's own lines, a gate's questions, greetings, calm words, the closing, the end."""

from sqlalchemy.orm import Session

from app.base.db import now
from app.classroom.directing.director import Act, Move
from app.classroom.directing.policy import Policy, policy_of
from app.classroom.log.state import ClassState, Question
from app.classroom.log.writing import OpenLog
from app.classroom.schema import Body, Draft, Intent, Kind
from app.classroom.speech.lines import say_line
from app.classroom.speech.pointing import words_in
from app.classroom.speech.quizzing import at_the_gate
from app.classroom.speech.quoting import source_of
from app.classroom.stage.cast import lead
from app.classroom.stage.lesson import Lesson, lesson_of
from app.classroom.stage.showing import show_page
from app.courses import service as courses
from app.lessons.personal import service as personal_versions
from app.lessons.schema import Ask, Board, Discuss, Pause, Show, Spoken, Spotlight, Summarise

CLOSING = (
    "That was the last page. If anything is still open, ask now; otherwise you can end the class and find what we "
    "did in your record."
)
UNANSWERED = "This question could not be answered today. It stays in the record, where your instructor sees it."
INVITATION = "Yes{name}? Go ahead, we are listening."
CALM = {
    Intent.ABUSE: (
        "I can hear that you are annoyed, and that is allowed. Let us stay kind to each other here. Tell me what "
        "bothers you about the lesson, and we will look at it together; or we simply go on."
    ),
    Intent.DISTRESS: (
        "Thank you for saying that. The lesson can wait. Please talk to somebody you trust now, and if you are in "
        "danger or might hurt yourself, call your local emergency number at once. I am only a program, and you deserve "
        "a person."
    ),
}
"""The fixed answers to abuse and to distress: no model words them."""
TOLD = "Your instructor will be told that you may need somebody."
SILENCED = (
    "You cannot write for the next two minutes; the lesson goes on meanwhile, and after that you are welcome again."
)


def _whom_to_invite(state: ClassState) -> str:
    """The name of whose hand is next: the first, unless they were asked before and said nothing."""
    hand = state.hands[0] if state.hands and state.hand and state.hand.invited else state.hand
    return state.people.get(hand.person, "") if hand and hand.person else ""


def act_at_once(session: Session, log: OpenLog, move: Move) -> None:
    """Carry out a move whose words are there already."""
    if move.act is Act.SCRIPT and move.action is not None:
        _follow_script(session, log, move.action)
    elif move.act is Act.GATE:
        at_the_gate(session, log)
    elif move.act is Act.CALM:
        _calm(log, move)
    elif move.act is Act.INVITE:
        name = _whom_to_invite(log.state)
        say_line(log, Body(text=INVITATION.format(name=f", {name}" if name else ""), cause="invitation"))
    elif move.act is Act.GREET:
        say_line(log, Body(text=log.state.greeting, cause="greeting"))
    elif move.act is Act.CLOSE:
        say_line(log, Body(text=CLOSING, cause="closing"))
    elif move.act is Act.GIVE_UP:
        log.append(Draft(kind=Kind.NOTICE, body=Body(text=UNANSWERED, cause="unanswered", answers=move.answers)))
    elif move.act is Act.END:
        log.append(Draft(kind=Kind.ENDED, body=Body(cause="finished")))
        log.row.ended_at, log.row.due_at = now(), None
    log.tell_records(at_once=move.act is Act.END)


def _calm(log: OpenLog, move: Move) -> None:
    """The fixed answer, and a note that only instructors see."""
    trouble = next(one for one in log.state.pending if one.seq == move.answers)
    policy = policy_of(log.session, log.row.course_id)
    body = Body(text=_calm_words(log.state, trouble, policy), answers=trouble.seq, cause="calm")
    say_line(log, body, move.voice)
    if not policy.tells_instructor:
        return
    note = Body(text=trouble.text, cause=trouble.intent.value, answers=trouble.seq)
    log.append(Draft(kind=Kind.CONCERN, person_id=trouble.person, body=note))


def _calm_words(state: ClassState, trouble: Question, policy: Policy) -> str:
    """The fixed words, with what the course's policy adds: that somebody is told, and help nearby."""
    words = [CALM[trouble.intent]]
    if trouble.intent is Intent.DISTRESS:
        words += [TOLD] if policy.tells_instructor else []
        words += [policy.help] if policy.help else []
    elif trouble.person and state.muted.get(trouble.person, now()) > now():
        words.append(SILENCED)
    return " ".join(words)


def _follow_script(session: Session, log: OpenLog, index: int) -> None:
    action = lesson_of(session, log.row).script.actions[index]
    body = Body(page=action.page, action=index, cause="script")
    if isinstance(action, Show):
        show_page(session, log, body)
    elif isinstance(action, Spotlight):
        lit = body.model_copy(update=_where(lesson_of(session, log.row), action))
        log.append(Draft(kind=Kind.SPOTLIGHT, voice=lead(log.state.cast), body=lit))
    elif isinstance(action, Board):
        written = body.model_copy(update={"board": action.item})
        log.append(Draft(kind=Kind.BOARD, voice=lead(log.state.cast), body=written))
    else:
        _say_action(session, log, index, action)


def _where(lesson: Lesson, action: Spotlight) -> dict[str, object]:
    """What a spotlight points at; one without a region of its own, at where its first passage stands on its page."""
    page = lesson.pages[action.page]
    passage = next((one for one in page.passages if one.id in action.passages), None)
    region = action.region or (courses.place_of(passage.text, page.lines) if passage else None)
    return {"region": region, "text": words_in(region, page.lines)} if region else {}


def _say_action(session: Session, log: OpenLog, index: int, action: Spoken) -> None:
    known = {one.id: one for one in lesson_of(session, log.row).passages}
    sources = [source_of(known[one]) for one in action.passages if one in known]
    words, number = _personal(session, log, index, action)
    body = Body(text=words, page=action.page, action=index, sources=sources[:2], personal=number)
    if isinstance(action, Ask):
        body = body.model_copy(update={"asks": True, "gate": action.gate})
    elif isinstance(action, (Discuss, Pause, Summarise)):
        body = body.model_copy(update={"asks": isinstance(action, Discuss), "cause": action.kind.value})
    say_line(log, body)


def _personal(session: Session, log: OpenLog, index: int, action: Spoken) -> tuple[str, int]:
    """The words of a script's line in this class, and the version of which they are personal words (0: approved)."""
    if log.row.personal_id is None:
        return action.text, 0
    words, number = personal_versions.words_for(session, log.row.personal_id, action.page, index)
    return words or action.text, number
