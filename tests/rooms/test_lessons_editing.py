"""Editing and approving: by revision, frozen, and unseen by students before."""

from uuid import UUID

import pytest
from making import Made, make_lesson, make_person, reword
from parts import Services

from app.accounts import service as accounts
from app.accounts.schema import CourseRole
from app.base.db import unit_of_work
from app.base.errors import Conflict, Invalid, NotFound
from app.lessons import service as lessons
from app.lessons.schema import ActionKind, LessonScript, LessonView


@pytest.fixture
def made(db: Services) -> Made:
    return make_lesson(ask_on=2)


def look(made: Made) -> LessonView:
    with unit_of_work() as session:
        return lessons.access_lesson(session, made.instructor, made.lesson_id)


def edit(made: Made, number: int, texts: list[str], revision: int) -> None:
    with unit_of_work() as session:
        reword(session, made, number, texts, revision)


def approve(made: Made) -> UUID:
    with unit_of_work() as session:
        return lessons.approve(session, made.instructor, made.lesson_id)


def frozen(version_id: UUID) -> LessonScript:
    with unit_of_work() as session:
        return lessons.script(session, version_id)


def test_words_are_edited_in_place_and_keep_their_sources(made: Made) -> None:
    page = look(made).pages[1]
    edit(made, 2, ["A skin\x00 around\n every cell.", page.actions[2].text, page.actions[3].text], page.revision)
    after = look(made).pages[1]
    assert after.actions[1].text == "A skin around every cell."
    assert after.actions[1].passages == page.actions[1].passages
    assert after.actions[2] == page.actions[2]
    assert (after.revision, after.edited) == (page.revision + 1, True)


def test_of_two_editors_the_second_is_told(made: Made) -> None:
    revision = look(made).pages[0].revision
    edit(made, 1, ["Mine.", "Mine too."], revision)
    with pytest.raises(Conflict):
        edit(made, 1, ["Theirs.", "Theirs too."], revision)
    assert look(made).pages[0].actions[1].text == "Mine."


def test_a_page_that_is_written_again_cannot_be_edited_meanwhile(made: Made) -> None:
    revision = look(made).pages[0].revision
    with unit_of_work() as session:
        lessons.rewrite_page(session, made.lesson_id, 1)
    with pytest.raises(Conflict):
        edit(made, 1, ["One.", "Two."], revision)


@pytest.mark.parametrize("texts", [["", "Two."], [" \x00\n ", "Two."], ["x" * 2001, "Two."]])
def test_words_that_do_not_fit_are_refused(made: Made, texts: list[str]) -> None:
    page = look(made).pages[0]
    with pytest.raises(Invalid):
        edit(made, 1, texts, page.revision)
    assert look(made).pages[0] == page


def test_an_emptied_question_is_refused_and_one_that_is_removed_is_taken_out(made: Made) -> None:
    page = look(made).pages[1]
    with pytest.raises(Invalid, match="or remove it"):
        edit(made, 2, [page.actions[1].text, page.actions[2].text, ""], page.revision)
    assert look(made).pages[1] == page
    with unit_of_work() as session:
        lessons.remove_action(session, made.instructor, made.lesson_id, 2, page.revision, 3)
    assert look(made).pages[1].actions == page.actions[:3]
    assert ActionKind.ASK not in {action.kind for action in look(made).pages[1].actions}


def test_an_edit_that_changes_nothing_is_none(made: Made) -> None:
    page = look(made).pages[0]
    edit(made, 1, [action.text for action in page.actions[1:]], page.revision)
    assert look(made).pages[0] == page


def test_approving_twice_is_one_version(made: Made) -> None:
    assert approve(made) == made.version_id
    assert not look(made).approvable


def test_an_approved_version_does_not_follow_the_draft(made: Made) -> None:
    before = frozen(made.version_id)
    edit(made, 1, ["New words.", "And more."], look(made).pages[0].revision)
    assert look(made).approvable
    second = approve(made)
    assert second != made.version_id
    assert look(made).version == 2
    assert frozen(made.version_id) == before
    assert frozen(second).pages[0].actions[1].text == "New words."
    with unit_of_work() as session:
        assert lessons.latest_version(session, made.lesson_id) == second


def test_a_lesson_with_an_unwritten_page_cannot_be_approved(made: Made) -> None:
    with unit_of_work() as session:
        lessons.rewrite_page(session, made.lesson_id, 2)
    with pytest.raises(Conflict, match="2 of 3"):
        approve(made)
    assert not look(made).approvable


def test_students_see_approved_titles_and_never_a_draft(made: Made) -> None:
    edit(made, 1, ["A secret draft.", "Not yet."], look(made).pages[0].revision)
    with unit_of_work() as session:
        seen = lessons.access_lesson(session, made.student, made.lesson_id)
    assert [page.title for page in seen.pages] == ["Cells", "Membranes", "Energy"]
    assert not any(page.actions for page in seen.pages)
    assert "secret" not in seen.model_dump_json()
    with pytest.raises(NotFound), unit_of_work() as session:
        lessons.access_lesson(session, made.student, made.lesson_id, CourseRole.INSTRUCTOR)
    with pytest.raises(NotFound), unit_of_work() as session:
        lessons.approve(session, made.student, made.lesson_id)


def test_an_unapproved_lesson_does_not_exist_for_students(made: Made) -> None:
    with unit_of_work() as session:
        module = lessons.lessons_of(session, made.course_id)[0].module_id
        fresh = lessons.start(session, made.instructor, module, made.material_id, "Second")
    with pytest.raises(NotFound), unit_of_work() as session:
        lessons.access_lesson(session, made.student, fresh)
    with unit_of_work() as session:
        assert [(one.title, one.status) for one in lessons.lessons_of(session, made.course_id)] == [
            ("Cells and energy", "approved"),
            ("Second", "writing"),
        ]


def test_strangers_find_nothing(made: Made) -> None:
    stranger = make_person("olga@school.test")
    with pytest.raises(NotFound), unit_of_work() as session:
        lessons.access_lesson(session, stranger, made.lesson_id)


def test_a_lesson_needs_a_title_and_a_deck_of_its_course(made: Made) -> None:
    other = make_person("otto@school.test")
    with unit_of_work() as session:
        module = lessons.lessons_of(session, made.course_id)[0].module_id
        accounts.enrol(session, made.course_id, other.id, CourseRole.STUDENT)
    with pytest.raises(Invalid), unit_of_work() as session:
        lessons.start(session, made.instructor, module, made.material_id, " ")
    with pytest.raises(NotFound), unit_of_work() as session:
        lessons.start(session, other, module, made.material_id, "Mine")
