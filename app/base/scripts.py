"""Writing systems: what ends a sentence, and what a word is where no spaces stand between words. Pure.

Chinese and Japanese put no space after a full stop or between words, and Thai none between words. There neighbouring
signs do what words do elsewhere: texts that have pairs of them in common speak of the same.
"""

import re
import unicodedata
from collections.abc import Iterable

WIDE_ENDS = "。！？｡"
"""Marks that end a sentence without a space after them."""
ENDS = f".!?…।؟۔{WIDE_ENDS}"
"""All marks that end a sentence; after the others comes a space."""
FULL_STOPS = ".।۔。｡"
"""Those that end a statement."""
CLOSING = "\"'”’)」』）》】»"
"""What may close after a sentence's mark and still be of it."""
_THAI = "\u0e00-\u0e7f"
UNSPACED = f"{_THAI}\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
"""Thai, Han, kana and, as endings hang on to its words, Hangul; to stand in the brackets of a pattern."""
VOWEL_SIGNS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963"
"""What is drawn on to a letter and is none, as the vowels of Hindi are; to stand in the brackets of a pattern."""
_SHORT = (r"e\.g", r"i\.e", "Dr", "Mr", "Mrs", "Ms", "Prof", "St", "vs", "Fig", "cf", "approx", r"[A-Z]\.[A-Z]")
NO_SHORT_FORM = "".join(rf"(?<!\b{one}\.)" for one in _SHORT)
"""A pattern to stand behind a full stop that ends a sentence and no short form within one ("e.g.", "Dr.", "U.S.")."""
_AFTER_SPACE = rf"(?<=[.!?…।؟۔{WIDE_ENDS}]){NO_SHORT_FORM}\s+"
_AFTER_WIDE = rf"(?<=[{WIDE_ENDS}])(?=[^{CLOSING}{WIDE_ENDS}\s])|(?<=[{WIDE_ENDS}][”’」』）》】])(?=\S)"
SENTENCE_GAP = f"{_AFTER_SPACE}|{_AFTER_WIDE}"
"""A pattern for what lies between two sentences."""
_LETTER = rf"(?:[^\W\d_{UNSPACED}²³¹\u2070-\u209f]|[{VOWEL_SIGNS}])"
WORD = rf"[{UNSPACED}]+|[^\W\d_{UNSPACED}](?:{_LETTER}|['’-])+"
"""A pattern for the words of a text, of two letters at least where they are spaced; all of a run where they are not."""
LETTERS_OF_A_SIGN = 3

_UNSPACED = re.compile(f"[{UNSPACED}]")
_RUN = re.compile(f"[{UNSPACED}]+")
_HAN = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_LATIN_WORD = re.compile(r"[A-Za-z]+")
_WIDE_MARKS = str.maketrans(
    {"。": ". ", "｡": ". ", "！": "! ", "？": "? ", "，": ", ", "、": ", ", "；": "; ", "：": ": ", "؟": "? "}
    | {"（": " (", "）": ") ", "“": '"', "”": '"', "「": '"', "」": '"', "¿": "", "¡": "", "\u3000": " "}
)
_SMALL = frozenset("的了是吗呢吧啊么们这那我你您她它很也都就请什哪怎在和与及或")
"""Signs of Chinese that a pair says little with."""
_HIRAGANA = re.compile("[\u3040-\u309f]+")
_KOREAN_ENDINGS = frozenset(
    ("니다", "입니", "습니", "합니", "것은", "것이", "는다", "이다", "있다", "하는", "에서", "에는")
)
_DIGITS = {sign: at for at, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_NUMERAL = re.compile(f"[{''.join(_DIGITS)}{''.join(_TENS)}]+")


def is_unspaced(text: str) -> bool:
    """Whether a text has signs of a script that puts no spaces between words."""
    return _UNSPACED.search(text) is not None


def parts_of(run: str) -> list[str]:
    """What does for the words of a run of signs: its pairs of neighbours or, as the signs of Thai are letters, fours of
    them; all of a shorter one.
    """
    size = 4 if "\u0e00" <= run[0] <= "\u0e7f" else 2
    return [run[at : at + size] for at in range(max(1, len(run) - size + 1))]


def says_little(part: str) -> bool:
    """Whether a part of a run is about nothing: it has a sign of grammar, or only such."""
    return bool(_SMALL & set(part)) or part in _KOREAN_ENDINGS or _HIRAGANA.fullmatch(part) is not None


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


def gap(before: str) -> str:
    """What stands between words and the sentence after them."""
    bare = before.rstrip(CLOSING)
    return "" if not before or bare[-1:] in WIDE_ENDS else " "


def is_question(text: str) -> bool:
    """Whether a text ends as a question does."""
    return text.endswith(("?", "？", "؟", "\u037e")) or (
        text.endswith(";") and re.search("[\u0370-\u03ff]", text) is not None
    )


def full_stop(text: str) -> str:
    """The mark that ends a text in its script."""
    signs = len(re.findall(f"[{_HAN}]", text))
    return "。" if signs and signs >= 2 * len(_LATIN_WORD.findall(text)) else "."


def with_plain_marks(text: str) -> str:
    """A text with the marks of wide scripts as those of Latin, for reading it by rule."""
    return text.translate(_WIDE_MARKS)


def with_plain_digits(text: str) -> str:
    """A text with the digits of all scripts as 0 to 9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.digit(sign)) if sign.isdecimal() else sign for sign in text)


def numerals(text: str) -> set[str]:
    """The whole numbers that a text has in Chinese words, in figures; of some hundred thousand at most."""
    return {str(_value(run)) for run in _NUMERAL.findall(text)}


def _value(run: str) -> int:
    whole, digit = 0, 0
    for sign in run:
        if sign in _DIGITS:
            digit = digit * 10 + _DIGITS[sign]
        elif sign == "万":
            whole, digit = (whole + digit) * 10_000, 0
        else:
            whole, digit = whole + (digit or 1) * _TENS[sign], 0
    return whole + digit
