"""Several people in one class at the door: who may come in, who hears whispers, and what the pages offer to whom."""

import asyncio
import json
from collections.abc import Callable
from uuid import UUID

import pytest
from parts import Services
from people import Browser, School, enrolled, person, school, sign_in
from sqlalchemy import delete
from test_class_stream import Line, append, listen

from app.accounts.schema import CourseRole, SiteRole
from app.base.db import unit_of_work
from app.classroom import service as classroom
from app.classroom.log.writing import OpenLog
from app.classroom.models import ClassPerson
from app.classroom.schema import Body, Draft, Kind, Verdict, Voice
from app.lessons.schema import BoardItem, BoardKind
from app.records import service as records
from app.records.privacy import service as privacy
from app.records.privacy.schema import Purpose
from app.web import live, live_hub


@pytest.fixture
def held(db: Services) -> School:
    made = school()
    made.approve()
    return made


@pytest.fixture
def class_id(held: School) -> UUID:
    """A shared class with the school's student and its instructor; no worker runs."""
    with unit_of_work() as session:
        found = classroom.open_shared(session, held.instructor.who, held.lesson_id)
        classroom.join(session, held.student.who, found)
    return found


def send(browser: Browser, path: str, **fields: str) -> int:
    assert browser.who
    head = {"x-csrf-token": browser.who.csrf, "accept": "application/json"}
    return int(browser.post(path, json=fields, headers=head).status_code)


def test_an_instructor_opens_and_students_are_asked_in(held: School) -> None:
    """The button opens the class and leads into it; the course page then has a card for students and one to enter."""
    teacher, student = sign_in(held.instructor), sign_in(held.student)
    course = f"/courses/{held.course_id}"
    assert "Teach together" in teacher.get(course).text
    assert "A class is going on" not in student.get(course).text
    opened = teacher.submit(f"/lessons/{held.lesson_id}/together")
    assert (opened.status_code, opened.headers["location"][:9]) == (303, "/classes/")
    place = opened.headers["location"]
    assert teacher.submit(f"/lessons/{held.lesson_id}/together").headers["location"] == place
    assert student.submit(f"/lessons/{held.lesson_id}/together").status_code == 404
    assert "Nobody has joined yet" in student.get(course).text
    assert student.get(place).status_code == 404
    assert student.submit(f"{place}/join").headers["location"] == place
    page, led = student.get(place).text, teacher.get(place).text
    assert all(one in page for one in ('data-shared="yes"', 'data-role="student"', 'data-preview="no"'))
    assert "Whisper" not in page
    assert "Whisper to the agents" in led
    assert "Go back in" in student.get(course).text
    assert "you are on page" not in student.get(course).text  # the class of all is no class of one's own
    assert "Enter" in teacher.get(course).text
    assert student.submit(f"{place}/leave").headers["location"] == course


def test_strangers_and_researchers_meet_nothing(held: School, class_id: UUID) -> None:
    """Unknown and forbidden answer alike, also to another course's instructor; students may not lead."""
    outsider = person(SiteRole.INSTRUCTOR)
    own = f"/classes/{class_id}"
    for browser in (sign_in(outsider), sign_in(held.researcher)):
        for rest in ("join", "leave", "whisper", "speak", "floor", "say", "control"):
            assert send(browser, f"{own}/{rest}", text="Hello.", floor="take", verb="pause") == 404, rest
        for rest in ("", ".json", "/people.json", "/events", "/statements.json"):
            assert browser.get(own + rest).status_code == 404, rest
    student = sign_in(held.student)
    for rest in ("whisper", "speak", "floor"):
        assert send(student, f"{own}/{rest}", text="Hello.", floor="take") == 404
    with unit_of_work() as session:
        alone = classroom.open_class(session, held.student.who, held.lesson_id)
    fellow = sign_in(enrolled(held.course_id, CourseRole.STUDENT))
    assert fellow.submit(f"/classes/{alone}/join").status_code == 404


SECRET = "Go easy on Robin today."
TROUBLE = "I want to hurt myself"


def whispered(held: School, class_id: UUID) -> None:
    """A whisper and a concern, events 3 and 4 of the log, then one for all."""
    with unit_of_work() as session:
        classroom.whisper(session, held.instructor.who, class_id, SECRET)
    note = Body(text=TROUBLE, cause="distress", answers=2)
    append(class_id, Draft(kind=Kind.CONCERN, person_id=held.student.id, body=note), Draft(kind=Kind.PAUSED))


def heard_by(class_id: UUID, leader: UUID | None, act: object = None) -> list[Line]:
    """What a student's line tells of the first five events, or that of the instructor who is named."""
    is_told = {"sees_all": leader is not None, "person_id": leader}
    return listen(class_id, 0, lambda heard: len(heard) == 5, act, **is_told)  # type: ignore[arg-type]


@pytest.mark.parametrize("live", [False, True], ids=["replayed", "as it happens"])
def test_the_stream_keeps_what_is_private_from_students(held: School, class_id: UUID, live: bool) -> None:
    """The numbers stay gapless; of a private event a student learns its kind and nothing else."""
    act = (lambda: whispered(held, class_id)) if live else None
    if not live:
        whispered(held, class_id)
    heard = heard_by(class_id, None, act)
    assert [data["seq"] for _, data in heard] == [1, 2, 3, 4, 5]
    assert [data["kind"] for _, data in heard[2:4]] == [Kind.WHISPER, Kind.CONCERN]
    for word in (SECRET, TROUBLE, "distress", str(held.instructor.id)):
        assert word not in json.dumps([data for _, data in heard])
    assert [data.get("person_id") for _, data in heard[2:4]] == [None, None]
    told = heard_by(class_id, held.instructor.id)
    assert [data["body"]["text"] for _, data in told[2:4]] == [SECRET, TROUBLE]


def test_the_stream_keeps_an_own_board_from_everybody_else(held: School, class_id: UUID) -> None:
    """Nobody but who wrote it learns what stands there, or that it was they who wrote; instructors neither."""
    kim = enrolled(held.course_id, CourseRole.STUDENT)
    item = BoardItem(kind=BoardKind.TEXT, text=SECRET)
    drafts = [Draft(kind=Kind.OWN_BOARD, person_id=held.student.id, body=Body(page=1, board=item))]
    append(class_id, *drafts, Draft(kind=Kind.RUBBED, person_id=held.student.id, body=Body(page=1, answers=3)))
    for listener, sees_all in ((held.student, False), (kim, False), (held.instructor, True)):
        heard = listen(class_id, 0, lambda heard: len(heard) == 4, sees_all=sees_all, person_id=listener.id)
        for kind in (Kind.OWN_BOARD, Kind.RUBBED):
            data = next(data for _, data in heard if data["kind"] == kind)
            assert ("body" in data) is ("person_id" in data) is (listener is held.student)


def test_the_stream_keeps_from_students_how_others_answered(held: School, class_id: UUID) -> None:
    """A personal event is whole for the one it is about and for instructors."""
    kim = enrolled(held.course_id, CourseRole.STUDENT)
    told = Body(text=SECRET, answers=1, verdict=Verdict.WRONG)
    drafts = [Draft(kind=Kind.ANSWERED, person_id=held.student.id, body=told), Draft(kind=Kind.PAUSED)]
    append(class_id, *drafts, Draft(kind=Kind.RESUMED))
    for listener, sees_all, is_told in (
        (held.student, False, True),
        (kim, False, False),
        (held.instructor, True, True),
    ):
        heard = listen(class_id, 0, lambda heard: len(heard) == 5, sees_all=sees_all, person_id=listener.id)
        data = next(data for _, data in heard if data["kind"] == Kind.ANSWERED)
        assert (SECRET in json.dumps(data)) is is_told
        assert ("person_id" in data) is is_told


def test_no_other_door_tells_what_is_private(held: School, class_id: UUID) -> None:
    """State, statements, own record and every answer to a button, of a student; an instructor sees the whisper."""
    whispered(held, class_id)
    records.project(class_id)
    student, teacher, own = sign_in(held.student), sign_in(held.instructor), f"/classes/{class_id}"
    csrf = {"x-csrf-token": student.who.csrf if student.who else "", "accept": "application/json"}
    told = [student.get(own + rest).text for rest in ("", ".json", "/statements.json", "/people.json")]
    told += [student.get("/record").text, student.get("/record.json").text]
    posts = (("control", {"verb": "resume"}), ("activity", {"activity": "low"}), ("speed", {"speed": "1.5"}))
    told += [student.post(f"{own}/{rest}", json=sent, headers=csrf).text for rest, sent in posts]
    for text in told:
        for word in (SECRET, TROUBLE, "distress", "raised-concern", "concern.raised", "instructor.whispered"):
            assert word not in text
    assert SECRET in teacher.get(f"{own}.json").text
    assert "concern.raised" in teacher.get(f"{own}/statements.json").text


def watched(held: School) -> UUID:
    """The student's own class, which an instructor watches."""
    with unit_of_work() as session:
        alone = classroom.open_class(session, held.student.who, held.lesson_id)
        classroom.join(session, held.instructor.who, alone)
    return alone


def told_until_the_end(class_id: UUID, person_id: UUID, act: Callable[[], None]) -> list[str]:
    """What an instructor's line sends until it ends by itself, in less time than there is between two heartbeats; `act`
    happens once it has told of the class and waits.
    """

    async def run() -> list[str]:
        async def later() -> None:
            await asyncio.sleep(1)
            await asyncio.to_thread(act)

        acting = asyncio.create_task(later())
        told = [text async for text in live.stream(class_id, person_id, 0, sees_all=True)]
        await acting
        return told

    return asyncio.run(asyncio.wait_for(run(), 8))


def test_who_watches_hears_nothing_more_once_the_student_lets_nobody_look(
    held: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line ends at once, the student's page is told, and a floor that nobody could give back is given back."""
    monkeypatch.setattr(live_hub, "CHECK_SECONDS", 60.0)
    alone, teacher = watched(held), held.instructor
    with unit_of_work() as session:
        classroom.take_floor(session, teacher.who, alone)
        OpenLog.lock(session, alone).row.due_at = None

    def withdraw() -> None:
        assert classroom.be_here(alone, held.student.id) == sorted([str(teacher.id), str(held.student.id)])
        with unit_of_work() as session:
            privacy.choose(session, held.student.who, {Purpose.TEACHING: False})
        with unit_of_work() as session:
            classroom.say(session, held.student.who, alone, SECRET)

    told = told_until_the_end(alone, teacher.id, withdraw)
    assert told[-1] == live.refusal(live.GONE)
    assert SECRET not in "".join(told)
    assert classroom.be_here(alone, held.student.id) == [str(held.student.id)]
    with unit_of_work() as session:
        log = OpenLog.lock(session, alone)
        assert (log.state.floor, log.row.due_at is not None) == (None, True)
        released = [one for one in classroom.events_after(session, alone, 0) if one.kind is Kind.RELEASED]
    assert [(one.person_id, one.body.cause) for one in released] == [(teacher.id, "left")]
    assert sign_in(teacher).get(f"/classes/{alone}/events").status_code == 404


def test_a_line_finds_by_itself_that_who_watches_has_no_place(held: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should the word of it be lost, as while the broker is away."""
    alone = watched(held)

    def lose_place() -> None:
        with unit_of_work() as session:
            session.execute(delete(ClassPerson).where(ClassPerson.person_id == held.instructor.id))

    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 1.5)
    monkeypatch.setattr(live_hub, "CHECK_SECONDS", 60.0)
    assert told_until_the_end(alone, held.instructor.id, lose_place)[-1] == live.refusal(live.GONE)


def test_the_floor_of_another_stays_where_one_who_watches_goes(held: School) -> None:
    """Only the classes of the student's own, and only the floor of who lost their place."""
    alone, other = watched(held), held.instructor
    with unit_of_work() as session:
        shared = classroom.open_shared(session, other.who, held.lesson_id)
        classroom.join(session, held.student.who, shared)
        classroom.take_floor(session, other.who, shared)
        privacy.choose(session, held.student.who, {Purpose.TEACHING: False})
    with unit_of_work() as session:
        assert classroom.state(session, shared).floor == other.id
        assert Kind.RELEASED not in [one.kind for one in classroom.events_after(session, alone, 0)]


def test_the_line_says_who_is_here(held: School, class_id: UUID) -> None:
    """Each line tells that its person is here, and learns who else is."""
    classroom.be_here(class_id, held.instructor.id)
    raw = sign_in(held.student)
    append(class_id, Draft(kind=Kind.ENDED, body=Body(cause="finished")))
    text = raw.get(f"/classes/{class_id}/events").text
    here = next(block for block in text.split("\n\n") if block.startswith("event: here"))
    assert json.loads(here.split("data: ")[1]) == sorted([str(held.instructor.id), str(held.student.id)])


def test_an_instructors_line_is_no_audience(held: School, class_id: UUID) -> None:
    """Whoever only watches does not make an empty class go on."""
    from app.base.stream import flag_is_up

    heard = listen(class_id, 0, lambda heard: len(heard) == 2, sees_all=True, person_id=held.instructor.id)
    assert len(heard) == 2
    assert not flag_is_up(f"present:{class_id}")
    listen(class_id, 0, lambda heard: len(heard) == 2)
    assert flag_is_up(f"present:{class_id}")


def test_an_instructor_speaks_and_takes_over(held: School, class_id: UUID) -> None:
    """Words are said in the teacher's voice and marked; a sentence says what cannot be."""
    teacher, own = sign_in(held.instructor), f"/classes/{class_id}"
    assert send(teacher, f"{own}/floor", floor="take") == 202
    assert send(teacher, f"{own}/speak", text="Look at the leaf.") == 202
    assert send(teacher, f"{own}/floor", floor="dance") == 400
    assert send(teacher, f"{own}/whisper", text="x" * 301) == 400
    assert send(teacher, f"{own}/say", text="Hello.") == 409
    assert send(sign_in(held.student), f"{own}/control", verb="end") == 409
    with unit_of_work() as session:
        said = classroom.events_after(session, class_id, 0)[-1]
    assert (said.voice, said.body.cause, said.body.name) == (Voice.TEACHER, "instructor", "Ada Brandt")


def test_a_watched_student_is_told(held: School) -> None:
    """An instructor comes in from the list of classes, and the student's page says who watches."""
    with unit_of_work() as session:
        alone = classroom.open_class(session, held.student.who, held.lesson_id)
    teacher, student = sign_in(held.instructor), sign_in(held.student)
    assert f'action="/classes/{alone}/join"' in teacher.get(f"/courses/{held.course_id}/attendance").text
    assert teacher.submit(f"/classes/{alone}/join").status_code == 303
    classroom.be_here(alone, held.instructor.id)
    assert "Ada Brandt is watching this class" in student.get(f"/classes/{alone}").text
