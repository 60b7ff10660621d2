"""Passages as they are named and quoted: of given texts the sentences that speak most of what was asked."""

import re
from collections.abc import Callable, Sequence

from app.base.text import shorten
from app.classroom.schema import Source
from app.courses.schema import Passage
from app.courses.stemming import stems

MOST = 2
SPREAD = 2
"""Added to a sentence's length: of two that share as much the shorter one is nearer, and no single word wins."""
_SENTENCES = re.compile(r"(?<=[.!?…])\s+|\n+")
_ENDED = re.compile(r"[.!?…:;][\"'”’)]*$")


def nearest(texts: Sequence[str], about: frozenset[str], is_safe: Callable[[str], bool]) -> list[tuple[int, str]]:
    """At most two sentences that share most with `about` (stems), each with the place of its text, as they follow each
    other; none where none shares any. What is not safe, alone or beside what was chosen, is left out.

    Questions are left out: they explain nothing.
    """
    places: dict[str, int] = {}
    for at, text in enumerate(texts):
        for sentence in map(str.strip, _SENTENCES.split(text)):
            if sentence and not sentence.endswith("?"):
                places.setdefault(sentence, at)
    shares = {sentence: _share(stems(sentence), about) for sentence in places}
    chosen: list[str] = []
    for sentence in sorted(filter(shares.get, places), key=lambda one: -shares[one]):
        if len(chosen) < MOST and is_safe(" ".join([*chosen, sentence])):
            chosen.append(sentence)
    return [(at, one if _ENDED.search(one) else f"{one}.") for one, at in places.items() if one in chosen]


def _share(own: frozenset[str], about: frozenset[str]) -> float:
    return len(own & about) / (len(own) + SPREAD)


def source_of(passage: Passage) -> Source:
    """A passage as what was said names it."""
    return Source(passage_id=passage.id, page=passage.page, text=shorten(passage.text, 400))
