"""Simulated classes: seeded students of six kinds attend a lesson in process, and what must always hold is checked.

No browser and no worker: `open_class`, then a step of the class and a chance for the student, until the class ends.
`./lyceum bench simulate` runs many; with INFERENCE_URL set the words come
from that server, else from the stub model.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from gating import answer_to, set_gate
from making import Made, make_lesson
from manners import KINDS, Manner
from pydantic import JsonValue
from sqlalchemy import func, select
from stub_model import Scripted, StubModel

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, SiteRole, Who
from app.assessment import service as assessment
from app.assessment.schema import Response
from app.base.db import new_id, unit_of_work
from app.base.errors import Busy, Conflict
from app.base.queue import get_redis
from app.base.stream import set_flag
from app.classroom import service as classroom
from app.classroom.directing import director
from app.classroom.log.folding import ATTEMPTS, RULES, apply, fold
from app.classroom.log.state import ClassState, ItemState, Status
from app.classroom.models import ClassSession
from app.classroom.schema import Activity, ClassEvent, Control, Kind, Mode, Voice
from app.classroom.speech.guard import leaks
from app.classroom.speech.phrasing import phrase
from app.classroom.speech.prompting import OPENING
from app.classroom.stage.lesson import Lesson, lesson_of
from app.classroom.turns import turn
from app.inference.models import ModelCall
from app.inference.schema import Role
from app.lessons import service as lessons
from app.lessons.deck.structure import Gate

PAGES = (
    ("Cells", "A cell is the smallest unit of life.\nEvery plant and animal is built from cells."),
    ("Membranes", "A membrane surrounds each cell.\nIt lets water in and keeps harmful germs and salt out."),
    ("Energy", "Mitochondria turn sugar into energy.\nA muscle cell has 2000 mitochondria, a skin cell 300."),
)
ASKS = (
    "Which things are built from cells?",
    "What does the membrane keep outside?",
    "How many mitochondria has a muscle cell?",
)
ANSWERS = (PAGES[0][1].splitlines()[1], PAGES[1][1].splitlines()[1], PAGES[2][1].splitlines()[1])
GATE = Gate(in_a_row=2, most=3)
AT_GATE = 0.3
"""How likely somebody does something at a gate at the least: a class waits there for who is present, however long."""
MOST_STEPS = 400
MOST_SAID = 25
MOST_UNSCRIPTED = 6
"""What agents may say of their own between two lines of the script, besides answers to what students said."""
TOLD = phrase("gate_was", "English", words="|").partition("|")[0]
SET_LINES = ("closing", "greeting", "invitation")


@dataclass
class Report:
    """One class: what it came to, and what did not hold. `said` is the student's, `turns` what agents said, `directed`
    how often a model was asked who should speak.
    """

    kind: str
    seed: int
    class_id: UUID
    events: int = 0
    steps: int = 0
    said: int = 0
    turns: int = 0
    directed: int = 0
    seconds: float = 0.0
    breaches: list[str] = field(default_factory=list)


def simulated_lesson() -> Made:
    """The lesson: three pages, each with a question whose answer stands on it, and a gate before the last one."""
    made = make_lesson(PAGES)
    with unit_of_work() as session:
        for number, (_, words) in enumerate(PAGES, start=1):
            lessons.write_by_hand(
                session, made.instructor, made.lesson_id, number, words.splitlines(), ASKS[number - 1]
            )
    made.version_id = set_gate(made.instructor, made.course_id, made.lesson_id, len(PAGES), GATE)
    return made


def attend(made: Made, kind: str, seed: int) -> Report:
    """One class from opening to end, and its check."""
    chance = random.Random(f"{kind}/{seed}")
    who = _student(made)
    began = time.monotonic()
    with unit_of_work() as session:
        class_id = classroom.open_class(session, who, made.lesson_id, pace=0)
        classroom.set_activity(session, who, class_id, chance.choice(list(Activity)))
        classroom.set_mode(session, who, class_id, chance.choice(list(Mode)))
    report = Report(kind, seed, class_id)
    _live(who, class_id, KINDS[kind], chance, report)
    report.seconds = round(time.monotonic() - began, 2)
    check(class_id, report)
    return report


def _student(made: Made) -> Who:
    email = f"{new_id().hex[:12]}@school.test"
    with unit_of_work() as session:
        person_id = accounts.add_person(session, email, "Robin", "a long password", SiteRole.STUDENT)
        accounts.enrol(session, made.course_id, person_id, CourseRole.STUDENT)
    return Who(id=person_id, name="Robin", email=email, role=SiteRole.STUDENT)


def _live(who: Who, class_id: UUID, kind: Manner, chance: random.Random, report: Report) -> None:
    """Step by step: the class moves, then the student may do something."""
    seq = -1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(director, "RETRY_SECONDS", (0.2, 0.4, 0.8))
        for report.steps in range(1, MOST_STEPS + 1):
            set_flag(f"present:{class_id}", 60)
            state = _state(class_id)
            if state.status is Status.ENDED:
                return
            patch.setattr(turn, "TURNS_PER_JOB", 1 if state.seq != seq else 3)
            seq = state.seq
            classroom.take_turn(class_id)
            get_redis().delete("live", "records")  # nobody answers these bells
            _act(who, class_id, kind, chance, report)
            if _state(class_id).seq == seq:
                time.sleep(0.05)


def _state(class_id: UUID) -> ClassState:
    with unit_of_work() as session:
        return classroom.state(session, class_id)


def _act(who: Who, class_id: UUID, kind: Manner, chance: random.Random, report: Report) -> None:
    state = _state(class_id)
    if state.status is Status.ENDED:
        return
    if state.closing and not state.pending and not state.open_turn:
        with unit_of_work() as session:  # enough heard: no need to wait until the class ends by itself
            classroom.control(session, who, class_id, Control.CONTINUE)
        return
    if state.item and state.item.is_open and chance.random() < max(kind.answers, AT_GATE):
        _answer(who, class_id, state.item, chance.random() < kind.knows, passes=chance.random() > kind.answers)
        return
    words = kind.replies if state.open_ask else kind.words
    if chance.random() >= (kind.answers if state.open_ask else kind.speaks) or report.said >= MOST_SAID:
        return
    try:
        with unit_of_work() as session:
            if chance.random() < 0.08:
                verb = chance.choice([Control.CONTINUE, Control.HAND, Control.BACK, Control.FORWARD])
                classroom.control(session, who, class_id, verb)
            else:
                classroom.say(session, who, class_id, chance.choice(words))
                report.said += 1
    except (Busy, Conflict):
        return  # the class says no, and says why


def _answer(who: Who, class_id: UUID, item: ItemState, is_right: bool, passes: bool) -> None:
    """Answer what the gate asks, or say that it is not known."""
    response = Response.model_validate(answer_to(item.version, is_right))
    try:
        with unit_of_work() as session:
            classroom.answer(session, who, class_id, item.seq, response, passes)
    except Conflict:
        return  # closed meanwhile


# ------------------------------------------------------------------------------------------------ what always holds


def check(class_id: UUID, report: Report) -> None:
    """Look at the whole log; what does not hold is noted in `breaches`."""
    with unit_of_work() as session:
        events = classroom.events_after(session, class_id, 0, limit=10_000)
        served = classroom.state(session, class_id)
        lesson = lesson_of(session, session.get_one(ClassSession, class_id))
        asked = select(func.count()).where(ModelCall.about == class_id, ModelCall.role == Role.DIRECTOR.value)
        report.directed = session.scalar(asked) or 0
    report.events = len(events)
    report.turns = sum(event.kind is Kind.SAID for event in events)
    states = _states(events)
    if states[-1] != served or fold(events) != served:
        report.breaches.append("the fold of the log is not the served state")
    if served.status is not Status.ENDED or events[-1].kind is not Kind.ENDED:
        report.breaches.append(f"the class did not end: {served.status}, {len(served.pending)} waiting")
    for rule in (_unanswered, _twice_running, _endless):
        report.breaches += rule(events)
    report.breaches += _leaked(events, states, lesson) + _gate(events, states)


def _states(events: list[ClassEvent]) -> list[ClassState]:
    """The state before each event, and the last."""
    assert set(RULES) == set(Kind)
    found = [ClassState()]
    for event in events:
        found.append(apply(found[-1], event))
    return found


def _unanswered(events: list[ClassEvent]) -> list[str]:
    """Whatever was pending when it was said must have been answered, by words and not by a notice.

    An attempt at a question of the bank is answered by the line that tells what was right, or where it was told before.
    """
    answered = {event.body.answers for event in events if event.kind is Kind.SAID}
    state, wanting = ClassState(), dict[int, str]()
    for event in events:
        is_told = state.item is not None and (state.item.told or TOLD in event.body.text)
        if is_told and (event.body.item or event.body.cause == "gate"):
            answered |= {one.seq for one in state.pending if one.item and one.intent in ATTEMPTS}
        state = apply(state, event)
        if event.kind is Kind.ASKED and any(one.seq == event.seq for one in state.pending):
            wanting[event.seq] = event.body.text
    return [f"{seq} was never answered: {text!r}" for seq, text in wanting.items() if seq not in answered]


def _twice_running(events: list[ClassEvent]) -> list[str]:
    found, last = [], None
    for event in (one for one in events if one.kind in (Kind.SAID, Kind.ASKED, Kind.ANSWERED)):
        is_set = event.body.action is not None or event.body.item or event.body.cause in SET_LINES
        if last is not None and event.kind is Kind.SAID and last.kind is Kind.SAID and not is_set:
            is_calm = event.body.cause == "calm"
            if event.voice is last.voice and not is_calm:
                found.append(f"{event.voice} spoke twice running at {event.seq}: {event.body.text[:80]!r}")
        last = event
    return found


def _endless(events: list[ClassEvent]) -> list[str]:
    found, own, allowed = [], 0, MOST_UNSCRIPTED
    for event in events:
        if event.kind is Kind.PAGE or event.body.action is not None:
            own, allowed = 0, MOST_UNSCRIPTED
        elif event.kind in (Kind.ASKED, Kind.ANSWERED) or event.body.item:
            allowed += 2
        elif event.kind is Kind.SAID:
            own += 1
        if own > allowed:
            found.append(f"{own} lines between two of the script at {event.seq}")
            own = 0
    return found


def _leaked(events: list[ClassEvent], states: list[ClassState], lesson: Lesson) -> list[str]:
    """Words of an answer in an agent's own line while its question was open, to whoever was answered."""
    found = []
    for before, event in zip(states, events, strict=False):
        body = event.body
        if event.kind is not Kind.SAID or body.action is not None or body.move in OPENING:
            continue
        asked = before.open_ask or next((one for one in before.pending if one.seq == body.answers), None)
        if asked is None or asked.action is None:
            continue
        action = lesson.script.actions[asked.action]
        key, ask = ANSWERS[action.page - 1], action.words
        known = " ".join([ask, *(line.text for line in before.recent if line.voice is Voice.STUDENT)])
        if leaks(body.text, key, known):
            found.append(f"{event.voice} told the answer at {event.seq} ({body.move}): {body.text[:120]!r}")
    return found


def _gate(events: list[ClassEvent], states: list[ClassState]) -> list[str]:
    """The gate opens once and for a reason, asks no more than it may, and nobody tells what its open question asks."""
    found: list[str] = []
    asked = {event.body.item.view.version_id for event in events if event.body.item}  # put again after a page back
    passed = [event for event in events if event.kind is Kind.PASSED]
    if len(passed) != 1 or not passed[0].body.cause:
        found.append(f"the gate opened {len(passed)} times")
    if len(asked) > GATE.most:
        found.append(f"the gate asked {len(asked)} times")
    for before, event in zip(states, events, strict=False):
        item = before.item
        if event.kind is not Kind.SAID or event.body.item or item is None or not item.is_open:
            continue
        with unit_of_work() as session:
            key = "\n".join(assessment.solution(session, item.version).lines)
        known = " ".join([item.words, *(line.text for line in before.recent if line.voice is Voice.STUDENT)])
        if leaks(event.body.text.replace(f"page {event.body.page}", ""), key, known):
            found.append(f"{event.voice} told the gate's answer at {event.seq}: {event.body.text[:120]!r}")
    return found


# ------------------------------------------------------------------------------------------------------ many classes


def faults(stub: StubModel, seed: int) -> None:
    """Every other class meets a model that is not at its best: junk, nothing, or half a reply now and then. As director
    it chooses another label in each: somebody, nobody, or one that is none.
    """
    chooser = Scripted(match="You direct", reply=f'"{"ABCDE"[seed % 5]}"')
    if seed % 2 == 0:
        stub.script(chooser)
        return
    chance = random.Random(seed)
    kinds = ("junk", "empty", "cut", "garbage")
    telling = "It keeps harmful germs and salt out. Plants and animals are built from cells. It has 2000 mitochondria."
    entries = [Scripted(match="student>", reply=telling, times=3)]
    entries += [Scripted(match="You are", fault=chance.choice(kinds), times=1) for _ in range(4)]
    chance.shuffle(entries)
    stub.script(chooser, *entries)


def simulate(count: int, stub: StubModel | None, tell: Callable[[str], None] = print) -> list[Report]:
    """So many classes, the kinds in turn; without a stub on the model that is set up."""
    made, reports = simulated_lesson(), []
    for number in range(count):
        kind, seed = list(KINDS)[number % len(KINDS)], number // len(KINDS)
        if stub:
            faults(stub, seed)
        reports.append(attend(made, kind, seed))
        tell(f"class {number + 1} of {count}: {kind}, {len(reports[-1].breaches)} breaches")
    return reports


def figures(reports: list[Report]) -> dict[str, JsonValue]:
    """The classes in numbers, by kind, with every breach."""
    by_kind: dict[str, JsonValue] = {}
    for kind in KINDS:
        own = [one for one in reports if one.kind == kind]
        if own:
            by_kind[kind] = {
                "classes": len(own),
                "events": sum(one.events for one in own),
                "said": sum(one.said for one in own),
                "turns": sum(one.turns for one in own),
                "seconds": round(sum(one.seconds for one in own), 1),
                "breaches": sum(len(one.breaches) for one in own),
            }
    breaches: list[JsonValue] = [f"{one.kind}/{one.seed}: {line}" for one in reports for line in one.breaches]
    directed = sum(one.directed for one in reports) / max(1, sum(one.turns for one in reports))
    calls = {"director_calls_per_turn": round(directed, 4)}
    return {"classes": len(reports), "by_kind": by_kind, **calls, "breaches": breaches}
