"""What stands in for words that may not be shown: sentences of the approved lesson or of a page, nearest to what was
asked.
"""

import re
from collections.abc import Callable, Iterable

from app.courses.stemming import stems

MOST = 2
SPREAD = 2
"""Added to a sentence's length: of two that share as much the shorter one is nearer, and no single word wins."""
_SENTENCES = re.compile(r"(?<=[.!?…])\s+|\n+")
_ENDED = re.compile(r"[.!?…:;][\"'”’)]*$")


def nearest(texts: Iterable[str], about: frozenset[str], is_safe: Callable[[str], bool]) -> str:
    """At most two sentences that share most with `about` (stems), as they follow each other; "" where none shares any.

    Questions are left out: they explain nothing.
    """
    found = [one.strip() for text in texts for one in _SENTENCES.split(text)]
    told = [one for one in dict.fromkeys(found) if one and not one.endswith("?") and is_safe(one)]
    shares = {one: _share(stems(one), about) for one in told}
    best = sorted((one for one in told if shares[one]), key=lambda one: -shares[one])[:MOST]
    return " ".join(one if _ENDED.search(one) else f"{one}." for one in told if one in best)


def _share(own: frozenset[str], about: frozenset[str]) -> float:
    return len(own & about) / (len(own) + SPREAD)
