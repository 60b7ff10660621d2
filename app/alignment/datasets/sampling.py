"""Pairs by label disagreement, the construction of arXiv 2402.05000: a model that imitates says each turn of a set once
more, and where what it says cannot be read or has other labels, the set's turn is preferred to it.

Sampled turns come as a file of JSON lines, `{"id": the line's id, "reply": what the model said}`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.alignment.datasets.freezing import Part, freeze, load, manifest_of
from app.alignment.datasets.reading import Reader, json_lines, read_text, words
from app.alignment.datasets.schema import SetManifest, SourceShare
from app.alignment.datasets.shaping import singles
from app.alignment.datasets.statistics import lengths
from app.alignment.datasets.talking import answer
from app.alignment.labelling import disagreement, read
from app.alignment.schema import Labels, PairLabels, PairLine, SftLine
from app.base.errors import Invalid


def read_samples(path: Path, reader: Reader) -> dict[str, str]:
    """What was sampled, by the line's id; of one line the first."""
    text, _ = read_text(path)
    found: dict[str, str] = {}
    for place, one in json_lines(text, path.name, reader):
        line, reply = words(one.get("id")), words(one.get("reply"))
        if not line or not isinstance(one.get("reply"), str):
            reader.drop("no id or no reply", place)
        elif line in found:
            reader.drop("sampled more than once", place)
        else:
            found[line] = reply or "..."
    return found


def pairs_by_disagreement(
    lines: Sequence[SftLine], samples: Mapping[str, str], reader: Reader
) -> tuple[list[PairLine], dict[str, int]]:
    """A pair for each labelled line whose sampled turn disagrees, and how many disagree in what."""
    pairs, why = [], Counter[str]()
    for line in lines:
        if not line.labels.is_whole or line.id not in samples:
            continue
        reply = samples[line.id]
        if (found := disagreement(line.labels, reply)) is None:
            why["agree"] += 1
            continue
        why[found.value] += 1
        if reply.strip() == line.completion[-1].content.strip():
            reader.drop("sampled as it stands in the set, which does not say its labels", line.id)
            continue
        pairs.append(_pair(line, reply))
    return pairs, dict(sorted(why.items()))


def _pair(line: SftLine, reply: str) -> PairLine:
    spoken = read(reply)
    return PairLine(
        **line.model_dump(include={"conversation", "source", "role"}),
        id=f"{line.id}/sampled",
        prompt=line.prompt,
        chosen=line.completion,
        rejected=answer(reply),
        labels=PairLabels(chosen=line.labels, rejected=spoken.labels if spoken else Labels()),
    )


def from_samples(content_hash: str, samples: Path) -> SetManifest:
    """A set like the one whose turns were sampled, with pairs by disagreement in place of its own pairs. Raises Invalid
    where the model agrees everywhere, or the samples are of another set.
    """
    parent, (train, held) = manifest_of(content_hash), load(content_hash)
    if not parent.recipe.labelled:
        raise Invalid("The turns of this set do not say their labels (`labelled` in its recipe), so none can disagree.")
    reader = Reader()
    replies = read_samples(samples, reader)
    if not replies.keys() & {one.id for one in [*train.sft, *held.sft]}:
        raise Invalid(f"{samples.name} has no turns of set {parent.hash[:12]}.")
    halves, told = [], {}
    for name, part in (("train", train), ("held", held)):
        pairs, told[name] = pairs_by_disagreement(part.sft, replies, reader)
        halves.append(Part(sft=part.sft, pairs=pairs, unpaired=singles(pairs), problems=part.problems))
    if not halves[0].pairs:
        raise Invalid("The model agrees with every labelled turn, so there is no pair to learn from.")
    return freeze(_manifest(parent, reader, told, *halves), *halves)


def _manifest(
    parent: SetManifest, reader: Reader, told: dict[str, dict[str, int]], train: Part, held: Part
) -> SetManifest:
    sources = [
        SourceShare.model_validate({**one.model_dump(), "taken": _taken(one.name, train, held)})
        for one in parent.sources
    ]
    return parent.model_copy(
        update={
            "parent": parent.hash,
            "title": f"{parent.title}; pairs by label disagreement",
            "counts": {**train.counts, **{f"held_{name}": count for name, count in held.counts.items()}},
            "sources": sources,
            "lengths": {"pairs": lengths(train.pairs), "held_pairs": lengths(held.pairs)},
            "dropped": reader.dropped,
            "disagreement": told,
            "examples": [],  # classes give pairs and single turns, and these are not the parent's
        }
    )


def _taken(source: str, train: Part, held: Part) -> dict[str, int]:
    lines = [one for one in [*train.lines, *held.lines] if one.source == source]
    return {
        "sft": sum(isinstance(one, SftLine) for one in lines),
        "pairs": sum(isinstance(one, PairLine) for one in lines),
    }
