"""The verbs about what learners know, for the doors and the jobs."""

from app.analysis.learners.knowing import (
    Known,
    LearnerLine,
    known_of,
    known_values,
    learners_of,
    mastery_values,
    weak_points,
)
from app.analysis.learners.mastery import follow, forget, heed, rebuild, refit, refit_all, waits

__all__ = [
    "Known",
    "LearnerLine",
    "follow",
    "forget",
    "heed",
    "known_of",
    "known_values",
    "learners_of",
    "mastery_values",
    "rebuild",
    "refit",
    "refit_all",
    "waits",
    "weak_points",
]
