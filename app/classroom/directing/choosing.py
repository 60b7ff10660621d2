"""Where rules leave a choice among classmates, a model of role "director" may make it: one label, or the rule's own
move.
"""

from pathlib import Path
from uuid import UUID

from pydantic import BaseModel

from app.base.marks import data
from app.base.prompts import fill
from app.classroom.directing.director import Act, Move
from app.classroom.log.state import ClassState, Line
from app.classroom.schema import Voice
from app.classroom.stage.cast import Cast, full_cast
from app.inference import service as inference
from app.inference.schema import ModelJunk, ModelUnavailable, Prompt, Role

PROMPTS = Path(__file__).parent / "prompts"
LABELS = "ABCDEF"
SECONDS = 2.0
LINES = 4
GO_ON = "Nobody: the lesson goes on"


class Chosen(BaseModel):
    """The move, and who chose it: rule, model, or fallback where a model's word could not be used; in which state."""

    move: Move
    by: str = "rule"
    seq: int = 0


def choose_by_model(move: Move, state: ClassState, about: UUID | None, cast: Cast | None = None) -> Chosen:
    """Let a model choose among a move's `choices` and going on; junk, silence and time-outs leave the move as it is."""
    options = [f"{(cast or full_cast())[voice].name}, {(cast or full_cast())[voice].duty}" for voice in move.choices]
    options.append(GO_ON)
    labels = list(LABELS[: len(options)])
    try:
        label = inference.choose(Role.DIRECTOR, _prompt(state, options), labels, about=about, seconds=SECONDS)
    except (ModelJunk, ModelUnavailable):
        return Chosen(move=move, by="fallback", seq=state.seq)
    at = labels.index(label)
    if at == len(move.choices):
        return Chosen(move=Move(act=Act.SCRIPT, action=state.cursor), by="model", seq=state.seq)
    return Chosen(move=move.model_copy(update={"voice": move.choices[at]}), by="model", seq=state.seq)


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
