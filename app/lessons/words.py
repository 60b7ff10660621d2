"""Spoken words, looked at as text: sentences, tidying, and what must not be in them. Pure; no model, no database."""

import re
from collections.abc import Iterable
from unicodedata import category

from app.base.formulas import small_numbers
from app.base.scripts import (
    CLOSING,
    ENDS,
    SENTENCE_GAP,
    UNSPACED,
    VOWEL_SIGNS,
    full_stop,
    is_unspaced,
    parts_of,
    says_little,
)

_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|Dr|Mr|Mrs|Ms|Prof|Fig|No|al|St|approx)\.|\b[A-Z]\.)$")
_LABEL = re.compile(
    r"^(?:teacher|tutor|assistant|student|professor|narrator|instructor|speaker|say|ask|part \d+)\s*:\s+", re.I
)
_MARKS = re.compile(r"\*\*|__|`+|^\s*(?:#{1,6}\s+|[-*•‣▪]\s+|\d{1,2}[.)]\s+)", re.M)
_UNSPOKEN = frozenset(("So", "Cf", "Cn", "Co"))
"""Pictographs and what steers them: nothing a voice could say."""
_META = re.compile(
    r"\bas an? (?:ai|artificial|language)\b|\bi(?:'m| am) (?:sorry|unable)\b"
    r"|\bi can(?:no|')t (?:help|assist|see|view)\b"
    r"|\bthe (?:given|provided) (?:text|notes|content|page|passage|information)\b"
    r"|\bjson\b.{0,20}\b(?:reply|answer|object|format)\b|\b(?:spoken|short) (?:parts?|sentences?)\b",
    re.I,
)
_SLIDE = re.compile(
    r"\b(?:this|the|next|previous|current|following|first|second|third|last) (?:slide|bullet|page|deck)s?\b"
    r"|\bslide \d+|\b(?:this|the) lesson\b|\bthe (?:instructor|students?|listener|reader)\b"
    r"|\bthe (?:first|second|third|fourth|fifth|sixth|next|last) point\b",
    re.I,
)
_COMMON = frozenset(
    """about after again all also and any are because been before begin both but call called can come consist contain
    contains could did different does each else even ever every example first for from gave get give given goes going
    had has have help here how include includes into its just keep kind know last later lead leading leads learn let
    like list lists look made make mean means might more most much must need new next not now off often one only other
    our out over own part point really result results same say second see several shall should show shows simply some
    start step still such take tell than that the their them then there these they thing think this those through time
    times today together too turn two under until upon use used uses using various very want was way well were what when
    where which while who whose why will with without work would you your""".split()  # noqa: SIM905 - or a page long
)
"""Words that carry talk and not its subject: a sentence may use them without the page having them."""
_NAME = re.compile(r"(?<=[\w,;:)'’] )(?:[A-Z][\w-]*|[a-z]+[A-Z]\w*)")
_CLAUSE = re.compile(r",? (?:which|as|because|so that|so|and|but|while|leading|making|allowing|helping) ")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_COUNTS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_LARGE = ("hundred", "hundreds", "thousand", "thousands", "million", "millions", "billion", "billions")
_LETTERS = rf"[^\W_{UNSPACED}](?:[^\W_{UNSPACED}]|[{VOWEL_SIGNS}])*"
_RUN = re.compile(rf"[{UNSPACED}]+|{_LETTERS}(?:['’-]{_LETTERS})*")
_END = re.compile(rf"[{ENDS}][{CLOSING}\]]*$")
_GAP = re.compile(rf"(?<=[.!?…।؟۔])[\"'”’)\]]*\s+|{SENTENCE_GAP}")


def words(text: str) -> list[str]:
    """The words of a text, in order; two signs each where no spaces stand between words."""
    found = []
    for run in _RUN.findall(text):
        found += [run[at : at + 2] for at in range(0, len(run), 2)] if is_unspaced(run) else [run]
    return found


def key(text: str) -> str:
    """A text without case, marks and spacing: two sentences with one key say the same."""
    return " ".join(_RUN.findall(text)).casefold()


def sentences(text: str) -> list[str]:
    """The sentences of a text, in order; an abbreviation or a lower-case start does not begin a new one."""
    found: list[str] = []
    for piece in _GAP.split(" ".join(text.split())):
        if found and (_ABBREVIATION.search(found[-1]) or piece[:1].islower()):
            found[-1] = f"{found[-1]} {piece}"
        elif piece:
            found.append(piece)
    return found


def ended(text: str) -> str:
    """The text with a full stop where it has no end of its own."""
    text = " ".join(text.split()).rstrip(",;:–—- ")
    return text if not text or _END.search(text) else f"{text}{full_stop(text)}"


def tidy(text: str) -> str:
    """Spoken words without the marks of writing: list marks, emphasis, headings, who speaks, quotes around it all."""
    text = "".join(sign for sign in _MARKS.sub("", text) if category(sign) not in _UNSPOKEN)
    text = " ".join(text.split())
    text = _LABEL.sub("", text)
    if len(text) > 1 and text[0] in "\"'“" and text[-1] in "\"'”" and text.count(text[0]) <= 2:
        text = text[1:-1].strip()
    return text


def is_meta(sentence: str) -> bool:
    """Talk about the task, the model or the slide instead of its subject."""
    return bool(_META.search(sentence) or _SLIDE.search(sentence))


def shorter(sentence: str) -> list[str]:
    """A sentence, then what is left when its last clauses go one by one, as long as it says something."""
    cuts = [found.start() for found in _CLAUSE.finditer(sentence)]
    return [sentence, *(sentence[:at] for at in reversed(cuts) if len(words(sentence[:at])) >= 5)]


def stems(text: str) -> set[str]:
    """What a text is about: the first five letters of its content words; pairs of characters where none are spaced."""
    found = set()
    for word in _RUN.findall(text.casefold()):
        if is_unspaced(word):
            found |= {part for part in parts_of(word) if not says_little(part)}
        elif len(word) > 2 and word not in _COMMON:
            found.add(word[:5])
    return found


def share(text: str, ground: set[str]) -> float:
    """How much of what a text is about is in `ground` (stems), 0 to 1; 1 for a text about nothing."""
    about = stems(text)
    return len(about & ground) / len(about) if about else 1.0


def foreign_names(sentence: str, ground: set[str]) -> set[str]:
    """Names and abbreviations within the sentence of which `ground` (stems) knows nothing."""
    return {name for name in _NAME.findall(sentence) if stems(name) - ground}


def numbers(text: str) -> set[str]:
    """The numbers of a text, words for them too: without thousands separators and without zeros after a fraction."""
    found = {_plain(number) for number in _NUMBER.findall(text)}
    for word in words(text.casefold()):
        if word in _COUNTS:
            found.add(str(_COUNTS.index(word) + 2))
        elif word in _LARGE:
            found.add(word.rstrip("s"))
    return found


def foreign_numbers(sentence: str, known: Iterable[str]) -> set[str]:
    """Numbers of the sentence that none of the known texts has."""
    return numbers(sentence) - {number for text in known for number in numbers(text) | small_numbers(text)}


def _plain(number: str) -> str:
    number = re.sub(r",(?=\d{3}(?:\D|$))", "", number).replace(",", ".")
    return number.rstrip("0").rstrip(".") if "." in number else number
