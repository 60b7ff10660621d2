"""A PEFT adapter as llama.cpp reads it.

A GGUF file with `adapter.type` lora, `adapter.lora.alpha`, and for each target the pair NAME.lora_a (rank x in) and
NAME.lora_b (out x rank). For the architecture llama the rows of q and k are put in the order in which llama.cpp's
converter puts those of the base (its rotary embedding takes neighbours, transformers' takes halves); qwen2's stay.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from app.base.errors import Invalid

TARGETS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
"""Names of the linear layers in transformers (llama, qwen2) and in GGUF."""
PERMUTED = ("attn_q", "attn_k")
_KEY = re.compile(r"^base_model\.model\.model\.layers\.(\d+)\.(\w+\.\w+)\.lora_([AB])\.weight$")

Weights = Mapping[str, "np.ndarray[tuple[int, ...], np.dtype[np.float32]]"]


class Heads(BaseModel):
    """What of a base model's config the order of rows depends on."""

    model_type: str
    num_attention_heads: int
    num_key_value_heads: int


class AdapterConfig(BaseModel):
    """What of PEFT's adapter_config.json is needed."""

    r: int = Field(gt=0)
    lora_alpha: float
    peft_type: str = "LORA"
    use_rslora: bool = False
    use_dora: bool = False
    bias: str = "none"
    modules_to_save: list[str] | None = None

    @property
    def alpha(self) -> float:
        """Alpha as llama.cpp divides it, by the rank alone."""
        return self.lora_alpha * self.r**0.5 if self.use_rslora else self.lora_alpha


def read_config(folder: Path) -> AdapterConfig:
    """The adapter's config. Raises Invalid for one that llama.cpp or vLLM could not serve."""
    try:
        found = AdapterConfig.model_validate_json((folder / "adapter_config.json").read_bytes())
    except FileNotFoundError as error:
        raise Invalid(f"There is no adapter in {folder.name}: adapter_config.json is missing.") from error
    except ValidationError as error:
        raise Invalid(f"The adapter's adapter_config.json cannot be read: {error.errors()[0]['msg']}.") from error
    if found.peft_type != "LORA" or found.use_dora or found.bias != "none" or found.modules_to_save:
        raise Invalid("Only plain LoRA adapters can be served: no DoRA, no biases, no whole modules.")
    return found


def read_weights(folder: Path) -> Weights:
    """The adapter's tensors as float32. safetensors only: a pickle is never loaded."""
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file
    except ModuleNotFoundError as error:
        raise Invalid("Reading adapters needs the extra `align`; ./lyceum align installs it.") from error
    path = folder / "adapter_model.safetensors"
    if not path.is_file():
        raise Invalid("There is no adapter_model.safetensors; other formats are not read, as they could run code.")
    try:
        return {key: value.astype(np.float32) for key, value in load_file(path).items()}
    except (SafetensorError, ValueError, TypeError) as error:
        raise Invalid(f"The adapter's tensors cannot be read: {str(error)[:200]}") from error


def misnamed(weights: Weights) -> list[str]:
    """Tensors that no served layer goes by. A server may ignore them without a word."""
    return sorted(key for key in weights if (found := _KEY.match(key)) is None or found[2] not in TARGETS)


def is_blank(weights: Weights) -> bool:
    """Whether the adapter changes nothing: each product has a side that is all zeros."""
    pairs = [(key, key.replace(".lora_A.", ".lora_B.")) for key in weights if ".lora_A." in key]
    return all(not weights[a].any() or not weights.get(b, np.zeros(1)).any() for a, b in pairs)


def permuted(rows: np.ndarray, heads: int) -> np.ndarray:
    """Rows in the order of llama.cpp's converter (`LlamaModel.permute`): of each head first halves become pairs."""
    split = rows.reshape(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:])
    return np.ascontiguousarray(split.swapaxes(1, 2).reshape(rows.shape))


def write(folder: Path, heads: Heads, path: Path) -> None:
    """Write the adapter of a PEFT folder to `path`, whole or not at all. Raises Invalid for one that does not fit."""
    config, weights = read_config(folder), read_weights(folder)
    if wrong := misnamed(weights):
        raise Invalid(f"{len(wrong)} tensors of the adapter belong to no layer that is served, such as {wrong[0]}.")
    if heads.model_type not in ("llama", "qwen2"):
        raise Invalid(f"Adapters for the architecture {heads.model_type} cannot be written for llama.cpp yet.")
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    _write(beside, config, heads, weights)
    beside.replace(path)


def _write(path: Path, config: AdapterConfig, heads: Heads, weights: Weights) -> None:
    import gguf

    out = gguf.GGUFWriter(path, heads.model_type)
    out.add_type(gguf.GGUFType.ADAPTER)
    out.add_string(gguf.Keys.Adapter.TYPE, "lora")
    out.add_float32(gguf.Keys.Adapter.LORA_ALPHA, config.alpha)
    for key, value in sorted(weights.items()):
        name, tensor = _renamed(key, value, heads)
        out.add_tensor(name, tensor)
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


def _renamed(key: str, value: np.ndarray, heads: Heads) -> tuple[str, np.ndarray]:
    found = _KEY.match(key)
    if found is None:
        raise Invalid(f"The adapter's tensor {key} belongs to no layer that is served.")
    layer, target, side = int(found[1]), TARGETS[found[2]], found[3]
    if heads.model_type == "llama" and side == "B" and target in PERMUTED:
        value = permuted(value, heads.num_attention_heads if target == "attn_q" else heads.num_key_value_heads)
    return f"blk.{layer}.{target}.weight.lora_{side.lower()}", value


def heads_of(base_folder: Path) -> Heads:
    """The heads of an unpacked base model, from its config.json."""
    try:
        return Heads.model_validate(json.loads((base_folder / "config.json").read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise Invalid(
            "The base model's config cannot be read; train or evaluate with it once, which unpacks it."
        ) from error
