"""Passages as they are named and quoted: of given texts the sentences that speak most of what was asked."""

import re
from collections.abc import Callable, Sequence

from app.base.scripts import CLOSING, ENDS, SENTENCE_GAP, full_stop, is_question, reading_length
from app.base.text import shorten
from app.classroom.schema import Source
from app.classroom.speech.manner import leans
from app.courses.schema import Passage
from app.courses.stemming import stem, stems

MOST = 2
LONGEST = 320
SPREAD = 2
"""Added to a sentence's length: of two that share as much the shorter one is nearer, and no single word wins."""
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ALL_OF = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|\d{1,2}|all(?: of)?(?: the)?) (?:[a-z]+ )?([a-z]{3,}s)\b",
    re.IGNORECASE,
)
_ONE_OF = re.compile(rf"\b({'|'.join(_ORDINALS)}) (?:[a-z]+ )?([a-z]{{3,}})\b", re.IGNORECASE)
_ONLY_FOR = re.compile(
    r"\W*(?:(?:so|ok(?:ay)?|and|but|wait|sorry|hey|please|thanks|thank you|cool|nice|great)\W+)*"
    r"(?:what(?:['’]s| is| was| are| were|s)?|which(?: is| was| are| were)|name|list|tell me|repeat|recap|"
    r"(?:can|could) you (?:please )?(?:name|list|tell me|repeat|recap))(?: again)? "
    r"(?:(?:the|all|of|those|these) ?){0,3}"
    r"(?:[\w-]+ ){0,2}[\w-]+(?: (?:again|please|once more|here|of (?:this|the) lesson))*\W*",
    re.IGNORECASE,
)
_SENTENCES = re.compile(rf"{SENTENCE_GAP}|\n+")
CUE = re.compile(
    r"(?:(?:then|next|also|now|and),? )?(?:add|ask|begin|call on|check|click|close|collect|demonstrate|discuss|draw|"
    r"emphasi[sz]e|explain|give|hand out|have|hide|introduce|invite|let|make sure|mention|pause|play|point|put|read|"
    r"remind|repeat|show|skip|start|stress|tell|use|wait|walk|write) (?!is\b|are\b|was\b)|answers?:|"
    r".*\b(?:exams?|weak(?:er)? students)\b",
    re.IGNORECASE,
)
"""How notes begin what the teacher is to do."""
_NAMING = stems("list name recap")
"""What one is asked to do with things, and nothing about them."""
_ENDED = re.compile(rf"[{ENDS}:;：；][{CLOSING}]*$")


def split(text: str) -> list[str]:
    """The sentences and lines of a text."""
    return [one for part in _SENTENCES.split(text) if (one := part.strip())]


def nearest(texts: Sequence[str], about: frozenset[str], is_safe: Callable[[str], bool]) -> list[tuple[int, str]]:
    """At most two sentences that share most with `about` (stems), each with the place of its text, as they follow each
    other; none where none shares any. What is not safe, alone or beside what was chosen, is left out.

    Questions are left out: they explain nothing.
    """
    places: dict[str, int] = {}
    for at, text in enumerate(texts):
        for sentence in split(text):
            if not is_question(sentence):
                places.setdefault(sentence, at)
    shares = {sentence: _share(stems(sentence), about) for sentence in places}
    chosen: list[str] = []
    for sentence in sorted(filter(shares.get, places), key=lambda one: -shares[one]):
        if len(chosen) < MOST and is_safe(" ".join([*chosen, sentence])):
            chosen.append(sentence)
    return [(at, ended(one)) for one, at in places.items() if one in chosen]


def ended(line: str) -> str:
    """A line of a page as a sentence."""
    return line if _ENDED.search(line) else f"{line}{full_stop(line)}"


def onward(
    texts: Sequence[str], score: Callable[[str], float], is_safe: Callable[[str], bool]
) -> list[tuple[int, str]]:
    """Of running texts the sentence with the highest score that can be told, with those it leans on before it and those
    after it, up to LONGEST letters in all, each with the place of its text; none where none has a score above 0.

    No question has a score or is the last.
    """
    told = [(at, one) for at, text in enumerate(texts) for one in split(text)]
    scores = [0.0 if is_question(one) else score(one) for _, one in told]
    for best in sorted((at for at, one in enumerate(scores) if one > 0), key=lambda at: -scores[at]):
        first = best
        while first and leans(told[first][1]):
            first -= 1
        end, words = first, ""
        while end < len(told):
            longer = f"{words} {told[end][1]}".strip()
            if not is_safe(longer) or (words and reading_length(longer) > LONGEST):
                break
            end, words = end + 1, longer
        while end > best + 1 and is_question(told[end - 1][1]):
            end -= 1
        if end > best:
            return told[first:end]
    return []


def numbered(texts: Sequence[str], question: str) -> list[tuple[int, str]]:
    """Where a question asks for several things of a kind ("the four habits"): the sentences that bring in the first of
    them, the second and so on, one after the other, each with the place of its text; none where there are not two of
    them, or they are not those that the question speaks of.
    """
    asked = _ALL_OF.search(question)
    if not asked:
        return []
    kind, about = stem(asked[1].lower()), stems(question) - stems(asked[0]) - _NAMING
    about &= stems("\n".join(texts))
    told = [(at, one) for at, text in enumerate(texts) for one in split(text) if not is_question(one)]
    row, rest = list[tuple[int, str]](), iter(told)
    for ordinal in _ORDINALS:
        found = next((pair for pair in rest if _brings_in(ordinal, kind, pair[1])), None)
        if found is None or (about and not about & stems(texts[found[0]])):
            break
        row.append(found)
    return row if len(row) > 1 and sum(len(one) + 1 for _, one in row) <= LONGEST else []


def is_one_of_all(sentence: str, question: str) -> bool:
    """Whether a sentence brings in one of the things of which a question asks for several, and for nothing else."""
    asked = _ALL_OF.search(question) if asks_only_for(question) else None
    kind = stem(asked[1].lower()) if asked else ""
    return bool(kind) and any(_brings_in(ordinal, kind, sentence) for ordinal in _ORDINALS)


def asks_only_for(question: str) -> bool:
    """Whether a question asks for things, or one, by their name and number, and for nothing else about them."""
    return _ONLY_FOR.fullmatch(question) is not None


def one_of(texts: Sequence[str], question: str) -> list[tuple[int, str]]:
    """Where a question asks for one of several things by its place ("the second habit"): the sentence that brings it in
    and what follows up to the next one, each with the place of its text; none where there is no such sentence.
    """
    asked = _ONE_OF.search(question) if asks_only_for(question) else None
    if not asked:
        return []
    ordinal, kind = asked[1].lower(), stem(asked[2].lower())
    found = onward(texts, lambda one: float(_brings_in(ordinal, kind, one)), lambda _: True)
    others = [one for one in _ORDINALS if one != ordinal]
    ends = (at for at, (_, one) in enumerate(found) if any(_brings_in(each, kind, one) for each in others))
    return found[: next(ends, len(found))]


def _brings_in(ordinal: str, kind: str, sentence: str) -> bool:
    """Whether a sentence begins with "the second habit" or "our second small habit"; the kind is a stem."""
    words = re.findall(r"[a-z]+", sentence.lower())[:4]
    return words[:1] in (["the"], ["our"], ["my"]) and words[1:2] == [ordinal] and kind in map(stem, words[2:])


def by_words(about: frozenset[str]) -> Callable[[str], float]:
    """Scores a sentence by the share of its stems that are among these."""
    return lambda sentence: _share(stems(sentence), about)


def _share(own: frozenset[str], about: frozenset[str]) -> float:
    return len(own & about) / (len(own) + SPREAD)


def source_of(passage: Passage) -> Source:
    """A passage as what was said names it."""
    return Source(passage_id=passage.id, page=passage.page, text=shorten(passage.text, 400))
