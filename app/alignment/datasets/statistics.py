"""What a set is like in numbers: lengths of chosen and refused turns, labels."""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean

from app.alignment.datasets.schema import Lengths
from app.alignment.labelling import said
from app.alignment.schema import PairLine, SftLine

ALIKE = 0.8


def lengths(pairs: Sequence[PairLine]) -> Lengths:
    """How long chosen and refused turns are, in characters: a preference that length explains teaches length."""
    if not pairs:
        return Lengths()
    both = [(len(said(one.chosen)), len(said(one.rejected))) for one in pairs]
    return Lengths(
        pairs=len(both),
        chosen_mean=round(fmean(chosen for chosen, _ in both), 1),
        rejected_mean=round(fmean(rejected for _, rejected in both), 1),
        chosen_longer=_share(chosen > rejected for chosen, rejected in both),
        rejected_longer=_share(rejected > chosen for chosen, rejected in both),
        matched=_share(min(two) >= ALIKE * max(two) for two in both),
    )


def is_matched(pair: PairLine) -> bool:
    """Whether the two turns are alike in length: the shorter has at least ALIKE of the longer's characters."""
    two = len(said(pair.chosen)), len(said(pair.rejected))
    return min(two) >= ALIKE * max(two)


def _share(found: Iterable[bool]) -> float:
    return round(fmean(found), 4)


def labels(lines: Sequence[SftLine]) -> dict[str, dict[str, int]]:
    """How often each label is there, by kind of label; "" where it is not known."""
    return {
        kind: dict(sorted(Counter(str(getattr(one, kind)) for one in lines).items()))
        for kind in ("evaluation", "action", "state")
    }
