"""Writing systems: what ends a sentence, and what a word is where no spaces stand between words. Pure.

Chinese and Japanese put no space after a full stop or between words, and Thai none between words. There pairs of
neighbouring signs do what words do elsewhere: texts that have pairs in common speak of the same.
"""

import re
from collections.abc import Iterable

WIDE_ENDS = "。！？｡"
"""Marks that end a sentence without a space after them."""
ENDS = f".!?…।؟۔{WIDE_ENDS}"
"""All marks that end a sentence; after the others comes a space."""
CLOSING = "\"'”’)」』）»"
"""What may close after a sentence's mark and still be of it."""
UNSPACED = "\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
"""Thai, Han, kana and, as endings hang on to its words, Hangul; to stand in the brackets of a pattern."""
SENTENCE_GAP = rf"(?<=[.!?…।؟۔{WIDE_ENDS}])\s+|(?<=[{WIDE_ENDS}])(?![{CLOSING}\s])|(?<=[{WIDE_ENDS}][”’」』）])(?=\S)"
"""A pattern for what lies between two sentences."""
WORD = rf"[{UNSPACED}]+|[^\W\d_{UNSPACED}](?:[^\W\d_{UNSPACED}]|['’-])+"
"""A pattern for the words of a text, of two letters at least where they are spaced; all of a run where they are not."""

LETTERS_OF_A_SIGN = 3

_UNSPACED = re.compile(f"[{UNSPACED}]")
_RUN = re.compile(f"[{UNSPACED}]+")
_WIDE_MARKS = str.maketrans(
    {"。": ". ", "｡": ". ", "！": "! ", "？": "? ", "，": ", ", "、": ", ", "；": "; ", "：": ": ", "؟": "? "}
    | {"（": " (", "）": ") ", "“": '"', "”": '"', "「": '"', "」": '"', "¿": "", "¡": "", "\u3000": " "}
)
_SMALL = frozenset("的了是吗呢吧啊么们这那我你您她它很也都就请什哪怎在和与及或")
"""Signs of Chinese that a pair says little with."""
_HIRAGANA = re.compile("[\u3040-\u309f]+")


def is_unspaced(text: str) -> bool:
    """Whether a text has signs of a script that puts no spaces between words."""
    return _UNSPACED.search(text) is not None


def is_han(sign: str) -> bool:
    """Whether a sign is of a script whose sentences end with a wide mark: Han or kana."""
    return "\u3040" <= sign <= "\u30ff" or "\u3400" <= sign <= "\u9fff"


def pairs(run: str) -> list[str]:
    """The pairs of neighbouring signs of a run; of a single sign that one."""
    return [run[at : at + 2] for at in range(max(1, len(run) - 1))]


def says_little(pair: str) -> bool:
    """Whether a pair of signs is about nothing: it has one of grammar, or, in Japanese, only such."""
    return bool(_SMALL & set(pair)) or _HIRAGANA.fullmatch(pair) is not None


def count_words(text: str) -> int:
    """How many words a text has; two signs count as one where no spaces stand between words."""
    signs = sum(-(-len(run) // 2) for run in _RUN.findall(text))
    return signs + sum(any(map(str.isalnum, one)) for one in _RUN.sub(" ", text).split())


def reading_length(text: str) -> int:
    """How long a text takes to be read, in letters of a spaced script: a sign of another takes as long as some of
    those.
    """
    return len(text) + (LETTERS_OF_A_SIGN - 1) * len(_UNSPACED.findall(text))


def run_on(sentences: Iterable[str]) -> str:
    """Sentences one after the other, with a space between where their script has one."""
    text = ""
    for one in sentences:
        text = f"{text}{gap(text)}{one}"
    return text


def is_question(text: str) -> bool:
    """Whether a text ends as a question does."""
    return text.endswith(("?", "？", "؟"))


def gap(before: str) -> str:
    """What stands between words and the sentence after them."""
    bare = before.rstrip(CLOSING)
    return "" if not before or bare[-1:] in WIDE_ENDS else " "


def with_plain_marks(text: str) -> str:
    """A text with the marks of wide scripts as those of Latin, for reading it by rule."""
    return text.translate(_WIDE_MARKS)
