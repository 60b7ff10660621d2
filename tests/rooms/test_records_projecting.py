"""Projecting class logs into statements, and reading them, on a real Postgres."""

import csv
import io
import json
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from making import Made, make_lesson, make_person
from parts import Services
from sqlalchemy import delete, func, select

from app.accounts import service as accounts
from app.accounts.schema import CourseRole
from app.base.db import unit_of_work
from app.classroom import service as classroom
from app.classroom.log.writing import OpenLog
from app.classroom.schema import Body, Draft, Kind, Source, Voice
from app.courses import service as courses
from app.records import projecting
from app.records import service as records
from app.records.exporting import COLUMNS
from app.records.models import Projection, StatementRow
from app.records.profile import EXTENSION
from app.records.schema import StatementRef


@pytest.fixture
def made(db: Services) -> Made:
    return make_lesson(ask_on=2)


def a_class(made: Made, *drafts: Draft) -> UUID:
    """A class of which exactly this happened after its start."""
    with unit_of_work() as session:
        class_id = classroom.open_class(session, made.student, made.lesson_id, pace=0)
    append(class_id, *drafts)
    return class_id


def append(class_id: UUID, *drafts: Draft) -> None:
    with unit_of_work() as session:
        log = OpenLog.lock(session, class_id)
        for draft in drafts:
            log.append(draft)


def page(number: int) -> Draft:
    return Draft(kind=Kind.PAGE, body=Body(page=number, action=0, cause="script"))


def student(made: Made, text: str, answers: int | None = None) -> Draft:
    body = Body(text=text, page=1, answers=answers)
    return Draft(kind=Kind.ASKED, voice=Voice.STUDENT, person_id=made.student.id, body=body)


def spoken(voice: Voice, text: str, answers: int | None = None, asks: bool = False, **more: object) -> Draft:
    return Draft(kind=Kind.SAID, voice=voice, body=Body(text=text, page=1, answers=answers, asks=asks, **more))


def stored(class_id: UUID) -> list[tuple[int, str]]:
    query = select(StatementRow.seq, StatementRow.verb).where(StatementRow.class_id == class_id)
    with unit_of_work() as session:
        return [(seq, verb.rsplit("/", 1)[-1]) for seq, verb in session.execute(query.order_by(StatementRow.seq))]


def test_every_event_becomes_one_statement_and_only_once(made: Made) -> None:
    class_id = a_class(made, page(1), spoken(Voice.TEACHER, "Look."), student(made, "Why?"))
    assert records.project(class_id) == 4
    first = stored(class_id)
    assert first == [(1, "initialized"), (2, "experienced"), (3, "said"), (4, "asked")]
    assert records.project(class_id) == 0
    with unit_of_work() as session:
        session.get_one(Projection, class_id).seq = 0
    assert records.project(class_id) == 0
    assert stored(class_id) == first


def test_a_rebuild_gives_the_same_rows_and_mends_what_was_changed(made: Made) -> None:
    class_id = a_class(made, page(1), spoken(Voice.TEACHER, "Look."), student(made, "Why?"))
    records.project(class_id)

    def rows() -> list[tuple[UUID, datetime, str]]:
        query = select(StatementRow).where(StatementRow.class_id == class_id).order_by(StatementRow.seq)
        with unit_of_work() as session:
            return [(row.id, row.stored_at, json.dumps(row.document)) for row in session.scalars(query)]

    first = rows()
    assert (records.rebuild(class_id), rows()) == (0, first)
    with unit_of_work() as session:
        session.execute(delete(StatementRow).where(StatementRow.id == first[1][0]))
        session.get_one(StatementRow, first[2][0]).document = {}
    assert records.rebuild(class_id) == 2
    assert [(one[0], one[2]) for one in rows()] == [(one[0], one[2]) for one in first]
    assert records.project(class_id) == 0
    assert records.rebuild(uuid4()) == 0


def test_the_clock_sees_a_class_until_it_is_told(made: Made) -> None:
    class_id = a_class(made, page(1))
    with unit_of_work() as session:
        assert records.overdue(session) == [class_id]
    records.project(class_id)
    with unit_of_work() as session:
        assert records.overdue(session) == []
    append(class_id, page(2))
    with unit_of_work() as session:
        assert records.overdue(session) == [class_id]


def test_a_crash_in_the_middle_stores_whole_batches_and_loses_nothing(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    class_id = a_class(made, *(page(1 + at % 3) for at in range(11)))
    monkeypatch.setattr(projecting, "BATCH", 5)
    honest, batches = projecting.project_batch, 0

    def dies_in_the_second(session: object, one: UUID) -> tuple[int, int]:
        nonlocal batches
        batches += 1
        done = honest(session, one)
        if batches == 2:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(projecting, "project_batch", dies_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        records.project(class_id)
    assert len(stored(class_id)) == 5
    monkeypatch.setattr(projecting, "project_batch", honest)
    assert records.project(class_id) == 7
    assert [seq for seq, _ in stored(class_id)] == list(range(1, 13))


def test_an_unknown_class_is_no_trouble(made: Made) -> None:
    assert records.project(made.lesson_id) == 0


@pytest.mark.parametrize("apart", [False, True])
def test_a_students_words_answer_an_open_question_or_ask_one(made: Made, apart: bool) -> None:
    ask = spoken(Voice.TEACHER, "What is a cell?", asks=True)
    class_id = a_class(made, page(1), ask)
    if apart:
        records.project(class_id)
    append(
        class_id,
        student(made, "A room.", answers=3),
        student(made, "Is it big?"),
        spoken(Voice.TUTOR, "No.", answers=5),
    )
    records.project(class_id)
    assert stored(class_id)[2:] == [(3, "asked"), (4, "responded"), (5, "asked"), (6, "responded")]
    with unit_of_work() as session:
        told = records.class_statements(session, class_id)
    assert [one.context.statement and one.context.statement.id for one in told[3:]] == [told[2].id, None, told[4].id]


@pytest.mark.parametrize(
    ("between", "words", "replies"),
    [
        ([], "A small room, I think.", True),
        ([], "Why do cells matter?", False),
        ([], "You are so stupid", False),
        ([spoken(Voice.TEACHER, "Yes?", cause="invitation")], "A small room, I think.", True),
        ([page(2)], "A small room, I think.", False),
        ([spoken(Voice.TEACHER, "On we go.")], "A small room, I think.", False),
        ([Draft(kind=Kind.SKIPPED)], "A small room, I think.", False),
    ],
)
def test_words_reply_to_the_question_that_is_open_then(
    made: Made, between: list[Draft], words: str, replies: bool
) -> None:
    class_id = a_class(made, spoken(Voice.TEACHER, "What is a cell?", asks=True), *between)
    with unit_of_work() as session:
        seq = classroom.say(session, made.student, class_id, words)
    records.project(class_id)
    with unit_of_work() as session:
        told = records.class_statements(session, class_id)
    assert dict(stored(class_id))[seq] == ("responded" if replies else "asked")
    assert told[seq - 1].context.statement == (StatementRef(id=told[1].id) if replies else None)


def test_agents_are_told_with_role_model_and_sources(made: Made) -> None:
    with unit_of_work() as session:
        passage = courses.pages(session, made.material_id)[0].passages[0]
    source = Source(passage_id=passage.id, page=1, text=passage.text)
    class_id = a_class(made, spoken(Voice.TUTOR, "A cell lives.", sources=[source], model="stub", fallback=True))
    records.project(class_id)
    with unit_of_work() as session:
        said = records.class_statements(session, class_id)[1]
    assert said.actor.account.name == "agent:tutor"
    known = {name.removeprefix(EXTENSION): value for name, value in said.context.extensions.items()}
    assert known["sources"] == [{"passage": str(passage.id), "page": 1}]
    assert (known["role"], known["model"], known["fallback"], known["seq"]) == ("tutor", "stub", True, 2)


def test_learners_see_their_own_record_with_the_answers(made: Made) -> None:
    class_id = a_class(made, page(1), student(made, "Why?"), spoken(Voice.TUTOR, "Because.", answers=3))
    records.project(class_id)
    other = make_person("olga@school.test")
    with unit_of_work() as session:
        mine = records.learner_record(session, made.student, made.course_id)
        assert records.learner_record(session, other).lines == []
        assert records.learner_record(session, made.student, made.lesson_id).lines == []
    assert [line.verb for line in mine.lines] == ["asked", "experienced", "initialized"]
    asked = mine.lines[0]
    assert (asked.words, asked.answer, asked.answered_by, asked.lesson) == (
        "Why?",
        "Because.",
        "tutor",
        "Cells and energy",
    )
    assert (mine.classes, mine.questions, mine.more) == (1, 1, False)


def test_instructors_see_who_attended_and_what_was_asked(made: Made) -> None:
    ended = Draft(kind=Kind.ENDED, body=Body(cause="finished"))
    class_id = a_class(made, page(1), page(2), page(1), student(made, "Why?"), ended)
    records.project(class_id)
    with unit_of_work() as session:
        own = classroom.open_class(session, made.instructor, made.lesson_id, pace=0)
    records.project(own)
    with unit_of_work() as session:
        [line] = records.attendance(session, made.course_id)
        [question] = records.questions_asked(session, made.course_id)
    assert (line.person, line.pages_seen, line.questions, line.finished) == ("Sam", 2, 1, True)
    assert 0 <= line.minutes < 1
    assert (question.person, question.text, question.answer) == ("Sam", "Why?", "")


def test_a_class_without_statements_yet_is_attended_all_the_same(made: Made) -> None:
    a_class(made, page(1))
    with unit_of_work() as session:
        [line] = records.attendance(session, made.course_id)
    assert (line.pages_seen, line.minutes) == (0, 0)


def export(made: Made) -> list[dict[str, str]]:
    with unit_of_work() as session:
        text = "".join(records.export_csv(session, made.course_id))
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_export_names_nobody_and_keeps_lines_whole(made: Made) -> None:
    records.project(a_class(made, page(1), student(made, 'Two\nlines, "quoted"'), spoken(Voice.TUTOR, "Yes.", 3)))
    rows = export(made)
    assert tuple(rows[0]) == COLUMNS
    assert [row["words"] for row in rows] == ["", "", 'Two\nlines, "quoted"', "Yes."]
    assert rows[3]["answers_seq"] == "3"
    assert rows[3]["actor"] == "agent:tutor"
    assert len({row["learner"] for row in rows}) == 1
    everything = str(rows)
    for word in ("Sam", "sam@school.test", str(made.student.id)):
        assert word not in everything


@pytest.mark.parametrize("words", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=1"])
def test_no_cell_is_a_formula(made: Made, words: str) -> None:
    records.project(a_class(made, student(made, words)))
    assert export(made)[-1]["words"] == f"'{words}"


def test_the_export_goes_on_over_batches(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.records.exporting.BATCH", 2)
    first = a_class(made, *(page(1 + at % 3) for at in range(4)))
    records.project(first)
    other = make_person("olga@school.test")
    with unit_of_work() as session:
        accounts.enrol(session, made.course_id, other.id, CourseRole.STUDENT)
        second = classroom.open_class(session, other, made.lesson_id, pace=0)
    records.project(second)
    rows = export(made)
    with unit_of_work() as session:
        assert len(rows) == session.scalar(select(func.count()).select_from(StatementRow))
    assert len({row["learner"] for row in rows}) == 2
    assert len({row["statement_id"] for row in rows}) == len(rows)
