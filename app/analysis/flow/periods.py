"""Learner by module: who was at risk of stopping where, what they had done there, and whether they went on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.analysis.logs.codes import CAUSES
from app.analysis.logs.lines import Floats, Lines, Results, Truths, Whole
from app.classroom.schema import Kind

PATIENCE = 14 * 86400.0
"""Seconds of silence after which somebody who has modules before them counts as gone."""


@dataclass(frozen=True)
class Periods:
    """A row for each learner in each module in which they were in class, by learner and module.

    `gone`: they were never in a later module, and silent for so long that they count as gone. `known`: whether enough
    time has gone by since the period's end to say so; of who went on as of who did not, lest only the former be told
    of the newest module. The last module is never known: nobody can go further. `messages` and `length` (mean,
    characters) are of this module; `left`: no class of it came to its end; `marks`: mean of all tests up to its end
    (0 to 1, NaN: none).
    """

    learner: Whole
    module: Whole
    messages: Whole
    length: Floats
    left: Truths
    marks: Floats
    gone: Truths
    known: Truths
    last_module: int

    def __len__(self) -> int:
        return len(self.learner)


def attended(lines: Lines) -> Truths:
    """Who was in class in which module: shape (learners, modules). In a shared class whoever did something was."""
    found: Truths = np.zeros((len(lines.course.learners), len(lines.course.modules)), dtype=bool)
    known = lines.learner >= 0
    found[lines.learner[known], lines.module[known]] = True
    return found


def counted(lines: Lines, which: Truths, weights: NDArray[np.float64] | None = None) -> Floats:
    """Lines (or their weights) added up by learner and module: shape (learners, modules)."""
    shape = (len(lines.course.learners), len(lines.course.modules))
    which = which & (lines.learner >= 0)
    at = np.ravel_multi_index((lines.learner[which], lines.module[which]), shape) if which.any() else np.zeros(0, int)
    told = None if weights is None else weights[which]
    found: Floats = np.bincount(at, told, minlength=shape[0] * shape[1]).reshape(shape).astype(float)
    return found


def periods(lines: Lines, results: Results, as_of: float) -> Periods:
    """The periods as they stand at `as_of` (seconds since 1970)."""
    there = attended(lines)
    reached = np.flatnonzero(there.any(axis=0))
    last_module = int(reached[-1]) if len(reached) else -1
    learner, module = np.nonzero(there)
    later = there[:, ::-1].cumsum(axis=1)[:, ::-1] - there
    goes_on = later[learner, module] > 0
    silent = as_of - results.seen > PATIENCE
    is_last = module == last_module
    is_old = as_of - _latest(lines, there.shape)[learner, module] > PATIENCE
    gone = ~goes_on & silent[learner] & is_old & ~is_last
    messages = counted(lines, lines.messages)
    letters = counted(lines, lines.messages, lines["characters"].astype(float))
    finished = _finished(lines)
    marks = _marks_until(results)
    count = messages[learner, module]
    return Periods(
        learner=learner,
        module=module,
        messages=count.astype(np.int64),
        length=np.divide(letters[learner, module], count, out=np.zeros(len(count)), where=count > 0),
        left=~finished[learner, module],
        marks=marks[learner, module],
        gone=gone,
        known=is_old & ~is_last,
        last_module=last_module,
    )


def _latest(lines: Lines, shape: tuple[int, ...]) -> Floats:
    """When each learner was last in a class of each module (seconds since 1970): shape (learners, modules)."""
    found: Floats = np.full(shape, -np.inf)
    known = lines.learner >= 0
    np.maximum.at(found, (lines.learner[known], lines.module[known]), lines["at"][known])
    return found


def _finished(lines: Lines) -> Truths:
    """Who was in a class of a module that came to its end."""
    ended = lines.of(Kind.ENDED) & (lines["cause"] == CAUSES.index("finished"))
    whole = np.zeros(len(lines.classes), dtype=bool)
    whole[lines.klass[ended]] = True
    in_whole = whole[lines.klass] if len(lines) else np.zeros(0, dtype=bool)
    return counted(lines, in_whole) > 0


def _marks_until(results: Results) -> Floats:
    """The mean of each learner's tests before and after modules, up to each module: shape (learners, modules)."""
    both = np.stack([results.before, results.after])
    known = np.isfinite(both)
    total, count = np.where(known, both, 0).sum(axis=0).cumsum(axis=1), known.sum(axis=0).cumsum(axis=1)
    found: Floats = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return found
