"""Cohorts and versions of a lesson side by side. What differs may differ for other reasons: nobody drew lots here."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np

from app.analysis.logs.codes import CAUSES
from app.analysis.logs.intervals import Interval, mean, mean_difference, share_difference, wilson
from app.analysis.logs.lines import Floats, Lines, Truths, Whole
from app.classroom.schema import Kind

FEWEST = 5
"""Smaller groups are not compared."""
MOST_GROUPS = 6


@dataclass(frozen=True)
class Cohorts:
    """Learners by when they began. `group` is each learner's place among `names`, -1 for who never came."""

    names: list[str]
    group: Whole


def cohorts(lines: Lines) -> Cohorts:
    """By the week of the first class, or by the month where that makes too many groups. None where times were moved."""
    if lines.course.is_shifted:
        return Cohorts([], np.full(len(lines.course.learners), -1, dtype=np.int64))
    first = np.full(len(lines.course.learners), np.inf)
    known = lines.learner >= 0
    np.minimum.at(first, lines.learner[known], lines["at"][known])
    came = np.flatnonzero(np.isfinite(first))
    days = {int(at): datetime.fromtimestamp(float(first[at]), UTC) for at in came}
    names = {at: "week {1} of {0}".format(*day.isocalendar()) for at, day in days.items()}
    if len(set(names.values())) > MOST_GROUPS:
        names = {at: f"{day:%B %Y}" for at, day in days.items()}
    order = list(dict.fromkeys(names[at] for at in sorted(days, key=lambda at: days[at])))
    group = np.full(len(first), -1, dtype=np.int64)
    for at, name in names.items():
        group[at] = order.index(name)
    return Cohorts(order, group)


def large_enough(found: Cohorts) -> list[int]:
    """The groups that can be compared, at most MOST_GROUPS, the newest."""
    sizes = Counter(found.group[found.group >= 0].tolist())
    return [at for at in range(len(found.names)) if sizes[at] >= FEWEST][-MOST_GROUPS:]


@dataclass(frozen=True)
class VersionFlow:
    """What classes with a version came to: the share that finished, their minutes, and students' messages in each."""

    lesson: int
    number: int
    classes: int
    finished: Interval
    minutes: Interval
    messages: Interval


@dataclass(frozen=True)
class VersionChange:
    """A version against the one before it among those that were taught."""

    before: VersionFlow
    after: VersionFlow
    finished: Interval
    minutes: Interval
    messages: Interval


@dataclass(frozen=True)
class _PerClass:
    finished: Truths
    minutes: Floats
    messages: Floats


def version_changes(lines: Lines) -> list[VersionChange]:
    """Of every lesson that was taught in several versions, each with the one before it."""
    told = _per_class(lines)
    of_class = np.array([one.version for one in lines.classes], dtype=np.int64)
    found = []
    for lesson in range(len(lines.course.lessons)):
        own = [at for at, one in enumerate(lines.course.versions) if one.lesson == lesson]
        taught = [at for at in own if (of_class == at).sum() >= FEWEST]
        for before, after in pairwise(taught):
            one, two = of_class == before, of_class == after
            flows = [_flow(lines, told, at, of_class == at) for at in (before, after)]
            found.append(
                VersionChange(
                    before=flows[0],
                    after=flows[1],
                    finished=share_difference(flows[0].finished, flows[1].finished),
                    minutes=mean_difference(told.minutes[one], told.minutes[two]),
                    messages=mean_difference(told.messages[one], told.messages[two]),
                )
            )
    return found


def _per_class(lines: Lines) -> _PerClass:
    n = len(lines.classes)
    ended = lines.of(Kind.ENDED) & (lines["cause"] == CAUSES.index("finished"))
    finished = np.zeros(n, dtype=bool)
    finished[lines.klass[ended]] = True
    minutes = np.bincount(lines.klass, lines.gaps, minlength=n) / 60
    messages = np.bincount(lines.klass, lines.messages.astype(float), minlength=n).astype(float)
    return _PerClass(finished, minutes, messages)


def _flow(lines: Lines, told: _PerClass, version: int, own: Truths) -> VersionFlow:
    facts = lines.course.versions[version]
    return VersionFlow(
        lesson=facts.lesson,
        number=facts.number,
        classes=int(own.sum()),
        finished=wilson(float(told.finished[own].sum()), int(own.sum())),
        minutes=mean(told.minutes[own]),
        messages=mean(told.messages[own]),
    )
