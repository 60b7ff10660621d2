"""Who has the floor: shares of talk, Flanders' matrix of what follows what, and who answers whom."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.analysis.logs.codes import ACTIVITIES, FLANDERS, MATES, STUDENT, TEACHING, VOICES
from app.analysis.logs.intervals import NOTHING, Interval
from app.analysis.logs.lines import Floats, Lines, Truths, Whole

DRAWS, SEED = 400, 20260907
SILENCE = 10
GROUPS = ("teacher and tutor", "classmates (agents)", "students")


def ratio(above: Floats, below: Floats) -> Interval:
    """The sum of one over that of another, both told by class, with the interval of drawing classes anew."""
    n = int((below > 0).sum())
    if not below.sum():
        return NOTHING
    value = float(above.sum() / below.sum())
    if n < 6:
        return Interval(value, np.nan, np.nan, n)
    draws = _draws(len(below))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (draws @ above) / (draws @ below)
    low, high = np.nanquantile(found[np.isfinite(found)], [0.025, 0.975])
    return Interval(value, float(low), float(high), n)


@lru_cache(maxsize=4)
def _draws(n: int) -> Floats:
    """How often each of n classes is drawn, in DRAWS draws of n."""
    found: Floats = np.random.default_rng(SEED).multinomial(n, np.full(n, 1 / n), DRAWS).astype(float)
    return found


def per_class(lines: Lines, which: Truths, weights: Floats | None = None) -> Floats:
    """Lines (or their weights) added up by class."""
    told = which.astype(float) if weights is None else np.where(which, weights, 0.0)
    found: Floats = np.bincount(lines.klass, told, minlength=len(lines.classes)).astype(float)
    return found


def talk_shares(lines: Lines) -> dict[str, Interval]:
    """The share of all characters said by each of GROUPS."""
    letters, voice = lines["characters"].astype(float), lines["voice"]
    total = per_class(lines, lines.speech, letters)
    own = (TEACHING, MATES, (VOICES.index(STUDENT),))
    return {
        name: ratio(per_class(lines, lines.speech & np.isin(voice, codes), letters), total)
        for name, codes in zip(GROUPS, own, strict=True)
    }


@dataclass(frozen=True)
class Flanders:
    """Transitions between the ten categories, shape (10, 10), and their ratios.

    `indirect` is (1+2+3+4) / (5+6+7), `revised` (1+2+3) / (6+7); `teacher`, `pupil`, `silence` are shares of all units;
    `initiation` is 9 / (8+9). A unit is an utterance, not three seconds, as utterances here are written.
    """

    matrix: Floats
    indirect: Interval
    revised: Interval
    teacher: Interval
    pupil: Interval
    silence: Interval
    initiation: Interval
    units: int


def flanders(lines: Lines) -> Flanders:
    """The matrix of all classes. Each class begins and ends with silence (10), as Flanders counts."""
    coded = lines["flanders"] > 0
    code, klass = lines["flanders"][coded].astype(np.int64), lines.klass[coded]
    n = len(lines.classes)

    def units(*which: int) -> Floats:
        found: Floats = np.bincount(klass, np.isin(code, which).astype(float), minlength=n).astype(float)
        return found

    whole = units(*range(1, SILENCE + 1))
    return Flanders(
        matrix=_matrix(code, klass),
        indirect=ratio(units(1, 2, 3, 4), units(5, 6, 7)),
        revised=ratio(units(1, 2, 3), units(6, 7)),
        teacher=ratio(units(1, 2, 3, 4, 5, 6, 7), whole),
        pupil=ratio(units(8, 9), whole),
        silence=ratio(units(10), whole),
        initiation=ratio(units(9), units(8, 9)),
        units=len(code),
    )


def _matrix(code: Whole, klass: Whole) -> Floats:
    """Counts of pairs that follow each other in a class, with 10 before its first and after its last."""
    found: Floats = np.zeros((SILENCE, SILENCE))
    if not len(code):
        return found
    begins = np.r_[True, np.diff(klass) != 0]
    ends = np.r_[begins[1:], True]
    np.add.at(found, (np.full(begins.sum(), SILENCE - 1), code[begins] - 1), 1)
    np.add.at(found, (code[ends] - 1, np.full(ends.sum(), SILENCE - 1)), 1)
    pairs = np.flatnonzero(~ends)
    np.add.at(found, (code[pairs] - 1, code[pairs + 1] - 1), 1)
    return found


def flanders_titles() -> list[str]:
    """The categories' names, by number."""
    return [name.replace("-", " ") for name in FLANDERS[1:]]


def answering(lines: Lines) -> tuple[list[str], NDArray[np.int64]]:
    """Who answers (rows) whom (columns): names of voices, and counts. An agent answers the words that its turn was
    for, a student the question that their words reply to; whose words say of none answers who asked last.
    """
    names = [VOICES[at] for at in (*TEACHING, *MATES, VOICES.index(STUDENT))]
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    if not len(lines):
        return names, counts
    who, whom = _pairs(lines)
    for row, voice in enumerate(names):
        for column, other in enumerate(names):
            counts[row, column] = ((who == VOICES.index(voice)) & (whom == VOICES.index(other))).sum()
    return names, counts


def _pairs(lines: Lines) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    voice, at = lines["voice"], np.arange(len(lines))
    wide = int(lines["seq"].max()) + 1
    keys = lines.klass * wide + lines["seq"]
    replies = np.flatnonzero(lines.speech & (lines["answers"] > 0) & (lines["answers"] < wide))
    wanted = lines.klass[replies] * wide + lines["answers"][replies]
    found = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    hit = keys[found] == wanted
    asks = np.maximum.accumulate(np.where(lines["asks"] & lines.speech, at, -1))
    responding = lines.messages & (lines["activity"] == ACTIVITIES.index("responding")) & (lines["answers"] == 0)
    responds = np.flatnonzero(responding & (asks >= 0))
    responds = responds[lines.klass[asks[responds]] == lines.klass[responds]]
    who = np.concatenate([voice[replies[hit]], voice[responds]])
    whom = np.concatenate([voice[found[hit]], voice[asks[responds]]])
    return who, whom
