"""Adapters for llama.cpp: names, the order of rows, what is refused; and on request the real server with SmolLM2."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from parts import Services
from safetensors.numpy import save_file

from app.alignment.serving import gguf_adapter, promoting
from app.alignment.serving.gguf_adapter import Heads
from app.base.embedded.ports import free_ports
from app.base.errors import Invalid
from app.base.settings import Endpoint, get_settings
from app.cli import parts
from app.inference import adapter_servers, catalogue
from app.inference.schema import Prompt, Role

HEADS = Heads(model_type="llama", num_attention_heads=2, num_key_value_heads=1)
SIZES = {"self_attn.q_proj": (8, 8), "self_attn.k_proj": (4, 8), "mlp.down_proj": (8, 16)}


def adapter(folder: Path, sizes: dict[str, tuple[int, int]], layers: int = 1, scale: float = 1.0) -> Path:
    """A PEFT adapter of rank 2 with random weights; sizes are (out, in)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "r": 2, "lora_alpha": 4}))
    chance, found = np.random.default_rng(1), {}
    for layer in range(layers):
        for name, (out, inside) in sizes.items():
            stem = f"base_model.model.model.layers.{layer}.{name}"
            found[f"{stem}.lora_A.weight"] = chance.normal(size=(2, inside)).astype(np.float32)
            found[f"{stem}.lora_B.weight"] = scale * chance.normal(size=(out, 2)).astype(np.float32)
    save_file({key: value.astype(np.float32) for key, value in found.items()}, folder / "adapter_model.safetensors")
    return folder


def tensors(path: Path) -> dict[str, np.ndarray]:
    from gguf import GGUFReader

    return {one.name: np.array(one.data) for one in GGUFReader(path).tensors}


def test_rows_of_q_and_k_are_put_in_the_order_of_the_converter_and_others_stay(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "a", SIZES)
    weights = gguf_adapter.read_weights(folder)
    gguf_adapter.write(folder, HEADS, tmp_path / "llama.gguf")
    gguf_adapter.write(folder, HEADS.model_copy(update={"model_type": "qwen2"}), tmp_path / "qwen.gguf")
    llama, qwen = tensors(tmp_path / "llama.gguf"), tensors(tmp_path / "qwen.gguf")
    key = "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight"
    # Of each head's four rows 0 1 2 3 the halves become neighbours: 0 2 1 3.
    assert np.array_equal(llama["blk.0.attn_q.weight.lora_b"], weights[key][[0, 2, 1, 3, 4, 6, 5, 7]])
    assert np.array_equal(qwen["blk.0.attn_q.weight.lora_b"], weights[key])
    down = "base_model.model.model.layers.0.mlp.down_proj.lora_B.weight"
    assert np.array_equal(llama["blk.0.ffn_down.weight.lora_b"], weights[down])
    assert set(llama) == set(qwen)
    assert len(llama) == 6


def test_what_llama_cpp_cannot_serve_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    folder, fine = adapter(tmp_path / "a", {"attention.q": (8, 8)}), adapter(tmp_path / "b", SIZES)
    with pytest.raises(Invalid, match="belong to no layer"):
        gguf_adapter.write(folder, HEADS, tmp_path / "x.gguf")
    with pytest.raises(Invalid, match="architecture gemma"):
        gguf_adapter.write(fine, HEADS.model_copy(update={"model_type": "gemma"}), tmp_path / "x.gguf")
    (folder / "adapter_model.safetensors").write_bytes(b"\x80\x04pickle")
    with pytest.raises(Invalid, match="cannot be read"):
        gguf_adapter.read_weights(folder)
    assert not list(tmp_path.glob("*.gguf*"))


# --------------------------------------------------------------------------------------------------- the real server

SMOL = {
    "self_attn.q_proj": (576, 576),
    "self_attn.k_proj": (192, 576),
    "self_attn.v_proj": (192, 576),
    "mlp.gate_proj": (1536, 576),
}
PROMPT = Prompt(system="You are a tutor.", turn="What is 2 + 3?")


@pytest.fixture
def served(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The embedded server with SmolLM2 for every role, and a data folder of its own."""
    name = catalogue.SMALLEST.name
    model = catalogue.ensure(name, tmp_path / "models", lambda _: None)
    (port,) = free_ports(1)
    monkeypatch.setattr(get_settings(), "data", tmp_path)
    monkeypatch.setattr(get_settings(), "roles", {"tutor": Endpoint(url=f"http://127.0.0.1:{port}/v1", model=name)})
    folder = adapter_servers.served_folder(name)
    child = services.child(parts.inference_part("adapters", model, name, port, tmp_path / "log", folder))
    yield tmp_path
    child.stop()


@pytest.mark.heavy
def test_the_embedded_server_takes_an_adapter_while_it_runs_and_the_base_stays_what_it_was(served: Path) -> None:
    heads = Heads(model_type="llama", num_attention_heads=9, num_key_value_heads=3)
    folder, name = adapter(served / "a", SMOL, layers=30, scale=0.05), "lyceum-tutor-0123456789ab"
    before = adapter_servers.probe(Role.TUTOR, PROMPT)
    adapter_servers.load(Role.TUTOR, name, folder, lambda path: gguf_adapter.write(folder, heads, path))
    assert adapter_servers.is_loaded(Role.TUTOR, name)
    assert promoting.differs(Role.TUTOR, name)
    assert adapter_servers.probe(Role.TUTOR, PROMPT).likely == pytest.approx(before.likely, abs=0.05)
    with pytest.raises(adapter_servers.ServerRefuses, match="does not fit"):
        adapter_servers.load(Role.TUTOR, "lyceum-tutor-bad", folder, lambda path: _junk(path))
    assert adapter_servers.is_loaded(Role.TUTOR, name)


def _junk(path: Path) -> None:
    path.write_bytes(b"GGUF junk" * 100)
