"""Group-relative policy optimisation (arXiv 2402.03300) with simulated learners as the environment.

A problem is put to the tutor with a learner's mistaken attempt. Its turn is worth what such learners gain from it on a
near variant of the problem, solved without seeing the turn (arXiv 2610.06446), so that telling the answer cannot pay;
less a penalty where it tells the answer all the same, and one where it is no turn. The learners follow rules
(`evaluation/talks.py`): what is learnt here is to please them, which is a hypothesis about people and no more.
"""

from collections.abc import Callable
from typing import Any

from datasets import Dataset
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer

from app.alignment.evaluation.problems import exercise, gives_away
from app.alignment.evaluation.talks import Learner, tutor_prompt, visible
from app.alignment.runs.schema import Training
from workers.training.common import arguments, carry_through, policy
from workers.training.run import Run

CLASS = 8
"""Learners that hear a turn; its worth is their mean gain."""
PROBLEMS = 200
SHORTEST = 3
"""Words that a turn must have."""


def train(run: Run) -> None:
    """Carry out an order of method "grpo". The set is not read: the problems come from the seed."""
    wanted = run.training
    given = policy(run)
    rows = problems(wanted)
    run.examples = len(rows)
    with run.timed("data"):
        trainer = GRPOTrainer(
            model=given.model,
            reward_funcs=rewarding(wanted),
            args=GRPOConfig(
                num_generations=wanted.group,
                max_completion_length=wanted.answer,
                temperature=wanted.temperature,
                beta=wanted.beta,
                **arguments(run, given),
            ),
            train_dataset=rows,
            processing_class=given.tokenizer,
        )
    carry_through(run, trainer, given)


def rewarding(wanted: Training) -> Callable[..., list[float | None]]:
    """What TRL asks for the worth of turns; `seed` comes with the rows."""

    def gains(completions: list[list[dict[str, str]]], seed: list[int], **_: Any) -> list[float | None]:
        return [worth(one[-1]["content"], at, wanted) for one, at in zip(completions, seed, strict=True)]

    return gains


def problems(wanted: Training) -> Dataset:
    """Rows `prompt` and `seed`: a problem, and what a learner who lacks its first skill says to it."""
    found: list[dict[str, object]] = []
    at = wanted.seed * PROBLEMS
    while len(found) < (wanted.examples or PROBLEMS):
        at += 1
        problem = exercise(at)
        learner = Learner(problem, at)
        if problem.steps[0].skill in learner.skills:
            continue
        turns = [tutor_prompt(problem.question).model_dump(), {"role": "user", "content": learner.opening()}]
        found.append({"prompt": turns, "seed": at})
    return Dataset.from_list(found)


def worth(reply: str, seed: int, wanted: Training) -> float:
    """A turn's reward: mean gain of learners who lack the skill, less what is taken off."""
    problem, words = exercise(seed), visible(reply)
    known = f"{problem.question} {Learner(problem, seed).opening()}"
    leaks = gives_away(words, str(problem.answer), known)
    gains = [_gain(problem, words, leaks, seed * CLASS + one) for one in range(CLASS)]
    untidy = len(words.split()) < SHORTEST or words.rstrip()[-1:] not in ".?!"
    return sum(gains) / CLASS - wanted.leak * leaks - wanted.untidy * untidy


def _gain(problem: Any, words: str, leaks: bool, seed: int) -> float:
    learner = Learner(problem, seed)
    learner.skills.discard(problem.steps[0].skill)
    learner.before.discard(problem.steps[0].skill)
    learner.opening()
    learner.reply(words, leaks)
    return learner.gain()
