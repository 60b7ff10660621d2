"""The gradebook and its CSV, practice by component, and how well two markers agree."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from examining import SINGLE, TEXT, Room, make_room, make_test
from hypothesis import given
from hypothesis import strategies as st
from making import make_person
from parts import Services

from app.accounts.schema import Who
from app.assessment import service as assessment
from app.assessment.agreement import quadratic_weighted_kappa
from app.assessment.documents import Outcome, PaperPlan, Purpose
from app.assessment.gradebook import Gradebook
from app.assessment.schema import Item, Response
from app.base.cells import csv_line
from app.base.db import now, unit_of_work
from app.base.errors import Invalid, NotFound

RIGHT, WRONG = Response(chosen=["r1"]), Response(chosen=["w1"])


@pytest.fixture
def room(db: Services) -> Room:
    """A course with a quiz of two questions that anybody may sit twice."""
    return make_room([SINGLE, TEXT], PaperPlan(title="=Quiz", weight=3, sittings=2))


def sit(room: Room, *answers: Response, who: Who | None = None) -> None:
    """Sit the room's test once and hand it in."""
    room.student = who or room.student
    sitting_id = room.start()
    for question, response in zip(room.sitting(sitting_id).questions, answers, strict=False):
        room.save(sitting_id, question.view.version_id, response)
    room.submit(sitting_id)


def add_test(room: Room, purpose: Purpose, items: Sequence[Item] = (SINGLE, TEXT), **more: object) -> None:
    """Another test, which becomes the room's."""
    plan = PaperPlan.model_validate({"title": purpose.value, "purpose": purpose, "module_id": room.module_id, **more})
    room.item_ids, room.paper_id = make_test(room, items, plan)


def book(room: Room) -> Gradebook:
    with unit_of_work() as session:
        return assessment.gradebook(session, room.course_id)


def test_the_best_sitting_counts_and_tests_have_weights(room: Room) -> None:
    sit(room, RIGHT, Response(text="membrane"))
    sit(room, RIGHT)
    add_test(room, Purpose.POST, weight=1)
    sit(room, RIGHT)
    line = book(room).lines[0]
    assert [cell and cell.share for cell in line.cells] == [1.0, 0.5]
    assert line.whole == pytest.approx((3 * 1.0 + 1 * 0.5) / 4)


def test_a_test_nobody_sat_counts_once_it_has_closed(room: Room) -> None:
    assert book(room).lines[0].whole is None
    with unit_of_work() as session:
        plan = PaperPlan(title="=Quiz", weight=3, closes_at=now() - timedelta(seconds=1))
        assessment.change_paper(session, room.instructor, room.paper_id, plan)
    assert book(room).lines[0].whole == 0


def test_gain_from_before_to_after(room: Room) -> None:
    add_test(room, Purpose.PRE, items=[SINGLE, TEXT, SINGLE, TEXT])
    sit(room, WRONG, Response(text="x"), RIGHT)
    add_test(room, Purpose.POST, items=[SINGLE, TEXT])
    assert book(room).lines[0].gains == []
    sit(room, RIGHT, Response(text="membrane"))
    found = book(room).lines[0]
    assert [(one.module, one.before, one.after, one.normalised) for one in found.gains] == [("Lessons", 0.25, 1.0, 1.0)]
    assert found.whole == 1.0, "a test before a module does not count"


def test_a_withdrawn_question_costs_nobody_anything(room: Room) -> None:
    sit(room, RIGHT, Response(text="nonsense"))
    assert book(room).lines[0].whole == 0.5
    with unit_of_work() as session:
        assessment.withdraw_item(session, room.instructor, room.item_ids[1], "unclear")
    assert book(room).lines[0].whole == 1.0


def test_csv_runs_nothing_in_a_spreadsheet(room: Room) -> None:
    sit(room, RIGHT)
    with unit_of_work() as session:
        lines = list(assessment.gradebook_csv(assessment.gradebook(session, room.course_id)))
    assert lines[0] == "name,e-mail,'=Quiz (%),whole (%)\r\n"
    assert lines[1] == "Sam,sam@school.test,50.0,50.0\r\n"
    assert csv_line([-0.25, "-1+2", "@x", "a,b"]) == "-0.25,'-1+2,'@x,\"a,b\"\r\n"


def test_practice_goes_round_and_tells_at_once(db: Services) -> None:
    room = make_room([SINGLE, TEXT], PaperPlan(title="Practise", purpose=Purpose.PRACTICE))
    with unit_of_work() as session:
        line = assessment.practice_lines(session, room.student, room.course_id)[0]
    assert (line.name, line.items, line.answered, line.right) == ("Cells", 2, 0, 0)
    seen = []
    for turn in range(3):
        with unit_of_work() as session:
            card = assessment.next_card(session, room.student, room.course_id, line.id)
        version = card.question.view.version_id
        seen.append(card.question.view.stem)
        response = Response(chosen=["r1"], text="membrane")
        assert room.save(card.sitting_id, version, response).outcome is Outcome.ANSWERED
        with unit_of_work() as session:
            told = assessment.practice_verdict(session, room.student, card.sitting_id, version)
        assert told.raw == 1, turn
        assert told.right_answer
    assert seen[0] != seen[1]
    assert seen[2] == seen[0]
    with unit_of_work() as session:
        line = assessment.practice_lines(session, room.student, room.course_id)[0]
        assert (line.answered, line.right) == (2, 2)
        assert assessment.gradebook(session, room.course_id).papers == []
        assert len(assessment.attempts_after(session, 0)) == 3


def test_practice_tells_nothing_before_the_answer_and_to_nobody_else(db: Services) -> None:
    room = make_room([SINGLE], PaperPlan(title="Practise", purpose=Purpose.PRACTICE))
    with unit_of_work() as session:
        line = assessment.practice_lines(session, room.student, room.course_id)[0]
        card = assessment.next_card(session, room.student, room.course_id, line.id)
    version = card.question.view.version_id
    with pytest.raises(NotFound), unit_of_work() as session:
        assessment.practice_verdict(session, room.student, card.sitting_id, version)
    room.save(card.sitting_id, version, RIGHT)
    for who in (room.another_student(), make_person("stranger@school.test")):
        with pytest.raises(NotFound), unit_of_work() as session:
            assessment.practice_verdict(session, who, card.sitting_id, version)


def test_practice_needs_components(room: Room) -> None:
    who = room.instructor
    with unit_of_work() as session:
        bare = assessment.add_item(session, who, room.course_id, SINGLE)
        paper_id = assessment.make_paper(session, who, room.course_id, PaperPlan(title="P", purpose=Purpose.PRACTICE))
        assessment.set_items(session, who, paper_id, [bare])
    with pytest.raises(Invalid, match="knowledge components"), unit_of_work() as session:
        assessment.publish(session, who, paper_id)


def test_kappa_worked_out_by_hand() -> None:
    """Ten answers, marks 0 to 2. Observed: 3 one step and 1 two steps apart, so sum(w O) = 3/4 + 1 = 1.75. The first
    gave 3, 4, 3 and the second 4, 3, 3: sum(w E) = (3*3 + 4*4 + 4*3 + 3*3) / 40 + (3*3 + 3*4) / 10 = 3.25."""
    first = [0, 0, 0, 1, 1, 1, 1, 2, 2, 2]
    second = [0, 0, 1, 1, 1, 0, 2, 2, 2, 0]
    assert quadratic_weighted_kappa(first, second, 3) == pytest.approx(1 - 1.75 / 3.25)


def test_kappa_at_its_ends() -> None:
    assert quadratic_weighted_kappa([0, 1, 2, 3], [0, 1, 2, 3], 4) == 1
    assert quadratic_weighted_kappa([0, 3], [3, 0], 4) == -1
    assert quadratic_weighted_kappa([2, 2], [2, 2], 4) == 1
    with pytest.raises(ValueError, match="from 0 to 3"):
        quadratic_weighted_kappa([4], [0], 4)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1))
def test_kappa_is_the_same_both_ways_and_at_most_one(pairs: list[tuple[int, int]]) -> None:
    one, other = [a for a, _ in pairs], [b for _, b in pairs]
    kappa = quadratic_weighted_kappa(one, other, 5)
    assert kappa <= 1
    assert kappa == pytest.approx(quadratic_weighted_kappa(other, one, 5))
