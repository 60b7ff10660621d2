"""Which passages of a page what is said about it rests on."""

from uuid import UUID

from app.courses.schema import Passage
from app.inference.service import embed
from app.lessons.faithfulness.faithful import source_of
from app.lessons.words import sentences


def rested(texts: list[str], passages: list[Passage]) -> list[list[UUID]]:
    """For each text the passages that its sentences rest on; where none of them says so, the nearest in meaning."""
    told = [[found for one in sentences(text) if (found := source_of(one, passages))] for text in texts]
    near = closest(texts, passages) if not all(told) else [[] for _ in texts]
    return [
        list(dict.fromkeys(one.id for one in found)) if found else other
        for found, other in zip(told, near, strict=True)
    ]


def closest(texts: list[str], passages: list[Passage]) -> list[list[UUID]]:
    """For each text the ids of the one or two passages nearest to it in meaning, nearest first."""
    if not texts or not passages:
        return [[] for _ in texts]
    vectors = embed([*texts, *(passage.text for passage in passages)])
    spoken, written = vectors[: len(texts)], vectors[len(texts) :]
    return [_nearest(vector, written, passages) for vector in spoken]


def _nearest(vector: list[float], written: list[list[float]], passages: list[Passage]) -> list[UUID]:
    scored = sorted(
        ((sum(a * b for a, b in zip(vector, other, strict=True)), at) for at, other in enumerate(written)),
        key=lambda pair: (-pair[0], pair[1]),
    )
    best = scored[0][0]
    return [passages[at].id for score, at in scored[:2] if score >= best - 0.1]
