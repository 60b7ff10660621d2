"""Taking a test: what is saved, by whom, how often, until when, and that no key goes out before its time."""

import threading
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from examining import EVERY, SINGLE, TEXT, Room, make_room, make_test
from making import make_person
from parts import Services
from sqlalchemy import select

from app.accounts.schema import Who
from app.assessment import service as assessment
from app.assessment import sitting as sittings
from app.assessment.documents import Feedback, Outcome, PaperPlan, Purpose, Standing
from app.assessment.models import AnswerSave, Attempt, Sitting
from app.assessment.schema import ItemView, Kind, Response
from app.base.db import now, unit_of_work
from app.base.errors import Conflict, Invalid, NotFound

pytestmark = pytest.mark.usefixtures("stub")
RIGHT = Response(chosen=["r1"])
SECRETS = (
    "KEY-WORDS",
    "RUBRIC",
    "1609",
    "hidden membrane",
    '"right"',
    "accepted",
    "criteria",
    "explanation",
    'pairs":{"a',
)


@pytest.fixture
def room(db: Services) -> Room:
    return make_room()


def versions(room: Room, sitting_id: UUID) -> dict[Kind, UUID]:
    return {one.view.kind: one.view.version_id for one in room.sitting(sitting_id).questions}


def order_shown(room: Room, sitting_id: UUID, who: Who) -> list[str]:
    asked = next(one for one in room.sitting(sitting_id, who).questions if one.view.kind is Kind.ORDER)
    return [one.id for one in asked.view.options]


def move_end(sitting_id: UUID, seconds: float) -> None:
    with unit_of_work() as session:
        session.get_one(Sitting, sitting_id).due_at = now() + timedelta(seconds=seconds)


def test_a_student_is_given_no_key(room: Room) -> None:
    sitting_id = room.start()
    given = room.sitting(sitting_id).model_dump_json()
    with unit_of_work() as session:
        given += "".join(one.model_dump_json() for one in assessment.quiz_items(session, room.course_id))
        given += "".join(one.model_dump_json() for one in assessment.my_papers(session, room.student, room.course_id))
    assert "Which organelle" in given
    assert [secret for secret in SECRETS if secret in given] == []
    assert set(ItemView.model_fields) & {"right", "value", "accepted", "criteria", "explanation", "tolerance"} == set()


def test_what_is_to_be_ordered_is_shuffled_alike_for_one_sitting(room: Room) -> None:
    orders = set()
    for email in ("a@school.test", "b@school.test", "c@school.test", "d@school.test", "e@school.test"):
        who = room.another_student(email)
        sitting_id = room.start(who)
        twice = [
            [o.id for q in room.sitting(sitting_id, who).questions if q.view.kind is Kind.ORDER for o in q.view.options]
            for _ in "ab"
        ]
        assert twice[0] == twice[1]
        orders.add(tuple(twice[0]))
    assert len(orders) > 1


def test_a_whole_test_is_graded_by_code(room: Room) -> None:
    sitting_id = room.start()
    asked = versions(room, sitting_id)
    answers = {
        Kind.SINGLE: RIGHT,
        Kind.MULTIPLE: Response(chosen=["r2"]),
        Kind.NUMERIC: Response(text="1,6 km"),
        Kind.TEXT: Response(text="Membran"),
        Kind.ORDER: Response(chosen=["s", "m", "l"]),
        Kind.MATCH: Response(pairs={"a": "x", "b": "z"}),
    }
    for kind, response in answers.items():
        assert room.save(sitting_id, asked[kind], response).outcome is Outcome.SAVED
    room.submit(sitting_id)
    room.submit(sitting_id)
    with unit_of_work() as session:
        found = assessment.result(session, room.student, sitting_id)
        assert session.query(Attempt).count() == 6
    marks = {one.view.kind: one.raw for one in found.verdicts}
    assert marks == {
        Kind.SINGLE: 1,
        Kind.MULTIPLE: 0.5,
        Kind.NUMERIC: 1,
        Kind.TEXT: 1,
        Kind.ORDER: 1,
        Kind.MATCH: 0.5,
        Kind.OPEN: 0,
    }
    assert (found.raw, found.points) == (5, 9)
    assert found.verdicts[0].right_answer == "Mitochondrion"


def test_the_same_key_is_the_same_save(room: Room) -> None:
    sitting_id = room.start()
    version, key = versions(room, sitting_id)[Kind.SINGLE], uuid4()
    first = room.save(sitting_id, version, RIGHT, key)
    again = room.save(sitting_id, version, RIGHT, key)
    assert first == again
    assert first.revision == 1
    assert room.save(sitting_id, version, Response(chosen=["w1"]), revision=1).revision == 2
    assert room.save(sitting_id, version, RIGHT, key).revision == 1
    assert room.sitting(sitting_id).questions[0].response.chosen == ["w1"]


def test_of_two_tabs_the_second_learns_what_the_first_saved(room: Room) -> None:
    sitting_id = room.start()
    version = versions(room, sitting_id)[Kind.SINGLE]
    room.save(sitting_id, version, RIGHT)
    late = room.save(sitting_id, version, Response(chosen=["w1"]), revision=0)
    assert late.outcome is Outcome.STALE
    assert late.response == RIGHT
    assert late.revision == 1
    assert room.sitting(sitting_id).questions[0].response == RIGHT


def test_many_tabs_at_once_answer_a_practice_question_once(db: Services) -> None:
    room = make_room([SINGLE], PaperPlan(title="Practice", purpose=Purpose.PRACTICE))
    sitting_id = room.start()
    version = versions(room, sitting_id)[Kind.SINGLE]
    outcomes: list[Outcome] = []

    def answer(chosen: str) -> None:
        outcomes.append(room.save(sitting_id, version, Response(chosen=[chosen])).outcome)

    threads = [threading.Thread(target=answer, args=(one,)) for one in ("r1", "w1", "w2", "r1", "w1")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == sorted([Outcome.ANSWERED, *[Outcome.OVER] * 4])
    with unit_of_work() as session:
        assert len(list(session.scalars(select(Attempt)))) == 1


def test_many_tabs_at_once_begin_one_sitting(room: Room) -> None:
    begun: set[UUID] = set()
    threads = [threading.Thread(target=lambda: begun.add(room.start())) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == 1


def test_an_answer_after_the_end_is_refused_and_nothing_is_lost(room: Room) -> None:
    sitting_id = room.start()
    version = versions(room, sitting_id)[Kind.OPEN]
    room.save(sitting_id, version, Response(text="They need energy"))
    move_end(sitting_id, -2)
    assert room.save(sitting_id, version, Response(text="They need energy to"), revision=1).outcome is Outcome.SAVED
    move_end(sitting_id, -11)
    refused = room.save(sitting_id, version, Response(text="They need energy to move"), revision=2)
    assert refused.outcome is Outcome.LATE
    assert "time was up" in refused.sentence
    with unit_of_work() as session:
        attempt = session.scalars(select(Attempt)).one()
        kept = session.scalars(select(AnswerSave.response).where(AnswerSave.outcome == "late")).one()
    assert attempt.response["text"] == "They need energy to"
    assert kept is not None
    assert kept["text"] == "They need energy to move"


def test_the_clock_hands_in_what_is_saved(room: Room) -> None:
    sitting_id = room.start()
    room.save(sitting_id, versions(room, sitting_id)[Kind.SINGLE], RIGHT)
    move_end(sitting_id, -11)
    with unit_of_work() as session:
        assert assessment.close_overdue(session) == 1
    with unit_of_work() as session:
        assert assessment.close_overdue(session) == 0
        assert assessment.result(session, room.student, sitting_id).raw == 1
    assert room.save(sitting_id, versions(room, sitting_id)[Kind.SINGLE], RIGHT, revision=1).outcome is Outcome.LATE


def test_after_handing_in_an_answer_changes_nothing(room: Room) -> None:
    sitting_id = room.start()
    version = versions(room, sitting_id)[Kind.SINGLE]
    room.save(sitting_id, version, Response(chosen=["w1"]))
    room.submit(sitting_id)
    assert room.save(sitting_id, version, RIGHT, revision=1).outcome is Outcome.OVER
    with unit_of_work() as session:
        assert assessment.result(session, room.student, sitting_id).raw == 0


def test_an_answer_to_a_withdrawn_question_is_kept_and_not_graded(room: Room) -> None:
    sitting_id = room.start()
    version = versions(room, sitting_id)[Kind.SINGLE]
    with unit_of_work() as session:
        assert assessment.withdraw_item(session, room.instructor, room.item_ids[0], "Two options hold.") == 0
    saved = room.save(sitting_id, version, RIGHT)
    assert saved.outcome is Outcome.WITHDRAWN
    assert "withdrawn" in saved.sentence
    room.submit(sitting_id)
    with unit_of_work() as session:
        found = assessment.result(session, room.student, sitting_id)
    assert found.verdicts[0].standing is Standing.WITHDRAWN
    assert found.verdicts[0].response == RIGHT
    assert (found.verdicts[0].raw, found.points) == (None, 8)


def test_an_edit_meanwhile_leaves_the_question_as_it_was_put(room: Room) -> None:
    sitting_id = room.start()
    with unit_of_work() as session:
        changed = SINGLE.model_copy(update={"stem": "Another question", "right": ["w1"]})
        assert assessment.edit_item(session, room.instructor, room.item_ids[0], changed, 1, room.module_id) == 2
        assert assessment.edit_item(session, room.instructor, room.item_ids[0], changed, 2, room.module_id) == 2
    with pytest.raises(Conflict), unit_of_work() as session:
        assessment.edit_item(session, room.instructor, room.item_ids[0], changed, 1)
    assert room.sitting(sitting_id).questions[0].view.stem == SINGLE.stem
    room.save(sitting_id, versions(room, sitting_id)[Kind.SINGLE], RIGHT)
    room.submit(sitting_id)
    with unit_of_work() as session:
        assert assessment.result(session, room.student, sitting_id).verdicts[0].raw == 1
        assert assessment.attempts_after(session, 0)[0].version == 1


def test_a_key_that_changes_alone_makes_a_version(room: Room) -> None:
    with unit_of_work() as session:
        other = SINGLE.model_copy(update={"right": ["w1"]})
        assert assessment.edit_item(session, room.instructor, room.item_ids[0], other, 1) == 2


@pytest.mark.parametrize("length", [12_001, 1_000_000])
def test_an_answer_that_is_too_long_is_refused(room: Room, length: int) -> None:
    sitting_id = room.start()
    version = versions(room, sitting_id)[Kind.OPEN]
    room.save(sitting_id, version, Response(text="short"))
    with pytest.raises(Invalid, match="characters"):
        room.save(sitting_id, version, Response(text="x" * length), revision=1)
    assert room.sitting(sitting_id).questions[-1].response.text == "short"


def test_what_is_not_theirs_does_not_exist(room: Room) -> None:
    sitting_id = room.start()
    version = versions(room, sitting_id)[Kind.SINGLE]
    other, stranger = room.another_student(), make_person("stranger@school.test")
    for who in (other, stranger, room.instructor):
        for act in (
            lambda session, who=who: assessment.view(session, who, sitting_id),
            lambda session, who=who: assessment.submit(session, who, sitting_id),
            lambda session, who=who: assessment.save(session, who, sitting_id, version, RIGHT, uuid4(), 0),
            lambda session, who=who: assessment.result(session, who, sitting_id),
        ):
            with pytest.raises(NotFound), unit_of_work() as session:
                act(session)
    with pytest.raises(NotFound):
        room.save(sitting_id, uuid4(), RIGHT)
    with pytest.raises(NotFound):
        room.start(stranger)
    for who in (room.student, stranger):
        with pytest.raises(NotFound), unit_of_work() as session:
            assessment.access_item(session, who, room.item_ids[0])
        with pytest.raises(NotFound), unit_of_work() as session:
            assessment.access_paper(session, who, room.paper_id)


def test_a_question_of_another_test_cannot_be_answered_here(room: Room) -> None:
    make_test(room, [TEXT], PaperPlan(title="Another"))
    sitting_id = room.start()
    with unit_of_work() as session:
        other = assessment.items_of(session, room.course_id)
    foreign = {one.version_id for one in other} - set(versions(room, sitting_id).values())
    with pytest.raises(NotFound):
        room.save(sitting_id, foreign.pop(), RIGHT)


def test_options_that_are_not_there_are_left_out(room: Room) -> None:
    sitting_id = room.start()
    asked = versions(room, sitting_id)
    room.save(sitting_id, asked[Kind.SINGLE], Response(chosen=["r2", "r1", "r1"], text="x", pairs={"a": "x"}))
    assert room.sitting(sitting_id).questions[0].response == RIGHT


def test_a_key_of_one_question_cannot_be_used_for_another(room: Room) -> None:
    sitting_id, key = room.start(), uuid4()
    asked = versions(room, sitting_id)
    room.save(sitting_id, asked[Kind.SINGLE], RIGHT, key)
    with pytest.raises(Invalid):
        room.save(sitting_id, asked[Kind.TEXT], Response(text="x"), key)


def test_times_and_attempts(db: Services) -> None:
    soon = PaperPlan(title="Soon", opens_at=now() + timedelta(hours=1), minutes=30)
    room = make_room([SINGLE], soon)
    with pytest.raises(Conflict, match="not open yet"):
        room.start()
    with unit_of_work() as session:
        closing = now() + timedelta(minutes=5)
        plan = PaperPlan(title="Now", minutes=30, closes_at=closing, sittings=1)
        assessment.change_paper(session, room.instructor, room.paper_id, plan)
    sitting_id = room.start()
    assert room.start() == sitting_id
    assert room.sitting(sitting_id).due_at == closing
    room.submit(sitting_id)
    with pytest.raises(Conflict, match="no attempt left"):
        room.start()
    with unit_of_work() as session:
        assessment.change_paper(
            session, room.instructor, room.paper_id, PaperPlan(title="Past", sittings=0, closes_at=now())
        )
    with pytest.raises(Conflict, match="closed"):
        room.start()


@pytest.mark.parametrize(
    ("plan", "shown"),
    [
        (PaperPlan(title="x"), True),
        (PaperPlan(title="x", sittings=2), False),
        (PaperPlan(title="x", feedback=Feedback.MARKS), False),
        (PaperPlan(title="x", feedback=Feedback.AFTER_CLOSE, closes_at=now() + timedelta(hours=1)), False),
    ],
)
def test_what_was_right_is_shown_when_it_may_be(db: Services, plan: PaperPlan, shown: bool) -> None:
    room = make_room([SINGLE], plan)
    sitting_id = room.start()
    room.save(sitting_id, versions(room, sitting_id)[Kind.SINGLE], RIGHT)
    room.submit(sitting_id)
    with unit_of_work() as session:
        found = assessment.result(session, room.student, sitting_id)
        teacher = assessment.result(session, room.instructor, sitting_id)
    assert (found.raw, found.shown) == (1, shown)
    assert ("KEY-WORDS" in found.model_dump_json()) == shown
    assert bool(found.why_not) != shown
    assert teacher.shown


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (PaperPlan(title=" "), "title"),
        (PaperPlan(title="x", purpose=Purpose.PRE), "which module"),
        (PaperPlan(title="x", module_id=UUID(int=1)), "not in this course"),
        (PaperPlan(title="x", opens_at=now(), closes_at=now() - timedelta(1)), "closes before"),
        (PaperPlan(title="x", minutes=-1), "Minutes"),
        (PaperPlan(title="x", weight=float("nan")), "weight"),
        (PaperPlan(title="x", feedback=Feedback.AFTER_CLOSE), "time at which it closes"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_words(room: Room, plan: PaperPlan, words: str) -> None:
    with pytest.raises(Invalid, match=words), unit_of_work() as session:
        assessment.make_paper(session, room.instructor, room.course_id, plan)


def test_what_a_test_needs(room: Room) -> None:
    who = room.instructor
    with unit_of_work() as session:
        empty = assessment.make_paper(session, who, room.course_id, PaperPlan(title="Empty"))
    with pytest.raises(Invalid, match="at least one question"), unit_of_work() as session:
        assessment.publish(session, who, empty)
    with pytest.raises(Invalid, match="not in the bank"), unit_of_work() as session:
        assessment.set_items(session, who, empty, [uuid4()])
    room.start()
    with pytest.raises(Conflict, match="begun"), unit_of_work() as session:
        assessment.set_items(session, who, room.paper_id, room.item_ids[:2])
    with unit_of_work() as session:
        assessment.publish(session, who, room.paper_id, on=False)
    with pytest.raises(NotFound):
        room.start(room.another_student())


def test_time_is_the_servers_and_counts_between_saves(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    sitting_id = room.start()
    asked = versions(room, sitting_id)
    begun = room.sitting(sitting_id).started_at
    for seconds, kind, revision in ((10, Kind.SINGLE, 0), (25, Kind.TEXT, 0), (31, Kind.TEXT, 1)):
        monkeypatch.setattr(sittings, "now", lambda at=seconds: begun + timedelta(seconds=at))
        room.save(sitting_id, asked[kind], Response(chosen=["r1"], text=f"{seconds}"), revision=revision)
    monkeypatch.undo()
    room.submit(sitting_id)
    with unit_of_work() as session:
        records = {one.kind: one.seconds for one in assessment.attempts_after(session, 0)}
    assert records == {Kind.SINGLE: 10, Kind.TEXT: 21}


def test_every_kind_is_there() -> None:
    assert {one.kind for one in EVERY} == set(Kind)
