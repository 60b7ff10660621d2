"""The newest of what a process keeps: what was not asked for longest is forgotten."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar
from uuid import UUID

T = TypeVar("T")


class ById(Generic[T]):
    """What is kept of at most `most` things by their ids, made empty by `make` when one is asked for first."""

    def __init__(self, make: Callable[[], T], most: int) -> None:
        self._make, self._most = make, most
        self._kept: OrderedDict[UUID, T] = OrderedDict()
        self._lock = Lock()

    def of(self, one_id: UUID) -> T:
        """What is kept of this one."""
        with self._lock:
            if one_id not in self._kept:
                self._kept[one_id] = self._make()
            self._kept.move_to_end(one_id)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return self._kept[one_id]

    def forget(self) -> None:
        """Keep nothing any more."""
        with self._lock:
            self._kept.clear()
