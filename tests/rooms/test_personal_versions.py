"""Personal versions as rows: begun when wanted, written page by page, shared, checked, said in class, switched off."""

import json
import time
from collections.abc import Iterator

import pytest
from making import Made, make_lesson, make_person
from parts import Services
from sqlalchemy import select, update
from stub_model import Scripted, StubModel

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.base.db import now, unit_of_work
from app.base.errors import Invalid, NotFound
from app.base.settings import get_settings
from app.base.stream import set_flag
from app.classroom import service as classroom
from app.classroom.models import ClassSession, EventRow
from app.inference.breaker import breaker_of
from app.lessons import service as lessons
from app.lessons.personal import keeping, rewriting
from app.lessons.personal import service as personal
from app.lessons.personal.models import LearnerProfile, PersonalVersion
from app.lessons.personal.schema import Level, LineState, PersonalState, Profile
from app.records.privacy import service as privacy
from app.records.privacy.schema import Purpose
from app.records.privacy.wording import newest

PAGES = (
    ("Membranes", "A membrane surrounds each cell and it lets fresh water in. It is thin."),
    ("Energy", "Mitochondria turn sugar into energy, and a muscle cell has 2000 of them."),
)
NEW = Profile(level=Level.NEW)
GOOD = {
    "fresh water": ["Around each cell there is a membrane that lets fresh water in."],
    "turn sugar into energy": ["Sugar becomes energy in mitochondria, and a muscle cell has 2000 of them."],
}


@pytest.fixture
def made(db: Services, stub: StubModel) -> Iterator[Made]:
    breaker_of(get_settings().inference_url).succeeded()
    lesson = make_lesson(PAGES, ask_on=2)
    with unit_of_work() as session:
        personal.switch(session, lesson.instructor, lesson.course_id, True)
        personal.keep_profile(session, lesson.student, NEW)
    stub.log.clear()
    stub.script(*(Scripted(match=match, reply=json.dumps({"lines": lines})) for match, lines in GOOD.items()))
    yield lesson
    breaker_of(get_settings().inference_url).succeeded()


def begin(made: Made, who: Who | None = None):
    with unit_of_work() as session:
        return personal.version_for(session, (who or made.student).id, made.lesson_id)


def view(made: Made, at: int = 0):
    with unit_of_work() as session:
        return personal.versions_of(session, made.course_id)[at]


def lines(personal_id):
    with unit_of_work() as session:
        return [line for page in personal.pages_of(session, personal_id) for line in page.lines]


def test_a_version_is_written_line_by_line_and_short_lines_are_not_sent(made: Made, stub: StubModel) -> None:
    one = begin(made)
    assert view(made).state is PersonalState.WAITING
    personal.rewrite(one)
    found = lines(one)
    assert [line.state for line in found] == [LineState.REWRITTEN, LineState.LEFT, LineState.REWRITTEN]
    assert [line.text for line in found] == [
        *GOOD["fresh water"],
        "It is thin.",
        *GOOD["turn sugar into energy"],
    ]
    assert len(stub.log) == 2
    assert "It is thin" not in stub.log[0].turn.partition("The sentences:")[2]
    assert "new to this" in stub.log[0].system
    shown = view(made)
    assert (shown.state, shown.done, shown.rewritten, shown.left, shown.stands) == (PersonalState.READY, 2, 2, 1, 0)
    personal.rewrite(one)
    assert len(stub.log) == 2


def test_the_same_wishes_share_one_version_and_others_get_their_own(made: Made) -> None:
    kim = make_person("kim@school.test")
    with unit_of_work() as session:
        accounts.enrol(session, made.course_id, kim.id, CourseRole.STUDENT)
        personal.keep_profile(session, kim, NEW)
    assert begin(made, kim) == begin(made)
    with unit_of_work() as session:
        personal.keep_profile(session, kim, Profile(level=Level.KNOWS))
    assert begin(made, kim) != begin(made)


def test_without_wishes_or_with_the_course_off_there_is_none(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    with unit_of_work() as session:
        personal.keep_profile(session, made.student, Profile())
    assert begin(made) is None
    with unit_of_work() as session:
        personal.keep_profile(session, made.student, NEW)
        personal.switch(session, made.instructor, made.course_id, False)
    assert begin(made) is None
    with unit_of_work() as session:
        personal.switch(session, made.instructor, made.course_id, True)
        personal.forget_profile(session, made.student.id)
    assert begin(made) is None
    monkeypatch.setattr(keeping, "MOST", 0)
    with unit_of_work() as session:
        personal.keep_profile(session, made.student, NEW)
    assert begin(made) is None


def test_what_a_check_refuses_twice_stands_as_approved(made: Made, stub: StubModel) -> None:
    wrong = {"lines": ["Mitochondria turn sugar into energy, and a muscle cell has 9999 of them."]}
    stub.script(Scripted(match="turn sugar", reply=json.dumps(wrong)), Scripted(fault="junk"))
    one = begin(made)
    personal.rewrite(one)
    first, _, second = lines(one)
    assert (first.state, first.text) == (LineState.STANDS, first.before)
    assert (second.state, second.text) == (LineState.STANDS, second.before)
    assert "2000 is missing" in second.why
    assert len(stub.log) == 4
    assert "2000 is missing" in stub.log[3].turn


def test_a_line_that_is_given_back_as_it_was_is_not_told_as_other_words(made: Made, stub: StubModel) -> None:
    stub.script(Scripted(reply=json.dumps({"lines": ["A membrane surrounds each cell, and it lets fresh water in."]})))
    one = begin(made)
    personal.rewrite(one)
    assert lines(one)[0].state is LineState.SAME
    assert (view(made).same, view(made).rewritten) == (1, 0)


def test_a_second_reply_mends_only_what_the_first_had_wrong(made: Made, stub: StubModel) -> None:
    bad = {"lines": ["Mitochondria turn sugar into energy, and a muscle cell has none of them."]}
    good = {"lines": GOOD["turn sugar into energy"]}
    stub.script(
        Scripted(match="turn sugar", reply=json.dumps(bad), times=1),
        Scripted(match="turn sugar", reply=json.dumps(good)),
    )
    one = begin(made)
    personal.rewrite(one)
    assert lines(one)[2].state is LineState.REWRITTEN


def follow(class_id) -> list[EventRow]:
    """What was said until the class asks its question."""
    for _ in range(40):
        set_flag(f"present:{class_id}", 30)
        classroom.take_turn(class_id)
        with unit_of_work() as session:
            query = select(EventRow).where(EventRow.class_id == class_id, EventRow.kind == "turn.said")
            found = list(session.scalars(query.order_by(EventRow.seq)))
        if any(row.body.get("asks") for row in found):
            return found
        time.sleep(0.1)
    raise AssertionError("the class did not come to its question")


def test_a_class_says_what_is_there_and_the_approved_words_for_the_rest(made: Made, stub: StubModel) -> None:
    one = begin(made)
    stub.script(Scripted(match="fresh water", reply=json.dumps({"lines": GOOD["fresh water"]})))
    work = rewriting._claim(one)
    assert work is not None
    told, call = rewriting._reworded(work, 1)
    assert rewriting._keep(work, 1, told, call)
    with unit_of_work() as session:
        class_id = classroom.open_class(session, made.student, made.lesson_id, pace=0, personal=one)
    said = {row.body["action"]: row.body for row in follow(class_id) if row.body.get("action") is not None}
    texts = [body["text"] for body in said.values()]
    assert GOOD["fresh water"][0] in texts
    assert PAGES[1][1] in texts, "page 2 is not there yet"
    assert "What do you think happens next?" in texts
    by_text = {body["text"]: body.get("personal", 0) for body in said.values()}
    assert by_text[GOOD["fresh water"][0]] == 1
    assert by_text[PAGES[1][1]] == 0


@pytest.mark.parametrize("off", ["course", "version", "profile", "consent"])
def test_a_class_says_the_approved_words_once_they_are_off(made: Made, off: str) -> None:
    one = begin(made)
    personal.rewrite(one)
    with unit_of_work() as session:
        class_id = classroom.open_class(session, made.student, made.lesson_id, pace=0, personal=one)
        if off == "course":
            personal.switch(session, made.instructor, made.course_id, False)
        elif off == "version":
            personal.take_out(session, one, True)
        elif off == "profile":
            classroom.use_approved_words(session, made.student.id)
        else:
            privacy.declare(session, made.student.id, Purpose.TEACHING, False, newest(Purpose.TEACHING).version)
    texts = [row.body["text"] for row in follow(class_id)]
    assert "A membrane surrounds each cell and it lets fresh water in." in texts
    assert GOOD["fresh water"][0] not in texts
    if off == "version":
        assert begin(made) is None
        with unit_of_work() as session:
            personal.take_out(session, one, False)
        assert view(made).state is PersonalState.READY
        assert begin(made) == one


def test_a_class_gone_back_into_takes_up_what_holds_now_but_nothing_of_another_version(made: Made) -> None:
    with unit_of_work() as session:
        class_id = classroom.open_class(session, made.student, made.lesson_id, pace=0)
    one = begin(made)
    with unit_of_work() as session:
        assert classroom.open_class(session, made.student, made.lesson_id, pace=0, personal=one) == class_id
        assert session.get_one(ClassSession, class_id).personal_id == one
    with unit_of_work() as session:
        lessons.write_by_hand(session, made.instructor, made.lesson_id, 1, ["Membranes are quite another thing today."])
        lessons.approve(session, made.instructor, made.lesson_id)
    with unit_of_work() as session:
        other = classroom.open_class(session, made.student, made.lesson_id, pace=0, personal=one)
        assert other != class_id
        assert session.get_one(ClassSession, other).personal_id is None
    assert begin(made) != one


def test_a_model_that_is_away_is_waited_for_and_a_lost_writer_followed(made: Made, stub: StubModel) -> None:
    one = begin(made)
    stub.script(Scripted(fault="drop"))
    for _ in range(rewriting.ATTEMPTS - 1):
        personal.rewrite(one)
        with unit_of_work() as session:
            assert session.get_one(PersonalVersion, one).state == "waiting"
            assert personal.overdue(session) == []
            session.execute(update(PersonalVersion).values(lease_until=now()))
        with unit_of_work() as session:
            assert personal.overdue(session) == [one]
    personal.rewrite(one)
    assert view(made).state is PersonalState.READY
    assert {line.why for line in lines(one) if line.state is LineState.STANDS} == {rewriting.GONE}


def test_a_writer_that_was_overtaken_or_stopped_stores_nothing(made: Made) -> None:
    one = begin(made)
    work = rewriting._claim(one)
    assert work is not None
    assert rewriting._claim(one) is None
    with unit_of_work() as session:
        personal.take_out(session, one, True)
    assert not rewriting._keep(work, 1, [], None)
    rewriting._finish(work)
    assert view(made).state is PersonalState.OFF


def test_profiles_are_ones_own_and_versions_are_for_those_who_teach(made: Made) -> None:
    one = begin(made)
    with unit_of_work() as session:
        with pytest.raises(Invalid):
            personal.keep_profile(session, made.student, Profile(language="xx"))
        with pytest.raises(NotFound):
            personal.access_personal(session, made.student, one)
        with pytest.raises(NotFound):
            personal.switch(session, made.student, made.course_id, False)
        found, course_id = personal.access_personal(session, made.instructor, one)
        assert (found.id, course_id) == (one, made.course_id)
        assert [own.id for own in personal.versions_for(session, made.student)] == [one]
        assert personal.versions_for(session, made.instructor) == []
        personal.forget_profile(session, made.student.id)
        assert session.get(LearnerProfile, made.student.id) is None


def test_what_is_written_for_all_goes_first(made: Made, stub: StubModel, monkeypatch: pytest.MonkeyPatch) -> None:
    one = begin(made)
    monkeypatch.setattr(rewriting, "at_work", lambda session: get_settings().author_window)
    personal.rewrite(one)
    assert not stub.log
    with unit_of_work() as session:
        assert personal.overdue(session) == [one]
    monkeypatch.setattr(rewriting, "at_work", lambda session: get_settings().author_window - 1)
    personal.rewrite(one)
    assert view(made).state is PersonalState.READY
