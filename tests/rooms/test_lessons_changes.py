"""The steps of a draft: added, moved, removed, undone and made again; versions compared and restored."""

from uuid import UUID

import pytest
from making import Made, make_lesson, reword
from parts import Services
from sqlalchemy import select, text

from app.base.db import unit_of_work
from app.base.errors import Conflict, Invalid, NotFound
from app.lessons import service as lessons
from app.lessons.draft.changes import hold
from app.lessons.draft.comparing import Mark, words_diff
from app.lessons.draft.editing import locked
from app.lessons.models import LessonPage
from app.lessons.runs.events import tell
from app.lessons.runs.models import GenerationRun
from app.lessons.schema import Board, BoardKind, Discuss, LessonPageView, PageState, Say, TeachingAction


@pytest.fixture
def made(db: Services) -> Made:
    return make_lesson(ask_on=2)


def page(made: Made, number: int) -> LessonPageView:
    with unit_of_work() as session:
        return lessons.access_lesson(session, made.instructor, made.lesson_id).pages[number - 1]


def words(made: Made, number: int) -> list[str]:
    return [getattr(step, "text", "") for step in page(made, number).actions]


def add(made: Made, number: int, at: int, step: TeachingAction) -> int:
    with unit_of_work() as session:
        revision = lessons.access_lesson(session, made.instructor, made.lesson_id).pages[number - 1].revision
        return lessons.add_action(session, made.instructor, made.lesson_id, number, revision, at, step)


def move(made: Made, number: int, at: int, to: int) -> int:
    revision = page(made, number).revision
    with unit_of_work() as session:
        return lessons.move_action(session, made.instructor, made.lesson_id, number, revision, at, to)


def undo(made: Made) -> str:
    with unit_of_work() as session:
        return lessons.undo(session, made.instructor, made.lesson_id).words


def redo(made: Made) -> str:
    with unit_of_work() as session:
        return lessons.redo(session, made.instructor, made.lesson_id).words


def approve(made: Made) -> UUID:
    with unit_of_work() as session:
        return lessons.approve(session, made.instructor, made.lesson_id)


def test_steps_are_added_where_they_belong_and_rest_on_the_page(made: Made) -> None:
    assert add(made, 1, 2, Discuss(page=1, text=" What would\n you call alive? ")) == 2
    assert add(made, 1, 99, Board(page=1, form=BoardKind.CODE, text="a = 1\n  b = 2\n")) == 4
    steps = page(made, 1).actions
    assert [step.kind.value for step in steps] == ["show", "say", "discuss", "say", "board"]
    assert words(made, 1)[2] == "What would you call alive?"
    assert words(made, 1)[4] == "a = 1\n  b = 2", "lines of code stay lines"
    assert steps[2].passages
    assert page(made, 1).edited


def test_a_step_is_moved_and_never_before_the_page_is_shown(made: Made) -> None:
    first, second, ask = words(made, 2)[1:]
    assert move(made, 2, 3, 1) == 1
    assert words(made, 2) == ["", ask, first, second]
    assert move(made, 2, 1, 99) == 3
    assert move(made, 2, 2, -5) == 1
    assert words(made, 2) == ["", second, first, ask]
    with pytest.raises(Invalid):
        move(made, 2, 0, 2)


def test_a_page_always_says_something(made: Made) -> None:
    def remove() -> None:
        revision = page(made, 1).revision
        with unit_of_work() as session:
            lessons.remove_action(session, made.instructor, made.lesson_id, 1, revision, 1)

    remove()
    with pytest.raises(Invalid):
        remove()


def test_changes_are_taken_back_and_made_again_one_by_one(made: Made) -> None:
    before = page(made, 1).actions
    with unit_of_work() as session:
        reword(session, made, 1, ["One.", "Two."])
    move(made, 1, 2, 1)
    assert words(made, 1) == ["", "Two.", "One."]
    assert undo(made) == "Step moved on page 1"
    assert words(made, 1) == ["", "One.", "Two."]
    assert undo(made) == undo(made) == "Step changed on page 1"
    assert page(made, 1).actions == before
    with pytest.raises(Conflict, match="nothing to undo"):
        undo(made)
    assert [redo(made) for _ in range(3)][-1] == "Step moved on page 1"
    assert words(made, 1) == ["", "Two.", "One."]
    with unit_of_work() as session:
        told = lessons.changes(session, made.lesson_id)
    assert [one.by for one in told] == ["Ines"] * 3


def test_a_new_change_ends_what_was_undone(made: Made) -> None:
    add(made, 1, 1, Say(page=1, text="First."))
    undo(made)
    add(made, 2, 1, Say(page=2, text="Other."))
    with pytest.raises(Conflict, match="nothing to make again"):
        redo(made)
    with unit_of_work() as session:
        history = lessons.history(session, made.lesson_id)
    assert history.undo is not None
    assert (history.undo.pages, history.redo) == ([2], None)


def test_changes_are_kept_while_the_lessons_log_is_written(made: Made) -> None:
    with unit_of_work() as session:
        lessons.rewrite_page(session, made.lesson_id, 1)
    with unit_of_work() as session, unit_of_work() as other:
        tell(session, session.scalars(select(GenerationRun).limit(1)).one())
        other.execute(text("SET LOCAL lock_timeout = '1s'"))
        hold(other, made.lesson_id)  # who writes a page holds its changes, then waits for the run's row


def test_a_page_is_changed_as_it_stands_and_not_as_it_was_read_before(made: Made) -> None:
    with unit_of_work() as session:
        stale = session.scalars(select(LessonPage).where(LessonPage.number == 1)).one()
        with unit_of_work() as other:
            reword(other, made, 1, ["Words of somebody else."])
        assert locked(session, made.lesson_id, 1) is stale
        assert stale.actions[1]["text"] == "Words of somebody else."


def test_nothing_is_undone_under_the_hands_of_the_author(made: Made) -> None:
    add(made, 1, 1, Say(page=1, text="First."))
    with unit_of_work() as session:
        lessons.rewrite_page(session, made.lesson_id, 1)
    with pytest.raises(Conflict, match="being written"):
        undo(made)


def test_what_keeps_a_version_from_coming_back_is_named(made: Made) -> None:
    """By page; and where nobody writes it (a new file came, or writing was stopped), one is not told to wait alone."""
    with unit_of_work() as session:
        lessons.approve(session, made.instructor, made.lesson_id)
    with unit_of_work() as session:
        for number in (2, 3):
            locked(session, made.lesson_id, number).status = PageState.WAITING.value
    said = r"Not written yet: page 2, 3\. Have it written in the editor"
    with pytest.raises(Conflict, match=said), unit_of_work() as session:
        lessons.restore(session, made.instructor, made.lesson_id, 1)


def test_a_version_comes_back_as_one_change_that_can_be_undone(made: Made) -> None:
    first = [page(made, number).actions for number in (1, 2, 3)]
    with unit_of_work() as session:
        reword(session, made, 1, ["Other words."])
    add(made, 3, 1, Say(page=3, text="New here."))
    approve(made)
    second = [page(made, number).actions for number in (1, 2, 3)]
    with unit_of_work() as session:
        restored = lessons.restore(session, made.instructor, made.lesson_id, 1)
    assert (restored.pages, restored.left) == ([1, 3], [])
    assert [page(made, number).actions for number in (1, 2, 3)] == first
    assert undo(made) == "Older words restored on pages 1, 3"
    assert [page(made, number).actions for number in (1, 2, 3)] == second
    with unit_of_work() as session:
        assert [(one.number, one.by) for one in lessons.versions(session, made.lesson_id)] == [(2, "Ines"), (1, "Ines")]
    with pytest.raises(NotFound), unit_of_work() as session:
        lessons.restore(session, made.instructor, made.lesson_id, 9)


def test_what_differs_between_versions_is_told_page_by_page(made: Made) -> None:
    with unit_of_work() as session:
        reword(session, made, 1, ["A cell is the tiniest unit of all life."])
    add(made, 1, 9, Discuss(page=1, text="Is a virus alive?"))
    with unit_of_work() as session:
        pages = lessons.compare(*(lessons.script_of(session, made.lesson_id, number) for number in (1, 0)))
    assert [one.mark for one in pages] == [Mark.CHANGED, Mark.SAME, Mark.SAME]
    changed, same, new = pages[0].steps
    marked = [(span.mark.value, span.text) for span in changed.spans]
    assert marked == [
        ("same", "A cell is the "),
        ("gone", "smallest"),
        ("new", "tiniest"),
        ("same", " unit of "),
        ("new", "all "),
        ("same", "life."),
    ]
    assert (same.mark, new.mark) == (Mark.SAME, Mark.NEW)


@pytest.mark.parametrize(
    ("before", "after"), [("", ""), ("a", ""), ("", "b c"), ("one two three", "one 2 three 4"), ("a b c", "x y z")]
)
def test_the_marks_of_words_give_back_both_texts(before: str, after: str) -> None:
    spans = words_diff(before, after)
    assert "".join(span.text for span in spans if span.mark is not Mark.NEW) == before
    assert "".join(span.text for span in spans if span.mark is not Mark.GONE) == after
