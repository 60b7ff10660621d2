"""Taking people's words out of classes: of one person who goes, or of all after the time for keeping.

This is the one lawful exception to a log that is only added to. A line keeps its seq, time, kind and place, so that
nothing else moves; its words go, in place, and the state is folded anew, so that it is still what the log comes to.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from app.base.db import now
from app.base.redaction import FORMER, REMOVED, Redaction, redaction
from app.base.stream import forget_after_commit, publish_after_commit
from app.classroom.log.folding import fold
from app.classroom.log.state import Status
from app.classroom.log.writing import OpenLog, read_event, topic
from app.classroom.models import ClassNote, ClassPerson, ClassSession, EventRow, GuardPair, LearnerNote, TurnPrompt
from app.classroom.people.company import hold_nobody
from app.classroom.schema import Body, Draft, Kind
from app.classroom.speech.phrasing import word_named_in

OUT = "A question was taken back by the one who asked it."


def keep_to_themselves(session: Session, person_id: UUID) -> None:
    """Nobody looks after this person by name any more: the notes about them go, who watches their classes, and the
    personal words in these. Who watches one now stops at once, and gives it back.
    """
    use_approved_words(session, person_id)
    words_gone = update(LearnerNote).where(LearnerNote.person_id == person_id, LearnerNote.deleted_at.is_(None))
    session.execute(words_gone.values(text="", deleted_at=now()))
    own = select(ClassSession.id).where(ClassSession.person_id == person_id, ~ClassSession.is_shared)
    watching = ClassPerson.class_id.in_(own) & ClassPerson.is_instructor & (ClassPerson.person_id != person_id)
    places = delete(ClassPerson).where(watching).returning(ClassPerson.class_id, ClassPerson.person_id)
    gone = [(class_id, watcher) for class_id, watcher in session.execute(places)]
    going_on = select(ClassSession.id).where(
        ClassSession.id.in_({class_id for class_id, _ in gone}), ClassSession.ended_at.is_(None)
    )
    for class_id in session.scalars(going_on.order_by(ClassSession.id)).all():
        _see_out(session, class_id, {watcher for one, watcher in gone if one == class_id})


def _see_out(session: Session, class_id: UUID, watchers: set[UUID]) -> None:
    """These instructors are in the class no more: its open lines look again whose they are, and the floor is nobody's
    who could not give it back. The class is locked once the places are gone, so that a floor taken meanwhile is seen.
    """
    log = OpenLog.lock(session, class_id)
    if log.state.status is Status.ENDED:
        return
    if log.state.floor in watchers:
        _give_back(log)
        log.tell_records()
    publish_after_commit(session, topic(class_id), "check", "{}", keep=False)


def _give_back(log: OpenLog) -> None:
    log.append(Draft(kind=Kind.RELEASED, person_id=log.state.floor, body=Body(cause="left")))
    log.wake()


def classes_with(session: Session, person_id: UUID, is_open: bool = False) -> list[UUID]:
    """Every class that a person left a trace in, oldest first; only those not over where `is_open`."""
    place = select(ClassPerson.class_id).where(ClassPerson.person_id == person_id)
    trace = select(EventRow.class_id).where(EventRow.person_id == person_id)
    query = select(ClassSession.id).where(
        (ClassSession.person_id == person_id) | ClassSession.id.in_(place) | ClassSession.id.in_(trace)
    )
    if is_open:
        query = query.where(ClassSession.ended_at.is_(None))
    return list(session.scalars(query.order_by(ClassSession.created_at)))


def go_for_good(session: Session, person_id: UUID, class_id: UUID) -> None:
    """The person is in this class no more: their own one ends, one with others goes on without them."""
    log = OpenLog.lock(session, class_id)
    if log.state.status is Status.ENDED:
        return
    if log.row.is_shared or log.row.person_id != person_id:
        _step_out(log, person_id)
        return
    log.silence()
    log.append(Draft(kind=Kind.ENDED, person_id=person_id, body=Body(cause="left")))
    log.row.ended_at, log.row.due_at = now(), None
    log.tell_records(at_once=True)


def _step_out(log: OpenLog, person_id: UUID) -> None:
    if log.state.floor == person_id:
        _give_back(log)
    for question in [one for one in log.state.pending if one.person == person_id]:
        taken_back = Body(text=OUT, cause="unanswered", answers=question.seq)
        log.append(Draft(kind=Kind.NOTICE, body=taken_back))
    if person_id in log.state.people:
        log.append(Draft(kind=Kind.LEFT, person_id=person_id, body=Body(name=FORMER)))
        hold_nobody(log)
        log.tell_records()


def redact(session: Session, class_id: UUID, person_id: UUID, name: str) -> Redaction:
    """Take a person's words and name out of a class, and what the agents repeated of them. Others' words stay.

    Returns the redaction that was used on the agents' lines, for what was made of them elsewhere.
    """
    log = OpenLog.lock(session, class_id)
    rows = _lines(session, class_id)
    own = [word for row in rows if row.person_id == person_id for word in _words(row.body)]
    hush = redaction({name: FORMER} if name != FORMER else {}, dict.fromkeys(own, REMOVED))
    asked = {row.seq for row in rows if row.person_id == person_id}
    for row in rows:
        if row.person_id == person_id:
            row.body = _without_words(row.body, FORMER)
        elif row.person_id is None and row.body.get("action") is None and row.body.get("text"):
            text = hush(str(row.body["text"]))
            named = word_named_in(text) if row.body.get("answers") in asked else ""
            row.body = {**row.body, "text": text.replace(named, REMOVED, 1) if named else text}
    _drop_papers(session, log.row, [row.seq for row in rows if row.person_id == person_id], hush)
    _fold_anew(session, log, rows)
    return hush


def _lines(session: Session, class_id: UUID) -> list[EventRow]:
    return list(session.scalars(select(EventRow).where(EventRow.class_id == class_id).order_by(EventRow.seq)))


def _words(body: dict[str, JsonValue]) -> list[str]:
    board = body.get("board")
    return [str(body.get("text", "")), *([str(board.get("text", ""))] if isinstance(board, dict) else [])]


def _without_words(body: dict[str, JsonValue], name: str = "") -> dict[str, JsonValue]:
    """A body that says nothing; with a `name`, it also stands for the one in it."""
    after = {**body, "text": REMOVED} if body.get("text") else dict(body)
    if isinstance(board := after.get("board"), dict):
        after["board"] = {**board, "text": REMOVED}
    return {**after, "name": name} if name and after.get("name") else after


def _fold_anew(session: Session, log: OpenLog, rows: Iterable[EventRow]) -> None:
    """The state from the log as it reads now; a browser that comes back reads it from there as well."""
    log.state = fold(map(read_event, rows))
    session.flush()
    state = log.state.model_dump(mode="json")
    session.execute(update(ClassSession).where(ClassSession.id == log.row.id).values(state=state))
    forget_after_commit(session, topic(log.row.id))
    session.flush()


def _drop_papers(session: Session, row: ClassSession, seqs: list[int], hush: Redaction) -> None:
    """Prompts and refused words: of an own class all, of a class with others those that tell of the person."""
    turns = _turns_about(session, row.id, seqs)
    prompts = session.scalars(select(TurnPrompt).where(TurnPrompt.class_id == row.id))
    pairs = session.scalars(select(GuardPair).where(GuardPair.class_id == row.id))
    told: list[tuple[TurnPrompt | GuardPair, str]] = [(one, one.words) for one in prompts]
    told += [(one, f"{one.refused}\n{one.shown}") for one in pairs]
    for paper, text in told:
        if not row.is_shared or paper.turn in turns or hush(text) != text:
            session.delete(paper)


def _turns_about(session: Session, class_id: UUID, seqs: list[int]) -> set[UUID]:
    query = select(EventRow.body["turn"].astext).where(
        EventRow.class_id == class_id,
        EventRow.kind == Kind.TURN.value,
        EventRow.body["answers"].astext.in_([str(seq) for seq in seqs]),
    )
    return {UUID(turn) for turn in session.scalars(query) if turn}


def erase_person(session: Session, person_id: UUID) -> None:
    """What was kept of a person beside the classes: their own notes, and the notes about them."""
    session.execute(delete(ClassNote).where(ClassNote.person_id == person_id))
    session.execute(delete(LearnerNote).where(LearnerNote.person_id == person_id))
    use_approved_words(session, person_id)


def use_approved_words(session: Session, person_id: UUID) -> None:
    """No class of this person says personal words any more, or tells which it said by."""
    own = (ClassSession.person_id == person_id, ClassSession.personal_id.is_not(None))
    session.execute(update(ClassSession).where(*own).values(personal_id=None))


def bury(session: Session, person_id: UUID) -> None:
    """The classes that somebody erased attended alone go whole, and their places in others."""
    session.execute(delete(ClassPerson).where(ClassPerson.person_id == person_id))
    own = ClassSession.person_id == person_id
    session.execute(delete(ClassSession).where(own, ~ClassSession.is_shared))


# ----------------------------------------------------------------------------------------------- kept long enough


def old_papers(session: Session, before: datetime) -> int:
    """How many prompts and refused turns are older."""
    prompts = session.scalar(select(func.count()).where(TurnPrompt.created_at < before))
    pairs = session.scalar(select(func.count()).where(GuardPair.created_at < before))
    return (prompts or 0) + (pairs or 0)


def remove_papers(session: Session, before: datetime, most: int) -> int:
    """Remove at most so many older prompts, and as many refused turns; returns how many."""
    prompts = select(TurnPrompt.turn).where(TurnPrompt.created_at < before).limit(most)
    pairs = select(GuardPair.id).where(GuardPair.created_at < before).limit(most)
    gone = session.scalars(delete(TurnPrompt).where(TurnPrompt.turn.in_(prompts)).returning(TurnPrompt.turn)).all()
    more = session.scalars(delete(GuardPair).where(GuardPair.id.in_(pairs)).returning(GuardPair.id)).all()
    return len(gone) + len(more)


def silent_since(session: Session, before: datetime, most: int) -> list[UUID]:
    """Classes in which nothing happened since, and which still hold words of people."""
    texts = EventRow.body["text"].astext, EventRow.body["board"]["text"].astext
    words = select(EventRow.seq).where(
        EventRow.class_id == ClassSession.id,
        EventRow.person_id.is_not(None),
        or_(*(text.is_not(None) & (text != REMOVED) for text in texts)),
    )
    later = select(EventRow.seq).where(EventRow.class_id == ClassSession.id, EventRow.at >= before)
    query = select(ClassSession.id).where(ClassSession.created_at < before, ~later.exists(), words.exists())
    return list(session.scalars(query.order_by(ClassSession.created_at).limit(most)))


def remove_words(session: Session, class_id: UUID) -> None:
    """Take the words of all people out of a class; what agents said and what was done stays."""
    log = OpenLog.lock(session, class_id)
    rows = _lines(session, class_id)
    for row in rows:
        if row.person_id:
            row.body = _without_words(row.body)
    _fold_anew(session, log, rows)
