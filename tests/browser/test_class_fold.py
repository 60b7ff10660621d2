"""The page folds the log of a class as the server does: who waits, what is asked, whether it is a gate, whose hand."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page

from app.assessment.schema import ItemView
from app.assessment.schema import Kind as ItemKind
from app.base.db import new_id
from app.classroom.log.folding import fold
from app.classroom.schema import AskedItem, Body, ClassEvent, Draft, Gate, Intent, Kind, TutorAction, Verdict, Voice

pytestmark = pytest.mark.browser

Tab = Callable[..., Page]
KIM, ROBIN, ADA = new_id(), new_id(), new_id()
REPLAY = """async ([log, own]) => {
    const { Room, doing } = await import('/static/class-room.js');
    const room = new Room(3, own);
    for (const event of log) room.take(event);
    return {
        asked: Boolean(room.ask), gate: Boolean(room.ask && room.gate), pending: [...room.pending.keys()],
        hand: room.hand?.person ?? null, hands: room.hands.map((one) => one.person),
        now: doing(room, (voice) => voice, '').text, attended: room.attended,
    };
}"""
Seen = dict[str, object]
DRAWN = 300


def logged(*drafts: Draft) -> list[ClassEvent]:
    class_id, began = new_id(), datetime(2026, 1, 1, tzinfo=UTC)
    return [
        ClassEvent(class_id=class_id, seq=seq, id=new_id(), at=began + timedelta(seconds=seq), **dict(draft))
        for seq, draft in enumerate(drafts, 1)
    ]


def on_the_page(tab: Tab, log: list[ClassEvent]) -> Seen:
    """What Kim's page makes of a log."""
    page = tab()
    page.goto("/sign-in")
    seen: Seen = page.evaluate(REPLAY, [[event.model_dump(mode="json") for event in log], str(KIM)])
    return seen


def on_the_server(log: list[ClassEvent]) -> Seen:
    state = fold(log)
    return {
        "asked": state.open_ask is not None,
        "gate": bool(state.open_ask and state.open_ask.gate),
        "pending": [one.seq for one in state.pending],
        "hand": str(state.hand.person) if state.hand else None,
        "hands": [str(one.person) for one in state.hands],
    }


def alike(tab: Tab, *drafts: Draft) -> Seen:
    """What both make of a log."""
    log = logged(*drafts)
    seen = on_the_page(tab, log)
    assert {name: value for name, value in seen.items() if name not in ("now", "attended")} == on_the_server(log)
    return seen


def began(**more: object) -> Draft:
    return Draft(kind=Kind.STARTED, person_id=KIM, body=Body.model_validate({"name": "Kim", "pages": 3} | more))


def asks(**more: object) -> Draft:
    body = {"text": "What does a leaf need?", "page": 1, "asks": True} | more
    return Draft(kind=Kind.SAID, voice=Voice.TEACHER, body=Body.model_validate(body))


def words(person: object, intent: Intent) -> Draft:
    return Draft.model_validate(
        {"kind": Kind.ASKED, "voice": Voice.STUDENT, "person_id": person, "body": Body(text="Well.", intent=intent)}
    )


def replies(seq: int, verdict: Verdict | None = None, **more: object) -> Draft:
    body = {"text": "Hm.", "page": 1, "answers": seq, "verdict": verdict} | more
    return Draft(kind=Kind.SAID, voice=Voice.TUTOR, body=Body.model_validate(body))


JOINED = Draft(kind=Kind.JOINED, person_id=ROBIN, body=Body(name="Robin"))
LEFT = Draft(kind=Kind.LEFT, person_id=ROBIN)


@pytest.mark.parametrize(("came", "stays"), [((), False), ((JOINED,), True), ((JOINED, LEFT), False)])
def test_a_cry_leaves_a_question_open_where_others_are_in_the_class(
    tab: Tab, came: tuple[Draft, ...], stays: bool
) -> None:
    """Who has left is no other, though their name stays known."""
    assert alike(tab, began(), *came, asks(), words(KIM, Intent.DISTRESS))["asked"] is stays


def test_words_tried_again_are_at_the_gate_that_they_replied_to(tab: Tab) -> None:
    """Also where somebody's question, asked later, was answered first."""
    both = (began(), JOINED, asks(gate=True, action=1), words(KIM, Intent.ANSWER), words(ROBIN, Intent.QUESTION))
    seen = alike(tab, *both, replies(5), replies(4, Verdict.WRONG))
    assert (seen["asked"], seen["gate"]) == (True, True)
    seen = alike(tab, *both, replies(5, asks=True), replies(4, Verdict.RIGHT))
    assert (seen["asked"], seen["gate"]) == (False, False)
    later = (asks(action=2), words(ROBIN, Intent.ANSWER))
    seen = alike(tab, *both, replies(5), *later, replies(8, Verdict.WRONG))
    assert (seen["asked"], seen["gate"]) == (True, False)


@pytest.mark.parametrize("gate", [True, False])
def test_what_is_said_beside_a_question_leaves_it_open(tab: Tab, gate: bool) -> None:
    remark = Draft(kind=Kind.SAID, voice=Voice.TEACHER, body=Body(text="Take your time.", cause="instructor"))
    question = Draft(kind=Kind.SAID, voice=Voice.TEACHER, body=Body(text="Why?", cause="instructor", asks=True))
    put, more = asks(gate=gate, action=1), words(KIM, Intent.QUESTION)
    assert alike(tab, began(), put, remark)["asked"] is True
    assert alike(tab, began(), put, question)["gate"] is gate
    two = (began(), put, words(KIM, Intent.ANSWER), more, replies(3, Verdict.WRONG))
    for asked in (False, True):
        seen = alike(tab, *two, replies(4, asks=asked))
        assert (seen["asked"], seen["gate"]) == (True, gate)
    kept = (began(), asks(action=1), words(KIM, Intent.ANSWER), asks(gate=gate, action=2))
    assert alike(tab, *kept, replies(3, Verdict.WRONG))["gate"] is gate


def test_the_page_folds_any_class_as_the_server_does(tab: Tab) -> None:
    """Classes drawn by chance from what can happen next in each."""
    logs = [drawn(random.Random(seed)) for seed in range(DRAWN)]
    page = tab()
    page.goto("/sign-in")
    seen = page.evaluate(
        f"async (logs) => Promise.all(logs.map({REPLAY}))",
        [[[event.model_dump(mode="json") for event in log], str(KIM)] for log in logs],
    )
    for log, found in zip(logs, seen, strict=True):
        found.pop("now")
        found.pop("attended")
        assert found == on_the_server(log), [event.line() for event in log]


def test_hours_in_which_nobody_was_there_are_none_of_the_class(tab: Tab) -> None:
    log = logged(began(), asks(), words(KIM, Intent.ANSWER), replies(3))
    night = timedelta(hours=18)
    later = [one.model_copy(update={"at": one.at + night}) if one.seq > 2 else one for one in log]
    assert on_the_page(tab, later)["attended"] == 2000  # a second before, one after
    assert on_the_page(tab, log)["attended"] == 3000


def drawn(chance: random.Random) -> list[ClassEvent]:
    """A class of Kim and Robin, of which anything happens that can."""
    drafts = [began(), JOINED]
    for action in range(1, 30):
        state = fold(logged(*drafts))
        choices = [words(chance.choice((KIM, ROBIN)), chance.choice(list(Intent)))]
        choices += [asks(action=action, gate=chance.random() < 0.5), asks(action=action, asks=False)]
        choices += [asks(cause="instructor", asks=chance.random() < 0.5)]
        if state.open_ask:
            choices += [asks(cause="nudge", asks=False), Draft(kind=Kind.SKIPPED, person_id=KIM)]
        for one in state.pending:
            verdict = chance.choice(list(Verdict)) if one.replies_to else None
            move = chance.choice((TutorAction.HINT, TutorAction.SOLUTION_AFTER_FAILURE)) if verdict else None
            is_calm = one.intent in (Intent.ABUSE, Intent.DISTRESS)
            more = {"cause": "calm"} if is_calm else {"move": move, "asks": chance.random() < 0.3}
            choices += [replies(one.seq, None if is_calm else verdict, **more)] * 3
            choices += [Draft(kind=Kind.NOTICE, body=Body(text="Left.", cause="unanswered", answers=one.seq))]
        who = chance.choice((KIM, ROBIN))
        if state.hand and not state.hand.invited:
            choices += [asks(cause="invitation", asks=False)]
        up = any(one.person == who for one in (state.hand, *state.hands) if one)
        choices += [Draft(kind=Kind.HAND, person_id=who, body=Body(name="x", cause="down" if up else "up"))]
        drafts.append(chance.choice(choices))
    return logged(*drafts)


def test_a_gate_stays_one_where_a_hand_is_invited(tab: Tab) -> None:
    hand = Draft(kind=Kind.HAND, person_id=KIM, body=Body(name="Kim", cause="up"))
    invites = Draft(kind=Kind.SAID, voice=Voice.TEACHER, body=Body(text="Yes, Kim?", asks=True, cause="invitation"))
    assert alike(tab, began(), asks(gate=True, action=1), hand, invites)["gate"] is True


def stopped(person: object, *first: Draft) -> list[Draft]:
    """Somebody's hand stops the answer to Kim's question."""
    turn = Body(turn=new_id(), page=1, answers=2 + len(first))
    hand = {"kind": Kind.HAND, "person_id": person, "body": Body(name="Somebody", cause="up")}
    return [
        began(),
        *first,
        words(KIM, Intent.QUESTION),
        Draft(kind=Kind.TURN, voice=Voice.TUTOR, body=turn),
        Draft.model_validate(hand),
        Draft(kind=Kind.WITHDRAWN, voice=Voice.TUTOR, body=turn.model_copy(update={"cause": "interrupted"})),
    ]


def test_who_stops_the_answer_to_their_own_words_waits_no_more(tab: Tab) -> None:
    seen = alike(tab, *stopped(KIM))
    assert (seen["pending"], seen["now"]) == ([], "Your hand is up; you are next")
    assert alike(tab, *stopped(ROBIN, JOINED))["pending"] == [3]


def test_words_wait_on_where_an_instructor_stopped_their_answer(tab: Tab) -> None:
    """Whoever's hand is up then: the instructor has the floor."""
    floor = Draft(kind=Kind.FLOOR, person_id=ADA, body=Body(name="Ada"))
    assert alike(tab, *stopped(KIM, floor))["pending"] == [3]


def put(most: int = 2) -> tuple[Draft, Draft]:
    """A class at a gate, and the question that is put there."""
    gate = Gate(action=0, page=1, title="Of cells", components=["Cells"], in_a_row=1, most=most)
    view = ItemView(version_id=new_id(), kind=ItemKind.SINGLE, stem="What is the smallest unit of life?", points=1)
    item = AskedItem(view=view, components=["Cells"])
    return began(gates=[gate]), Draft(kind=Kind.SAID, voice=Voice.TEACHER, body=Body(text="So:", page=1, item=item))


def answered(verdict: Verdict) -> Draft:
    return Draft(kind=Kind.ANSWERED, person_id=KIM, body=Body(text="A leaf", answers=2, cause="alone", verdict=verdict))


def test_an_answer_at_a_gate_takes_the_hand_down(tab: Tab) -> None:
    hand = Draft(kind=Kind.HAND, person_id=KIM, body=Body(name="Kim", cause="up"))
    assert alike(tab, *put(), hand, answered(Verdict.RIGHT))["hand"] is None
    assert alike(tab, *put(), hand, answered(Verdict.WRONG))["pending"] == [4]


@pytest.mark.parametrize(("intent", "waits"), [(Intent.ANSWER, False), (Intent.QUESTION, True)])
def test_what_was_tried_at_a_question_goes_with_it(tab: Tab, intent: Intent, waits: bool) -> None:
    """The next one comes with what was right; what was asked meanwhile still waits, and is asked by itself."""
    began_, asked = put()
    hint = replies(3, Verdict.WRONG, move=TutorAction.HINT)
    talked = (began_, asked, answered(Verdict.WRONG), hint, words(KIM, intent))
    assert alike(tab, *talked)["pending"] == [5]
    assert alike(tab, *talked, asked)["pending"] == ([5] if waits else [])
    told = Draft(kind=Kind.SAID, voice=Voice.TEACHER, body=Body(text="We go on.", page=1, cause="gate"))
    assert alike(tab, *talked, told)["pending"] == ([5] if waits else [])
    assert alike(tab, *talked, asked, told, replies(5, Verdict.WRONG))["asked"] is waits
