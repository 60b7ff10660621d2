"""The whole cycle on the tiny model, with every trainer, evaluation and gate for real."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from training import data_folder

from app.alignment.looping import Turn
from app.alignment.runs.files import manifest_of
from app.alignment.runs.recipes import load_recipe
from app.alignment.runs.schema import Method
from app.base.errors import AppError, Invalid
from app.cli.align_loop import tell, write_told

METHODS = ("sft", "sample", "dpo", "ipo", "kto", "reward", "grpo")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    with data_folder(tmp_path) as data:
        yield data


def test_one_turn_of_the_cycle_and_its_resumption(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []
    turn = Turn(load_recipe("tiny"), "", said.append, lambda _: None)
    loop = turn.go(None, resume=False)
    names = [one.name for one in loop.stages]
    assert [name for name in names if name in METHODS] == list(METHODS)
    assert names[-2:] == ["evaluate", "gate"]
    assert all(one.seconds >= 0 for one in loop.stages)
    for order in loop.orders:
        manifest = manifest_of(order.folder)
        assert manifest is not None
        assert manifest.parent == (loop.run_of(Method.SFT) if order.method not in (Method.SFT, Method.REWARD) else None)
        assert manifest.set == (loop.pairs_set if order.method in ("dpo", "ipo", "kto") else loop.set)
    assert loop.pairs_set != loop.set  # the model's own turns disagree with the set's, and became pairs
    report = turn.report()
    assert set(report.figures) == {"base", "sft", "dpo", "ipo", "kto", "grpo"}
    assert {one.n for one in (of["pairs_raw"] for of in report.figures.values())} != {0}
    assert set(loop.passed) == set(report.figures) - {"base"}
    assert all(loop.passed[name] or loop.refused[name] for name in loop.passed)
    tell(loop, report)
    shown = capsys.readouterr().out
    assert "pairs_raw" in shown
    assert ("is refused: " in shown) == any(loop.refused.values())
    assert ("No adapter passes." in shown) == (not loop.best)
    write_told(tmp_path / "told.json", loop, report)
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["systems"]["sft"]["pairs_raw"].keys() >= {"value", "low", "high", "n"}
    # Cut off before its last stage, it does that one alone.
    kept = turn.folder / "loop.json"
    kept.write_text(loop.model_copy(update={"stages": loop.stages[:-1]}).model_dump_json())
    said.clear()
    again = Turn(load_recipe("tiny"), "", said.append, lambda _: None)
    assert again.is_cut_off
    assert again.go(None, resume=True).passed == loop.passed
    assert [line.split()[0] for line in said] == ["gate"]
    assert not again.is_cut_off


def test_a_loop_without_its_data_says_so(tmp_path: Path) -> None:
    turn = Turn(load_recipe("demo"), "", lambda _: None, lambda _: None)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(Invalid, match=r"has none of bridge\*\.json"):
        turn.go(tmp_path / "nothing", resume=False)
    with pytest.raises(AppError, match="bridge"):
        turn.go(None, resume=False)
