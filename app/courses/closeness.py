"""How much of what is asked texts have: its words, weighed by how rare they are among the texts, or words near to them.

Of static word vectors the mean over a sentence drowns the one word that matters; so each word that is asked is compared
with each word of a text, and the nearest counts, as in the late interaction of ColBERT (arXiv 2004.12832).
"""

import math
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy

from app.base.phrasebook import USUAL
from app.courses.stemming import by_form
from app.inference.service import embed

NEAR, SAME = 0.3, 0.8
"""Cosines of two words' vectors: at the first they have nothing in common, at the second nearly all."""
NEARLY = 0.33
"""What a word of nearly the same meaning counts for."""


class Closeness:
    """What is asked, held against texts in the language with this code; `texts` are all that it will be held against.
    In other languages than English only words in a form of their own count: the vectors know too little of them.
    """

    def __init__(self, asked: str, texts: Sequence[str], language: str = USUAL) -> None:
        self.language = language
        known = [frozenset(by_form(text, language)) for text in texts]
        holders = Counter(form for one in known for form in one)
        self.asked = by_form(asked, language)
        self.weights = {form: math.log(1 + len(known) / (holders[form] or 0.5)) for form in self.asked}
        self.whole = sum(self.weights.values())
        self.nearest = self._nearest(texts) if language == USUAL else {}

    def share(self, texts: Sequence[str]) -> float:
        """Which share of what is asked these texts have together, 0 to 1; 0 where nothing with a meaning is asked."""
        forms = {form for text in texts for form in by_form(text, self.language)}
        return sum(self.weights[one] * self._has(one, forms) for one in self.asked) / self.whole if self.whole else 0.0

    def _has(self, asked: str, forms: set[str]) -> float:
        if asked in forms:
            return 1.0
        near = self.nearest.get(asked, {})
        return max((near[one] for one in forms & near.keys()), default=0.0)

    def _nearest(self, texts: Sequence[str]) -> dict[str, dict[str, float]]:
        """For each form that is asked the forms of the texts that have something in common with it, and how much."""
        words = {form: word for text in texts for form, word in by_form(text, self.language).items()}
        if not words or not self.asked:
            return {}
        cosines = numpy.stack([*map(_vector, self.asked.values())]) @ numpy.stack([*map(_vector, words.values())]).T
        closeness = NEARLY * numpy.clip((cosines - NEAR) / (SAME - NEAR), 0, 1)
        forms = [*words]
        return {
            asked: {forms[at]: float(row[at]) for at in numpy.flatnonzero(row)}
            for asked, row in zip(self.asked, closeness, strict=True)
        }


@lru_cache(maxsize=8192)
def _vector(word: str) -> "numpy.ndarray[tuple[int], numpy.dtype[numpy.float32]]":
    """Kept, because lessons have the same words at every question; 8 MiB at most."""
    return numpy.asarray(embed([word])[0], dtype=numpy.float32)
