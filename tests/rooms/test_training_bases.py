"""Bases of training: the tiny model, adapters on top of it and merged into it."""

from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model

from app.base.errors import Invalid
from workers.training.bases import base, with_adapter, with_merged


def _logits(model: torch.nn.Module, ids: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return model(input_ids=ids).logits


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter of the tiny model that changes what it says."""
    folder = tmp_path_factory.mktemp("adapter")
    torch.manual_seed(1)
    config = LoraConfig(r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False, task_type="CAUSAL_LM")
    get_peft_model(base("tiny").model, config).save_pretrained(folder)
    return folder


def test_tiny_is_the_same_each_time_and_leaves_the_random_state_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    one, other = base("tiny"), base("tiny")
    assert torch.rand(1) == expected
    assert one.sha256 == other.sha256
    assert one.tokenizer.get_vocab() == other.tokenizer.get_vocab()
    assert 250_000 < sum(p.numel() for p in one.model.parameters()) < 400_000


def test_tiny_writes_any_text_and_speaks_in_turns() -> None:
    tokenizer = base("tiny").tokenizer
    for words in ("What is 3/4 of 12?", "Größe ≈ 7 m² 🙂"):
        assert tokenizer.decode(tokenizer(words)["input_ids"]) == words
    turns = [{"role": "user", "content": "4 m"}]
    said = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    assert said == "<|im_start|>user\n4 m<|im_end|>\n<|im_start|>assistant\n"


def test_an_adapter_changes_the_model_and_merging_gives_the_same(adapter: Path) -> None:
    ids = torch.tensor([base("tiny").tokenizer("What do you know so far?")["input_ids"]])
    plain = _logits(base("tiny").model, ids)
    on_top = _logits(with_adapter(base("tiny"), adapter).model, ids)
    merged = _logits(with_merged(base("tiny"), adapter).model, ids)
    assert (on_top - plain).abs().max() > 1e-3
    assert torch.allclose(on_top, merged, atol=1e-4)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no base model called 'gpt'"):
        base("gpt")
    with pytest.raises(Invalid, match="There is no adapter"):
        with_adapter(base("tiny"), tmp_path)
