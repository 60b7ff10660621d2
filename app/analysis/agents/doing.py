"""What each agent did with each model and prompt: its lines, thumbs, refusals, cost and waiting."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from app.analysis.agents.schema import Thumb
from app.analysis.logs.codes import MATES, TEACHING, VOICES
from app.analysis.logs.intervals import Interval, median, wilson
from app.analysis.logs.lines import Floats, Lines, Truths

AGENTS = [VOICES[at] for at in (*TEACHING, *MATES) if VOICES[at] != "instructor"]


class Who(NamedTuple):
    """An agent as it spoke: its voice, the model (an adapter has a name of its own), and which prompts it was given."""

    voice: str
    model: str
    prompt: str

    def words(self) -> str:
        """The same for people."""
        return f"{self.voice}, {self.model or 'no model'}{f', prompts {self.prompt}' if self.prompt else ''}"


class Refused(NamedTuple):
    """How often the guard refused a turn of somebody, for a reason."""

    who: Who
    reason: str
    turns: int


@dataclass(frozen=True)
class Doing:
    """What came of it. `lines` are not the script's; `fallback` the share in which the page's words stood in; `up` the
    share of thumbs that are up; `leaks` and `refused` shares of lines; times in ms, tokens a line.
    """

    who: Who
    lines: int
    fallback: Interval
    up: Interval
    leaks: Interval
    refused: Interval
    first_ms: Interval
    total_ms: Interval
    slowest_ms: float
    tokens_in: float
    tokens_out: float


def spoken_by(lines: Lines) -> tuple[list[Who], "np.ndarray[tuple[int], np.dtype[np.int64]]"]:
    """Everybody who spoke of their own, most lines first, and for each line who spoke it (-1: none of them)."""
    own = lines.speech & (lines["action"] < 0) & np.isin(lines["voice"], [VOICES.index(one) for one in AGENTS])
    keys = list(
        zip(lines["voice"][own].tolist(), lines["model"][own].tolist(), lines["prompt"][own].tolist(), strict=True)
    )
    order = [one for one, _ in Counter(keys).most_common()]
    place = {one: at for at, one in enumerate(order)}
    found = np.full(len(lines), -1, dtype=np.int64)
    found[own] = [place[one] for one in keys]
    return [Who(VOICES[voice], lines.names[model], lines.names[prompt]) for voice, model, prompt in order], found


def doings(lines: Lines, thumbs: Sequence[Thumb], refused: Iterable[Refused], leak: str) -> list[Doing]:
    """What each of them did; `leak` is the guard's reason for words that hand an answer over."""
    people, whose = spoken_by(lines)
    up, down = _thumbs(lines, thumbs, whose, len(people))
    turned: Counter[tuple[Who, bool]] = Counter()
    for one in refused:
        turned[one.who, one.reason == leak] += one.turns
    found = []
    for at, who in enumerate(people):
        mine: Truths = whose == at
        n = int(mine.sum())
        leaks, others = turned[who, True], turned[who, False]
        waits, whole = _known(lines["first_ms"][mine]), _known(lines["total_ms"][mine])
        found.append(
            Doing(
                who=who,
                lines=n,
                fallback=wilson(float(lines["fallback"][mine].sum()), n),
                up=wilson(up[at], up[at] + down[at]),
                leaks=wilson(min(leaks, n), n),
                refused=wilson(min(leaks + others, n), n),
                first_ms=median(waits),
                total_ms=median(whole),
                slowest_ms=float(np.quantile(whole, 0.95)) if len(whole) else float("nan"),
                tokens_in=_mean(lines["tokens_in"][mine]),
                tokens_out=_mean(lines["tokens_out"][mine]),
            )
        )
    return found


def _thumbs(
    lines: Lines, thumbs: Sequence[Thumb], whose: "np.ndarray[tuple[int], np.dtype[np.int64]]", count: int
) -> tuple[Counter[int], Counter[int]]:
    up, down = Counter[int](), Counter[int]()
    place = {one.id: at for at, one in enumerate(lines.classes)}
    for thumb in thumbs:
        klass = place.get(str(thumb.class_id), -1)
        if klass < 0:
            continue
        first, last = np.searchsorted(lines.klass, [klass, klass + 1])
        at = int(first + np.searchsorted(lines["seq"][first:last], thumb.seq))
        if at < last and lines["seq"][at] == thumb.seq and whose[at] >= 0:
            (up if thumb.is_up else down)[int(whose[at])] += 1
    return up, down


def _known(values: "np.ndarray[tuple[int], np.dtype[np.int32]]") -> Floats:
    """Times of lines that a model made."""
    told: Floats = values[values > 0].astype(float)
    return told


def _mean(values: "np.ndarray[tuple[int], np.dtype[np.int32]]") -> float:
    known = values[values > 0]
    return float(known.mean()) if len(known) else float("nan")
