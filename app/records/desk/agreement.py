"""How far two coders agree: Cohen's kappa with a confidence interval, by numpy alone.

Kappa: J. Cohen, "A coefficient of agreement for nominal scales" (1960). Its large-sample standard error: J. L. Fleiss,
J. Cohen and B. S. Everitt, "Large sample standard errors of kappa and weighted kappa" (1969), equation 13.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

Z95 = 1.959963984540054
"""The 97.5th percentile of the standard normal distribution."""
Counts = NDArray[np.float64]


class CodeAgreement(BaseModel):
    """One code: how often each gave it, and how far they agree on it.

    `share` is the specific agreement 2·both / (first + second), None where neither gave it; `kappa` is of this code
    against all others together.
    """

    code: str
    first: int
    second: int
    both: int
    share: float | None
    kappa: float | None


class Agreement(BaseModel):
    """Two coders on the units that both coded. `percent` is a share from 0 to 1.

    `kappa` is None where it is undefined: without units, or where both gave everything the same one code. `low` and
    `high` bound its 95 % confidence interval, which is poor below some twenty units. `apart` counts units to which
    one of them could give no code; they are not in the table.
    """

    units: int
    apart: int = 0
    percent: float | None = None
    kappa: float | None = None
    low: float | None = None
    high: float | None = None
    codes: list[CodeAgreement] = []


def agreement(first: Mapping[int, str], second: Mapping[int, str], codes: Sequence[str], apart: str = "") -> Agreement:
    """Compare two coders. Each maps units to codes; only units that both have count, without those coded `apart`."""
    shared = sorted(first.keys() & second.keys())
    coded = [unit for unit in shared if apart not in (first[unit], second[unit])]
    table = crosstab([first[unit] for unit in coded], [second[unit] for unit in coded], codes)
    kappa, error = cohen(table)
    units = len(coded)
    return Agreement(
        units=units,
        apart=len(shared) - units,
        percent=float(np.trace(table)) / units if units else None,
        kappa=kappa,
        low=max(-1.0, kappa - Z95 * error) if kappa is not None and error is not None else None,
        high=min(1.0, kappa + Z95 * error) if kappa is not None and error is not None else None,
        codes=[_code_agreement(table, place, code) for place, code in enumerate(codes)],
    )


def crosstab(first: Sequence[str], second: Sequence[str], codes: Sequence[str]) -> Counts:
    """How often the first gave the row's code where the second gave the column's. Shape (codes, codes)."""
    place = {code: at for at, code in enumerate(codes)}
    table: Counts = np.zeros((len(codes), len(codes)))
    for one, two in zip(first, second, strict=True):
        table[place[one], place[two]] += 1
    return table


def cohen(table: Counts) -> tuple[float | None, float | None]:
    """Kappa and its standard error, of a square table of counts; (None, None) where it is undefined.

    With p the table's shares, r and c their row and column sums, o = sum p_ii and e = sum r_i c_i:
    kappa = (o - e) / (1 - e), and its variance is (A + B - C) / (n (1 - e)^2), where
    A = sum_i p_ii (1 - (r_i + c_i)(1 - kappa))^2, B = (1 - kappa)^2 sum_{i != j} p_ij (c_i + r_j)^2 and
    C = (kappa - e (1 - kappa))^2.
    """
    count = float(table.sum())
    if not count:
        return None, None
    shares = table / count
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    observed, expected = float(np.trace(shares)), float(rows @ columns)
    if np.isclose(expected, 1.0):
        return None, None
    kappa = (observed - expected) / (1 - expected)
    a = float((np.diag(shares) * (1 - (rows + columns) * (1 - kappa)) ** 2).sum())
    crossed = shares * (columns[:, None] + rows[None, :]) ** 2
    b = (1 - kappa) ** 2 * float(crossed.sum() - np.trace(crossed))
    c = (kappa - expected * (1 - kappa)) ** 2
    variance = max(0.0, a + b - c) / (count * (1 - expected) ** 2)
    return kappa, float(np.sqrt(variance))


def _code_agreement(table: Counts, place: int, code: str) -> CodeAgreement:
    first, second, both = table[place].sum(), table[:, place].sum(), table[place, place]
    rest = table.sum() - first - second + both
    kappa, _ = cohen(np.array([[both, first - both], [second - both, rest]]))
    return CodeAgreement(
        code=code,
        first=int(first),
        second=int(second),
        both=int(both),
        share=float(2 * both / (first + second)) if first + second else None,
        kappa=kappa,
    )
