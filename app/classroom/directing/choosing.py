"""Where rules leave a choice among classmates, a model of role "director" may make it: one label, or the rule's own
move.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import NamedTuple
from uuid import UUID

from pydantic import BaseModel

from app.base.marks import data
from app.base.prompts import fill
from app.classroom.directing.director import Move
from app.classroom.log.state import ClassState, Line
from app.classroom.schema import Voice
from app.classroom.stage.cast import Cast, full_cast
from app.inference import service as inference
from app.inference.schema import ModelJunk, ModelUnavailable, Prompt, Role

PROMPTS = Path(__file__).parent / "prompts"
LABELS = "ABCDEF"
SECONDS = 2.0
LINES = 4
MOST_LATE = 2
REST_SECONDS = 60.0
"""After so many questions in a row that came to nothing, a process asks none for so long: each has the model read for
SECONDS what nobody hears, while students wait for it.
"""
GO_ON = "Nobody: the lesson goes on"
MOST_KEPT = 1000


class Chosen(BaseModel):
    """The move, and who chose it: rule, model, or fallback where a model's word could not be used."""

    move: Move
    by: str = "rule"


class _Asked(NamedTuple):
    """What was asked, and the index of the label that was chosen; None where the word could not be used."""

    words: str
    at: int | None


@dataclass
class Patience:
    """How a process's questions fared lately."""

    late: int = 0
    rests_until: float = 0.0

    def is_at_its_end(self) -> bool:
        return time.monotonic() < self.rests_until

    def begin_anew(self) -> None:
        """As if none had been asked yet."""
        self.late, self.rests_until = 0, 0.0

    def note(self, has_come: bool) -> None:
        with _writing:
            self.late = 0 if has_come else self.late + 1
            if self.late >= MOST_LATE:
                self.late, self.rests_until = 0, time.monotonic() + REST_SECONDS


patience = Patience()
_last: dict[UUID, _Asked] = {}
"""What was asked last about each class, of those asked about lately."""
_writing = Lock()


def choose_by_model(move: Move, state: ClassState, about: UUID | None, cast: Cast | None = None) -> Chosen:
    """Let a model choose among a move's `choices` and going on; junk, silence and time-outs leave the move as it is.

    What came of it for the class `about` is kept, for `chosen_before`. Of a class nothing is asked for a while after
    questions that came to nothing.
    """
    prompt = _prompt(state, _options(move, cast))
    at = None if about and patience.is_at_its_end() else _asked(move, prompt, about)
    if about:
        _keep(about, _Asked(prompt.turn, at))
    return _chosen(move, at)


def _asked(move: Move, prompt: Prompt, about: UUID | None) -> int | None:
    labels = list(LABELS[: len(move.choices) + 1])
    try:
        at = labels.index(inference.choose(Role.DIRECTOR, prompt, labels, about=about, seconds=SECONDS))
    except (ModelJunk, ModelUnavailable) as trouble:
        if about:
            patience.note(has_come=isinstance(trouble, ModelJunk))
        return None
    if about:
        patience.note(has_come=True)
    return at


def _keep(about: UUID, asked: _Asked) -> None:
    with _writing:
        _last.pop(about, None)
        _last[about] = asked
        while len(_last) > MOST_KEPT:
            _last.pop(next(iter(_last)))


def chosen_before(move: Move, state: ClassState, about: UUID, cast: Cast) -> Chosen | None:
    """What came of the last question about a class, where the same would be asked again.

    What is decided ahead of its time is decided once more when the time has come, or after something silent was shown:
    a model that is asked again has the class wait for the same word.
    """
    asked = _last.get(about)
    is_same = asked is not None and asked.words == _prompt(state, _options(move, cast)).turn
    return _chosen(move, asked.at) if asked and is_same else None


def _chosen(move: Move, at: int | None) -> Chosen:
    if at is None:
        return Chosen(move=move, by="fallback")
    if at == len(move.choices):
        return Chosen(move=move.instead or move, by="model")
    return Chosen(move=move.model_copy(update={"voice": move.choices[at]}), by="model")


def _options(move: Move, cast: Cast | None) -> list[str]:
    known = cast or full_cast()
    return [*(f"{known[voice].name}, {known[voice].duty}" for voice in move.choices), GO_ON]


def _prompt(state: ClassState, options: list[str]) -> Prompt:
    lines = [_line(line) for line in state.recent[-LINES:]]
    listed = [f"{label}) {option}" for label, option in zip(LABELS, options, strict=False)]
    return Prompt(
        system=fill(PROMPTS, "director.txt.j2"),
        turn=fill(PROMPTS, "director_turn.txt.j2", lines=lines, options=listed, whispers=state.whispers),
    )


def _line(line: Line) -> str:
    words = data(line.text, 160)
    return f"{line.voice.value}: " + (f"<student>{words}</student>" if line.voice is Voice.STUDENT else words)
