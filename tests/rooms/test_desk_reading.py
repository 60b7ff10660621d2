"""The desk reads: filters, pseudonyms, consent with its withdrawal, and what is taken out of words."""

from datetime import timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from making import Made, make_lesson, make_person
from parts import Services
from test_records_projecting import a_class, append, page, spoken, student

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, SiteRole, Who
from app.base.db import now, unit_of_work
from app.base.errors import Invalid, NotFound
from app.classroom import service as classroom
from app.classroom.schema import Body, Draft, Kind, Voice
from app.courses import service as courses
from app.records import service as records
from app.records.desk import service as desk
from app.records.desk.masking import Mask
from app.records.desk.pseudonyms import Pseudonyms
from app.records.desk.schema import DeskRecord, Filter, Reader
from app.records.privacy.consent import declare
from app.records.privacy.schema import Purpose


@pytest.fixture
def made(db: Services) -> Made:
    return make_lesson(ask_on=2)


def member(made: Made, name: str, role: CourseRole) -> Who:
    site = SiteRole.RESEARCHER if role is CourseRole.RESEARCHER else SiteRole.STUDENT
    who = make_person(f"{name}@school.test", site)
    with unit_of_work() as session:
        accounts.enrol(session, made.course_id, who.id, role)
    return who


@pytest.fixture
def rea(made: Made) -> Who:
    return member(made, "rea", CourseRole.RESEARCHER)


def allow(who: Who, granted: bool = True) -> None:
    with unit_of_work() as session:
        declare(session, who.id, Purpose.RESEARCH, granted, 1)


def a_talk(made: Made, *more: Draft, words: str = "Why, Ines? Write to sam@school.test or 030 1234567.") -> UUID:
    class_id = a_class(made, page(1), spoken(Voice.TEACHER, "Look."), student(made, words), *more)
    records.project(class_id)
    return class_id


def read(who: Who, made: Made, **wanted: str) -> list[DeskRecord]:
    with unit_of_work() as session:
        reader = desk.reader_of(session, who, made.course_id)
        found = desk.read_records(session, reader, Filter(**wanted)).records
        assert desk.count_records(session, reader, Filter(**wanted)) == len(found)
        return found


def test_a_researcher_meets_nobody_who_has_not_consented_and_words_are_masked(made: Made, rea: Who) -> None:
    a_talk(made)
    assert read(rea, made) == []
    allow(made.student)
    found = read(rea, made)
    assert [one.verb for one in found] == ["initialized", "experienced", "said", "asked"]
    asked = found[-1]
    assert asked.text == "Why, [name]? Write to [e-mail] or [number]."
    assert asked.actor == asked.learner == found[0].learner
    assert asked.actor.startswith("person-")
    assert found[2].actor == "agent:teacher"
    assert str(made.student.id) not in "".join(one.model_dump_json() for one in found)
    allow(made.student, False)
    assert read(rea, made) == []


def test_an_instructor_meets_all_of_their_course_but_reads_only_the_willing(made: Made) -> None:
    a_talk(made, spoken(Voice.TUTOR, "You said: why.", answers=4), spoken(Voice.TEACHER, "A cell.", action=1))
    found = read(made.instructor, made)
    assert len(found) == 6
    assert [(one.text, one.withheld) for one in found[2:]] == [
        (None, True),
        (None, True),
        (None, True),
        ("A cell.", False),
    ]
    allow(made.student)
    assert read(made.instructor, made)[4].text == "You said: why."


def test_pseudonyms_differ_by_course_and_by_reader_and_stay(made: Made, rea: Who) -> None:
    other = uuid4()
    names = {
        Pseudonyms(course, reader).of(made.student.id)
        for course in (made.course_id, other)
        for reader in (rea.id, other)
    }
    assert len(names) == 4
    assert Pseudonyms(other, rea.id).of(made.student.id) in names
    assert Pseudonyms(other, rea.id).of(None) == ""


def test_filters_leave_what_they_say(made: Made, rea: Who) -> None:
    allow(made.student)
    kim = member(made, "kim", CourseRole.STUDENT)
    allow(kim)
    first = a_talk(made)
    append(first, Draft(kind=Kind.ENDED, body=Body(cause="finished")))
    records.project(first)
    with unit_of_work() as session:
        second = classroom.open_class(session, kim, made.lesson_id, pace=0)
    append(second, page(1), page(2), Draft(kind=Kind.ENDED, person_id=kim.id, body=Body(cause="left")))
    records.project(second)
    everything = read(rea, made)
    kims = next(one.learner for one in everything if one.class_id == second)
    assert {one.class_id for one in read(rea, made, learners="finished")} == {first}
    assert {one.class_id for one in read(rea, made, learners="left")} == {second}
    assert {one.class_id for one in read(rea, made, learners=f"{kims},person-none")} == {second}
    assert [one.verb for one in read(rea, made, agent="teacher")] == ["said"]
    assert [one.kind for one in read(rea, made, verb="asked")] == ["student.said"]
    assert [one.page for one in read(rea, made, kind="page.shown", page="2")] == [2]
    assert read(rea, made, until=(now() - timedelta(days=1)).isoformat()) == []
    assert len(read(rea, made, since=f"{now():%Y-%m-%d}", until=f"{now():%Y-%m-%d}")) == len(everything)


@pytest.mark.parametrize(
    "wanted",
    [
        {"verb": "sang"},
        {"agent": "headmaster"},
        {"kind": "x"},
        {"page": "one"},
        {"since": "soon"},
        {"learners": "sam"},
    ],
)
def test_a_filter_that_is_none_is_said(made: Made, rea: Who, wanted: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        read(rea, made, **wanted)


def test_pages_follow_one_another_without_gap_or_double_while_records_come(made: Made, rea: Who) -> None:
    allow(made.student)
    class_id = a_talk(made, *(spoken(Voice.TEACHER, f"Point {number}.") for number in range(10)))
    seen, cursor = [], ""
    with unit_of_work() as session:
        reader = Reader(person_id=rea.id, course_id=made.course_id, role=CourseRole.RESEARCHER)
        while cursor is not None:
            found = desk.read_records(session, reader, Filter(), cursor, 3)
            seen += found.records
            cursor = found.next
            if len(seen) == 6:
                append(class_id, spoken(Voice.TEACHER, "Late."))
                records.project(class_id)
        with pytest.raises(Invalid):
            desk.read_records(session, reader, Filter(), "junk")
    assert [one.seq for one in seen] == list(range(1, 16))
    assert all(one.at <= two.at for one, two in pairwise(seen))


def test_in_a_shared_class_each_line_hangs_on_whom_it_concerns(made: Made, rea: Who) -> None:
    kim = member(made, "kim", CourseRole.STUDENT)
    allow(made.student)
    with unit_of_work() as session:
        class_id = classroom.open_shared(session, made.instructor, made.lesson_id)
        classroom.join(session, made.student, class_id)
        classroom.join(session, kim, class_id)
        last = classroom.last_seqs(session, [class_id])[class_id]
    said = Draft(kind=Kind.ASKED, voice=Voice.STUDENT, person_id=kim.id, body=Body(text="I am Kim", page=1))
    append(class_id, page(1), student(made, "Kim asked well"), said)
    append(class_id, spoken(Voice.TUTOR, "Hello Kim", answers=last + 3), spoken(Voice.TUTOR, "Yes", answers=last + 2))
    with unit_of_work() as session:
        classroom.whisper(session, made.instructor, class_id, "Be brief.")
        classroom.speak_as_teacher(session, made.instructor, class_id, "Well said.")
    records.project(class_id)
    assert [one.text for one in read(rea, made) if one.text] == ["[name] asked well", "Yes"]
    allow(kim)
    allow(made.instructor)
    texts = [one.text for one in read(rea, made) if one.text]
    assert texts == ["[name] asked well", "I am [name]", "Hello [name]", "Yes", "Well said."]
    assert "instructor.whispered" not in {one.kind for one in read(made.instructor, made)}


def test_a_replay_is_told_page_by_page_and_only_of_the_willing(made: Made, rea: Who) -> None:
    class_id = a_talk(made, page(2), spoken(Voice.TUTOR, "Mind the membrane."))
    with unit_of_work() as session, pytest.raises(NotFound):
        desk.replay(session, rea, class_id)
    allow(made.student)
    with unit_of_work() as session:
        told = desk.replay(session, rea, class_id)
        with pytest.raises(NotFound):
            desk.replay(session, made.student, class_id)
        with pytest.raises(NotFound):
            desk.replay(session, rea, uuid4())
    assert [one.number for one in told.pages] == [0, 1, 2]
    assert [line.text for line in told.pages[1].lines] == ["Look.", "Why, [name]? Write to [e-mail] or [number]."]
    assert told.pages[2].title == "Membranes"
    assert told.pages[2].lines[0].who.endswith(", tutor")
    assert told.pages[0].lines[0].seconds == 0


def test_tokens_open_their_courses_while_their_owner_has_a_place_there(made: Made, rea: Who) -> None:
    with unit_of_work() as session:
        secret = desk.new_token(session, rea, "my notebook", [made.course_id], 30)
        other = courses.create_course(session, made.instructor, "Physics")
        accounts.enrol(session, other, rea.id, CourseRole.RESEARCHER)
    with unit_of_work() as session:
        assert desk.reader_by(session, secret, made.course_id).person_id == rea.id
        with pytest.raises(NotFound):
            desk.reader_by(session, secret, other)
        assert secret not in str(session.connection().exec_driver_sql("select * from desk_token").all())
    with unit_of_work() as session, pytest.raises(NotFound):
        desk.new_token(session, made.student, "mine", [made.course_id], 30)
    for days, name, chosen in ((0, "a", [made.course_id]), (30, " ", [made.course_id]), (30, "a", [])):
        with unit_of_work() as session, pytest.raises(Invalid):
            desk.new_token(session, rea, name, chosen, days)


MASK = Mask(["Sam Field", "Will O'Brien", "José Núñez", "王小明", "Li", "Page Turner"])


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("ask sam or Sam Field's friend", "ask [name] or [name]'s friend"),
        ("I will ask Will, not o'brien", "I will ask [name], not [name]"),
        ("jose nunez and JOSÉ", "[name] and [name]"),
        ("小明说得对,王小明", "[name]说得对,[name]"),
        ("li in Li said like", "li in [name] said like"),
        ("on page 3, Page asked", "on page 3, [name] asked"),
        ("S\u200bam", "[name]"),
        ("fields are samples", "fields are samples"),
        ("a.b@c.de, a.b at school dot edu, @sammy", "[e-mail], [e-mail], [name]"),
        ("see https://x.test/a?b=1 or www.x.y or school.edu/me", "see [link] or [link] or [link]"),
        ("+44 20 7946 0958, (030) 123-4567, 0123456", "[number], [number], [number]"),
        ("3.14159265 and 1,000,000 and 1914-1918 and 2026-09-07 and 1000000", None),
        ("Sugar.It is e.g. fine", None),
    ],
)
def test_what_could_name_somebody_becomes_a_mark(text: str, masked: str | None) -> None:
    assert MASK.clean(text) == (text if masked is None else masked)
