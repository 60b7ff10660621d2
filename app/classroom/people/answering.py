"""Answering a question of the bank that a class puts at a gate: once, graded at once, kept as an attempt."""

from uuid import UUID, uuid5

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.assessment import service as assessment
from app.assessment.in_class import Graded
from app.assessment.schema import ItemView, Response
from app.base.errors import Conflict, Invalid, NotFound
from app.classroom.log.gates import ALONE, is_evidence
from app.classroom.log.state import GateState, ItemState, Progress, Status
from app.classroom.log.writing import OpenLog, state_of
from app.classroom.models import EventRow
from app.classroom.people.attending import attended_to
from app.classroom.people.company import students_log
from app.classroom.people.opening import person_in
from app.classroom.schema import Body, Draft, How, Intent, Kind, Verdict, Voice
from app.classroom.speech.quizzing import let_through

NOTHING = "I do not know."
OVER = "This question is closed. Look at the one that is open now."
EMPTY = "Give an answer first, or say that you do not know."


class Given(BaseModel):
    """What became of an answer: its words and how it was graded (None where the question was withdrawn). `first`: an
    answer was in before, perhaps from another tab, and stands.
    """

    words: str
    verdict: Verdict | None
    first: bool = True


class Put(BaseModel):
    """A question of the bank as it stands in a class: open to be answered or not, and what this person gave."""

    seq: int
    view: ItemView
    is_open: bool
    given: Given | None = None


def asked_item(session: Session, who: Who, class_id: UUID, seq: int) -> Put:
    """The question that a class put at a seq, for somebody in it. Raises NotFound where there is none."""
    view, state = asked_view(session, who, class_id, seq), state_of(session, class_id)
    is_open = bool(state.item and state.item.seq == seq and state.item.is_open) and state.status is not Status.ENDED
    return Put(seq=seq, view=view, is_open=is_open, given=_given(session, class_id, who.id, seq))


def asked_view(session: Session, who: Who, class_id: UUID, seq: int) -> ItemView:
    """The words of a question that a class put at a seq, for somebody in it. Raises NotFound where there is none."""
    person_in(session, who, class_id)
    row = session.get(EventRow, (class_id, seq))
    item = Body.model_validate(row.body).item if row and row.kind == Kind.SAID.value else None
    if item is None:
        raise NotFound
    return item.view


def answer(session: Session, who: Who, class_id: UUID, seq: int, response: Response, passes: bool = False) -> Given:
    """Answer the question put at a seq, or let it pass. Whoever answers twice has given the first answer.

    Raises Conflict once the question is closed, Invalid for an answer that is empty or too long.
    """
    log = students_log(session, who, class_id)
    if known := _given(session, class_id, who.id, seq):
        return known.model_copy(update={"first": False})
    item = log.state.item
    if item is None or item.seq != seq or not item.is_open:
        raise Conflict(OVER)
    if response.is_empty and not passes:
        raise Invalid(EMPTY)
    graded = _graded(session, who, log, item, Response() if passes else response)
    verdict = _verdict(graded)
    is_alone = len(log.state.people) == 1 and not log.row.is_shared
    body = Body(
        text=NOTHING if passes else graded.words,
        page=log.state.page,
        answers=seq,
        verdict=Verdict.UNCLEAR if passes else verdict,
        intent=Intent.CONFUSED if passes else Intent.ANSWER,
        cause=ALONE if is_alone else "",
    )
    draft = Draft(kind=Kind.ANSWERED, voice=Voice.STUDENT, person_id=who.id, body=body)
    log.append(draft, _event_id(class_id, who.id, seq))
    _weigh(log, log.state.gates[item.gate], who.id)
    attended_to(log)
    log.tell_records()
    return Given(words=str(body.text), verdict=body.verdict)


def _event_id(class_id: UUID, person_id: UUID, seq: int) -> UUID:
    """The id of an answer's event: a person answers a question once, however often it is sent."""
    return uuid5(class_id, f"{person_id}/item/{seq}")


def _given(session: Session, class_id: UUID, person_id: UUID, seq: int) -> Given | None:
    """What somebody answered to a question, if they did."""
    body = session.scalar(select(EventRow.body).where(EventRow.id == _event_id(class_id, person_id, seq)))
    if body is None:
        return None
    said = Body.model_validate(body)
    return Given(words=str(said.text), verdict=said.verdict)


def _graded(session: Session, who: Who, log: OpenLog, item: ItemState, response: Response) -> Graded:
    """Only a student's answer is an attempt; an instructor who tries the class out leaves none."""
    if accounts.role_in(session, who, log.row.course_id) is not CourseRole.STUDENT:
        return assessment.try_answer(session, item.version, response)
    row = log.row
    return assessment.answer_in_class(session, who.id, row.lesson_id, row.id, item.version, response, item.since)


def _verdict(graded: Graded) -> Verdict | None:
    if graded.share is None:
        return None
    return Verdict.RIGHT if graded.is_right else Verdict.PARTLY if graded.share > 0 else Verdict.WRONG


def _weigh(log: OpenLog, gate: GateState, person: UUID) -> None:
    """Whether what somebody has shown is enough now."""
    shown = gate.people.get(person, Progress())
    if not shown.passed and is_evidence(gate, shown):
        let_through(log, gate, person, How.EVIDENCE)
