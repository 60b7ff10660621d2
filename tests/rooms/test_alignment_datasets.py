"""Data sets: the same recipe gives the same set, no conversation is in both halves, and what is left out is told."""

import json
from collections import Counter
from pathlib import Path

import pytest

from app.alignment.datasets import service as datasets
from app.alignment.datasets.schema import Counts, Format, Recipe, SourceWish
from app.alignment.labelling import disagreement, read, written
from app.alignment.schema import ACTIONS, Labels, PairLine, SftLine, UnpairedLine, set_folder
from app.base.embedded.address import use_environment
from app.base.errors import AppError, Invalid, NotFound


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LYCEUM_DATA", str(tmp_path / "data"))
    use_environment({})
    return tmp_path


def source(data: Path, name: str, *found: object, file: str = "") -> None:
    path = data / (file or f"{name}.jsonl")
    path.write_text("".join(f"{json.dumps(one)}\n" for one in found))
    datasets.import_files(Format.PLAIN, [path], name, "own")


def turn(number: int, text: str = "", **more: object) -> dict[str, object]:
    told = {"conversation": f"c{number}", "prompt": f"I do not see number {number}."}
    return {**told, "completion": text or f"What do you know of {number}?", **more}


def pair(number: int, chosen: str, rejected: str) -> dict[str, object]:
    told = {"conversation": f"c{number}", "prompt": f"I do not see number {number}."}
    return {**told, "chosen": chosen, "rejected": rejected}


def recipe(*names: str, **more: object) -> Recipe:
    wishes = [SourceWish(name=one) for one in names]
    return Recipe.model_validate({"name": "mine", "title": "Mine", "sources": wishes, **more})


def test_the_shipped_recipes_are_right() -> None:
    for name in datasets.recipe_names():
        assert datasets.load_recipe(name).name == name


def test_the_tiny_set_needs_nothing_and_is_always_the_same(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = datasets.build(datasets.load_recipe("tiny"))
    first = {path.name: path.read_bytes() for path in set_folder(made.hash).iterdir()}
    monkeypatch.setenv("LYCEUM_DATA", str(data / "elsewhere"))
    use_environment({})
    again = datasets.build(datasets.load_recipe("tiny"))
    assert again.hash == made.hash
    assert {path.name: path.read_bytes() for path in set_folder(again.hash).iterdir()} == first
    train, held = datasets.load(made.hash)
    assert min(len(train.sft), len(train.pairs), len(train.unpaired), len(held.sft), len(held.pairs)) > 0
    assert {one.conversation for one in train.lines} & {one.conversation for one in held.lines} == set()
    assert all(read(one.completion[0].content) for one in train.sft)
    shares = made.lengths["pairs"]
    assert 0.35 < shares.chosen_longer < 0.65, "length must not tell what is chosen"
    assert 0 < shares.matched < 1
    card = (set_folder(made.hash) / "card.md").read_text()
    assert "the same as this software" in card
    assert "Groups in both halves: 0" in card


def test_another_seed_makes_another_set() -> None:
    tiny = datasets.load_recipe("tiny")
    assert datasets.build(tiny).hash != datasets.build(tiny.model_copy(update={"seed": 1})).hash


SHARED = "My grandmother had seven red hens and two of them ran away in the night, how many were left in the yard?"


def test_sources_that_share_dialogues_are_split_together(data: Path) -> None:
    """The same words under another name, with other case and punctuation, are the same conversation."""
    source(data, "one", *(turn(at) for at in range(40)), turn(90, prompt=SHARED))
    source(data, "two", turn(7, prompt=SHARED.upper().replace(",", " -"), completion="Count them."), turn(91))
    for seed in range(6):
        made = datasets.build(recipe("one", "two", seed=seed, held_share=0.5))
        train, held = datasets.load(made.hash)
        halves = [half for half in (train, held) if {"one:c90", "two:c7"} & {one.conversation for one in half.lines}]
        assert len(halves) == 1
        assert made.leakage.joined == 1
        assert (made.leakage.both, made.leakage.texts) == (0, 0)
    assert datasets.shared_texts(held.sft, train.sft) == 0
    shared = [one for one in [*train.sft, *held.sft] if one.conversation in ("one:c90", "two:c7")]
    assert datasets.shared_texts(shared[:1], shared[1:]) == 1


def test_what_everybody_says_joins_nobody(data: Path) -> None:
    manner = "Hello, could you please walk me through your solution of the exercise step by step as you did it?"
    source(
        data,
        "one",
        *(turn(at, prompt=f"{manner} Mine is {at}{'x' * at} and then some more words.") for at in range(30)),
    )
    made = datasets.build(recipe("one", held_share=0.3))
    assert made.leakage.joined == 0
    assert made.counts["held_sft"] > 0


def test_doubles_and_contradictions_across_sources_are_left_out(data: Path) -> None:
    source(data, "one", pair(1, "Think.", "Four."), pair(2, "Look.", "Five."), turn(3))
    source(data, "two", pair(1, "think", "FOUR"), pair(2, "Five.", "Look."))
    made = datasets.build(recipe("one", "two", held_share=0))
    assert made.counts["pairs"] == 1
    assert {one.reason: one.count for one in made.dropped} == {
        "contradictory labels": 2,
        "the same in several places": 1,
    }


def test_personal_data_are_scrubbed_and_sums_are_not(data: Path) -> None:
    words = "Mail zoe@example.org or call +44 20 7946 0958, my name is Zoe. Is 1 200 300 + 12 34 56 right, 0.125 / 3?"
    source(data, "one", turn(1, prompt=words), turn(2))
    train, _ = datasets.load(datasets.build(recipe("one", held_share=0)).hash)
    told = next(one.prompt[-1].content for one in train.sft if "Mail" in one.prompt[-1].content)
    assert told == "Mail [e-mail] or call [number], my name is [name]. Is 1 200 300 + 12 34 56 right, 0.125 / 3?"


def test_history_is_trimmed_from_its_beginning(data: Path) -> None:
    told = [{"role": "system", "content": "Teach."}]
    told += [{"role": ("assistant", "user")[at % 2], "content": f"word {at} " * 20} for at in range(10)]
    source(data, "one", turn(1, prompt=told))
    made = datasets.build(recipe("one", held_share=0, history=4, prompt_characters=400))
    (line,) = datasets.load(made.hash)[0].sft
    assert [one.content.split()[1] for one in line.prompt if one.role != "system"] == ["8", "9"]
    assert line.prompt[0].content == "Teach."


def test_bounds_by_source_conversation_and_length(data: Path) -> None:
    many = [{**turn(at % 3), "completion": f"Say {at}."} for at in range(12)]
    source(data, "one", *many, turn(50, "x" * 2000))
    wish = SourceWish(name="one", most=Counts(sft=5), most_held=Counts(sft=1))
    made = datasets.build(recipe(held_share=0.3, most_per_conversation=3).model_copy(update={"sources": [wish]}))
    train, held = datasets.load(made.hash)
    assert (len(train.sft), len(held.sft)) == (5, 1)
    assert max(Counter(one.conversation for one in train.sft).values()) <= 3
    assert "a turn longer than 1,500 characters" in {one.reason for one in made.dropped}


def test_balance_makes_length_say_nothing(data: Path) -> None:
    longer = [pair(at, f"Think about {at} once more, will you?", "No.") for at in range(9)]
    shorter = [pair(20 + at, "Hm?", f"It is {at}, of course it is.") for at in range(4)]
    source(data, "one", *longer, *shorter)
    made = datasets.build(recipe("one", held_share=0, balance=True))
    assert (made.counts["pairs"], made.lengths["pairs"].chosen_longer) == (8, 0.5)
    unbalanced = datasets.build(recipe("one", held_share=0))
    assert unbalanced.lengths["pairs"].chosen_longer == pytest.approx(9 / 13, abs=1e-4)


def test_pairs_become_singles(data: Path) -> None:
    source(data, "one", pair(1, "Think.", "Four."), {**turn(2, "Well done."), "label": True})
    train, _ = datasets.load(datasets.build(recipe("one", held_share=0, unpair=True)).hash)
    assert sorted((one.completion[0].content, one.label) for one in train.unpaired) == [
        ("Four.", False),
        ("Think.", True),
        ("Well done.", True),
    ]


def test_files_that_a_recipe_holds_back_are_never_trained_on(data: Path) -> None:
    for file in ("train.jsonl", "dev.jsonl"):
        (data / file).write_text("".join(f"{json.dumps(turn(at + 100 * (file[0] == 'd')))}\n" for at in range(20)))
    datasets.import_files(Format.PLAIN, [data / "train.jsonl", data / "dev.jsonl"], "one", "own")
    wish = SourceWish(name="one", held_files=["dev*"])
    train, held = datasets.load(datasets.build(recipe(held_share=0.0).model_copy(update={"sources": [wish]})).hash)
    assert (len(train.sft), len(held.sft)) == (20, 20)
    assert all("dev.jsonl" in one.id for one in held.sft)


def test_an_empty_set_a_missing_source_and_a_wrong_recipe_are_refused(data: Path) -> None:
    source(data, "one", turn(1, "x" * 3000))
    with pytest.raises(Invalid, match=r"empty set.*a turn longer than 1,500 characters .1."):
        datasets.build(recipe("one"))
    with pytest.raises(Invalid, match="no imported source “two”"):
        datasets.build(recipe("two"))
    with pytest.raises(Invalid, match="no recipe “nothing”"):
        datasets.load_recipe("nothing")
    path = data / "wrong.toml"
    for words, said in (("name = 1", "name"), ("name = ", "no TOML"), ('name = "a"\ntitle = "b"\nsteps = 3', "steps")):
        path.write_text(words)
        with pytest.raises(Invalid, match=said):
            datasets.load_recipe(str(path))
    assert not (data / "data" / "alignment" / "sets").exists()


def test_a_changed_file_is_noticed() -> None:
    made = datasets.build(datasets.load_recipe("tiny"))
    with (set_folder(made.hash) / "sft.jsonl").open("a") as file:
        file.write("{}\n")
    with pytest.raises(Invalid, match="was changed"):
        datasets.load(made.hash)
    for word in ("0" * 64, "../../etc", "abc"):
        with pytest.raises(NotFound):
            datasets.manifest_of(word)


def test_a_full_disk_leaves_no_half_set(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    from app.alignment.datasets import freezing

    wrote = []

    def full(path: Path, content: bytes) -> None:
        wrote.append(path)
        if len(wrote) > 3:
            raise AppError("The server's disk is full; ask its operator to make room.", status=413)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    monkeypatch.setattr(freezing, "write_whole", full)
    with pytest.raises(AppError, match="disk is full"):
        datasets.build(datasets.load_recipe("tiny"))
    assert list((data / "data" / "alignment" / "sets").iterdir()) == []


# ------------------------------------------------------------------------------------------------------ disagreement

HINT = Labels(evaluation="a", action="1", state="x")


@pytest.mark.parametrize(
    ("reply", "what"),
    [
        (written(HINT, "Other words."), None),
        ("Look again.", "unparsable"),
        ('{"evaluation": "a", "action": "1", "state": "x"}', "unparsable"),
        (written(Labels(evaluation="a", action="3", state="x"), "No such action of a."), "unparsable"),
        (written(Labels(evaluation="c", action="4", state="y"), "Partly."), "evaluation"),
        (written(Labels(evaluation="a", action="2", state="y"), "It is 4."), "action"),
        (written(Labels(evaluation="a", action="1", state="y"), "Next."), "state"),
        ("{" * 30_000, "unparsable"),
    ],
)
def test_a_sampled_turn_makes_a_pair_where_it_disagrees(reply: str, what: str | None) -> None:
    found = disagreement(HINT, reply)
    assert (found.value if found else None) == what


def test_every_action_belongs_to_one_evaluation() -> None:
    assert sorted(action for some in ACTIONS.values() for action in some) == sorted(str(at) for at in range(1, 13))
    assert read(f"Sure! {written(HINT, 'Hm?')} That is it.") == read(written(HINT, "Hm?"))


def test_pairs_by_disagreement_become_a_set_of_their_own(data: Path) -> None:
    made = datasets.build(datasets.load_recipe("tiny"))
    train, held = datasets.load(made.hash)
    replies = {one.id: one.completion[0].content for one in [*train.sft, *held.sft]}
    wrong, other = train.sft[0].id, train.sft[1]
    replies[wrong] = "Just look it up."
    evaluation = "b" if other.evaluation == "a" else "a"
    labels = Labels.model_validate({"evaluation": evaluation, "action": ACTIONS[evaluation][0], "state": "x"})
    replies[other.id] = written(labels, "Otherwise.")
    path = data / "samples.jsonl"
    path.write_text("".join(f"{json.dumps({'id': line, 'reply': reply})}\n" for line, reply in replies.items()))
    derived = datasets.from_samples(made.hash[:12], path)
    pairs = {one.id: one for one in datasets.load(derived.hash)[0].pairs}
    assert set(pairs) == {f"{wrong}/sampled", f"{other.id}/sampled"}
    assert pairs[f"{other.id}/sampled"].labels.rejected == labels
    assert derived.parent == made.hash
    assert derived.disagreement["train"] == {"agree": len(train.sft) - 2, "evaluation": 1, "unparsable": 1}
    assert datasets.from_samples(made.hash, path).hash == derived.hash
    path.write_text(json.dumps({"id": "another", "reply": "x"}))
    with pytest.raises(Invalid, match="no turns of set"):
        datasets.from_samples(made.hash, path)


def test_lines_are_what_the_contract_says() -> None:
    made = datasets.build(datasets.load_recipe("tiny"))
    folder = set_folder(made.hash)
    for name, kind in (("sft", SftLine), ("pairs", PairLine), ("unpaired", UnpairedLine)):
        for prefix in ("", "held_"):
            for line in (folder / f"{prefix}{name}.jsonl").read_text().splitlines():
                assert json.loads(line) == kind.model_validate_json(line).model_dump(mode="json")
