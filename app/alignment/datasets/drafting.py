"""Pairs by learning: of two drafts on one context, the one whose readers did better in the exam is preferred.

Drafts come as a file of JSON lines (`app.alignment.schema.Drafts`), made by the method "draft" of training runs.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path

from app.alignment.datasets.freezing import Part, freeze, manifest_of
from app.alignment.datasets.schema import Leakage, SetManifest, SourceShare
from app.alignment.datasets.shaping import singles
from app.alignment.datasets.statistics import lengths
from app.alignment.datasets.talking import answer
from app.alignment.schema import Draft, Drafts, PairLine, SftLine, read_lines
from app.base.errors import Invalid

SOURCE = SourceShare(
    name="drafts",
    title="A model's own texts on problems of this software's bank, by what students learnt of them",
    licence="the same as this software",
)


def from_drafts(content_hash: str, drafts: Path, margin: float) -> SetManifest:
    """A set of drafts: pairs whose scores differ by more than `margin`, and the best text of a context to imitate where
    it taught anything. Raises Invalid where no two texts differ so much.
    """
    parent, found = manifest_of(content_hash), list(read_lines(drafts, Drafts))
    train, held = (_part([one for one in found if one.held is side], margin) for side in (False, True))
    if not train.pairs:
        raise Invalid(
            f"No two of the {sum(len(one.drafts) for one in found)} drafts differ by more than {margin:g} in what "
            "students learnt of them. Ask for more of them (`group`), at a higher `temperature`, or lower `margin`."
        )
    return freeze(_manifest(parent, found, train, held), train, held)


def pairs_of(one: Drafts, margin: float) -> Iterable[PairLine]:
    """Every two drafts whose scores differ by more than `margin`, the better one first."""
    for at, two in enumerate(combinations(one.drafts, 2)):
        better, worse = sorted(two, key=lambda draft: -draft.score)
        if better.score - worse.score > margin and better.text != worse.text:
            head = one.model_dump(include={"conversation", "source", "role", "prompt"})
            sides = {"chosen": answer(better.text), "rejected": answer(worse.text)}
            yield PairLine.model_validate({**head, **sides, "id": f"{one.id}/{at}"})


def _part(found: Sequence[Drafts], margin: float) -> Part:
    pairs = [pair for one in found for pair in pairs_of(one, margin)]
    best = [(one, max(one.drafts, key=lambda draft: draft.score)) for one in found if one.drafts]
    sft = [_imitated(one, draft) for one, draft in best if draft.score > sum(one.before.values()) / len(one.before)]
    return Part(sft=sft, pairs=pairs, unpaired=singles(pairs))


def _imitated(one: Drafts, draft: Draft) -> SftLine:
    head = one.model_dump(include={"conversation", "source", "role", "prompt"})
    return SftLine.model_validate({**head, "id": f"{one.id}/best", "completion": answer(draft.text)})


def _manifest(parent: SetManifest, found: Sequence[Drafts], train: Part, held: Part) -> SetManifest:
    groups = {name: {one.conversation for one in part.lines} for name, part in (("train", train), ("held", held))}
    every = groups["train"] | groups["held"]
    taken = {name: len(getattr(train, name)) + len(getattr(held, name)) for name in ("sft", "pairs", "unpaired")}
    return parent.model_copy(
        update={
            "parent": parent.hash,
            "title": "Drafts by what students learnt of them",
            "role": found[0].role,
            "counts": {**train.counts, **{f"held_{name}": count for name, count in held.counts.items()}},
            "conversations": {name: len(some) for name, some in groups.items()},
            "sources": [SOURCE.model_copy(update={"taken": taken, "conversations": len(every)})],
            "lengths": {"pairs": lengths(train.pairs), "held_pairs": lengths(held.pairs)},
            "leakage": Leakage(groups=len(every), both=len(groups["train"] & groups["held"])),
            "dropped": [],
            "labels": {},
            "disagreement": {},
            "examples": [],
        }
    )
