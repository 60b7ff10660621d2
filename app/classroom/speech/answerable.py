"""What of a question is the lesson's: what a wish names, a word that the lesson never has, or a name or a count that is
asked for and that words do not tell. What is nearest is no answer then.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from app.base.languages import language_of
from app.base.phrasebook import USUAL
from app.base.text import words_in
from app.classroom.log.phrases import phrases
from app.classroom.schema import Intent
from app.classroom.stage.lesson import Lesson
from app.courses.grounding import COUNTS, TALK, TENS, names_in
from app.courses.stemming import BEGINNING, COMMON, plain_words, stem

LONGEST = 30
LEAST_LETTERS = 3

_WHO = re.compile(
    r"\s*(?:so |and |but |ok(?:ay)? )?who (?:first |else )?(?:invented|discovered|made|created|developed|introduced|"
    r"proposed|founded|wrote|designed|built|did|started)\b",
    re.IGNORECASE,
)
_WHETHER = re.compile(
    r"\s*(?:(?:so|and|but|ok(?:ay)?|hey|hi|well|then|wait)[, ]+)*(?:[a-z.]+(?: [a-z.]+)?, )?"
    r"(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have|may|might|must)(?:n['’]?t)?\b"
    r"(?! (?:you|u|ya|i|we|someone|somebody|anyone|anybody)\b)",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(r"\bhow many((?: [a-z-]+){1,3})", re.IGNORECASE)
_FIRST = re.compile(r"(?:(?<=“)|(?<=[.!?…] ))[A-Z][^\W\d_]+")
_COUNTED = re.compile(
    rf"(?:\b\d[\d,.]*|\b(?:{'|'.join([*COUNTS[1:], *TENS])}|half|both|dozen|hundred|thousand))(?: of)?"
    rf"((?:[ -][a-z'-]+){{1,3}})"
)
_COARSE = re.compile(
    r"(?:bull|dip)?shit|fuck|cunt|bitch|whore|slut|fag|nigg|retard|wtf|damn|hell$|crap|piss|dick|cock|ass$|arse"
)
EVERYDAY = frozenset(map(stem, COMMON | words_in(Path(__file__).with_name("everyday.txt").read_text("utf-8"))))
"""The stems of words of every day, in whatever form ("telling"): that the lesson does not use one says nothing about
what a question is about.
"""
MISTYPED, ALIKE = 6, 0.75
"""A word of so many letters that is so alike, of 1, to one of the lesson's is that one, mistyped."""


def strange_word(text: str, lesson: Lesson, known: Iterable[str] = ()) -> str:
    """The first word of a question in English that is neither of every day nor one of the lesson's, of the kin of one
    or like one, as the student wrote it; "" where there is none. `known` is what else is known in the class: names,
    what was just said.

    Nothing coarse is said back, and no word that looks like the name of somebody.
    """
    read, said = phrases(USUAL), frozenset(map(stem, plain_words(" ".join(known))))
    if language_of(text) not in ("", USUAL):
        return ""
    for word in dict.fromkeys(plain_words(text)):
        is_plain = any(word in each for each in (TALK, read.filler, read.insults, *read.roles.values()))
        if is_plain or stem(word) in EVERYDAY or not LEAST_LETTERS <= len(word) <= LONGEST or not word.isalpha():
            continue
        if _COARSE.match(word) or read.abuse.search(word) or stem(word) in said or _is_lessons(word, lesson):
            continue
        written = re.search(rf"\b{word}\b", text, re.IGNORECASE)
        if written and not (written.start() and written[0].istitle()):
            return written[0]
    return ""


def _is_lessons(word: str, lesson: Lesson) -> bool:
    if stem(word) in lesson.word_stems or word[:BEGINNING] in lesson.word_beginnings:
        return True
    return len(word) >= MISTYPED and bool(
        get_close_matches(word, [one for one in lesson.words if one[0] == word[0]], n=1, cutoff=ALIKE)
    )


def named_thing(text: str, intent: Intent, lesson: Lesson) -> str:
    """What a wish in English speaks of, without how it is wished: "explain chunking" of "explain chunking like i am
    ten"; "" where it has no word of the lesson but those of every day.
    """
    rest = phrases(USUAL).anywhere[intent].sub(" ", " ".join(text.replace("’", "'").split()).lower())
    named = (stem(one) for one in plain_words(rest) if one not in TALK)
    return rest.strip() if any(one not in EVERYDAY and one in lesson.word_stems for one in named) else ""


def asks_whether(question: str) -> bool:
    """Whether a question in English asks for a yes or a no."""
    return _WHETHER.match(question) is not None


def leaves_open(question: str, words: str) -> bool:
    """Whether words cannot be the answer of a question: one for who made something without a name in them, or one for a
    count that speak of what is to be counted and have no number of it.
    """
    if _WHO.match(question):
        return not _names_somebody(words)
    counted = _HOW_MANY.search(question)
    kinds = {stem(one) for one in counted[1].lower().split() if one.endswith("s")} if counted else set[str]()
    if not kinds & set(map(stem, plain_words(words))):
        return False
    told = {stem(word) for run in _COUNTED.findall(words.lower()) for word in plain_words(run)}
    told |= {stem(one) for one in re.findall(r"([a-z]+): \d", words.lower())}
    return not kinds & told


def _names_somebody(words: str) -> bool:
    """Whether something looks like a name: a capital within a sentence, or at its beginning in no ordinary word."""
    first = (one.lower() for one in _FIRST.findall(words))
    return bool(names_in(words)) or any(stem(one) not in EVERYDAY and not one.endswith(("s", "ing")) for one in first)
