"""The whole cycle on the tiny model, with every trainer, evaluation and gate for real."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from training import data_folder

from app.alignment.evaluation import service as evaluation
from app.alignment.looping import Loop, Turn, go_round
from app.alignment.runs.files import manifest_of
from app.alignment.runs.recipes import load_recipe, narrowed
from app.alignment.runs.schema import DRAFTS, Method
from app.alignment.schema import PAIRS, Drafts, PairLine, Role, read_lines, set_folder
from app.base.embedded.address import use_environment
from app.base.errors import AppError, Invalid
from app.cli.align_loop import tell, write_told

METHODS = ("sft", "sample", "draft", "dpo", "ipo", "kto", "reward", "grpo", "ilf", "sami")


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
    assert set(report.figures) == {"base", "sft", "dpo", "ipo", "kto", "grpo", "ilf", "sami"}
    assert {one.n for one in (of["pairs_raw"] for of in report.figures.values())} != {0}
    assert {one.wanted.startswith("{") for one in report.turns} == {True, False}  # with labels, and without
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


def test_learning_by_teaching_trains_on_what_students_learnt_of_drafts() -> None:
    sizes = {"pairs": 40, "learners": 4, "retained": 4, "exams": 2, "tokens": 8}
    recipe = narrowed(load_recipe("lbt"), share=0.25, sizes=sizes).model_copy(update={"margin": 0.0})
    loop = Turn(recipe, "tiny", lambda _: None, lambda _: None).go(None, resume=False)
    folder = loop.orders[0].folder
    drafts = {one.id: one for one in read_lines(folder / DRAFTS, Drafts)}
    assert sum(one.held for one in drafts.values()) == 16
    pairs = list(read_lines(set_folder(loop.pairs_set) / PAIRS, PairLine))
    for pair in pairs:
        marks = {one.text: one.score for one in drafts[pair.id.rpartition("/")[0]].drafts}
        assert marks[pair.chosen[-1].content] > marks[pair.rejected[-1].content]
        assert not drafts[pair.id.rpartition("/")[0]].held
    made, dpo = manifest_of(folder), manifest_of(loop.orders[1].folder)
    assert made is not None
    assert dpo is not None
    assert made.metrics["eval_best_mark"] > made.metrics["eval_mark"]
    assert {"eval_mark_base", "eval_before_learners"} <= made.metrics.keys()
    assert (dpo.set, dpo.role) == (loop.pairs_set, Role.TEACHER)
    assert dpo.examples == 24
    report = Turn(recipe, "tiny", lambda _: None, lambda _: None).report()
    assert 0 < report.figures["dpo"]["exam"].value < 1
    assert report.figures["dpo"]["exam"].n == 4


def test_what_a_loop_has_not_begun_can_be_cut_when_it_goes_on() -> None:
    turn = Turn(load_recipe("tiny"), "", lambda _: None, lambda _: None)
    turn._once("build", turn._build)
    turn._once("orders", turn._order)
    begun = turn.loop.orders[0]
    (begun.folder / "outcome.json").parent.mkdir(parents=True)
    (begun.folder / "outcome.json").write_text('{"state": "failed"}')
    again = Turn(load_recipe("tiny"), "", lambda _: None, lambda _: None)
    again.loop = again._kept()
    again._cut([], 0.5, {"pairs": 7})
    assert [one.id for one in again.loop.orders] == [one.id for one in turn.loop.orders]
    assert again.loop.orders[0] == begun
    assert again.loop.orders[1].training.examples == turn.loop.orders[1].training.examples // 2
    assert again.recipe.sizes == {"pairs": 7}
    again._note("cut", 0.0, "")
    # A share is of the recipe as it was given first, however often a loop is gone on with; without one it stays cut.
    for share, examples in ((None, 12), (0.5, 12), (0.25, 6)):
        once_more = Turn(load_recipe("tiny"), "", lambda _: None, lambda _: None)
        once_more.loop = once_more._kept()
        once_more._cut([], share, None)
        once_more._note("cut", 0.0, "")
        assert once_more.loop.orders[1].training.examples == examples
        assert once_more.recipe.sizes == {"pairs": 7}


def test_methods_are_left_out_of_a_loop_that_goes_on() -> None:
    turn = Turn(load_recipe("tiny"), "", lambda _: None, lambda _: None)
    turn._once("build", turn._build)
    turn._once("orders", turn._order)
    again = Turn(load_recipe("tiny"), "", lambda _: None, lambda _: None)
    again.loop = again._kept()
    again._cut([Method.DPO, Method.REWARD], None, None)
    assert [(one.method, one.parent) for one in again.loop.orders] == [(Method.DPO, None), (Method.REWARD, None)]
    assert again.recipe.methods == (Method.DPO, Method.REWARD)
    again._note("cut", 0.0, "")
    last = Turn(load_recipe("tiny"), "", lambda _: None, lambda _: None)
    last.loop = last._kept()
    with pytest.raises(Invalid, match="has no runs of sft"):
        last._cut([Method.SFT], None, None)


def test_a_loop_that_cannot_go_on_is_set_aside_and_the_next_begins_anew(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, own = tmp_path / "made.toml", tmp_path / "own.toml"
    source = 'sources = [{ name = "tiny", file = "tiny.jsonl" }]\n'
    made.write_text('name = "made"\ntitle = "Nothing held back"\nheld_share = 0.0\n' + source)
    own.write_text(f'base = "tiny"\nmethods = ["sft"]\nset = "{made}"\n[training.sft]\nexamples = 4\n')
    monkeypatch.setenv("LYCEUM_ALIGN_LOOP", str(own))
    use_environment({})
    turn = Turn(load_recipe(str(own)), "", lambda _: None, lambda _: None)
    go_round()
    assert Loop.model_validate_json((turn.folder / "set_aside.json").read_bytes()).has("orders")
    assert not turn.is_cut_off
    assert not list(folder.glob("alignment/runs/*")), "it stopped before anything was trained"
    # What is mended then is seen the next time, and a loop whose process ended is gone on with.
    made.write_text(made.read_text().replace("0.0", "0.3"))
    monkeypatch.setattr(Turn, "_train", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        go_round()
    assert turn.is_cut_off
    assert evaluation.held_back(turn._kept().set).sft


def test_one_example_is_the_least() -> None:
    """0 examples would be all of them."""
    assert narrowed(load_recipe("tiny"), share=0.01).training[Method.SAMI].examples == 1


@pytest.mark.parametrize("name", ["arte", "ilf", "sami", "demo"])
def test_shipped_recipes_can_be_had_smaller(name: str) -> None:
    recipe = narrowed(load_recipe(name), share=0.5, sizes={"pairs": 10})
    assert recipe.sizes["pairs"] == 10  # type: ignore[index]
    for method, training in load_recipe(name).training.items():
        assert recipe.training[method].examples == (training.examples + 1) // 2
    with pytest.raises(Invalid, match="above 0"):
        narrowed(recipe, share=0.0)
    with pytest.raises(Invalid, match="no section for grpo"):
        narrowed(recipe, methods=[Method.GRPO])
