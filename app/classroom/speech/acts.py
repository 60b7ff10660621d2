"""Moves that need no model: the script's own lines, a gate's questions, greetings, calm words, the closing, the end."""

from sqlalchemy.orm import Session

from app.base.db import now
from app.base.languages import LANGUAGES, language_of
from app.base.scripts import run_on
from app.classroom.directing.director import Act, Move
from app.classroom.directing.policy import Policy, policy_of
from app.classroom.log.phrases import cries_in
from app.classroom.log.state import ClassState, Question
from app.classroom.log.writing import OpenLog
from app.classroom.schema import Body, Draft, Intent, Kind
from app.classroom.speech.lines import say_line
from app.classroom.speech.phrasing import has_phrases, phrase
from app.classroom.speech.pointing import words_in
from app.classroom.speech.quizzing import at_the_gate
from app.classroom.speech.quoting import source_of
from app.classroom.stage.cast import lead
from app.classroom.stage.lesson import Lesson, lesson_of
from app.classroom.stage.showing import show_page
from app.courses import service as courses
from app.lessons.personal import service as personal_versions
from app.lessons.schema import Ask, Board, Discuss, Pause, Show, Spoken, Spotlight, Summarise


def _whom_to_invite(state: ClassState) -> str:
    """The name of whose hand is next: the first, unless they were asked before and said nothing."""
    hand = state.hands[0] if state.hands and state.hand and state.hand.invited else state.hand
    return state.people.get(hand.person, "") if hand and hand.person else ""


def act_at_once(session: Session, log: OpenLog, move: Move) -> None:
    """Carry out a move whose words are there already."""
    language = lesson_of(session, log.row).language
    if move.act is Act.SCRIPT and move.action is not None:
        _follow_script(session, log, move.action)
    elif move.act is Act.GATE:
        at_the_gate(session, log)
    elif move.act is Act.CALM:
        _calm(log, move, language)
    elif move.act is Act.INVITE:
        name = _whom_to_invite(log.state)
        words = phrase("named_invitation" if name else "invitation", language, name=name)
        say_line(log, Body(text=words, cause="invitation"))
    elif move.act is Act.GREET:
        say_line(log, Body(text=log.state.greeting, cause="greeting"))
    elif move.act is Act.CLOSE:
        say_line(log, Body(text=phrase("closing", language), cause="closing"))
    elif move.act is Act.GIVE_UP:
        body = Body(text=phrase("unanswered", language), cause="unanswered", answers=move.answers)
        log.append(Draft(kind=Kind.NOTICE, body=body))
    elif move.act is Act.END:
        log.append(Draft(kind=Kind.ENDED, body=Body(cause="finished")))
        log.row.ended_at, log.row.due_at = now(), None
    log.tell_records(at_once=move.act is Act.END)


def _calm(log: OpenLog, move: Move, language: str) -> None:
    """The fixed answer, and a note that only instructors see."""
    trouble = next(one for one in log.state.pending if one.seq == move.answers)
    policy = policy_of(log.session, log.row.course_id)
    body = Body(text=_calm_words(log.state, trouble, policy, language), answers=trouble.seq, cause="calm")
    say_line(log, body, move.voice)
    if not policy.tells_instructor:
        return
    note = Body(text=trouble.text, cause=trouble.intent.value, answers=trouble.seq)
    log.append(Draft(kind=Kind.CONCERN, person_id=trouble.person, body=note))


def _calm_words(state: ClassState, trouble: Question, policy: Policy, language: str) -> str:
    """The fixed words, in the language of whom they calm if that can be told, with what the course's policy adds: that
    somebody is told, and help nearby.
    """
    told_in = LANGUAGES.get(cries_in(trouble.text.lower()) or language_of(trouble.text), "")
    language = told_in if has_phrases(told_in) else language
    words = [phrase(trouble.intent.value, language)]
    if trouble.intent is Intent.DISTRESS:
        words += [phrase("told", language)] if policy.tells_instructor else []
        words += [policy.help] if policy.help else []
    elif trouble.person and state.muted.get(trouble.person, now()) > now():
        words.append(phrase("silenced", language))
    return run_on(words)


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
