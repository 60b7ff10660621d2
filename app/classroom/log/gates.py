"""Gates at the ends of sections: who has shown what they were to show, and the question that is put to find out.

A gate holds the class before a script action until everybody in the class came through it. What somebody has shown is
counted by component; which questions are put, and when a gate opens without evidence, is decided elsewhere.
"""

from uuid import UUID

from app.classroom.log.state import ClassState, GateState, ItemState, Progress, Question
from app.classroom.schema import ClassEvent, How, Intent, Verdict

ALONE = "alone"
"""The cause of an answer in a class of one's own: it is talked over, where others listen it is not."""


def gate_here(state: ClassState) -> GateState | None:
    """The gate that holds the class where it stands, or None."""
    return next((one for one in state.gates if one.action == state.cursor and unproven(state, one)), None)


def holds_before(state: ClassState, action: int) -> bool:
    """Whether somebody has yet to come through a gate on the way from here to a script action."""
    return any(state.cursor <= one.action <= action and unproven(state, one) for one in state.gates)


def unproven(state: ClassState, gate: GateState) -> list[UUID]:
    """Who has not come through a gate yet."""
    return [one for one in state.people if not gate.people.get(one, Progress()).passed]


def awaited(state: ClassState) -> list[UUID]:
    """Whose answer to the open question is still to come."""
    item = state.item
    if item is None or not item.is_open:
        return []
    return [one for one in unproven(state, state.gates[item.gate]) if one not in item.answered]


def is_evidence(gate: GateState, shown: Progress) -> bool:
    """Whether enough right answers in a row are in about each component."""
    return all(shown.in_a_row.get(one, 0) >= gate.in_a_row for one in gate.components)


def gates_began(state: ClassState, event: ClassEvent) -> None:
    """The lesson's gates, and which of them are open from the start."""
    state.gates = [GateState.model_validate(gate, from_attributes=True) for gate in event.body.gates]
    for gate in state.gates:
        if gate.open and event.person_id:
            gate.people[event.person_id] = Progress(passed=How.MASTERY)


def item_put(state: ClassState, event: ClassEvent) -> None:
    """A question of the bank was put at the gate where the class stands."""
    gate, item = gate_here(state), event.body.item
    if gate is None or item is None:
        return
    options = "; ".join(one.text for one in [*item.view.options, *item.view.targets])
    state.item = ItemState(
        seq=event.seq,
        gate=state.gates.index(gate),
        version=item.view.version_id,
        words=f"{item.view.stem} ({options})" if options else item.view.stem,
        since=event.at,
        components=[str(one) for one in item.components],
    )


def item_answered(state: ClassState, event: ClassEvent) -> None:
    """Somebody answered the open question. In a class of one's own, one that is not right is talked over next."""
    item, person, body = state.item, event.person_id, event.body
    if item is None or person is None or item.seq != body.answers or person in item.answered:
        return
    item.answered.append(person)
    _count(state, person, body.verdict)
    if not awaited(state):
        _close(state, item)
    if body.cause != ALONE or body.verdict is None:
        return
    item.told = body.verdict is Verdict.RIGHT
    if not item.told:
        state.pending.append(_to_talk_over(item, event))


def _to_talk_over(item: ItemState, event: ClassEvent) -> Question:
    body = event.body
    return Question(
        seq=event.seq,
        text=body.text,
        page=body.page,
        person=event.person_id,
        intent=body.intent or Intent.ANSWER,
        replies_to=item.words,
        item=item.version,
        graded=body.verdict,
    )


def _count(state: ClassState, person: UUID, verdict: Verdict | None) -> None:
    """One question more; with a verdict, about each of its components one right answer more in a row, or none."""
    if state.item is None:
        return
    gate = state.gates[state.item.gate]
    shown, is_right = gate.people.setdefault(person, Progress()), verdict is Verdict.RIGHT
    shown.asked += 1
    shown.right += is_right
    for name in set(state.item.components) & set(gate.components) if verdict else ():
        shown.in_a_row[name] = shown.in_a_row.get(name, 0) + 1 if is_right else 0


def item_over(state: ClassState, event: ClassEvent) -> None:
    """The time for the open question is over: who has not answered let it pass."""
    item = state.item
    if item is None or item.seq != event.body.answers:
        return
    for person in awaited(state):
        _count(state, person, Verdict.UNCLEAR)
    _close(state, item)


def _close(state: ClassState, item: ItemState) -> None:
    item.is_open = False
    state.gates[item.gate].done.append(item.version)


def gate_passed(state: ClassState, event: ClassEvent) -> None:
    """Somebody came through a gate; the event names it by its page."""
    for gate in state.gates:
        if gate.page == event.body.page and event.person_id:
            gate.people.setdefault(event.person_id, Progress()).passed = How(event.body.cause)


def seen_by(state: ClassState, person: UUID) -> ClassState:
    """The state without what others have shown."""
    gates = [
        one.model_copy(update={"people": {who: shown for who, shown in one.people.items() if who == person}})
        for one in state.gates
    ]
    item = state.item
    if item:
        item = item.model_copy(update={"answered": [one for one in item.answered if one == person]})
    return state.model_copy(update={"gates": gates, "item": item})
