"""Spoken words, looked at as text: sentences, tidying, and what must not be in them. Pure; no model, no database."""

import re
from collections.abc import Iterable

_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|Dr|Mr|Mrs|Ms|Prof|Fig|No|al|St|approx)\.|\b[A-Z]\.)$")
_LABEL = re.compile(
    r"^(?:teacher|tutor|assistant|student|professor|narrator|instructor|speaker|say|ask|part \d+)\s*:\s+", re.I
)
_MARKS = re.compile(r"\*\*|__|`+|^\s*(?:#{1,6}\s+|[-*•‣▪]\s+|\d{1,2}[.)]\s+)", re.M)
_META = re.compile(
    r"\bas an? (?:ai|artificial|language)\b|\bi(?:'m| am) (?:sorry|unable)\b"
    r"|\bi can(?:no|')t (?:help|assist|see|view)\b"
    r"|\bthe (?:given|provided) (?:text|notes|content|page|passage|information)\b"
    r"|\bjson\b.{0,20}\b(?:reply|answer|object|format)\b|\b(?:spoken|short) (?:parts?|sentences?)\b",
    re.I,
)
_SLIDE = re.compile(
    r"\b(?:this|the|next|previous|current|following|first|last) (?:slide|bullet point|bullet|page)s?\b|\bslide \d+",
    re.I,
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_END = re.compile(r"[.!?…][\"'”’)\]]*$")


def words(text: str) -> list[str]:
    """The words of a text, in order."""
    return _WORD.findall(text)


def key(text: str) -> str:
    """A text without case, marks and spacing: two sentences with one key say the same."""
    return " ".join(words(text)).casefold()


def sentences(text: str) -> list[str]:
    """The sentences of a text, in order; an abbreviation or a lower-case start does not begin a new one."""
    found: list[str] = []
    for piece in re.split(r"(?<=[.!?…])[\"'”’)\]]*\s+", " ".join(text.split())):
        if found and (_ABBREVIATION.search(found[-1]) or piece[:1].islower()):
            found[-1] = f"{found[-1]} {piece}"
        elif piece:
            found.append(piece)
    return found


def ended(text: str) -> str:
    """The text with a full stop where it has no end of its own."""
    text = " ".join(text.split()).rstrip(",;:–—- ")
    return text if not text or _END.search(text) else f"{text}."


def tidy(text: str) -> str:
    """Spoken words without the marks of writing: list marks, emphasis, headings, who speaks, quotes around it all."""
    text = " ".join(_MARKS.sub("", text).split())
    text = _LABEL.sub("", text)
    if len(text) > 1 and text[0] in "\"'“" and text[-1] in "\"'”" and text.count(text[0]) <= 2:
        text = text[1:-1].strip()
    return text


def is_meta(sentence: str) -> bool:
    """Talk about the task, the model or the slide instead of its subject."""
    return bool(_META.search(sentence) or _SLIDE.search(sentence))


def numbers(text: str) -> set[str]:
    """The numbers written in digits, without thousands separators and without zeros at the end of a fraction."""
    return {_plain(found) for found in _NUMBER.findall(text)}


def foreign_numbers(sentence: str, known: Iterable[str]) -> set[str]:
    """Numbers of the sentence that none of the known texts has."""
    return numbers(sentence) - {number for text in known for number in numbers(text)}


def _plain(number: str) -> str:
    number = re.sub(r",(?=\d{3}(?:\D|$))", "", number).replace(",", ".")
    return number.rstrip("0").rstrip(".") if "." in number else number
