"""Models as students: they read a text, and then an exam says how much of their belief lies on the right numbers.

The text stands as the one worked example before the question, as a student of arXiv 2406.14629 and 2406.19227 reads it.
A small model's greedy answer is nearly always wrong; how its belief is spread tells more, and costs no generation.
"""

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from app.alignment.evaluation.problems import Exercise
from app.alignment.evaluation.reading import choices
from app.alignment.evaluation.schema import Scored
from app.alignment.schema import Message

if TYPE_CHECKING:
    from workers.training.scoring import Voice


def marks(voice: "Voice", read: Sequence[tuple[Sequence[Message], str, Sequence[Exercise]]]) -> list[float]:
    """For each (words that asked for the text, text, exam) the mean chance of the right number among the choices.

    A text that is "" was not read at all. Ties give each choice its share, so what says nothing is at 1 / choices.
    """
    wanted = [
        Scored(id=f"{at}/{place}/{k}", prompt=_asking(prompt, text, question), completion=f"The answer is {number}.")
        for at, (prompt, text, exam) in enumerate(read)
        for place, question in enumerate(exam)
        for k, number in enumerate(choices(question))
    ]
    given = {one.id: total for one, total, _ in voice.scores(wanted)}
    return [
        sum(_share([given[f"{at}/{place}/{k}"] for k in range(len(choices(one)))]) for place, one in enumerate(exam))
        / len(exam)
        for at, (_, _, exam) in enumerate(read)
    ]


def _asking(prompt: Sequence[Message], text: str, question: Exercise) -> list[Message]:
    asked = Message(role="user", content=question.question)
    return [*prompt, Message(role="assistant", content=text), asked] if text.strip() else [asked]


def _share(totals: list[float]) -> float:
    """The first one's share of the belief."""
    highest = max(totals)
    weights = [math.exp(one - highest) for one in totals]
    return weights[0] / sum(weights)


def without_adapter(model: Any) -> AbstractContextManager[Any]:
    """The model as it was before any training: the student that is the same for every teacher."""
    found: AbstractContextManager[Any] = model.disable_adapter() if hasattr(model, "disable_adapter") else nullcontext()
    return found
