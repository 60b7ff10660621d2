"""What is older than its setting goes, what is younger stays, and a dry run only counts."""

from datetime import timedelta

import pytest
from making import PASSWORD
from parts import Services
from private import NAME, OWN, World, everywhere, make_world
from sqlalchemy import select

from app.__main__ import main
from app.accounts.models import Person
from app.assessment.models import Attempt
from app.base.db import now, unit_of_work
from app.base.settings import get_settings
from app.classroom.log.folding import fold
from app.classroom.log.state import ClassState
from app.classroom.log.writing import events_after
from app.classroom.models import ClassSession
from app.records import service as records
from app.records.models import StatementRow
from app.records.privacy import service as privacy
from app.records.privacy.models import AuditLine
from app.records.privacy.schema import What


@pytest.fixture
def world(db: Services) -> World:
    made = make_world()
    with unit_of_work() as session:
        from app.accounts import service as accounts

        accounts.open_sign_in(session, made.zelda.id)
        privacy.note(session, made.zelda, What.DOWNLOAD)
        privacy.ask_to_be_erased(session, made.kim, PASSWORD, "127.0.0.1")
    privacy.erase(made.kim.id)
    return made


def counts(days: int) -> dict[str, int]:
    """What goes so many days from now, kind by kind."""
    with unit_of_work() as session:
        return {one.kind: one.count for one in privacy.older(session, now() + timedelta(days=days))}


def gone(days: int) -> dict[str, int]:
    return {one.kind: one.count for one in privacy.keep_no_longer(now() + timedelta(days=days))}


def test_today_nothing_goes(world: World) -> None:
    assert set(counts(0).values()) == {0}
    assert set(gone(0).values()) == {0}


def test_prompts_go_first_then_calls_and_at_last_words(world: World) -> None:
    settings = get_settings()
    first = gone(settings.keep_prompts_days + 1)
    assert first["prompts and refused words"] == 2, "of Zelda alone; what told of Kim in the shared class went with her"
    assert first["classes with students' words"] == 0
    assert gone(settings.keep_calls_days + 1)["the account of model calls"] == 1
    late = settings.keep_words_days + 1
    assert counts(late)["classes with students' words"] == 2
    assert gone(late)["classes with students' words"] == 2
    assert counts(late)["classes with students' words"] == 0
    with unit_of_work() as session:
        row = session.get_one(ClassSession, world.alone)
        assert ClassState.model_validate(row.state) == fold(events_after(session, world.alone, 0))
        said = session.scalars(select(StatementRow.document).where(StatementRow.person_id == world.zelda.id)).all()
    assert OWN not in str(said)
    assert NAME in str(everywhere_now()["person"])


def test_the_words_of_answers_go_and_their_marks_stay(world: World) -> None:
    late = get_settings().keep_words_days + 1
    assert counts(late - 2)["answers with students' words"] == 0
    assert counts(late)["answers with students' words"] == 2
    assert gone(late)["answers with students' words"] == 2
    assert counts(late)["answers with students' words"] == 0
    records.rebuild_answers()
    tables = everywhere_now()
    answers = [OWN in tables[name] for name in ("attempt", "answer_save", "grade")]
    assert answers == [False, False, False]
    with unit_of_work() as session:
        theirs = StatementRow.person_id == world.zelda.id
        told = str(session.scalars(select(StatementRow.document).where(theirs)).all())
        assert sorted(one for one in session.scalars(select(Attempt.raw))) == [0.0, 2.0]
    assert OWN not in told
    assert "scaled" in told


def everywhere_now() -> dict[str, str]:
    with unit_of_work() as session:
        return everywhere(session)


def test_tombstones_and_the_audit_log_go_in_their_time(world: World) -> None:
    settings = get_settings()
    assert gone(settings.keep_tombstones_days + 1)["what is left of erased accounts"] == 1
    with unit_of_work() as session:
        assert session.get(Person, world.kim.id) is None
        assert session.get(Person, world.zelda.id)
    removed = gone(settings.keep_audit_days + 1)["lines of the audit log"]
    assert removed > 0
    with unit_of_work() as session:
        left = session.scalars(select(AuditLine.what)).all()
    assert set(left) == {What.RETENTION.value}


def test_for_ever_is_for_ever(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LYCEUM_KEEP_WORDS_DAYS", "0")
    get_settings.cache_clear()
    assert counts(10_000)["classes with students' words"] == 0
    monkeypatch.undo()
    get_settings.cache_clear()


def test_a_dry_run_prints_and_removes_nothing(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    before = everywhere_now()
    assert main(["privacy", "retention", "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "would go" in told
    assert "lines of the audit log" in told
    assert everywhere_now() == before
