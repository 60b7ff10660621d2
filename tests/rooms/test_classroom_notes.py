"""Notes of a class, what is remembered of a learner, and what of it reaches a prompt."""

import threading
from uuid import UUID

import pytest
from making import Made, make_lesson, make_person
from parts import Services
from sqlalchemy import func, select

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.base.db import unit_of_work
from app.base.errors import Conflict, Invalid, NotFound
from app.classroom import service as classroom
from app.classroom.directing.director import Act, Move
from app.classroom.log.writing import OpenLog
from app.classroom.models import ClassSession, LearnerNote
from app.classroom.papers.documents import NoteKind
from app.classroom.papers.notes import telling
from app.classroom.schema import Body, Draft, Intent, Kind, TutorAction, Verdict, Voice
from app.classroom.speech.acts import act_at_once
from app.classroom.speech.prompting import prompt_of
from app.classroom.speech.recalling import notes_about
from app.classroom.speech.scene import set_scene
from app.classroom.stage.lesson import lesson_of
from app.records import service as records

pytestmark = pytest.mark.usefixtures("stub")


@pytest.fixture
def made(db: Services) -> Made:
    return make_lesson(ask_on=2)


def a_class(made: Made, *drafts: Draft, who: Who | None = None) -> UUID:
    with unit_of_work() as session:
        class_id = classroom.open_class(session, who or made.student, made.lesson_id, pace=0)
        log = OpenLog.lock(session, class_id)
        for draft in drafts:
            log.append(draft)
    return class_id


def end(class_id: UUID, who: Who) -> None:
    with unit_of_work() as session:
        log = OpenLog.lock(session, class_id)
        log.append(Draft(kind=Kind.ENDED, person_id=who.id, body=Body(cause="left")))
        log.row.ended_at = log.row.created_at
    records.project(class_id)


def page(number: int) -> Draft:
    return Draft(kind=Kind.PAGE, body=Body(page=number, action=0, cause="script"))


def says(who: Who, number: int, intent: Intent, text: str = "hm") -> Draft:
    body = Body(text=text, page=number, intent=intent)
    return Draft(kind=Kind.ASKED, voice=Voice.STUDENT, person_id=who.id, body=body)


def reply(answers: int, number: int, verdict: Verdict | None = None) -> Draft:
    move = TutorAction.HINT if verdict is Verdict.WRONG else None
    return Draft(
        kind=Kind.SAID,
        voice=Voice.TUTOR,
        body=Body(text="Look here.", page=number, answers=answers, verdict=verdict, move=move),
    )


def test_a_greeting_an_invitation_and_the_closing_name_their_page(made: Made) -> None:
    greeted = Draft(kind=Kind.RETURNED, person_id=made.student.id, body=Body(text="Welcome back."))
    hand = Draft(kind=Kind.HAND, person_id=made.student.id, body=Body(cause="up"))
    class_id = a_class(made, page(2), greeted, hand)
    with unit_of_work() as session:
        log = OpenLog.lock(session, class_id)
        for act in (Act.GREET, Act.INVITE, Act.CLOSE):
            act_at_once(session, log, Move(act=act, voice=Voice.TEACHER))
        said = [one for one in classroom.events_after(session, class_id, 0) if one.kind is Kind.SAID]
    assert [one.body.page for one in said] == [2, 2, 2]


def remembered(who: Who) -> list[tuple[NoteKind, int, str]]:
    with unit_of_work() as session:
        return sorted((one.kind, one.page, one.text) for one in classroom.learner_notes(session, who))


def test_the_note_takers_lines_and_the_scripts_where_there_are_none(made: Made) -> None:
    noted = Draft(kind=Kind.SAID, voice=Voice.NOTES, body=Body(text="Cells are the smallest unit.", page=1))
    class_id = a_class(made, page(1), noted, page(2))
    with unit_of_work() as session:
        notes = classroom.class_notes(session, made.student, class_id)
    assert [(one.page, one.lines, one.is_script) for one in notes.pages] == [
        (1, ["Cells are the smallest unit."], False),
        (2, ["A membrane surrounds each cell."], True),
    ]
    assert notes.pages[0].title == "Cells"
    assert notes.taker == "Ines"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Welcome. A cell is a small room. It lives.", "A cell is a small room."),
        ("Cells divide.", "Cells divide."),
        ("So: one cell makes two", "So: one cell makes two"),
    ],
)
def test_a_greeting_is_no_note(words: str, told: str) -> None:
    assert telling(words) == told


def test_notes_are_taken_away_as_markdown(made: Made) -> None:
    class_id = a_class(made, page(1))
    with unit_of_work() as session:
        classroom.save_notes(session, made.student, class_id, "My own\nwords ü", 0)
        words = classroom.as_markdown("Cells", classroom.class_notes(session, made.student, class_id))
    assert "# Cells\n\n## Page 1: Cells\n\n- A cell is the smallest unit of life. (from the lesson's script)" in words
    assert words.endswith("## My own notes\n\nMy own\nwords ü\n")


def test_two_tabs_do_not_overwrite_each_other(made: Made) -> None:
    class_id = a_class(made)
    with unit_of_work() as session:
        first = classroom.save_notes(session, made.student, class_id, "from one tab", 0)
    assert first.revision == 1
    with pytest.raises(Conflict), unit_of_work() as session:
        classroom.save_notes(session, made.student, class_id, "from the other tab", 0)
    with unit_of_work() as session:
        assert classroom.save_notes(session, made.student, class_id, "from one tab", 0).revision == 1
        assert classroom.save_notes(session, made.student, class_id, "the other, knowingly", 1).revision == 2
    with pytest.raises(Invalid), unit_of_work() as session:
        classroom.save_notes(session, made.student, class_id, "x" * 20_001, 2)


def test_many_saves_at_once_keep_one(made: Made) -> None:
    class_id = a_class(made)
    outcomes: list[str] = []

    def save(words: str) -> None:
        try:
            with unit_of_work() as session:
                classroom.save_notes(session, made.student, class_id, words, 0)
            outcomes.append(words)
        except Conflict:
            outcomes.append("")

    threads = [threading.Thread(target=save, args=(f"tab {at}",)) for at in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in outcomes if one]) == 1


def test_own_notes_are_nobody_elses(made: Made) -> None:
    class_id = a_class(made)
    with unit_of_work() as session:
        classroom.save_notes(session, made.student, class_id, "a secret", 0)
    for other in (made.instructor, make_person("other@school.test")):
        with pytest.raises(NotFound), unit_of_work() as session:
            classroom.class_notes(session, other, class_id)
        with pytest.raises(NotFound), unit_of_work() as session:
            classroom.save_notes(session, other, class_id, "mine", 0)


def hard_and_helped(made: Made) -> UUID:
    """Simpler was wished for on page 1 and the answer after it was right; page 2 was answered wrong twice."""
    sam = made.student
    return a_class(
        made,
        page(1),  # 2
        says(sam, 1, Intent.SIMPLER),  # 3
        reply(3, 1),
        says(sam, 1, Intent.ANSWER),  # 5
        reply(5, 1, Verdict.RIGHT),
        page(2),
        says(sam, 2, Intent.ANSWER),  # 8
        reply(8, 2, Verdict.WRONG),
        says(sam, 2, Intent.ANSWER),  # 10
        reply(10, 2, Verdict.WRONG),
    )


EXPECTED = [
    (NoteKind.HARD, 1, "“Cells” was hard: a simpler explanation was wanted."),
    (NoteKind.HARD, 2, "“Membranes” was hard: answers about it were wrong more than once."),
    (NoteKind.HELPED, 1, "“Cells”: a simpler explanation helped, the answer after it was right."),
]


def test_what_was_hard_and_what_helped_is_remembered_once(made: Made) -> None:
    class_id = hard_and_helped(made)
    end(class_id, made.student)
    assert remembered(made.student) == EXPECTED
    with unit_of_work() as session:
        assert classroom.remember(session, class_id) == 0
    records.project(class_id)
    assert remembered(made.student) == EXPECTED
    assert remembered(made.instructor) == []
    with unit_of_work() as session:
        assert not any(one.is_own for one in classroom.learner_notes(session, made.student))


def test_it_is_remembered_before_the_class_ends(made: Made) -> None:
    records.project(hard_and_helped(made))
    assert remembered(made.student) == EXPECTED


def test_a_thread_of_jobs_remembers_once(made: Made) -> None:
    class_id = hard_and_helped(made)

    def job() -> None:
        with unit_of_work() as session:
            classroom.remember(session, class_id)

    threads = [threading.Thread(target=job) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert remembered(made.student) == EXPECTED


def test_a_corrected_note_stays_and_a_deleted_one_does_not_come_back(made: Made) -> None:
    class_id = hard_and_helped(made)
    records.project(class_id)
    with unit_of_work() as session:
        hard, wrong, _ = sorted(classroom.learner_notes(session, made.student), key=lambda one: (one.kind, one.page))
        classroom.correct_note(session, made.student, hard.id, "Only the word  organelle\nwas hard.")
        classroom.delete_note(session, made.student, wrong.id)
    end(class_id, made.student)
    with unit_of_work() as session:
        classroom.remember(session, class_id)
        assert session.scalar(select(func.count()).select_from(LearnerNote).where(LearnerNote.text == "")) == 1
    kept = remembered(made.student)
    assert (NoteKind.HARD, 1, "Only the word organelle was hard.") in kept
    assert [one for one in kept if one[1] == 2] == []


def test_a_note_belongs_to_its_learner_alone(made: Made) -> None:
    records.project(hard_and_helped(made))
    with unit_of_work() as session:
        note = classroom.learner_notes(session, made.student)[0]
    for act in (
        lambda session: classroom.correct_note(session, made.instructor, note.id, "x"),
        lambda session: classroom.delete_note(session, made.instructor, note.id),
        lambda session: classroom.delete_note(session, made.student, UUID(int=7)),
    ):
        with pytest.raises(NotFound), unit_of_work() as session:
            act(session)
    with pytest.raises(Invalid), unit_of_work() as session:
        classroom.correct_note(session, made.student, note.id, "  ")


def scene_notes(made: Made, class_id: UUID, seq: int) -> tuple[list[str], str]:
    with unit_of_work() as session:
        row = session.get_one(ClassSession, class_id)
        move = Move(act=Act.ANSWER, voice=Voice.TUTOR, answers=seq)
        scene = set_scene(session, row, classroom.state(session, class_id), move)
    return scene.notes, prompt_of(scene).turn


def test_a_later_class_knows_what_fits_the_page_of_this_learner_only(made: Made) -> None:
    end(hard_and_helped(made), made.student)
    other = make_person("kim@school.test")
    with unit_of_work() as session:
        accounts.enrol(session, made.course_id, other.id, CourseRole.STUDENT)
    own, others = (
        a_class(made, page(2), says(who, 2, Intent.QUESTION, "What does a membrane do?"), who=who)
        for who in (made.student, other)
    )
    notes, turn = scene_notes(made, own, 3)
    assert notes[0] == "“Membranes” was hard: answers about it were wrong more than once."
    assert len(notes) <= 2
    assert "<record>“Membranes” was hard" in turn
    assert scene_notes(made, others, 3)[0] == []


def test_the_class_itself_does_not_recall_its_own_notes(made: Made) -> None:
    class_id = hard_and_helped(made)
    records.project(class_id)
    with unit_of_work() as session:
        row = session.get_one(ClassSession, class_id)
        assert notes_about(session, made.student.id, row, lesson_of(session, row).pages[2]) == []


def test_what_a_student_is_not_sure_of_reaches_the_tutor_on_its_page(made: Made) -> None:
    with unit_of_work() as session:
        class_id = classroom.open_class(session, made.student, made.lesson_id, 0, ["Voltage", "Membranes", "Cells"])
        log = OpenLog.lock(session, class_id)
        log.append(page(2))
        asked = log.append(says(made.student, 2, Intent.QUESTION, "What is a membrane?"))
        scene = set_scene(session, log.row, log.state, Move(act=Act.ANSWER, voice=Voice.TUTOR, answers=asked.seq))
    assert scene.notes == ["Not sure yet of “Membranes”, to judge by earlier answers."]
    assert "Membranes”, to judge" in prompt_of(scene).turn
