"""A cyclical curriculum (after github.com/CyclicalCurriculum/Cyclical-Curriculum): sizes go up and down, ease decides.

Each epoch trains on a share of the examples that grows from `start` to `end` by a factor and shrinks back again. An
epoch's examples are drawn without replacement, with chances in proportion to 1 / loss under the model that training
starts from. The whole course of a run is worked out beforehand from the seed, so that it can be resumed.
"""

import random
from itertools import islice
from typing import Any

import torch
from datasets import Dataset

from app.alignment.runs.schema import Curriculum
from workers.training.bases import Base
from workers.training.run import Run

LEAST_LOSS = 1e-3


def in_order(run: Run, given: Base, rows: Dataset, answer: str) -> Dataset:
    """The rows as they are, or where the recipe has a curriculum, one row for each time that it is met."""
    wanted = run.training
    if wanted.curriculum is None:
        return rows
    losses = [_loss(given, row["prompt"], row[answer]) for row in rows]
    return rows.select(course(losses, wanted.curriculum, max(1, round(wanted.epochs)), wanted.seed))


def course(losses: list[float], curriculum: Curriculum, epochs: int, seed: int) -> list[int]:
    """Indices of examples in the order in which they are met."""
    rng, scores = random.Random(seed), [1 / max(loss, LEAST_LOSS) for loss in losses]
    met: list[int] = []
    for share in islice(shares(curriculum), epochs):
        count = max(1, round(share * len(scores)))
        # Drawing without replacement in proportion to the scores: the largest of u ** (1 / score) (Efraimidis, 2006).
        keys = [rng.random() ** (1 / score) for score in scores]
        met += sorted(range(len(scores)), key=lambda at, keys=keys: -keys[at])[:count]  # type: ignore[misc]
    return met


def shares(curriculum: Curriculum) -> Any:
    """The share of each epoch, for ever: up by the factor to `end`, down to `start`, and again."""
    share, grows = curriculum.start, True
    while True:
        yield share
        share = share * curriculum.step if grows else share / curriculum.step
        if share >= curriculum.end:
            share, grows = curriculum.end, False
        elif share <= curriculum.start:
            share, grows = curriculum.start, True


def _loss(given: Base, prompt: list[dict[str, str]], answer: list[dict[str, str]]) -> float:
    """Mean loss of the answer's tokens; of a reward model's base, whose words are gone, the answer's length."""
    tokenizer = given.tokenizer
    before = tokenizer(tokenizer.apply_chat_template(prompt, tokenize=False, add_generation_prompt=True))["input_ids"]
    whole = tokenizer(tokenizer.apply_chat_template(prompt + answer, tokenize=False))["input_ids"]
    if given.model.get_output_embeddings() is None:
        return float(len(whole) - len(before))
    labels = [-100] * len(before) + whole[len(before) :]
    with torch.no_grad():
        said = given.model(input_ids=torch.tensor([whole]), labels=torch.tensor([labels]))
    return float(said.loss)
