"""Vectors for texts: wordllama's 16 MB of weights, which come in its wheel, so that no network is needed.

Of the package only the files are used. What it does with them is a mean over tokens, and its later versions must be
compiled on Python 3.14 and on Linux on ARM.
"""

import threading
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from app.base.errors import AppError
from app.base.text import clean_text

DIMENSIONS = 256
_lock = threading.Lock()


class _Vocabulary(NamedTuple):
    """What cuts a text into tokens, and a vector of 256 half floats for each of them."""

    tokenizer: Tokenizer
    vectors: "numpy.ndarray[tuple[int, int], numpy.dtype[numpy.float16]]"


@lru_cache
def _load() -> _Vocabulary:
    spec = find_spec("wordllama")
    if spec is None or spec.origin is None:
        raise AppError(
            "The package wordllama, which has the weights for finding pages, is missing; run ./lyceum again."
        )
    folder = Path(spec.origin).parent
    tokenizer = Tokenizer.from_file(str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return _Vocabulary(
        tokenizer, load_file(folder / "weights" / f"l2_supercat_{DIMENSIONS}.safetensors")["embedding.weight"]
    )


def embed(texts: list[str]) -> list[list[float]]:
    """One vector of 256 floats, of unit length, per text; all zeros for a text without a known word."""
    if not texts:
        return []
    with _lock:
        tokenizer, vectors = _load()
        read = tokenizer.encode_batch([clean_text(text) for text in texts], add_special_tokens=False)
    raw = numpy.zeros((len(texts), DIMENSIONS), dtype=numpy.float32)
    for at, one in enumerate(read):
        if one.ids:
            raw[at] = vectors[one.ids].mean(axis=0, dtype=numpy.float32)
    lengths = numpy.linalg.norm(raw, axis=1, keepdims=True)
    found: list[list[float]] = (raw / numpy.where(lengths > 0, lengths, 1)).tolist()
    return found
