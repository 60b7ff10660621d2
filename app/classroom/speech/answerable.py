"""What of a question the lesson leaves open: a word that it never has, or a name or a count that is asked for and that
words do not tell. What is nearest is no answer then.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from app.base.phrasebook import USUAL
from app.base.text import words_in
from app.classroom.log.phrases import phrases
from app.classroom.stage.lesson import Lesson, beginning_of
from app.courses.grounding import COUNTS, TALK
from app.courses.stemming import COMMON, plain_words, stem

LONGEST = 30
LEAST_LETTERS = 3

_WHO = re.compile(r"\s*(?:so |and |but |ok(?:ay)? )?who (?!(?:is|was|are|were|am)\b)", re.IGNORECASE)
"""Who asks who somebody is names them, and has no other name to be told."""
_WHETHER = re.compile(
    r"\s*(?:(?:so|and|but|ok(?:ay)?|hey|hi|well|then|wait)[, ]+)*(?:[a-z.]+(?: [a-z.]+)?, )?"
    r"(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have|may|might|must)(?:n['’]?t)?\b"
    r"(?! you (?:explain|tell|show|give|help|say|describe|define|list)\b)",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(r"\bhow many (?:more |of (?:the|these|those) )?(?:[a-z]+ )??([a-z]{3,})\b", re.IGNORECASE)
_NAME = re.compile(r"(?<=[\w,;] )(?!I\b)[A-Z][^\W\d_]+")
_FIRST = re.compile(r"(?:(?<=“)|(?<=[.!?…] ))[A-Z][^\W\d_]+")
_COUNTED = re.compile(
    rf"(?:\b\d[\d,.]*|\b(?:{'|'.join(COUNTS[1:])}|half|both|dozen|hundred|thousand))(?: of)?((?: [a-z'-]+){{1,3}})"
)

EVERYDAY = words_in(Path(__file__).with_name("everyday.txt").read_text("utf-8"))
"""Words of every day: that the lesson does not use one says nothing about what a question is about."""


def strange_word(text: str, lesson: Lesson, names: Iterable[str] = ()) -> str:
    """The first word of a question in English that is neither of every day nor one of the lesson's, or of the kin of
    one, as the student wrote it; "" where there is none. `names` are those of who is in the class.
    """
    known, own = phrases(USUAL), set(plain_words(" ".join(names)))
    for word in dict.fromkeys(plain_words(text)):
        is_plain = any(word in each for each in (COMMON, TALK, EVERYDAY, known.filler, own, *known.roles.values()))
        if is_plain or not LEAST_LETTERS <= len(word) <= LONGEST or not word.isalpha():
            continue
        if word in known.insults or known.abuse.search(word):
            continue
        if stem(word) not in lesson.word_stems and beginning_of(word) not in lesson.word_beginnings:
            written = re.search(rf"\b{word}\b", text, re.IGNORECASE)
            return written[0] if written else word
    return ""


def asks_whether(question: str) -> bool:
    """Whether a question in English asks for a yes or a no."""
    return _WHETHER.match(question) is not None


def leaves_open(question: str, words: str) -> bool:
    """Whether words cannot be the answer of a question: one for a person without a name in them, or one for a count
    without a number of what is to be counted.
    """
    if _WHO.match(question):
        return not _names_somebody(words)
    if counted := _HOW_MANY.search(question):
        kind = stem(counted[1].lower())
        return not any(kind == stem(word) for run in _COUNTED.findall(words.lower()) for word in plain_words(run))
    return False


def _names_somebody(words: str) -> bool:
    """Whether something looks like a name: a capital within a sentence, or at its beginning in no ordinary word."""
    first = (one.lower() for one in _FIRST.findall(words))
    return bool(_NAME.search(words)) or any(
        one not in COMMON and one not in EVERYDAY and not one.endswith(("s", "ing")) for one in first
    )
