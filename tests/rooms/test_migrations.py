"""The migrations make the tables that the models describe."""

import runpy
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from making import Made, make_lesson
from parts import Services
from sqlalchemy import text

from app.base.db import Base, get_engine, unit_of_work
from app.base.errors import AppError
from app.classroom import service as classroom
from app.classroom.log.writing import OpenLog
from app.classroom.schema import Body, Draft, Intent, Kind, Voice
from app.cli.migrate import upgrade
from app.cli.privacy import load_tables

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"


def test_migrations_and_models_agree(services: Services) -> None:
    load_tables()
    with get_engine().connect() as connection:
        told = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(told, Base.metadata) == []


def test_tables_of_a_newer_version_are_left_alone_and_told_of(services: Services) -> None:
    """Somebody went back to an older program with the data of a newer one."""
    with get_engine().begin() as connection:
        known = connection.scalar(text("SELECT version_num FROM alembic_version"))
    try:
        _pretend("9999_newer")
        with pytest.raises(AppError, match="made by a newer version of Lyceum"):
            upgrade()
    finally:
        _pretend(str(known))
    upgrade()


def _pretend(version: str) -> None:
    with get_engine().begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})


def test_words_in_old_logs_say_which_question_they_reply_to(db: Services) -> None:
    made = make_lesson()
    with unit_of_work() as session:
        class_id = classroom.open_class(session, made.student, made.lesson_id, pace=0)
        log = OpenLog.lock(session, class_id)
        for draft in (
            _asks(Voice.TEACHER),
            _says(made, Intent.ANSWER),
            _asks(Voice.TEACHER),
            _says(made, Intent.QUESTION),
            _asks(Voice.CURIOUS),
            _says(made, Intent.STATEMENT),
            _asks(Voice.TUTOR),
            Draft(kind=Kind.HAND, person_id=made.student.id, body=Body(cause="up")),
            _says(made, Intent.CONFUSED),
            _says(made, Intent.STATEMENT),
        ):
            log.append(draft)
        session.flush()
        session.execute(text(runpy.run_path(str(VERSIONS / "0038_replies.py"))["FILL"]))
    with unit_of_work() as session:
        told = [(one.seq, one.body.answers) for one in classroom.events_after(session, class_id, 0)]
    assert [one for one in told if one[1]] == [(3, 2), (10, 8)]


def _asks(voice: Voice) -> Draft:
    return Draft(kind=Kind.SAID, voice=voice, body=Body(text="What is a cell?", page=1, asks=True))


def _says(made: Made, intent: Intent) -> Draft:
    body = Body(text="A room.", page=1, intent=intent)
    return Draft(kind=Kind.ASKED, voice=Voice.STUDENT, person_id=made.student.id, body=body)
