"""Messages and tests: correlations as the MAIC study reports them, raw and with the first module taken out.

Nobody decided by lot who says how much; these figures are observations.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from app.analysis.flow.periods import attended, counted
from app.analysis.logs.intervals import Correlation, Interval, correlation
from app.analysis.logs.lines import Floats, Lines, Results


@dataclass(frozen=True)
class Outcomes:
    """One value a learner: messages a module, their mean length, the mean of later modules' tests, the last one's, and
    the first module's (after it, or before it where there is none after). NaN where there is none.
    """

    count: Floats
    length: Floats
    average: Floats
    final: Floats
    first: Floats


def outcomes(lines: Lines, results: Results) -> Outcomes:
    """The values of all learners who came."""
    there = attended(lines)
    came = there.any(axis=1)
    said = counted(lines, lines.messages).sum(axis=1)[came]
    letters = counted(lines, lines.messages, lines["characters"].astype(float)).sum(axis=1)[came]
    after, before = results.after[came], results.before[came]
    modules = after.shape[1]
    later = after[:, 1:]
    known = np.isfinite(later)
    average = np.divide(
        np.where(known, later, 0).sum(axis=1),
        known.sum(axis=1),
        out=np.full(len(after), np.nan),
        where=known.any(axis=1),
    )
    tested = np.flatnonzero(np.isfinite(after).any(axis=0))
    final = after[:, tested[-1]] if len(tested) and tested[-1] > 0 else np.full(len(after), np.nan)
    first = np.where(np.isnan(after[:, 0]), before[:, 0], after[:, 0]) if modules else np.full(len(after), np.nan)
    length = np.divide(letters, said, out=np.full(len(said), np.nan), where=said > 0)
    return Outcomes(said / there[came].sum(axis=1), length, average, final, first)


@dataclass(frozen=True)
class Relation:
    """How one of two measures of talk goes with one of two of tests: raw, and with the first module taken out."""

    talk: str
    test: str
    raw: Correlation
    controlled: Correlation


def relations(told: Outcomes) -> list[Relation]:
    """The four relations of the MAIC study."""
    pairs = [("messages", told.count), ("mean length", told.length)]
    tests = [("mean of later tests", told.average), ("last test", told.final)]
    return [
        Relation(talk, test, correlation(x, y), correlation(x, y, (told.first,)))
        for talk, x in pairs
        for test, y in tests
    ]


def regression(told: Outcomes) -> dict[str, Interval]:
    """The last test on the first module's, messages and length, all standardised: coefficients with Student's interval.

    Empty where fewer than ten learners have all of them, or one of these does not vary.
    """
    columns = {"first module": told.first, "messages": told.count, "mean length": told.length}
    known = np.isfinite(told.final)
    for one in columns.values():
        known &= np.isfinite(one)
    n = int(known.sum())
    whole = np.column_stack([told.final, *columns.values()])[known]
    if n < 10 or (whole.std(axis=0) < 1e-9).any():
        return {}
    scaled = (whole - whole.mean(axis=0)) / whole.std(axis=0)
    x, y = scaled[:, 1:], scaled[:, 0]
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    freedom = n - 1 - x.shape[1]
    error = np.sqrt(((y - x @ beta) ** 2).sum() / freedom * np.diag(np.linalg.pinv(x.T @ x)))
    half = stats.t.ppf(0.975, freedom) * error
    return {
        name: Interval(float(beta[at]), float(beta[at] - half[at]), float(beta[at] + half[at]), n)
        for at, name in enumerate(columns)
    }
