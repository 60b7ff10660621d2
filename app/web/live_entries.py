"""What is published of a class, read once for all who listen to it here."""

import logging
from typing import NamedTuple
from uuid import UUID

from pydantic import ValidationError

from app.classroom.log.writing import LogLine
from app.classroom.schema import Delta

log = logging.getLogger(__name__)


class Words(NamedTuple):
    """Words of a turn on their way: characters `at` to `until` of its whole text, and the JSON that says them."""

    turn: UUID
    at: int
    until: int
    data: str


class Here(NamedTuple):
    """Who has the class open: a list of ids as JSON."""

    data: str


class Check(NamedTuple):
    """The log may know more than the listener was told, or tell an instructor no more of it."""


Entry = LogLine | Words | Here | Check


def read_entry(class_id: UUID, kind: str, data: str) -> Entry | None:
    """An entry from its kind and data as published; None, and a warning, for one that cannot be read."""
    if kind == "here":
        return Here(data)
    if kind == "check":
        return Check()
    try:
        if kind == "delta":
            delta = Delta.model_validate_json(data)
            return Words(delta.turn, delta.at, delta.at + len(delta.text), data)
        return LogLine.read(data)
    except ValidationError:
        log.warning("an entry of class %s's stream cannot be read and is left out", class_id)
        return None
