"""Messages per learner and module, their length, and what they do (MAIC's seven activities)."""

from dataclasses import dataclass

import numpy as np

from app.analysis.flow.periods import attended, counted
from app.analysis.logs.codes import ACTIVITIES, PRESENCES
from app.analysis.logs.intervals import Interval, mean, wilson
from app.analysis.logs.lines import Floats, Lines, Truths


@dataclass(frozen=True)
class Messages:
    """`each` is messages per learner and module in which they were, `length` characters of a message, `silent` the
    share of learner-modules without any, `observers` that of learners who never said a word; `sd` belong to them.
    """

    each: Interval
    each_sd: float
    length: Interval
    length_sd: float
    silent: Interval
    observers: Interval
    by_module: list[Interval]
    total: int


def messages(lines: Lines) -> Messages:
    """How much learners say."""
    there = attended(lines)
    said = counted(lines, lines.messages)
    each = said[there]
    lengths = lines["characters"][lines.messages].astype(float)
    came = there.any(axis=1)
    silent_people = float((said.sum(axis=1)[came] == 0).sum())
    return Messages(
        each=mean(each),
        each_sd=_sd(each),
        length=mean(lengths),
        length_sd=_sd(lengths),
        silent=wilson(float((each == 0).sum()), len(each)),
        observers=wilson(silent_people, int(came.sum())),
        by_module=[mean(said[there[:, at], at]) for at in range(there.shape[1])],
        total=len(lengths),
    )


def _sd(values: Floats) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else float("nan")


def shares(lines: Lines, column: str, names: tuple[str, ...], which: Truths) -> dict[str, Interval]:
    """The share of each code of a column among the lines that have one, with Wilson's interval.

    Lines of one learner are alike, so that the interval is rather too narrow; the page says so.
    """
    codes = lines[column][which]
    counts = np.bincount(codes[codes > 0], minlength=len(names))
    n = int(counts.sum())
    return {name: wilson(float(counts[at]), n) for at, name in enumerate(names) if at}


def activities(lines: Lines) -> dict[str, Interval]:
    """What students' messages do."""
    return shares(lines, "activity", ACTIVITIES, lines.messages)


def presences(lines: Lines, which: Truths) -> dict[str, Interval]:
    """The presences that lines show."""
    return shares(lines, "presence", PRESENCES, which)
