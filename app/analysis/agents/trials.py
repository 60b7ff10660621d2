"""Adapters compared by lot: what came of the classes of each arm. Lots are drawn for learners, so they are the unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from scipy import stats

from app.analysis.agents.attempts import RIGHT
from app.analysis.agents.schema import Thumb, Trial
from app.analysis.logs.codes import CAUSES
from app.analysis.logs.intervals import Interval, holm, mean, mean_difference
from app.analysis.logs.lines import Floats, Lines, Whole
from app.classroom.schema import Kind

OUTCOMES = {
    "finished": "classes that came to their end (share)",
    "right": "judged tries that are right (share)",
    "messages": "students' messages a class",
    "up": "thumbs that are up (share)",
}


@dataclass(frozen=True)
class Arm:
    """An arm: its learners, and for each of OUTCOMES its mean and the difference to the first arm, with p by Welch's
    test, corrected for all comparisons of the trial.
    """

    name: str
    learners: int
    means: dict[str, Interval]
    differences: dict[str, Interval]
    p: dict[str, float]


def read_trial(lines: Lines, trial: Trial, thumbs: Sequence[Thumb]) -> list[Arm]:
    """What came of each arm, of the classes that are among the lines."""
    values = _outcomes(lines, thumbs)
    arm_of = np.array([trial.assigned.get(UUID(one.id), "") for one in lines.classes] or [""], dtype=object)[
        : len(lines.classes)
    ]
    owner = np.array([one.learner for one in lines.classes], dtype=np.int64)
    groups = [
        {name: _by_learner(some[arm_of == arm], owner[arm_of == arm]) for name, some in values.items()}
        for arm in trial.arms
    ]
    ps = np.full((len(groups), len(OUTCOMES)), np.nan)
    for at, group in enumerate(groups[1:], start=1):
        for place, name in enumerate(OUTCOMES):
            ps[at, place] = _welch(groups[0][name], group[name])
    ps = holm(ps)
    return [
        Arm(
            name=arm,
            learners=len(group["finished"]),
            means={name: mean(group[name]) for name in OUTCOMES},
            differences={name: mean_difference(groups[0][name], group[name]) for name in OUTCOMES} if at else {},
            p={name: float(ps[at, place]) for place, name in enumerate(OUTCOMES)} if at else {},
        )
        for at, (arm, group) in enumerate(zip(trial.arms, groups, strict=True))
    ]


def _by_learner(values: Floats, learner: Whole) -> Floats:
    """The mean of each learner's classes, NaN where none has a value."""
    people, place = np.unique(learner, return_inverse=True)
    known = np.isfinite(values)
    total = np.bincount(place[known], values[known], minlength=len(people))
    return _share(total, np.bincount(place[known], minlength=len(people)).astype(float))


def _outcomes(lines: Lines, thumbs: Sequence[Thumb]) -> dict[str, Floats]:
    """A value a class for each of OUTCOMES, NaN where it has none."""
    n = len(lines.classes)
    finished = np.zeros(n)
    finished[lines.klass[lines.of(Kind.ENDED) & (lines["cause"] == CAUSES.index("finished"))]] = 1
    judged = lines.speech & (lines["verdict"] > 0)
    tries = np.bincount(lines.klass[judged], minlength=n).astype(float)
    right = np.bincount(lines.klass[judged & (lines["verdict"] == RIGHT)], minlength=n)
    place = {one.id: at for at, one in enumerate(lines.classes)}
    up, given = np.zeros(n), np.zeros(n)
    for thumb in thumbs:
        if (at := place.get(str(thumb.class_id), -1)) >= 0:
            given[at] += 1
            up[at] += thumb.is_up
    return {
        "finished": finished,
        "right": _share(right, tries),
        "messages": np.bincount(lines.klass, lines.messages.astype(float), minlength=n).astype(float),
        "up": _share(up, given),
    }


def _share(
    some: "np.ndarray[tuple[int], np.dtype[np.float64]] | np.ndarray[tuple[int], np.dtype[np.int64]]", whole: Floats
) -> Floats:
    found: Floats = np.divide(some, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return found


def _welch(one: Floats, two: Floats) -> float:
    one, two = one[np.isfinite(one)], two[np.isfinite(two)]
    if len(one) < 2 or len(two) < 2 or not (one.std() or two.std()):
        return float("nan")
    return float(stats.ttest_ind(two, one, equal_var=False).pvalue)
