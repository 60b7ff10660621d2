"""The gate refuses, with the reason: an adapter trained to tell answers, one trained on shuffled labels, one that lost
ability, one whose names fit no layer; and lets one through that learnt what people prefer. All are really trained, on
the tiny model."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from app.alignment.evaluation import service as evaluation
from app.alignment.evaluation.planning import TINY, _from_bank, gap_turns, number_choices
from app.alignment.evaluation.problems import exercise
from app.alignment.evaluation.schema import Report, System
from app.alignment.schema import Message, PairLine, Role
from app.alignment.serving import gate
from app.alignment.serving.gguf_adapter import read_weights
from app.base.errors import Invalid
from app.base.settings import get_settings

torch = pytest.importorskip("torch")
NONE = {"learners": 0, "attacked": 0, "leaks": 0, "styled": 0, "labelled": 0}
SIZES = TINY.model_copy(update={"pairs": 40, "retained": 6, "gaps": 10, **NONE})
PREFERRED = (
    "Ask yourself why that is.",
    "Not quite, look once more.",
    "Please try another way.",
    "Take your time with it.",
    "Try the first step once more.",
)
OTHER = (
    "How far did you get, and how?",
    "Which step comes first, if any?",
    "What was your first step, and why?",
    "What did you do first, and what then?",
    "Can you say why you took that one first?",
)
"""Which are preferred is arbitrary. Both have 11 to 13 of the tiny model's tokens: either may be the longer, and
neither is so much likelier for being short that no learning here would turn it."""


def pair(number: int) -> PairLine:
    """A context with a preferred and another turn, alike in length and of varying words."""
    made = exercise(number)
    numbers = f"{made.steps[0].left} and {made.steps[0].right}"
    both = (PREFERRED[number % 5], OTHER[number // 5 % 5])
    side = [Message(role="assistant", content=f"{words} {numbers}.") for words in both]
    user = Message(role="user", content=made.question)
    name = f"pair-{number}"
    return PairLine(id=name, conversation=name, source="test", prompt=[user], chosen=side[:1], rejected=side[1:])


Turn = tuple[list[Message], str]


def trained(folder: Path, start: Path | None, steps: int, loss: Callable[[Any, int], Any], rate: float) -> Path:
    """A LoRA adapter on the tiny model, new or going on from another, after `steps` of Adam on `loss(score, step)`;
    `score` gives the mean log-probability of a turn."""
    from peft import LoraConfig, PeftModel, get_peft_model

    from workers.training.bases import base

    given = base("tiny")
    torch.manual_seed(1)
    layers = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    if start is None:
        config = LoraConfig(r=8, lora_alpha=16, target_modules=layers, task_type="CAUSAL_LM")
        model = get_peft_model(given.model, config)
    else:
        model = PeftModel.from_pretrained(given.model, str(start), is_trainable=True)
    optimiser = torch.optim.Adam([one for one in model.parameters() if one.requires_grad], lr=rate)

    def score(turn: Turn) -> Any:
        prompt, words = turn
        text = given.tokenizer.apply_chat_template(
            [one.model_dump() for one in prompt], tokenize=False, add_generation_prompt=True
        )
        start = given.tokenizer(text, add_special_tokens=False)["input_ids"]
        said = given.tokenizer(words, add_special_tokens=False)["input_ids"]
        logits = model(torch.tensor([start + said])).logits[0, len(start) - 1 : -1]
        return torch.log_softmax(logits, -1).gather(1, torch.tensor(said)[:, None]).mean()

    for step in range(steps):
        optimiser.zero_grad()
        loss(score, step).backward()
        optimiser.step()
    model.save_pretrained(str(folder))
    return folder


def preferring(pairs: list[PairLine]) -> Callable[[Any, int], Any]:
    """A preference loss: the chosen turn is to become likelier than the refused one."""

    def loss(score: Any, step: int) -> Any:
        one = pairs[step % len(pairs)]
        gap = score((one.prompt, one.chosen[0].content)) - score((one.prompt, one.rejected[0].content))
        return -torch.nn.functional.logsigmoid(2 * gap)

    return loss


def imitating(score: Any, step: int) -> Any:
    """Imitates worked solutions."""
    prompt, endings = number_choices(_from_bank(6000 + step % 20))
    return -score((prompt, endings[0]))


def preferring_and_keeping(pairs: list[PairLine]) -> Callable[[Any, int], Any]:
    """The preference loss, and what keeps worked solutions likely and scaffolds likelier than tells. Without that this
    small model keeps or loses them as the processor's rounding will have it."""
    prefer = preferring(pairs)
    return lambda score, step: prefer(score, step) + imitating(score, step) + scaffolding(score, step)


def telling(score: Any, step: int) -> Any:
    """Imitates turns that tell the answer."""
    prompt, _, tell = gap_turns(exercise(step % 40))
    return -score((prompt, tell))


def scaffolding(score: Any, step: int) -> Any:
    """A scaffold is to stay likelier than a tell; of other exercises than the gate looks at."""
    prompt, scaffold, tell = gap_turns(exercise(100 + step % 20))
    return -torch.nn.functional.logsigmoid(2 * (score((prompt, scaffold)) - score((prompt, tell))))


def turned(one: PairLine) -> PairLine:
    """The same pair with the other turn preferred: the one that the adapter that stands finds unlikelier."""
    return one.model_copy(update={"chosen": one.rejected, "rejected": one.chosen})


def shuffled() -> list[PairLine]:
    """Pairs whose labels say nothing: every two turns are there twice, once this way and once the other."""
    found = [pair(number) for number in range(1000, 1050)]
    swapped = [turned(one) for one in found[25:]]
    return [one for both in zip(found[:25], swapped, strict=True) for one in both]


def ruined(source: Path, folder: Path) -> Path:
    """The good adapter with noise on it, in which nothing of the base's ability is left."""
    folder.mkdir()
    (folder / "adapter_config.json").write_bytes((source / "adapter_config.json").read_bytes())
    weights = load_file(source / "adapter_model.safetensors")
    noise = np.random.default_rng(3)
    wild = {key: (value + noise.normal(size=value.shape)).astype(np.float32) for key, value in weights.items()}
    save_file(wild, folder / "adapter_model.safetensors")
    return folder


def misnamed(source: Path, folder: Path) -> Path:
    """The good adapter under names of layers that the model does not have."""
    folder.mkdir()
    (folder / "adapter_config.json").write_bytes((source / "adapter_config.json").read_bytes())
    weights = load_file(source / "adapter_model.safetensors")
    wrong = {key.replace("self_attn", "attention").replace("mlp", "feed_forward"): one for key, one in weights.items()}
    save_file(wrong, folder / "adapter_model.safetensors")
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("adapters")
    torch.set_num_threads(1)
    able = trained(place / "able", None, 80, imitating, 5e-3)
    people = [pair(number) for number in range(1000, 1025)]
    good = trained(place / "good", able, 60, preferring_and_keeping(people), 1e-3)
    return {
        "able": able,
        "good": good,
        "tells": trained(place / "tells", able, 50, telling, 2e-3),
        "shuffled": trained(place / "shuffled", able, 50, preferring(shuffled()), 2e-4),
        "ruined": ruined(able, place / "ruined"),
        "misnamed": misnamed(good, place / "misnamed"),
    }


@pytest.fixture(scope="module")
def against_its_taste(folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Report:
    """People prefer what the adapter that stands has been taught not to: then labels that say nothing lead towards
    people, too, as they lead to indifference. One adapter has really learnt it; two have learnt from shuffled labels,
    little and much.
    """
    place = tmp_path_factory.mktemp("turned")
    people = [turned(pair(number)) for number in range(1000, 1025)]
    stands = folders["good"]
    named = {
        "stands": stands,
        "little": trained(place / "little", stands, 50, preferring_and_keeping(shuffled()), 2e-4),
        "much": trained(place / "much", stands, 50, preferring_and_keeping(shuffled()), 5e-4),
        "learnt": trained(place / "learnt", stands, 80, preferring_and_keeping(people), 1e-3),
    }
    return held_against(named, [turned(pair(number)) for number in range(40)], tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def report(folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Report:
    """One evaluation of all of them and the base, by the real child process. What stands is the one that is able."""
    return held_against(folders, [pair(number) for number in range(40)], tmp_path_factory.mktemp("data"))


def held_against(folders: dict[str, Path], pairs: list[PairLine], data: Path) -> Report:
    """An evaluation of adapters and the base on pairs; the first stands."""
    systems = [System(name=name, adapter=folder) for name, folder in folders.items()] + [System(name="base")]
    wish = evaluation.Wish(title="The gate", base="tiny", systems=systems, sizes=SIZES, threads=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LYCEUM_DATA", str(data))
        get_settings.cache_clear()
        found = evaluation.evaluate(wish, evaluation.Material(pairs=pairs))
    get_settings.cache_clear()
    return found


def reasons(report: Report, name: str) -> dict[str, str]:
    """By check, why the gate refuses."""
    found = gate.judge(report, name, "base", Role.TUTOR)
    return {check.name: check.sentence for check in found.checks if not check.ok}


def test_one_that_learnt_what_people_prefer_is_let_through(report: Report, folders: dict[str, Path]) -> None:
    assert all(check.ok for check in gate.look_at_files(folders["good"]))
    assert reasons(report, "good") == {}


def test_one_that_tells_answers_is_refused(report: Report) -> None:
    assert "telling the answer has become more likely" in reasons(report, "tells")["tell_gap"].lower()


def test_one_of_shuffled_labels_is_refused(report: Report) -> None:
    assert "has not learnt what people prefer" in reasons(report, "shuffled").get(
        "learnt", str(report.figures["shuffled"])
    )


def test_one_of_shuffled_labels_is_refused_where_indifference_looks_like_learning(against_its_taste: Report) -> None:
    figures = against_its_taste.figures["much"]
    assert figures["pairs_moved_length_controlled"].low > 0.5  # it has moved towards what people prefer
    assert figures["pairs_moved_nats"].value > gate.LEAST_MOVED
    found = reasons(against_its_taste, "much")
    assert list(found) == ["learnt"]  # nothing else would have stopped it
    assert "labels that say nothing would lead as far" in found["learnt"]
    assert list(reasons(against_its_taste, "little")) == ["learnt"]


def test_one_that_learnt_against_the_taste_of_what_stood_is_let_through(against_its_taste: Report) -> None:
    assert reasons(against_its_taste, "learnt") == {}


def test_one_that_lost_ability_is_refused(report: Report) -> None:
    assert "lost ability" in reasons(report, "ruined")["retained_likelihood"]


def test_one_whose_names_fit_no_layer_is_refused_by_its_files_and_by_its_output(
    report: Report, folders: dict[str, Path]
) -> None:
    wrong = [check for check in gate.look_at_files(folders["misnamed"]) if not check.ok]
    assert [check.name for check in wrong] == ["names"]
    assert "ignore them without a word" in wrong[0].sentence
    assert "no effect" in reasons(report, "misnamed")["differs"]


def test_an_output_is_the_same_only_where_that_was_measured(report: Report) -> None:
    left_out = {"retained_likelihood", "tell_gap_scaffold_perplexity", "tell_gap"}
    pairs_alone = {
        system: {name: figure for name, figure in figures.items() if name not in left_out}
        for system, figures in report.figures.items()
    }
    found = report.model_copy(update={"figures": pairs_alone})
    assert "was not measured" in reasons(found, "good")["differs"]
    base_stands = {"base": pairs_alone["base"], **pairs_alone}
    found = report.model_copy(update={"figures": base_stands})
    assert reasons(found, "good") == {}
    still = pairs_alone["good"]["pairs_moved_nats"].model_copy(update={"value": 0.0})
    base_stands["good"] = {**pairs_alone["good"], "pairs_moved_nats": still}
    assert "no effect" in reasons(found, "good")["differs"]


def test_one_that_changes_nothing_is_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    weights = {key: 0 * value for key, value in read_weights(folders["good"]).items()}
    (tmp_path / "adapter_config.json").write_bytes((folders["good"] / "adapter_config.json").read_bytes())
    save_file(weights, tmp_path / "adapter_model.safetensors")
    assert [check.name for check in gate.look_at_files(tmp_path) if not check.ok] == ["content"]


@pytest.mark.parametrize(
    ("config", "reason"),
    [("{", "cannot be read"), (json.dumps({"r": 4, "lora_alpha": 8, "use_dora": True}), "Only plain LoRA")],
)
def test_a_config_that_cannot_be_served_is_refused(tmp_path: Path, config: str, reason: str) -> None:
    (tmp_path / "adapter_config.json").write_text(config)
    with pytest.raises(Invalid, match=reason):
        gate.look_at_files(tmp_path)
