"""Vectors for texts: wordllama, whose 16 MB of weights come in its wheel, so that no network is needed."""

import logging
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy

from app.base.text import clean_text

DIMENSIONS = 256
_lock = threading.Lock()


@lru_cache
def _load() -> Any:
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    import wordllama  # it has every library of the process write its chatter to the log: taken back below

    root.setLevel(level)
    root.handlers[:] = handlers
    folder = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=folder, dim=DIMENSIONS, disable_download=True)


def embed(texts: list[str]) -> list[list[float]]:
    """One vector of 256 floats, of unit length, per text; all zeros for a text without a known word."""
    if not texts:
        return []
    with _lock:
        raw = numpy.asarray(_load().embed([clean_text(text) for text in texts]), dtype=numpy.float32)
    raw = numpy.nan_to_num(raw)
    lengths = numpy.linalg.norm(raw, axis=1, keepdims=True)
    vectors: list[list[float]] = (raw / numpy.where(lengths > 0, lengths, 1)).tolist()
    return vectors
