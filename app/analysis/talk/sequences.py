"""What follows what, more or less often than chance: lag-sequential analysis of order 1.

Adjusted residuals after Allison and Liker (1982) and Haberman (1973); p values of all cells corrected by Holm's steps.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from app.analysis.logs.codes import ACTIVITIES, FLANDERS, MATES, TEACHING
from app.analysis.logs.intervals import holm
from app.analysis.logs.lines import Lines

Floats = NDArray[np.float64]
LEAST = 5.0
"""A pair that chance alone would not bring about so often is not tested."""
TEACHERS = {
    "4-asks": "teacher asks",
    "5-lectures": "teacher explains",
    "6-directs": "teacher directs",
    "7-criticises": "teacher directs",
}
FEEDBACK, MATE = "teacher takes up or praises", "classmate speaks"
LABELS = (*ACTIVITIES[1:], "teacher explains", "teacher asks", FEEDBACK, "teacher directs", MATE)


@dataclass(frozen=True)
class Sequences:
    """Pairs of LABELS that follow each other in a class: counts, what chance would give, adjusted residuals and
    corrected p, shape (labels, labels) each; NaN where a pair is not tested.
    """

    counts: Floats
    expected: Floats
    residuals: Floats
    p: Floats
    pairs: int

    def beyond_chance(self, level: float = 0.05) -> list[tuple[str, str, float, float, int]]:
        """Pairs that come more or less often than chance: from, to, residual, p, count; the strongest first."""
        found = [
            (LABELS[i], LABELS[j], float(self.residuals[i, j]), float(self.p[i, j]), int(self.counts[i, j]))
            for i, j in np.argwhere(np.nan_to_num(self.p, nan=1.0) < level)
        ]
        return sorted(found, key=lambda one: -abs(one[2]))


def labels(lines: Lines) -> NDArray[np.int64]:
    """The label of each line, from 1; 0 for what is no speech."""
    found = np.zeros(len(lines), dtype=np.int64)
    student = lines.messages
    found[student] = lines["activity"][student]
    teaches = lines.speech & np.isin(lines["voice"], TEACHING)
    of_code = np.array([0, *(LABELS.index(TEACHERS.get(name, FEEDBACK)) + 1 for name in FLANDERS[1:])])
    found[teaches] = of_code[lines["flanders"][teaches]]
    found[lines.speech & np.isin(lines["voice"], MATES)] = LABELS.index(MATE) + 1
    return found


def sequences(lines: Lines) -> Sequences:
    """The pairs of all classes. A pair never reaches from one class into another."""
    label = labels(lines)
    spoken = label > 0
    code, klass = label[spoken] - 1, lines.klass[spoken]
    counts = np.zeros((len(LABELS), len(LABELS)))
    if len(code) > 1:
        same = klass[1:] == klass[:-1]
        np.add.at(counts, (code[:-1][same], code[1:][same]), 1)
    return residuals_of(counts)


def residuals_of(counts: Floats) -> Sequences:
    """Adjusted residuals of a table of transitions: (o - e) / sqrt(e (1 - row share) (1 - column share))."""
    total = float(counts.sum())
    if not total:
        nothing = np.full(counts.shape, np.nan)
        return Sequences(counts, np.zeros(counts.shape), nothing, nothing, 0)
    rows, columns = counts.sum(axis=1) / total, counts.sum(axis=0) / total
    expected = total * np.outer(rows, columns)
    spread = np.sqrt(expected * np.outer(1 - rows, 1 - columns))
    can = (expected >= LEAST) & (spread > 0)
    residuals = np.divide(counts - expected, spread, out=np.full(counts.shape, np.nan), where=can)
    p = np.where(can, 2 * stats.norm.sf(np.abs(residuals)), np.nan)
    return Sequences(counts, expected, residuals, holm(p), int(total))
