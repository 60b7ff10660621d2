"""A class log as figures: pure, from its events in order."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.analysis.logs.codes import (
    ACTIVITIES,
    CAUSES,
    CLASS,
    FIGURES,
    FLANDERS,
    INSTRUCTOR,
    INTENTS,
    KINDS,
    MOVES,
    PRESENCES,
    STUDENT,
    VERDICTS,
    VOICES,
    places,
)
from app.analysis.logs.rules import Said, code
from app.classroom.schema import Kind, Voice

ASKERS = (Voice.TEACHER.value, Voice.TUTOR.value, INSTRUCTOR)
_OTHER = CAUSES.index("other")
_KIND, _VOICE, _CAUSE, _INTENT = places(KINDS), places(VOICES), places(CAUSES), places(INTENTS)
_VERDICT, _MOVE, _ACTIVITY = places(VERDICTS), places(MOVES), places(ACTIVITIES)
_FLANDERS, _PRESENCE = places(FLANDERS), places(PRESENCES)
_ASKED, _SAID = Kind.ASKED.value, Kind.SAID.value
_NOTHING = (0, 0, 0, 0)


class Event(NamedTuple):
    """A line of a log: `at` in seconds since 1970, `person` an id in text ("" for nobody), `body` as it is stored, and
    of the model's call (first token, whole reply in ms, tokens read, tokens said).
    """

    seq: int
    at: float
    kind: str
    voice: str
    person: str
    body: Mapping[str, object]
    cost: tuple[int, int, int, int] = _NOTHING


class Digest(NamedTuple):
    """The figures, of dtype FIGURES, and the names of models and prompts, from place 1."""

    figures: NDArray[np.void]
    names: list[str]


def key_of(person: str) -> int:
    """A person's key among figures: of an id its first half, of another name a hash. 0 for nobody."""
    if not person:
        return 0
    try:
        half = UUID(person).bytes[:8]
    except ValueError:
        half = blake2b(person.encode(), digest_size=8).digest()
    return int.from_bytes(half, "little", signed=True) or 1


def digest(events: Iterable[Event]) -> Digest:
    """The log in figures. Times that run back (two clocks) are kept; who needs spans takes them as none."""
    rows, names, open_ask = [], [""], False
    for event in events:
        if event.kind not in _KIND:
            continue
        said = _said(event, open_ask)
        rows.append(_row(event, said, names))
        open_ask = _still_open(event, said, open_ask)
    return Digest(np.array(rows, dtype=FIGURES), names[1:])


def _said(event: Event, open_ask: bool) -> Said:
    get = event.body.get
    is_speech = event.kind in (_ASKED, _SAID)
    voice = event.voice
    if event.kind == _ASKED:
        voice = STUDENT
    elif event.kind == _SAID and event.person:
        voice = INSTRUCTOR
    return Said(
        kind=event.kind,
        voice=voice if is_speech else (STUDENT if event.person else CLASS),
        text=str(get("text") or "") if is_speech else "",
        intent=str(get("intent") or ""),
        move=str(get("move") or ""),
        cause=str(get("cause") or ""),
        asks=bool(get("asks")),
        is_asked=open_ask or (event.kind == _ASKED and get("answers") is not None),
        scripted=get("action") is not None,
    )


def _still_open(event: Event, said: Said, open_ask: bool) -> bool:
    """Whether a question to students is open after this line."""
    if event.kind == _SAID and said.voice in ASKERS:
        return said.asks
    return open_ask and event.kind not in (Kind.PAGE.value, Kind.SKIPPED.value, Kind.ENDED.value)


def _row(event: Event, said: Said, names: list[str]) -> tuple[object, ...]:
    get, coded = event.body.get, code(said)
    cause = said.cause
    return (
        event.seq,
        event.at,
        _KIND.get(event.kind, 0),
        _VOICE.get(said.voice, 0),
        key_of(event.person),
        _whole(get("page")),
        _whole(get("characters"), len(said.text)),
        _whole(get("answers")),
        _whole(get("action"), -1),
        said.asks,
        bool(get("fallback")),
        _CAUSE.get(cause, _OTHER if cause else 0),
        _INTENT.get(said.intent, 0),
        _VERDICT.get(get("verdict"), 0),
        _MOVE.get(said.move, 0),
        _ACTIVITY.get(coded.activity, 0),
        _FLANDERS.get(coded.flanders, 0),
        _PRESENCE.get(coded.presence, 0),
        _named(names, str(get("model") or "")),
        _named(names, str(get("prompts") or "")),
        *event.cost,
    )


def _whole(value: object, otherwise: int = 0) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def _named(names: list[str], name: str) -> int:
    """The place of a name among names that grow."""
    if name not in names:
        names.append(name)
    return names.index(name)
