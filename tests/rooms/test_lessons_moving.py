"""A step goes over to the neighbouring page, and back by undo."""

from uuid import uuid4

import pytest
from making import Made, make_lesson, reword
from parts import Services
from sqlalchemy import select

from app.base.db import unit_of_work
from app.base.errors import Conflict, Invalid, NotFound
from app.courses import service as courses
from app.lessons import service as lessons
from app.lessons.draft import moving
from app.lessons.draft.moving import JUDGED, POINTS
from app.lessons.models import LessonPage
from app.lessons.schema import Ask, Board, BoardKind, LessonPageView, Region, Say, Spotlight, TeachingAction


@pytest.fixture
def made(db: Services) -> Made:
    return make_lesson(ask_on=2)


def page(made: Made, number: int) -> LessonPageView:
    with unit_of_work() as session:
        return lessons.access_lesson(session, made.instructor, made.lesson_id).pages[number - 1]


def over(made: Made, number: int, at: int, to: int, revision: int | None = None, to_revision: int | None = None) -> int:
    here = page(made, number).revision if revision is None else revision
    there = page(made, to).revision if to_revision is None else to_revision
    with unit_of_work() as session:
        return lessons.move_to_page(session, made.instructor, made.lesson_id, number, here, at, to, there)


def add(made: Made, number: int, at: int, step: TeachingAction) -> None:
    with unit_of_work() as session:
        lessons.add_action(session, made.instructor, made.lesson_id, number, page(made, number).revision, at, step)


def texts(made: Made, number: int) -> list[str]:
    return [one.words for one in page(made, number).actions[1:]]


def test_the_first_step_goes_up_and_the_last_down_and_undo_takes_both_pages_back(made: Made) -> None:
    one, two = page(made, 1), page(made, 2)
    first, second, ask = texts(made, 2)
    assert over(made, 2, 1, 1) == len(one.actions)
    assert texts(made, 1)[-1] == first
    assert texts(made, 2) == [second, ask]
    assert (page(made, 1).revision, page(made, 2).revision) == (one.revision + 1, two.revision + 1)
    moved = page(made, 1).actions[-1]
    with unit_of_work() as session:
        lesson = lessons.access_lesson(session, made.instructor, made.lesson_id)
        known = {one.id for one in courses.pages(session, lesson.material_id)[0].passages}
    assert moved.page == 1
    assert moved.passages
    assert set(moved.passages) <= known, "it rests on its new page"
    assert page(made, 1).edited
    assert page(made, 2).edited
    last = len(page(made, 1).actions) - 1
    assert over(made, 1, last, 2) == 1
    assert texts(made, 2) == [first, second, ask]
    with unit_of_work() as session:
        assert lessons.undo(session, made.instructor, made.lesson_id).words == "Step moved on pages 1, 2"
        lessons.undo(session, made.instructor, made.lesson_id)
    assert (page(made, 1).actions, page(made, 2).actions) == (one.actions, two.actions)
    with unit_of_work() as session:
        assert lessons.redo(session, made.instructor, made.lesson_id).pages == [1, 2]
    assert texts(made, 1)[-1] == first


def test_both_pages_are_as_they_were_seen_or_nothing_is_done(made: Made) -> None:
    seen = [page(made, number).revision for number in (1, 2)]
    with unit_of_work() as session:
        reword(session, made, 1, ["Other words."])
    with pytest.raises(Conflict, match="Page 1 was changed"):
        over(made, 2, 1, 1, to_revision=seen[0])
    with unit_of_work() as session:
        reword(session, made, 2, ["Other words, too."])
    with pytest.raises(Conflict, match="Page 2 was changed"):
        over(made, 2, 1, 1, revision=seen[1])
    with unit_of_work() as session:
        lessons.rewrite_page(session, made.lesson_id, 1)
    before = texts(made, 2)
    with pytest.raises(Conflict, match="Page 1 is being written"):
        over(made, 2, 1, 1)
    assert texts(made, 2) == before


def test_what_belongs_to_its_page_stays_there(made: Made) -> None:
    add(made, 2, 1, Spotlight(page=2, region=Region(left=0, top=0, width=0.5, height=0.5)))
    before = page(made, 2)
    with pytest.raises(Invalid, match=POINTS):
        over(made, 2, 1, 1)
    with pytest.raises(Invalid, match=JUDGED):
        over(made, 2, len(before.actions) - 1, 3)
    with pytest.raises(Invalid, match="next to the other page"):
        over(made, 2, 0, 1)
    assert page(made, 2) == before


def test_the_board_and_a_question_with_a_key_go_over(made: Made) -> None:
    item = uuid4()
    with unit_of_work() as session:
        row = session.scalars(select(LessonPage).where(LessonPage.number == 2)).one()
        row.actions = [{**one, "item": str(item)} if one["kind"] == "ask" else one for one in row.actions]
    add(made, 2, 1, Board(page=2, form=BoardKind.CODE, text="x = 1", language="python"))
    over(made, 2, 1, 1)
    over(made, 2, len(page(made, 2).actions) - 1, 3)
    board, asked = page(made, 1).actions[-1], page(made, 3).actions[1]
    assert isinstance(board, Board)
    assert (board.text, board.language, board.page) == ("x = 1", "python", 1)
    assert isinstance(asked, Ask)
    assert (asked.item, asked.page) == (item, 3)


@pytest.mark.parametrize(("number", "at", "to"), [(2, 2, 1), (2, 1, 3), (1, 1, 3), (2, 99, 3), (2, 0, 1)])
def test_only_a_step_at_the_edge_goes_and_only_to_the_next_page(made: Made, number: int, at: int, to: int) -> None:
    with pytest.raises(Invalid):
        over(made, number, at, to)


def test_there_is_a_page_to_go_to_and_something_left_to_say(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFound):
        over(made, 1, 1, 0, to_revision=0)
    with unit_of_work() as session:
        lessons.write_by_hand(session, made.instructor, made.lesson_id, 1, ["All there is."])
    with pytest.raises(Invalid, match="needs a step that says something"):
        over(made, 1, 1, 2)
    add(made, 1, 2, Say(page=1, text="And more."))
    monkeypatch.setattr(moving, "MOST_STEPS", 3)
    with pytest.raises(Invalid, match="3 steps at most, and page 2 has as many"):
        over(made, 1, 2, 2)
