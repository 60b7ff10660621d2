"""A class whose turns fail by a fault of ours is paused with a word about it, and goes on once that is mended."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from making import Made, make_lesson, make_person
from parts import Services
from psycopg.types.json import Jsonb
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from stub_model import StubModel

from app.accounts import service as accounts
from app.accounts.schema import CourseRole
from app.base.db import run_sql, unit_of_work
from app.base.embedded.processes import Child
from app.base.errors import NotFound
from app.base.stream import clear_flag, count_up, flag_is_up, set_flag
from app.classroom import service as classroom
from app.classroom.log.state import ClassState, Status
from app.classroom.log.writing import OpenLog
from app.classroom.schema import Body, ClassEvent, Control, Draft, Kind, Voice
from app.classroom.speech.phrasing import phrase
from app.classroom.stage import lesson
from workers import turns


@dataclass
class Room:
    """A class, and the lesson it attends."""

    made: Made
    id: UUID

    def state(self) -> ClassState:
        with unit_of_work() as session:
            return classroom.state(session, self.id)

    def log(self) -> list[ClassEvent]:
        with unit_of_work() as session:
            return classroom.events_after(session, self.id, 0)

    def notices(self) -> list[str]:
        return [one.body.cause for one in self.log() if one.kind is Kind.NOTICE]

    def put_cursor(self, cursor: int) -> None:
        """Have the state speak of a line that the script has not, as no event can."""
        with unit_of_work() as session:
            change = "state = state || jsonb_build_object('cursor', %s::int), due_at = now()"
            run_sql(session, f"update class_session set {change} where id = %s", (cursor, self.id))

    def until(self, met: Callable[[], bool]) -> None:
        ends = time.monotonic() + 60
        while not met():
            assert time.monotonic() < ends, self.log()[-3:]
            set_flag(f"present:{self.id}", 60)
            time.sleep(0.2)


@pytest.fixture
def room(db: Services, stub: StubModel) -> Room:
    made = make_lesson()
    with unit_of_work() as session:
        return Room(made, classroom.open_class(session, made.student, made.lesson_id, pace=0))


def test_a_class_whose_turns_fail_is_paused_and_goes_on_once_it_can(room: Room, worker: Child) -> None:
    """The clock rings again for a class whose job failed: without this it would do so every second, for ever."""
    room.put_cursor(-100)
    room.until(lambda: "stumbled" in room.notices())
    assert room.state().status is Status.PAUSED
    seq = room.state().seq
    time.sleep(3)
    assert room.state().seq == seq, "it stands until somebody acts"
    room.put_cursor(0)
    with unit_of_work() as session:
        classroom.control(session, room.made.student, room.id, Control.RESUME)
    room.until(lambda: any(one.kind is Kind.SAID for one in room.log()))
    assert room.notices() == ["stumbled"]


def test_what_waited_is_told_that_it_stays_unanswered(room: Room) -> None:
    """Else the class would come back to it, paused or not."""
    with unit_of_work() as session:
        classroom.say(session, room.made.student, room.id, "What does a membrane do?")
    assert [classroom.stumbled(room.id) for _ in range(3)] == [False, False, True]
    assert room.notices() == ["unanswered", "stumbled"]
    assert (room.state().pending, room.state().status) == ([], Status.PAUSED)


def test_it_is_told_in_the_language_of_the_class_though_its_lesson_cannot_be_read(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work() as session:
        body = Body(text="Eine Membran lässt manche Stoffe in die Zelle hinein und andere nicht.", page=1)
        OpenLog.lock(session, room.id).append(Draft(kind=Kind.SAID, voice=Voice.TEACHER, body=body))
        classroom.say(session, room.made.student, room.id, "Was macht eine Membran?")
        run_sql(session, "update lesson_version set script = '{}' where lesson_id = %s", (room.made.lesson_id,))
    monkeypatch.setattr(lesson, "_lessons", {})
    set_flag(f"present:{room.id}", 60)
    for _ in range(3):
        with pytest.raises(ValidationError):
            classroom.take_turn(room.id)
        classroom.stumbled(room.id)
    room.until(lambda: "stumbled" in room.notices())  # a worker that is there may have failed at it first
    told = [one.body.text for one in room.log() if one.kind is Kind.NOTICE]
    assert told == [phrase("unanswered", "German"), phrase("stumbled", "German")]
    assert room.state().status is Status.PAUSED


@pytest.mark.parametrize("error", [NotFound(), OperationalError("select 1", {}, Exception("away"))])
def test_what_is_away_will_be_back_and_is_not_counted(room: Room, error: Exception) -> None:
    for _ in range(5):
        turns._turn_failed(error, str(room.id))
    assert room.notices() == []
    turns._turn_failed(KeyError("a page"), str(room.id))
    assert count_up(f"stumbled:{room.id}", 60) == 2


def asleep_beside(room: Room) -> UUID:
    """Another student's class; both stand still for want of an audience."""
    other = make_person("other@school.test")
    with unit_of_work() as session:
        accounts.enrol(session, room.made.course_id, other.id, CourseRole.STUDENT)
        class_id = classroom.open_class(session, other, room.made.lesson_id, pace=0)
    with unit_of_work() as session:
        run_sql(session, "update class_session set due_at = null where id in (%s, %s)", (room.id, class_id))
    for one in (room.id, class_id):
        clear_flag(f"present:{one}")
    return class_id


def test_a_class_that_cannot_be_woken_leaves_the_others_awake(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    """Nor one that was removed while a page of it is still open."""
    other = asleep_beside(room)
    with unit_of_work() as session:
        state = run_sql(session, "select state from class_session where id = %s", (room.id,)).fetchone()
        run_sql(session, "update class_session set state = '{\"status\": 5}' where id = %s", (room.id,))
    classroom.present([uuid4(), room.id, other])
    with unit_of_work() as session:
        assert other in classroom.due(session)
    assert f"class {room.id} cannot be woken" in caplog.text
    assert not flag_is_up(f"present:{room.id}"), "it is tried again"
    with unit_of_work() as session:
        assert state is not None
        run_sql(session, "update class_session set state = %s where id = %s", (Jsonb(state[0]), room.id))
    classroom.present([room.id, other])
    with unit_of_work() as session:
        assert room.id in classroom.due(session)


def test_classes_that_were_to_be_woken_while_the_database_was_away_are_woken_later(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    classes = {room.id, asleep_beside(room)}

    def away(*_: object) -> OpenLog:
        raise OperationalError("select 1", {}, Exception("away"))

    with monkeypatch.context() as patch:
        patch.setattr(OpenLog, "lock", away)
        with pytest.raises(OperationalError):
            classroom.present(list(classes))
    classroom.present(list(classes))
    with unit_of_work() as session:
        assert set(classroom.due(session)) == classes


def test_a_count_forgets(db: Services) -> None:
    name = uuid4().hex
    assert [count_up(name, 1), count_up(name, 1)] == [1, 2]
    time.sleep(1.2)
    assert count_up(name, 1) == 1
