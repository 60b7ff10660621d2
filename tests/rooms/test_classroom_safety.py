"""Safety: calm words, who is told, help nearby, and a pause for who keeps insulting."""

from datetime import timedelta
from uuid import UUID

import pytest
from making import Made, make_lesson
from parts import Services
from stub_model import StubModel

from app.base import db as base_db
from app.base.db import unit_of_work
from app.base.errors import Busy
from app.base.redaction import REMOVED
from app.base.stream import set_flag
from app.classroom import service as classroom
from app.classroom.directing.policy import Policy
from app.classroom.log.folding import fold
from app.classroom.log.writing import OpenLog
from app.classroom.people import attending, opening
from app.classroom.schema import Body, ClassEvent, Draft, Intent, Kind, Voice
from app.classroom.speech.phrasing import phrase
from app.classroom.speech.prompting import ENGLISH

HURT = "I want to hurt myself"
HELP = "You can call the school's counsellor at any hour: 01 23 45 67."


@pytest.fixture
def made(db: Services, stub: StubModel) -> Made:
    return make_lesson()


@pytest.fixture
def class_id(made: Made) -> UUID:
    with unit_of_work() as session:
        return classroom.open_class(session, made.student, made.lesson_id, pace=0)


def say(made: Made, class_id: UUID, text: str) -> ClassEvent:
    """Say it, and give what answered it."""
    with unit_of_work() as session:
        seq = classroom.say(session, made.student, class_id, text)
    set_flag(f"present:{class_id}", 30)
    classroom.take_turn(class_id)
    with unit_of_work() as session:
        events = classroom.events_after(session, class_id, 0)
        assert fold(events) == classroom.state(session, class_id)
    return next(event for event in events if event.kind is Kind.SAID and event.body.answers == seq)


def set_policy(made: Made, **values: object) -> None:
    with unit_of_work() as session:
        classroom.set_policy(session, made.instructor, made.course_id, Policy(**values))


def test_distress_is_answered_with_help_nearby_and_the_instructor_is_told(
    made: Made, class_id: UUID, stub: StubModel
) -> None:
    set_policy(made, help=HELP)
    answer = say(made, class_id, HURT)
    assert answer.body.text == f"{phrase('distress', ENGLISH)} {phrase('told', ENGLISH)} {HELP}"
    assert answer.body.model == ""
    with unit_of_work() as session:
        [concern] = classroom.concerns(session, made.course_id)
    assert (concern.person, concern.cause, concern.text) == (made.student.name, "distress", HURT)
    assert (concern.class_id, concern.lesson) == (class_id, "Cells and energy")


def test_where_the_policy_says_so_nobody_is_told_and_nothing_else_is_promised(made: Made, class_id: UUID) -> None:
    set_policy(made, tells_instructor=False)
    assert say(made, class_id, HURT).body.text == phrase("distress", ENGLISH)
    assert "instructor" not in phrase("distress", ENGLISH).lower()
    with unit_of_work() as session:
        assert classroom.concerns(session, made.course_id) == []


def test_who_keeps_insulting_is_silent_for_two_minutes(
    made: Made, class_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        assert phrase("silenced", ENGLISH) not in say(made, class_id, "You are all so stupid").body.text
    assert say(made, class_id, "Shut up, you stupid bot").body.text.endswith(phrase("silenced", ENGLISH))
    with unit_of_work() as session, pytest.raises(Busy, match=r"write again in 1[12]\d seconds"):
        classroom.say(session, made.student, class_id, "What is a cell?")
    say(made, class_id, HURT)  # signs of distress are heard all the same
    later = base_db.now() + timedelta(minutes=2, seconds=1)
    monkeypatch.setattr(attending, "now", lambda: later)
    assert say(made, class_id, "What is a cell?").body.text


def test_who_comes_back_is_reminded_of_no_cry_insult_or_removed_words(
    made: Made, class_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor of mere thanks and wishes to go on; and what is not told is not counted."""
    question, removed = "What is a cell?", Body(text=REMOVED, page=1, intent=Intent.QUESTION)
    with unit_of_work() as session:
        log = OpenLog.lock(session, class_id)
        log.append(Draft(kind=Kind.PAGE, body=Body(page=1, action=0)))
        log.append(Draft(kind=Kind.ASKED, voice=Voice.STUDENT, person_id=made.student.id, body=removed))
    for words in (question, "You are so stupid", "Thanks!", "One moment please", "Go on please", HURT):
        with unit_of_work() as session:
            classroom.say(session, made.student, class_id, words)
    assert greeted(made, class_id, monkeypatch).endswith(
        f"{phrase('back_once', ENGLISH, words=question)} {phrase('back_on', ENGLISH)}"
    )
    with unit_of_work() as session:
        classroom.remove_words(session, class_id)
    assert "spoken up" not in greeted(made, class_id, monkeypatch)


def greeted(made: Made, class_id: UUID, monkeypatch: pytest.MonkeyPatch) -> str:
    """How the student is greeted who comes back an hour later."""
    monkeypatch.setattr(opening, "now", lambda: base_db.now() + timedelta(hours=1))
    with unit_of_work() as session:
        assert classroom.open_class(session, made.student, made.lesson_id) == class_id
    with unit_of_work() as session:
        return classroom.state(session, class_id).greeting


def test_words_sent_twice_while_silent_are_known(made: Made, class_id: UUID) -> None:
    with unit_of_work() as session:
        first = classroom.say(session, made.student, class_id, "Shut up", "key")
    for _ in range(2):
        say(made, class_id, "Shut up")
    with unit_of_work() as session:
        assert classroom.say(session, made.student, class_id, "Shut up", "key") == first
