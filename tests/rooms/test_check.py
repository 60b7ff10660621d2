"""`./lyceum check` beside parts that do not answer: what it tells the operator to do."""

from argparse import Namespace
from pathlib import Path

import pytest
from making import make_lesson
from parts import Services
from sqlalchemy.exc import ProgrammingError

from app.base.db import unit_of_work
from app.base.embedded.address import use_environment, write_address
from app.classroom import service as classroom
from app.cli import check
from workers import turns

NOWHERE = "http://127.0.0.1:9/v1"


@pytest.fixture
def away(db: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder, and a platform whose web server, workers and model are away."""
    monkeypatch.setenv("LYCEUM_DATA", str(tmp_path))
    monkeypatch.setenv("LYCEUM_PUBLIC_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("INFERENCE_URL", NOWHERE)
    use_environment({})
    (tmp_path / "run").mkdir()
    return tmp_path


def test_what_to_do_next_stands_below(away: Path, db: Services, capsys: pytest.CaptureFixture[str]) -> None:
    write_address(away / "run", "http://127.0.0.1:9", {**db.environment, "INFERENCE_URL": "http://127.0.0.1:10/v1"})
    assert check.run(Namespace(data=away)) == 1
    told = capsys.readouterr().out
    assert f"model            does not answer well at {NOWHERE}/models" in told
    assert f"What they say is in {away / 'logs'}." in told
    assert "INFERENCE_URL came from your environment" in told


def test_parts_that_were_named_one_by_one_have_their_own_logs(away: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check.run(Namespace(data=away)) == 1
    assert "Each part's own log says why." in capsys.readouterr().out


def test_a_clock_that_is_still_is_told(away: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without it no class goes on whose bell was lost, though every worker answers."""
    assert check._clock({"live"}) == "has not rung for 15 seconds"
    assert check.run(Namespace(data=away)) == 1
    assert "clock            has not rung" in capsys.readouterr().out
    turns.live_sweep()
    check.run(Namespace(data=away))
    assert "clock            answers" in capsys.readouterr().out


def test_a_class_that_was_paused_by_a_fault_is_named(away: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_lesson()
    with unit_of_work() as session:
        class_id = classroom.open_class(session, made.student, made.lesson_id, pace=0)
    check.run(Namespace(data=away))
    assert "classes" not in capsys.readouterr().out
    for _ in range(3):
        classroom.stumbled(class_id)
    check.run(Namespace(data=away))
    told = "1 paused in the last day because their turns failed"
    assert f"{told}, the newest first: {class_id}." in capsys.readouterr().out


def test_tables_of_another_version_are_told(
    away: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object) -> list[object]:
        raise ProgrammingError("select", {}, Exception("no such table"))

    monkeypatch.setattr(classroom, "stumbled_since", missing)
    check.run(Namespace(data=away))
    assert "Run `./lyceum migrate`." in capsys.readouterr().out
