"""What is said at a gate without a model: the next question, what was right, and that the class goes on.

What was right is told by code, once nobody can use it any more: no prompt holds it.
"""

import zlib
from uuid import UUID

from sqlalchemy.orm import Session

from app.assessment import service as assessment
from app.assessment.in_class import ClassItem, Solution
from app.base.scripts import run_on
from app.classroom.log.gates import gate_here, unproven
from app.classroom.log.state import ClassState, GateState, ItemState, Progress
from app.classroom.log.writing import OpenLog
from app.classroom.schema import AskedItem, Body, Draft, How, Kind, Verdict, Voice
from app.classroom.speech.lines import say_line
from app.classroom.speech.phrasing import phrase
from app.classroom.stage.lesson import lesson_of

WITHOUT = {
    How.BOUND: "{right} of {asked} answers right, and no more questions allowed",
    How.RAN_OUT: "{right} of {asked} answers right, and no more questions in the bank",
}


def at_the_gate(session: Session, log: OpenLog) -> None:
    """The next step at the gate where the class stands: one more question, or everybody is through."""
    item = log.state.item
    if item and item.is_open:
        log.append(Draft(kind=Kind.OVER, body=Body(answers=item.seq, page=log.state.page)))
    language = lesson_of(session, log.row).language
    words = _told(session, log.state, language)
    _enough(log)
    gate = gate_here(log.state)
    chosen = _next_item(session, log, gate) if gate else None
    if gate and chosen:
        opening = phrase("gate_another" if item else "gate_first", language, title=gate.title)
        asked = AskedItem(view=chosen.view, components=list(chosen.components))
        say_line(log, Body(text=_joined(words, opening, chosen.view.stem), item=asked))
        return
    if gate:
        for person in unproven(log.state, gate):
            let_through(log, gate, person, How.RAN_OUT)
    if item:
        say_line(log, Body(text=_joined(words, phrase(_farewell(log.state, item), language)), cause="gate"))


def _joined(*parts: str) -> str:
    return run_on(part for part in parts if part)


def _told(session: Session, state: ClassState, language: str) -> str:
    """What was right about the last question, where nobody said it yet; after somebody's right answer, that it was."""
    item = state.item
    if item is None:
        return ""
    last = state.recent[-1] if state.recent else None
    answered = last if last and last.voice is Voice.STUDENT else None  # nobody has spoken to it yet
    if item.told:
        return phrase("gate_right", language) if answered and answered.verdict is Verdict.RIGHT else ""
    is_wrong = answered is not None and answered.verdict in (Verdict.WRONG, Verdict.PARTLY)
    solution = solution_words(assessment.solution(session, item.version), language)
    return _joined(phrase("gate_not_quite", language) if is_wrong else "", solution)


def solution_words(found: Solution, language: str) -> str:
    """What was right, and why."""
    return _joined(phrase("gate_was", language, words=found.words.rstrip(".。")), found.explanation)


def _farewell(state: ClassState, item: ItemState) -> str:
    """The name of the phrase with which the class goes on."""
    if len(state.people) > 1:
        return "gate_on"
    ways = {shown.passed for shown in state.gates[item.gate].people.values()}
    return "gate_shown" if ways & {How.EVIDENCE, How.MASTERY} else "gate_left"


def _enough(log: OpenLog) -> None:
    """Who was asked as often as the instructor allows is let through."""
    gate = gate_here(log.state)
    if gate is None:
        return
    for person in unproven(log.state, gate):
        if gate.people.get(person, Progress()).asked >= gate.most:
            let_through(log, gate, person, How.BOUND)


def let_through(log: OpenLog, gate: GateState, person: UUID, how: How) -> None:
    """Somebody came through a gate; without evidence it is the instructor's to know."""
    log.append(Draft(kind=Kind.PASSED, person_id=person, body=Body(page=gate.page, cause=how.value)))
    if how in WITHOUT:
        shown = gate.people.get(person, Progress())
        words = f"“{gate.title}”: {WITHOUT[how].format(right=shown.right, asked=shown.asked)}."
        told = Body(text=words, cause="gate-without-evidence", page=gate.page)
        log.append(Draft(kind=Kind.CONCERN, person_id=person, body=told))


def _next_item(session: Session, log: OpenLog, gate: GateState) -> ClassItem | None:
    """A question that was not put here yet, about what is shown least; which of several, by the class's own lot."""
    people = unproven(log.state, gate)
    least = {name: min(_in_a_row(gate, one, name) for one in people) for name in map(str, gate.components)}
    wanted = [name for name, count in least.items() if count < gate.in_a_row]
    found = [
        one
        for one in assessment.class_items(session, log.row.course_id, wanted, log.row.id)
        if one.view.version_id not in gate.done
    ]
    return min(found, key=lambda one: (_shown(one, least), _lot(log.state, one)), default=None)


def _in_a_row(gate: GateState, person: UUID, name: str) -> int:
    return gate.people.get(person, Progress()).in_a_row.get(name, 0)


def _shown(item: ClassItem, least: dict[str, int]) -> int:
    return min(least[name] for name in item.components if name in least)


def _lot(state: ClassState, item: ClassItem) -> int:
    return zlib.crc32(f"{state.seed}/{item.view.version_id}".encode())
