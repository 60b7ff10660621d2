"""Which language words are in, told by their script and their commonest words: rough, quick, always the same."""

import re
from functools import lru_cache
from unicodedata import name as sign_name

LANGUAGES = {
    "ar": "Arabic",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "sv": "Swedish",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "zh": "Chinese",
}
"""The languages that can be told, and taught in, by their codes (ISO 639-1)."""

LEAST_WORDS = 4
"""A text with fewer words says nothing about its language, unless its script does."""
LEAST_COMMON = 2
CLEARER = 1.5
"""How many times as many different common words there must be as of the next likely language."""
KANA = 0.1
"""The share of kana among the signs from which on a text is Japanese."""
OTHER_SCRIPT = 0.5
"""The share of letters from which on a script tells the language."""

_COMMON = {
    "en": "the of and to in is that it for was on are as with they be at this have from or by what when how not "
    "which we an you your their its he she all more most over about only these there can were been has than so "
    "because into do does will would his her him my me very",
    "de": "der die das und ist nicht ein eine einen einem einer zu den dem des mit sich auf für von im wird werden "
    "sind auch als wie bei oder aber nach aus durch wenn dass wir sie es kann noch nur über war hat haben",
    "fr": "le la les de des et est une un dans que qui pour pas sur avec ce cette sont au aux par plus ne se il elle "
    "on nous vous mais ou où donc comme être leur ses même fait peut du",
    "es": "el la los las de y que en un una es por con no se del para como más pero su al lo son está este esta hay o "
    "ser cuando muy también donde entre sus porque desde todo sobre puede",
    "it": "il lo la gli le di e che un una è per non con del della dei delle si da sono come più ma al alla nel nella "
    "questo questa anche o se cui ci quando tra perché essere può",
    "pt": "o a os as de e que em um uma é do da dos das para com não por se no na mais como mas ao ou são está seu sua "
    "também quando muito isso pela pelo entre ser tem pode",
    "nl": "de het een en van is dat op te in niet met zijn voor die er aan ook als bij om maar dan door wordt worden "
    "deze naar uit hebben heeft kan meer wat nog over of dit geen zoals",
    "sv": "och att det som en på är av för den med till inte om har de ett kan från vid men så när var eller också man "
    "genom detta dessa mellan efter mycket",
    "pl": "i w na z się nie jest do to że o jak po ale co od za przez są dla być tym tego może oraz ich przy tak który "
    "która które gdy lub między",
    "tr": "ve bir bu için ile de da olarak daha çok en olan gibi ne kadar sonra ama ya her değil veya vardır şu ki mi "
    "olur göre arasında",
}
_WORDS = {code: frozenset(word for word in words.split() if len(word) > 1) for code, words in _COMMON.items()}
_SCRIPTS = {
    "CJK": "zh",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CYRILLIC": "ru",
    "ARABIC": "ar",
    "HEBREW": "he",
    "GREEK": "el",
    "DEVANAGARI": "hi",
    "THAI": "th",
}
_WORD = re.compile(r"[^\W\d_]+")
_UKRAINIAN = re.compile(r"[іїєґІЇЄҐ]")


def code_of(name: str) -> str:
    """The code of a language by its English name; "" for one that is not known."""
    return next((code for code, known in LANGUAGES.items() if known == name), "")


def small_words(code: str = "") -> frozenset[str]:
    """The commonest words of a language, or of all but English."""
    if code:
        return _WORDS.get(code, frozenset())
    return frozenset[str]().union(*(words for code, words in _WORDS.items() if code != "en"))


def is_abroad(text: str) -> bool:
    """Whether a text is in another language than English, as far as that can be told."""
    return language_of(text) not in ("", "en")


@lru_cache(maxsize=4096)
def language_of(text: str) -> str:
    """The code of the language a text is in; "" where there are too few words to tell, or none of it is known. Kept, as
    a sentence is held against many passages.
    """
    if not text.isascii():
        letters = [sign for sign in text if sign.isalpha()]
        other = [one for sign in letters if (one := _script(sign))]
        if len(other) > OTHER_SCRIPT * len(letters) and (len(other) >= LEAST_WORDS):
            return _by_script(text, other)
    return _by_words([word.casefold() for word in _WORD.findall(text)])


def _script(sign: str) -> str:
    """The language that a letter's script stands for; "" for Latin letters."""
    return _SCRIPTS.get(sign_name(sign, "").partition(" ")[0], "") if sign > "\u024f" else ""


def _by_script(text: str, found: list[str]) -> str:
    if found.count("ja") >= KANA * len(found):
        return "ja"  # Japanese has Chinese signs among its own, Chinese has a kana by chance at most
    most = max(sorted(set(found)), key=found.count)
    return "uk" if most == "ru" and _UKRAINIAN.search(text) else most


def _by_words(words: list[str]) -> str:
    if len(words) < LEAST_WORDS:
        return ""
    there = set(words)
    counts = sorted(((len(there & common), code) for code, common in _WORDS.items()), reverse=True)
    (most, code), (next_most, _) = counts[0], counts[1]
    return code if most >= LEAST_COMMON and most >= CLEARER * next_most else ""
