"""Class logs in figures: read once, made anew where a class went on, forgotten where words are taken out."""

from uuid import UUID

import numpy as np
import pytest
from making import Made, make_lesson, make_person
from parts import Services
from sqlalchemy import event, func, select, update

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.analysis.logs import reading
from app.analysis.logs.models import LogDigest
from app.analysis.logs.reading import course_lines
from app.analysis.logs.results import course_results
from app.base.db import get_engine, new_id, unit_of_work
from app.base.redaction import REMOVED
from app.classroom import service as classroom
from app.classroom.log.writing import OpenLog
from app.classroom.schema import Body, Draft, Kind, Voice


@pytest.fixture
def made(db: Services) -> Made:
    return make_lesson()


def attend(made: Made, *said: str) -> tuple[UUID, Who]:
    """A class in which a student of its own says some words."""
    who = make_person(f"{new_id().hex[:8]}@school.test")
    with unit_of_work() as session:
        accounts.enrol(session, made.course_id, who.id, CourseRole.STUDENT)
        class_id = classroom.open_class(session, who, made.lesson_id, pace=0)
    say(class_id, who, *said)
    return class_id, who


def say(class_id: UUID, who: Who, *said: str) -> None:
    with unit_of_work() as session:
        log = OpenLog.lock(session, class_id)
        log.append(Draft(kind=Kind.PAGE, body=Body(page=1, action=0, cause="script")))
        for text in said:
            body = Body(text=text, page=1)
            log.append(Draft(kind=Kind.ASKED, voice=Voice.STUDENT, person_id=who.id, body=body))


def read(made: Made) -> tuple[int, int, int]:
    """Messages, characters, and how many classes' logs were read for it."""
    logs = []
    seen = reading.digest

    def counting(events):
        logs.append(1)
        return seen(events)

    with pytest.MonkeyPatch.context() as patch, unit_of_work() as session:
        patch.setattr(reading, "digest", counting)
        lines = course_lines(session, made.course_id)
    return int(lines.messages.sum()), int(lines["characters"][lines.messages].sum()), len(logs)


def test_only_what_went_on_is_read_again(made: Made) -> None:
    first, who = attend(made, "Why?")
    attend(made, "How so?", "Ah.")
    assert read(made) == (3, len("Why?How so?Ah."), 2)
    assert read(made) == (3, len("Why?How so?Ah."), 0)
    say(first, who, "And then?")
    assert read(made) == (4, len("Why?How so?Ah.And then?"), 1)
    with unit_of_work() as session:
        session.execute(update(LogDigest).values(rules=0))
    assert read(made) == (4, len("Why?How so?Ah.And then?"), 2)


def test_words_taken_out_take_the_figures_with_them(made: Made) -> None:
    class_id, who = attend(made, "My name is Sam and I live in Green Street")
    assert read(made)[1] > 20
    with unit_of_work() as session:
        classroom.redact(session, class_id, who.id, "Sam")
        assert session.scalar(select(func.count()).select_from(LogDigest)) == 0
    assert read(made)[:2] == (1, len(REMOVED))


def test_a_course_without_tests_has_results_of_nothing(made: Made) -> None:
    attend(made, "Why?")
    with unit_of_work() as session:
        lines = course_lines(session, made.course_id)
        results = course_results(session, made.course_id, lines)
    assert np.isnan(results.before).all()
    assert np.isnan(results.after).all()
    assert np.nanmax(results.seen) == pytest.approx(lines["at"].max())


def test_reading_asks_few_questions(made: Made) -> None:
    attend(made, "Why?")
    asked: list[str] = []

    def note(*told: object) -> None:
        asked.append(str(told[2]))

    event.listen(get_engine(), "before_cursor_execute", note)
    try:
        with unit_of_work() as session:
            course_lines(session, made.course_id)
        first = len(asked)
        with unit_of_work() as session:
            course_lines(session, made.course_id)
    finally:
        event.remove(get_engine(), "before_cursor_execute", note)
    assert first <= 9
    assert len(asked) - first <= 7
