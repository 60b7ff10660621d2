"""The models that training starts from, by name: "tiny", made on the spot, and those of the catalogue.

A model of the catalogue is a quantised GGUF file, the very one the embedded server runs. It is unpacked once, by
transformers' own GGUF loading, into the data folder (alignment/bases/NAME, safetensors), and read from there.
"""

import fcntl
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

from app.base.errors import Invalid
from app.base.settings import get_settings
from app.inference import catalogue
from workers.training import tiny

NAMES = (tiny.NAME, catalogue.SMALLEST.name, catalogue.SMALL.name)


@dataclass(frozen=True)
class Base:
    """A causal language model (`transformers.PreTrainedModel`, or a `PeftModel` around one), its tokenizer, the
    SHA-256 of the weights it stands on (of the GGUF file; of the tensors for "tiny"), and the name it was asked by."""

    name: str
    model: Any
    tokenizer: Any
    sha256: str


def base(name: str, *, dtype: torch.dtype | None = None) -> Base:
    """The model of that name, in `dtype` (default: `usual_dtype`). Raises Invalid for a name that is not known."""
    if name == tiny.NAME:
        return _tiny(dtype or torch.float32)
    if name not in NAMES:
        raise Invalid(f"There is no base model called {name!r} to train; there are: {', '.join(NAMES)}.")
    folder = _unpacked(catalogue.entry_of(name))
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype or usual_dtype(), local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return Base(name, model, tokenizer, catalogue.entry_of(name).sha256)


def usual_dtype() -> torch.dtype:
    """bfloat16 where the processor multiplies it itself (a GPU, or a CPU with AVX512_BF16 or AMX), else float32."""
    if torch.cuda.is_available():
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    has = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if has else torch.float32


def with_adapter(given: Base, folder: Path, *, trainable: bool = False) -> Base:
    """`given` with the PEFT adapter of `folder` on top. Raises Invalid when the folder holds none that fits."""
    if not (folder / "adapter_config.json").is_file():
        raise Invalid(f"There is no adapter in {folder}: adapter_config.json is missing.")
    try:
        model = PeftModel.from_pretrained(given.model, str(folder), is_trainable=trainable)
    except (RuntimeError, ValueError, KeyError) as error:
        raise Invalid(f"The adapter in {folder} does not fit {given.name}: {str(error)[:300]}") from error
    return replace(given, model=model)


def with_merged(given: Base, folder: Path) -> Base:
    """`given` with the adapter of `folder` added into its weights; a plain model again."""
    return replace(given, model=with_adapter(given, folder).model.merge_and_unload())


def _tiny(dtype: torch.dtype) -> Base:
    model, tokenizer = tiny.make()
    sha = hashlib.sha256()
    for key, tensor in sorted(model.state_dict().items()):
        sha.update(key.encode() + tensor.numpy().tobytes())
    return Base(tiny.NAME, model.to(dtype), tokenizer, sha.hexdigest())


def _unpacked(entry: catalogue.Entry) -> Path:
    """The folder with the unpacked model, made if it is not there. Written beside and renamed, so never half there."""
    data = get_settings().data
    folder = data / "alignment" / "bases" / entry.name
    with _alone(folder.with_name(f".{entry.name}.lock")):
        if not (folder / "model.safetensors").is_file():
            _unpack(catalogue.ensure(entry.name, data / "models", lambda _: None), folder)
    return folder


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time unpacks a model; the next one waits and finds it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _unpack(file: Path, folder: Path) -> None:
    beside = folder.with_name(f".{folder.name}.part")
    for left in (beside, folder):
        shutil.rmtree(left, ignore_errors=True)
    model: Any = AutoModelForCausalLM.from_pretrained(
        file.parent, gguf_file=file.name, quantization_config=GgufConfig(dequantize=True), local_files_only=True
    )
    tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name, local_files_only=True)
    # The quantised numbers have five bits and less: bfloat16 keeps what they say in half the space of float32.
    model.to(torch.bfloat16).save_pretrained(beside)
    tokenizer.save_pretrained(beside)
    beside.replace(folder)
