"""Figures that are found again by what they were made of, byte for byte: the same input is worked out once."""

from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from threading import Lock
from typing import TypeVar

import numpy
from numpy.typing import NDArray

MOST = 512
"""How many figures are kept, in each process: some 40 of a course of eight modules."""
T = TypeVar("T")

_found: OrderedDict[bytes, object] = OrderedDict()
_lock = Lock()


def key_of(what: str, *inputs: object) -> bytes:
    """A key of all that a figure is made of: arrays by their bytes, all else by how it is written."""
    told = blake2b(what.encode(), digest_size=32)
    for one in inputs:
        if isinstance(one, numpy.ndarray):
            array: NDArray[numpy.generic] = numpy.ascontiguousarray(one)
            told.update(f"|{array.dtype.str}{array.shape}|".encode())
            told.update(array.tobytes())
        else:
            told.update(f"|{one!r}|".encode())
    return told.digest()


def remembered(key: bytes, make: Callable[[], T]) -> T:
    """What was made under this key, else made now. Nobody may change it: it is handed out again."""
    with _lock:
        if key in _found:
            _found.move_to_end(key)
            known: T = _found[key]  # type: ignore[assignment]  # the key says what kind of figure it is
            return known
    made = make()
    with _lock:
        _found[key] = made
        while len(_found) > MOST:
            _found.popitem(last=False)
    return made


def forget() -> None:
    """Keep nothing any more."""
    with _lock:
        _found.clear()
