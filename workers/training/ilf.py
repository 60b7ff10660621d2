"""Imitation learning from language feedback (arXiv 2303.16755): the model learns to say what feedback made of a turn.

Where somebody edited a turn, the edit is the refinement. Where somebody only said what was wrong, the model writes
several refinements with turn and feedback in sight, and the one is taken that owes most to the feedback: whose
log-probability a token gains most by having read it. What is trained is imitation of refinements, without the feedback.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from app.alignment.evaluation.schema import Scored
from app.alignment.runs import schema
from app.alignment.schema import (
    HELD,
    PAIRS,
    UNPAIRED,
    Message,
    PairLine,
    UnpairedLine,
    read_lines,
    set_folder,
    written_lines,
)
from app.base.errors import Invalid
from app.base.prompts import fill
from workers.training.bases import Base
from workers.training.common import arguments, carry_through, policy
from workers.training.data import imitating, some
from workers.training.run import Run
from workers.training.sample import speak
from workers.training.scoring import Voice

PROMPTS = Path(__file__).parent / "prompts"
Refined = tuple[list[Message], list[Message]]


def train(run: Run) -> None:
    """Carry out an order of method "ilf"."""
    given = policy(run)
    with run.timed("refine"):
        edits, refined = _edits(run, ""), _refined(run, given)
    run.found = {"edits": float(len(edits)), "refined": float(len(refined))}
    if not (edits or refined):
        raise Invalid(
            f"The data set {run.order.set[:12]} has neither edits (pairs of the recipe's `sources`, or that "
            "instructors made) nor turns with words of what was wrong with them."
        )
    with run.timed("data"):
        rows = imitating(run, given.tokenizer, [*edits, *refined])
        held = imitating(run, given.tokenizer, _edits(run, HELD), held=True)
        trainer = SFTTrainer(
            model=given.model,
            args=SFTConfig(max_length=run.training.tokens, completion_only_loss=True, **arguments(run, given)),
            train_dataset=rows,
            eval_dataset=held if len(held) else None,
            processing_class=given.tokenizer,
        )
    carry_through(run, trainer, given)


def _edits(run: Run, prefix: str) -> list[Refined]:
    """Context and refinement of what was edited: pairs that say so, and those of sources that the recipe names."""
    lines = read_lines(set_folder(run.order.set) / (prefix + PAIRS), PairLine)
    found = [one for one in lines if one.edited or one.source in run.training.sources]
    return [(one.prompt, one.chosen) for one in some(run, found, held=bool(prefix))]


def _refined(run: Run, given: Base) -> list[Refined]:
    """Context and refinement of what was only spoken of. Kept in the run's folder for a run that is resumed."""
    lines = read_lines(set_folder(run.order.set) / UNPAIRED, UnpairedLine)
    told = some(run, [one for one in lines if one.feedback and not one.label], held=False)
    path = run.folder / schema.REFINED
    kept = {one.id: one for one in written_lines(path, UnpairedLine, cut=True)}
    for at, line in enumerate(told):
        if line.id not in kept:
            torch.manual_seed(run.training.seed + at)
            turn = [Message(role="assistant", content=refinement(run, given, line))]
            kept[line.id] = line.model_copy(update={"completion": turn, "label": True})
            with path.open("a", encoding="utf-8") as out:
                out.write(kept[line.id].model_dump_json() + "\n")
    mine = [kept[one.id] for one in told]  # others may have been kept when more was asked for, or allowed
    return [(one.prompt, one.completion) for one in mine if one.completion[-1].content.strip()]


def refinement(run: Run, given: Base, line: UnpairedLine) -> str:
    """Of several refinements of a turn the one that owes most to the feedback; "" where the model wrote none."""
    words = fill(PROMPTS, "refine.txt.j2", turn=line.completion[-1].content, feedback=line.feedback)
    asked = [*line.prompt, line.completion[-1], Message(role="user", content=words)]
    given.model.eval()
    texts = [one for one in dict.fromkeys(speak(run, given, [asked] * run.training.group)) if one]
    owed = owing(Voice(given, run.training.batch, run.training.tokens), line.prompt, asked, texts)
    return max(zip(owed, texts, strict=True), default=(0.0, ""))[1]


def owing(voice: Voice, plain: Sequence[Message], told: Sequence[Message], texts: Sequence[str]) -> list[float]:
    """By how many nats a token each text is likelier after `told` than after `plain`."""
    wanted = [
        Scored(id=f"{side}{at}", prompt=list(prompt), completion=text)
        for side, prompt in (("told", told), ("plain", plain))
        for at, text in enumerate(texts)
    ]
    each = {one.id: total / tokens for one, total, tokens in voice.scores(wanted)}
    return [each[f"told{at}"] - each[f"plain{at}"] for at in range(len(texts))]
