"""When something should come up again: the scheduler FSRS on a learner's answers about one component.

An answer is a review: right is "good", wrong is "again". Days alone count, so that what is practised twice in an hour
is due no earlier for it. Nothing is drawn at random: the same answers give the same date.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from fsrs import Card, Rating, Scheduler

RETENTION = 0.9
"""A component is due when it is remembered with this probability."""
LONGEST_DAYS = 365


class Review(NamedTuple):
    """When it is due, and its stability: after how many days it is remembered with probability 0.9."""

    due: datetime
    stability: float


@lru_cache
def _scheduler() -> Scheduler:
    return Scheduler(
        desired_retention=RETENTION,
        learning_steps=(),
        relearning_steps=(),
        maximum_interval=LONGEST_DAYS,
        enable_fuzzing=False,
    )


def review_of(answers: Sequence[tuple[datetime, bool]]) -> Review:
    """What follows from answers (when, and whether right) in their order; there must be one."""
    card, latest = Card(card_id=1), answers[0][0]
    for at, right in answers:
        # Clocks may have differed: what was answered later is not reviewed earlier.
        latest = max(latest, at)
        card, _ = _scheduler().review_card(card, Rating.Good if right else Rating.Again, latest.astimezone(UTC))
    return Review(card.due, float(card.stability or 0.0))
