"""Records of a class of several people: everybody is counted for themselves, and nobody acts in another's name."""

import csv
import io
from uuid import UUID

import pytest
from making import Made, make_lesson, make_person
from parts import Services
from test_records_projecting import append, page, spoken

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.base.db import now, unit_of_work
from app.classroom import service as classroom
from app.classroom.models import EventRow
from app.classroom.schema import Body, Draft, Kind, Voice
from app.records import service as records
from app.records.profile import EXTENSION
from app.records.schema import AttendanceLine, Statement


@pytest.fixture
def made(db: Services) -> Made:
    return make_lesson()


@pytest.fixture
def kim(made: Made) -> Who:
    who = make_person("kim@school.test")
    with unit_of_work() as session:
        accounts.enrol(session, made.course_id, who.id, CourseRole.STUDENT)
    return who


def words(who: Who, text: str) -> Draft:
    return Draft(kind=Kind.ASKED, voice=Voice.STUDENT, person_id=who.id, body=Body(text=text, page=1))


@pytest.fixture
def class_id(made: Made, kim: Who) -> UUID:
    """Sam is there all the time, Kim for page 2 only; the instructor speaks, whispers and answers."""
    with unit_of_work() as session:
        found = classroom.open_shared(session, made.instructor, made.lesson_id)
        classroom.join(session, made.student, found)
    append(found, page(1), words(made.student, "What is a cell?"))
    with unit_of_work() as session:
        classroom.whisper(session, made.instructor, found, "Be brief.")
        classroom.speak_as_teacher(session, made.instructor, found, "A small room.")
        classroom.join(session, kim, found)
    append(found, page(2), words(kim, "And a membrane?"), words(kim, "Is it thin?"))
    with unit_of_work() as session:
        classroom.leave(session, kim, found)
    append(found, page(3), spoken(Voice.TEACHER, "That is all."))
    append(found, Draft(kind=Kind.ENDED, person_id=made.instructor.id, body=Body(cause="finished")))
    records.project(found)
    return found


def lines(made: Made) -> dict[str, AttendanceLine]:
    with unit_of_work() as session:
        return {line.person: line for line in records.attendance(session, made.course_id)}


def told(class_id: UUID) -> list[Statement]:
    with unit_of_work() as session:
        return records.class_statements(session, class_id, private=True)


def test_attendance_counts_everybody_for_what_they_were_there_for(made: Made, class_id: UUID) -> None:
    found = lines(made)
    assert set(found) == {"Sam", "Kim"}
    sam, kim = found["Sam"], found["Kim"]
    assert (sam.pages_seen, sam.questions, sam.finished, sam.is_shared) == (3, 1, True, True)
    assert (kim.pages_seen, kim.questions, kim.finished) == (2, 2, False)  # page 1 still stood when Kim came


def test_minutes_run_while_one_is_there(made: Made, kim: Who) -> None:
    with unit_of_work() as session:
        class_id = classroom.open_shared(session, made.instructor, made.lesson_id)
        classroom.join(session, made.student, class_id)
    append(class_id, page(1))
    with unit_of_work() as session:
        classroom.join(session, kim, class_id)
    append(class_id, page(2), page(3))
    with unit_of_work() as session:
        rows = session.query(EventRow).filter_by(class_id=class_id).order_by(EventRow.seq).all()
        for row in rows:
            row.at = now().replace(hour=9, minute=row.seq, second=0, microsecond=0)
    records.project(class_id)
    assert {name: line.minutes for name, line in lines(made).items()} == {"Sam": 4.0, "Kim": 2.0}


def test_statements_name_who_acted(made: Made, kim: Who, class_id: UUID) -> None:
    by = {one.context.extensions[EXTENSION + "seq"]: one for one in told(class_id)}
    kinds = {seq: (one.context.extensions[EXTENSION + "kind"], one.actor.account.name) for seq, one in by.items()}
    teacher, sam = str(made.instructor.id), str(made.student.id)
    assert kinds[1] == ("class.started", "agent:class")
    assert kinds[2] == ("person.joined", sam)
    assert kinds[3] == ("page.shown", "agent:class")
    assert kinds[4] == ("student.said", sam)
    assert kinds[5] == ("instructor.whispered", teacher)
    assert kinds[7] == ("turn.said", teacher)
    assert kinds[8] == ("person.joined", str(kim.id))
    assert by[7].context.extensions[EXTENSION + "role"] == "instructor"
    assert by[5].result is None


def test_own_records_hold_what_one_was_there_for(made: Made, kim: Who, class_id: UUID) -> None:
    with unit_of_work() as session:
        sam, late = (records.learner_record(session, who) for who in (made.student, kim))
    assert [(line.verb, line.page) for line in late.lines] == [
        ("exited", 0),
        ("asked", 1),
        ("asked", 1),
        ("experienced", 2),
        ("registered", 0),
    ]
    assert [line.page for line in sam.lines if line.verb == "experienced"] == [3, 2, 1]
    asked = next(line for line in sam.lines if line.verb == "asked")
    assert (asked.answer, asked.answered_by) == ("A small room.", "instructor")
    assert (sam.classes, late.classes, late.questions) == (1, 1, 2)


def test_the_export_gives_each_their_pseudonym_and_nobody_an_id(made: Made, kim: Who, class_id: UUID) -> None:
    with unit_of_work() as session:
        text = "".join(records.export_csv(session, made.course_id))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len({row["learner"] for row in rows if row["verb"] == "asked"}) == 2
    assert {row["actor"].split("-")[0] for row in rows if row["role"] == "instructor"} == {"learner"}
    for who in (made.student, kim, made.instructor):
        assert str(who.id) not in text


def test_a_concern_is_in_nobodys_record(made: Made, class_id: UUID) -> None:
    with unit_of_work() as session:
        alone = classroom.open_class(session, made.student, made.lesson_id)
    note = Body(text="I am sad", cause="distress", answers=1)
    append(alone, Draft(kind=Kind.CONCERN, person_id=made.student.id, body=note))
    records.project(alone)
    with unit_of_work() as session:
        mine = records.learner_record(session, made.student)
    assert "raised concern" not in [line.verb for line in mine.lines]
    concern = told(alone)[-1]
    assert concern.actor.account.name == "agent:class"
    assert EXTENSION + "cause" not in concern.context.extensions
