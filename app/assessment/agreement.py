"""How well two markers agree."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def quadratic_weighted_kappa(first: Sequence[int], second: Sequence[int], classes: int) -> float:
    """Cohen's kappa with quadratic weights, of two lists of marks from 0 to `classes` - 1.

    kappa = 1 - sum(w O) / sum(w E), where O counts the pairs of marks, E is what two markers with these marginals
    would make by chance, and w_ij = (i - j)^2 / (classes - 1)^2. 1: the same marks; 0: no better than chance; below:
    worse. Where both give one and the same mark throughout, chance explains all and 1 is returned. Source: Cohen,
    "Weighted kappa: nominal scale agreement with provision for scaled disagreement or partial credit", Psychological
    Bulletin 70 (1968). Raises ValueError for lists that are empty, unlike in length or out of range.
    """
    if len(first) != len(second) or not first:
        raise ValueError("two lists of the same length, with at least one mark")
    if classes < 2 or min(*first, *second) < 0 or max(*first, *second) >= classes:
        raise ValueError(f"marks from 0 to {classes - 1}")
    pairs = confusion(first, second, classes).astype(float)
    chance = np.outer(pairs.sum(axis=1), pairs.sum(axis=0)) / len(first)
    steps = np.subtract.outer(np.arange(classes), np.arange(classes))
    weights = steps**2 / (classes - 1) ** 2
    expected = float((weights * chance).sum())
    return 1.0 if expected == 0 else 1.0 - float((weights * pairs).sum()) / expected


def confusion(first: Sequence[int], second: Sequence[int], classes: int) -> NDArray[np.int64]:
    """How often the first marker gave i and the second j: an array of `classes` x `classes` counts."""
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (np.asarray(first), np.asarray(second)), 1)
    return counts
