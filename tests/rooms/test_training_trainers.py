"""The trainers, for real, on a tiny model: what they learn, how they resume, what they say when they cannot go on."""

import json
import multiprocessing
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from training import HASH, data_folder, put_order, write_set

from app.alignment.runs.files import ask_to_cancel, manifest_of, outcome_of, progress_of
from app.alignment.runs.schema import CHECKPOINTS, PROGRESS, SAMPLES, Curriculum, Lora, Method, Order
from app.alignment.schema import PAIRS, SFT, Message
from workers.training.__main__ import main
from workers.training.bases import base, with_adapter
from workers.training.curriculum import course
from workers.training.data import fit
from workers.training.trouble import FULL, MEMORY, sentence_of


@pytest.fixture(scope="module", autouse=True)
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with data_folder(tmp_path_factory.mktemp("training")) as folder:
        write_set()
        yield folder


@pytest.fixture(scope="module")
def sft(data: Path) -> Order:
    """A run that imitates."""
    order = put_order(Method.SFT, epochs=2.0)
    assert main([str(order.folder)]) == 0
    return order


def _losses(order: Order) -> list[float]:
    return [one.loss or 0.0 for one in progress_of(order.folder) if one.phase == "train"]


def test_a_model_learns_to_imitate_and_its_manifest_says_how(sft: Order) -> None:
    losses = _losses(sft)
    assert len(losses) == 8
    assert losses[-1] < losses[0] - 0.1
    manifest = manifest_of(sft.folder)
    assert manifest is not None
    assert manifest.training == sft.training
    assert (manifest.base.name, manifest.base.sha256) == ("tiny", base("tiny").sha256)
    assert (manifest.set, manifest.seed, manifest.examples, manifest.steps) == (HASH, 7, 16, 8)
    assert {"torch", "trl", "peft", "transformers"} <= manifest.versions.keys()
    assert manifest.metrics["eval_loss"] < losses[0]
    assert len(manifest.adapter) == 64
    assert manifest.seconds_per_example


def test_the_adapter_goes_on_the_base_by_its_name(sft: Order) -> None:
    config = json.loads((sft.folder / "adapter" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "tiny"
    ids = torch.tensor([base("tiny").tokenizer("What do you know?")["input_ids"]])
    with torch.no_grad():
        plain = base("tiny").model(input_ids=ids).logits
        adapted = with_adapter(base("tiny"), sft.folder / "adapter").model(input_ids=ids).logits
    assert (plain - adapted).abs().max() > 1e-3


@pytest.mark.parametrize("method", [Method.DPO, Method.IPO, Method.KTO])
def test_preferences_are_learnt_and_the_reference_is_the_model_that_imitates(sft: Order, method: Method) -> None:
    order = put_order(method, sft.id, rate=5e-3)
    assert main([str(order.folder)]) == 0
    told = progress_of(order.folder)
    # Measured against the base, the model that imitates would prefer the chosen turns already.
    assert told[0].reward_margin == pytest.approx(0.0, abs=1e-4)
    held = next(one for one in told if one.phase == "held")
    assert held.reward_margin is not None
    assert held.reward_margin > 0.2
    assert sorted(one.name for one in (order.folder / "adapter").iterdir() if one.is_dir()) == []


def test_a_reward_model_tells_asking_from_telling() -> None:
    from workers.training.reward import reward_model

    order = put_order(Method.REWARD, epochs=2.0, rate=5e-3)
    assert main([str(order.folder)]) == 0
    held = progress_of(order.folder)[-1]
    assert (held.phase, held.accuracy) == ("held", 1.0)
    given = reward_model("tiny", order.folder / "adapter")
    asked, told = (
        given.tokenizer.apply_chat_template(
            [
                {"role": "system", "content": "You are a tutor."},
                {"role": "user", "content": "What is 3 times 4? I think 7."},
                {"role": "assistant", "content": words},
            ],
            return_tensors="pt",
            return_dict=True,
        )
        for words in ("Not quite. What happens when you take it several times?", "The answer is 12.")
    )
    with torch.no_grad():
        assert given.model(**asked).logits.item() > given.model(**told).logits.item()


def test_the_models_own_turns_are_sampled_the_same_each_time(sft: Order) -> None:
    said = []
    for _ in range(2):
        order = put_order(Method.SAMPLE, sft.id, examples=6, held=2, answer=6)
        assert main([str(order.folder)]) == 0
        said.append((order.folder / SAMPLES).read_text())
    assert said[0] == said[1]
    ids = [str(json.loads(line)["id"]) for line in said[0].splitlines()]
    learnt, held = [one for one in ids if one.isdigit()], [one for one in ids if one.startswith("held_")]
    assert ids == [*learnt, *held]
    assert (len(set(learnt)), len(set(held))) == (6, 2)


def test_the_same_seed_gives_the_same_curve_and_another_one_does_not(sft: Order) -> None:
    again, other = put_order(Method.SFT, epochs=2.0), put_order(Method.SFT, epochs=2.0, seed=8)
    assert main([str(again.folder), str(other.folder)]) == 0
    assert _losses(again) == _losses(sft)
    assert _losses(other) != _losses(sft)


def test_a_killed_run_goes_on_from_its_checkpoint_to_the_same_end(sft: Order) -> None:
    order = put_order(Method.SFT, epochs=2.0)
    child = multiprocessing.get_context("fork").Process(target=main, args=([str(order.folder)],))
    child.start()
    deadline = time.monotonic() + 240
    while not list((order.folder / CHECKPOINTS).glob("checkpoint-2/trainer_state.json")):
        assert child.is_alive()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    child.kill()
    child.join()
    assert outcome_of(order.folder) is None
    assert main([str(order.folder)]) == 0
    manifest = manifest_of(order.folder)
    assert manifest is not None
    assert manifest.resumed_at >= 2
    assert _losses(order) == pytest.approx(_losses(sft), abs=1e-4)


def test_a_run_stops_where_asked_and_goes_on_later() -> None:
    order = put_order(Method.SFT)
    ask_to_cancel(order.folder)
    assert main([str(order.folder)]) == 4
    stopped = outcome_of(order.folder)
    assert stopped is not None
    assert (stopped.state, stopped.sentence) == ("cancelled", "Stopped at step 1 on request.")
    assert main([str(order.folder)]) == 0
    manifest = manifest_of(order.folder)
    assert manifest is not None
    assert (manifest.resumed_at, manifest.steps) == (1, 4)
    assert main([str(order.folder)]) == 0  # done: nothing is done again
    assert manifest_of(order.folder) == manifest


def _sentence(order: Order) -> str:
    assert main([str(order.folder)]) == 3
    found = outcome_of(order.folder)
    assert found is not None
    assert found.state == "failed"
    return found.sentence


def test_a_full_disk_is_a_sentence() -> None:
    order = put_order(Method.SFT)
    (order.folder / PROGRESS).symlink_to("/dev/full")
    assert _sentence(order) == FULL


def test_what_cannot_be_trained_is_said() -> None:
    folder = write_set("6" * 64)
    (folder / SFT).write_text('{"id": 1}\n')
    (folder / PAIRS).write_text("")
    for method, words in ((Method.SFT, r"sft.jsonl, line 1: "), (Method.DPO, "has no lines in pairs.jsonl")):
        order = put_order(method)
        broken = order.model_copy(update={"set": "6" * 64})
        (order.folder / "recipe.json").write_text(broken.model_dump_json())
        assert words in _sentence(order)
    assert "no number any more" in _sentence(put_order(Method.SFT, rate=1.0, epochs=4.0, lora=Lora(alpha=1024)))
    assert "set `batch` to 2" in _sentence(put_order(Method.KTO, batch=1))


def test_running_out_of_memory_is_a_sentence_and_a_bug_is_none() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**48)
    assert sentence_of(caught.value) == MEMORY
    assert sentence_of(RuntimeError("shape mismatch")) is None


def test_history_is_cut_from_its_beginning_and_an_answer_never() -> None:
    tokenizer = base("tiny").tokenizer
    turns = [Message(role="system", content="You are a tutor.")]
    for at in range(6):
        turns += [Message(role="assistant", content=f"Step {at}?"), Message(role="user", content=f"I think {at}.")]
    answer = [Message(role="assistant", content="Look again at the second number.")]
    cut = fit(turns, [answer], tokenizer, 100)
    assert cut is not None
    assert (cut[0], cut[-1]) == (turns[0], turns[-1])
    assert cut == [turns[0], *turns[len(turns) - len(cut) + 1 :]]
    assert 3 <= len(cut) < len(turns)
    long = [turns[0], Message(role="user", content="one two three " * 60 + "and the end")]
    shorter = fit(long, [answer], tokenizer, 100)
    assert shorter is not None
    assert shorter[1].content.endswith("and the end")
    text = tokenizer.apply_chat_template([one.model_dump() for one in [*shorter, *answer]], tokenize=False)
    assert len(tokenizer(text)["input_ids"]) <= 100
    assert fit(turns, [[Message(role="assistant", content="word " * 200)]], tokenizer, 100) is None


def test_a_curriculum_grows_shrinks_and_prefers_what_is_easy() -> None:
    losses = [0.1] * 10 + [10.0] * 10
    met = course(losses, Curriculum(start=0.25, end=1.0, step=2.0), epochs=5, seed=1)
    assert len(met) == 5 + 10 + 20 + 10 + 5
    assert sum(at < 10 for at in met[:5]) >= 4
    assert sorted(met[15:35]) == list(range(20))
    assert met == course(losses, Curriculum(start=0.25, end=1.0, step=2.0), epochs=5, seed=1)


def test_a_run_with_a_curriculum_meets_as_many_rows_as_it_says() -> None:
    order = put_order(Method.SFT, epochs=2.0, curriculum={"start": 0.5}, lora={"blocks": 1})
    assert main([str(order.folder)]) == 0
    assert progress_of(order.folder)[-1].steps == 6
    config = json.loads((order.folder / "adapter" / "adapter_config.json").read_text())
    assert config["layers_to_transform"] == [1]
