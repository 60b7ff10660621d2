"""Reading a frozen set for a trainer: which lines, cut to fit, as TRL's conversational rows.

TRL cuts a sequence that is too long at one of its ends, and with the usual choice that end is the answer. So what is
too long is shortened here: the oldest turns go first, then the beginning of what is left. The system's words and the
answer are never cut; a line whose answer does not fit is left out and counted.
"""

import random
from collections.abc import Sequence
from typing import Any, TypeVar

from datasets import Dataset

from app.alignment.runs.schema import Training
from app.alignment.schema import (
    HELD,
    LINES,
    PAIRS,
    SFT,
    UNPAIRED,
    Line,
    Message,
    PairLine,
    SftLine,
    UnpairedLine,
    read_lines,
    set_folder,
)
from app.base.errors import Invalid
from workers.training.run import Run

LEAST_CONTEXT = 16
"""Tokens of the last turn that must be left for a line to make sense."""
Turns = list[dict[str, str]]
Row = dict[str, Turns | bool]
L = TypeVar("L", bound=Line)


def sft_rows(run: Run, tokenizer: Any, *, held: bool = False) -> Dataset:
    """Rows `prompt`, `completion`."""
    found = _chosen(run, SFT, SftLine, held)
    rows = [(one, fit(one.prompt, [one.completion], tokenizer, run.training.tokens)) for one in found]
    return _dataset(run, held, [_row(one.completion, "completion", prompt) for one, prompt in _fitting(run, rows)])


def imitating(
    run: Run, tokenizer: Any, found: Sequence[tuple[Sequence[Message], Sequence[Message]]], *, held: bool = False
) -> Dataset:
    """Rows `prompt`, `completion` of (prompt, completion) that are at hand."""
    cut = [(said, fit(prompt, [said], tokenizer, run.training.tokens)) for prompt, said in found]
    for _ in [prompt for _, prompt in cut if prompt is None]:
        run.leave_out("too long")
    return _dataset(run, held, [_row(said, "completion", prompt) for said, prompt in cut if prompt is not None])


def pair_rows(run: Run, tokenizer: Any, *, held: bool = False) -> Dataset:
    """Rows `prompt`, `chosen`, `rejected`."""
    found = _chosen(run, PAIRS, PairLine, held)
    rows = [(one, fit(one.prompt, [one.chosen, one.rejected], tokenizer, run.training.tokens)) for one in found]
    made = [
        {**_row(one.chosen, "chosen", prompt), "rejected": _turns(one.rejected)} for one, prompt in _fitting(run, rows)
    ]
    return _dataset(run, held, made)


def liked_rows(run: Run, tokenizer: Any, *, held: bool = False) -> Dataset:
    """Rows `prompt`, `completion`, `label`, in a seeded order: turns that were liked or not, or where the set has none,
    both halves of every pair."""
    singles = _chosen(run, UNPAIRED, UnpairedLine, held, needed=False)
    if not singles:
        pairs = _chosen(run, PAIRS, PairLine, held, needed=False)
        singles = [half for one in pairs for half in _halves(one)]
    random.Random(run.training.seed).shuffle(singles)
    rows = [(one, fit(one.prompt, [one.completion], tokenizer, run.training.tokens)) for one in singles]
    made = [{**_row(one.completion, "completion", prompt), "label": one.label} for one, prompt in _fitting(run, rows)]
    if not held and len({row["label"] for row in made}) < 2:
        raise Invalid(f"The data set {run.order.set[:12]} needs both liked and disliked turns for this method.")
    return _dataset(run, held, made)


def _halves(pair: PairLine) -> list[UnpairedLine]:
    common = pair.model_dump(include={"conversation", "source", "role", "prompt"})
    return [
        UnpairedLine.model_validate({**common, "id": f"{pair.id}/{good}", "completion": side, "label": good})
        for side, good in ((pair.chosen, True), (pair.rejected, False))
    ]


def fit(
    prompt: Sequence[Message], answers: Sequence[Sequence[Message]], tokenizer: Any, tokens: int
) -> list[Message] | None:
    """The prompt cut so that it and the longest answer take at most `tokens`; None where that cannot be done."""
    turns = list(prompt)
    first = 1 if turns[0].role == "system" else 0
    while (over := max(_length(tokenizer, [*turns, *one]) for one in answers) - tokens) > 0:
        if len(turns) > first + 1:
            del turns[first]
            continue
        ids = tokenizer(turns[-1].content, add_special_tokens=False)["input_ids"]
        if len(turns) <= first or len(ids) - over < LEAST_CONTEXT:
            return None
        shorter = tokenizer.decode(ids[over:]).strip()
        turns[-1] = turns[-1].model_copy(update={"content": shorter[-len(turns[-1].content) + 1 :]})
    return turns


def prompt_text(turns: Sequence[Message], tokenizer: Any) -> str:
    """The prompt as the model reads it, up to where its own turn begins."""
    text = tokenizer.apply_chat_template(_turns(turns), tokenize=False, add_generation_prompt=True)
    return str(text)


def _length(tokenizer: Any, turns: Sequence[Message]) -> int:
    text = tokenizer.apply_chat_template(_turns(turns), tokenize=False)
    return len(tokenizer(text, add_special_tokens=False)["input_ids"])


def _turns(turns: Sequence[Message]) -> Turns:
    return [{"role": one.role, "content": one.content} for one in turns]


def _row(answer: Sequence[Message], name: str, prompt: Sequence[Message]) -> Row:
    return {"prompt": _turns(prompt), name: _turns(answer)}


def _fitting(run: Run, rows: list[tuple[L, list[Message] | None]]) -> list[tuple[L, list[Message]]]:
    found = [(line, prompt) for line, prompt in rows if prompt is not None]
    for _ in range(len(rows) - len(found)):
        run.leave_out("too long")
    return found


def _chosen(run: Run, name: str, kind: type[L], held: bool, needed: bool = True) -> list[L]:
    """The lines of one file that the recipe asks for: of its sources, and a seeded choice of as many as it says."""
    wanted = run.training
    path = set_folder(run.order.set) / (HELD + name if held else name)
    found = [one for one in read_lines(path, kind) if not wanted.sources or one.source in wanted.sources]
    if not found and needed and not held:
        raise Invalid(_nothing(run, name, wanted))
    return some(run, found, held)


def some(run: Run, found: list[L], held: bool) -> list[L]:
    """A seeded choice of as many lines as the recipe says."""
    most = run.training.held if held else run.training.examples or len(found)
    return found if len(found) <= most else random.Random(run.training.seed).sample(found, most)


def _nothing(run: Run, name: str, wanted: Training) -> str:
    of = f" from {', '.join(wanted.sources)}" if wanted.sources else ""
    files = ", ".join(LINES)
    return f"The data set {run.order.set[:12]} has no lines{of} in {name}; build one that does (it may have {files})."


def _dataset(run: Run, held: bool, rows: list[Row]) -> Dataset:
    if not held:
        run.examples = len(rows)
        if not rows:
            raise Invalid("No line of the data set fits; raise `tokens` in the recipe.")
    return Dataset.from_list(rows)
