"""Sentences that may be quoted: those of given texts that speak most of what was asked."""

import re
from collections.abc import Callable, Sequence

from app.courses.stemming import stems

MOST = 2
SPREAD = 2
"""Added to a sentence's length: of two that share as much the shorter one is nearer, and no single word wins."""
_SENTENCES = re.compile(r"(?<=[.!?…])\s+|\n+")
_ENDED = re.compile(r"[.!?…:;][\"'”’)]*$")


def nearest(texts: Sequence[str], about: frozenset[str], is_safe: Callable[[str], bool]) -> list[tuple[int, str]]:
    """At most two sentences that share most with `about` (stems), each with the place of its text, as they follow each
    other; none where none shares any.

    Questions are left out: they explain nothing.
    """
    found = {one.strip(): at for at, text in reversed([*enumerate(texts)]) for one in _SENTENCES.split(text)}
    told = [one for one in found if one and not one.endswith("?") and is_safe(one)]
    shares = {one: _share(stems(one), about) for one in told}
    best = sorted((one for one in told if shares[one]), key=lambda one: -shares[one])[:MOST]
    order = [one.strip() for text in texts for one in _SENTENCES.split(text)]
    return [(found[one], one if _ENDED.search(one) else f"{one}.") for one in sorted(best, key=order.index)]


def _share(own: frozenset[str], about: frozenset[str]) -> float:
    return len(own & about) / (len(own) + SPREAD)
