"""Whether a sentence about the course rests on passages: its numbers, its words, and its meaning."""

import re

from app.courses.schema import Passage
from app.inference.service import embed

_WORD = re.compile(r"[a-zA-Z]{3,}")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_COMMON = set(
    "about after again all also and any are because been before but can could did does each even for from get has have "
    "here how into its just like make more most much not now often one only other our out over own same should some "
    "such than that the their them then there these they this those through too under until very was way well were "
    "what when where which while who why will with would you your".split()
)
_TALK = re.compile(
    r"^(?:(?:good|great|nice|fair|lovely) (?:question|point|thought)|thank you|you'?re welcome|hello|hi)\b", re.I
)
WORD_SHARE, NEAR = 0.34, 0.32


def is_talk(sentence: str) -> bool:
    """Whether a sentence claims nothing: a greeting, thanks, a word of praise."""
    return len(sentence) <= 60 and bool(_TALK.match(sentence))


def supported(sentence: str, passages: list[Passage]) -> bool:
    """Whether the sentence rests on the passages: no number of its own, and enough shared words or nearness."""
    if not passages:
        return False
    ground = " ".join(passage.text for passage in passages)
    if set(_NUMBER.findall(sentence)) - set(_NUMBER.findall(ground)):
        return False
    words = _stems(sentence)
    share = len(words & _stems(ground)) / len(words) if words else 0.0
    return share >= WORD_SHARE or (share >= WORD_SHARE / 2 and _nearness(sentence, passages) >= NEAR)


def _stems(text: str) -> set[str]:
    return {
        re.sub(r"(?:ies|ing|ed|es|s|ly)$", "", word)[:8] for word in _WORD.findall(text.lower()) if word not in _COMMON
    }


def _nearness(sentence: str, passages: list[Passage]) -> float:
    first, *rest = embed([sentence, *(passage.text for passage in passages)])
    return max(sum(a * b for a, b in zip(first, other, strict=True)) for other in rest)
