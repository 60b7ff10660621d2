"""How agents do not speak to a student: about them or themselves, about the page instead of its subject, or on from
what was not said.
"""

import re

from app.base.languages import language_of
from app.base.scripts import is_question
from app.courses.grounding import is_talk, without_pages
from app.courses.stemming import COMMON, plain_words

_ABOUT_THEM = re.compile(
    r"\bthe student(?:['’]s)?(?: just| also)? (?:questions?|answers?|words|confusion|should|needs?|needed|wants?|"
    r"wanted|asks?|asked|says?|said|is|was|has|had|does|did|seems?|looks?|looked|thinks?|feels?)\b",
    re.IGNORECASE,
)
_PROMPT = re.compile(
    r"\b(?:(?:my|your|these|those|system|given) (?:instructions|prompts?)|language models?|computer programs?|"
    r"personal (?:feelings|opinions)|between (?:the )?marks|"
    r"(?:not|never) (?:an )?instructions?)\b",
    re.IGNORECASE,
)
_HERE_TO = re.compile(r"(?:i(?:['’]m| am) here to|my (?:job|role|task) is to)\b", re.IGNORECASE)
_SOURCE = (
    r"(?:the|this|our) (?:page|slide|passage|text|lesson|deck|notes)(?: (?:to|of|on) (?:the |this )?page)?(?: \d+)?"
    r"(?: (?:that )?you(?:['’]re| are) [a-z]+(?: at| on)?)?(?: also| then| clearly)?"
)
_SAYS = r"(?:explains?|says?|states?|shows?|tells? us|mentions?|notes?|points? out|suggests?|indicates?)"
_REPORTED = re.compile(
    rf"^(?:according to {_SOURCE}, |(?:as )?(?:{_SOURCE} {_SAYS}|it(?: also| then)? (?:says|states|mentions|explains))"
    r" that )(?=\w)",
    re.IGNORECASE,
)
_REPORTS = re.compile(
    rf"^(?:because |so,? )?{_SOURCE} (?:(?:does not|doesn['’]t) [a-z]+|discuss(?:es)?|describes?|covers?|explains?|"
    r"explores?|presents?|talks? about|focus(?:es)? on|deals? with|"
    r"(?:is|are) (?:(?:all |talking |speaking |mostly )?about|(?:show|present|explain|describ|discuss|introduc)ing))\b",
    re.IGNORECASE,
)
_RETELLS = re.compile(
    r"\bthe teacher (?:(?:is|was|has|had|just|then|also) ){0,2}(?:explain|say|said|tell|told|talk|speak|spoke|describ|"
    r"discuss|mention|show|ask|provid|gave|giv|point|mean)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“„«「]([^\"“”„«»「」]{1,200})[\"”“»」]")
_WORDS_OF_A_THING = 3
"""More words than this between marks are a phrase, and no thing that a beginner would trip over."""
_THIS_PAPER = re.compile(r"\b(?:the|this|our) (?:page|slide|lesson|deck)\b", re.IGNORECASE)
_GOES_ON = re.compile(r"^(?:(?:in )?(?:that|this) way|doing (?:so|that|this)|as a result)\b(?! of\b)", re.IGNORECASE)
_LEANS = re.compile(
    r"^(?:(?:after|before|by|with|from|in|for) )?(?:and|but|so|then|also|however|similarly|therefore|another|this|that|"
    r"these|those|it|its|they|their|them|such|both|he|she|his|her)\b",
    re.IGNORECASE,
)
_FORMULA = re.compile(r"[=+→*/<>|]")
UNSPACED_LANGUAGES = ("ja", "ko", "th", "zh")
_ALIKE = {"ru", "uk"}
"""A sentence without a letter of its own is taken for one of the other."""
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_LONG_WORD = re.compile(r"[A-Z]{5}")
_POINTS = re.compile(
    r"(?:so,? |first,? |now,? )?(?:look|think|start|begin|compare|go back|picture|imagine|sieh|schau|denk|vergleich\w*|"
    r"regardez?|pensez|comparez|compara|piensa en|guarda|pensa a|kijk|denk|veja|pense em)\b"
    r"|再?(?:看看|想想|想一想|比较|对照)",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\b(?:lines?|sentences?|headings?)\b", re.IGNORECASE)
_CUT = re.compile(r"[:;,–—]")
_PAPER = re.compile(r"\b(?:page|slide|text|lesson|deck)s?\b", re.IGNORECASE)


def speaks_about_them(sentence: str) -> bool:
    """Whether a sentence speaks about the student to whom it is said."""
    return bool(_ABOUT_THEM.search(sentence))


def speaks_about_itself(sentence: str, name: str) -> bool:
    """Whether who is called `name` tells what they do, “Mira encourages”, “I am here to help”, instead of doing it."""
    return bool(_HERE_TO.match(sentence) or re.match(rf"{re.escape(name)} [a-z]+s\b", sentence))


def retells(sentence: str) -> bool:
    """Whether a sentence speaks of the teacher, “So, the teacher is explaining that ...”, to who heard it."""
    return bool(_RETELLS.search(sentence))


def speaks_of_prompts(sentence: str) -> bool:
    """Whether a sentence speaks of what a model was told, or of models."""
    return bool(_PROMPT.search(sentence))


def reports(sentence: str, question: str) -> bool:
    """Whether a sentence tells what a page is about, or is not, which explains nothing, and nobody asked that."""
    return bool(_REPORTS.match(sentence)) and not _PAPER.search(question)


def asks_of_paper(question: str) -> bool:
    """Whether a question is about a page instead of its subject."""
    return bool(_THIS_PAPER.search(question))


def quotes_no_thing(question: str) -> bool:
    """Whether a question quotes something else than the name of a thing: a phrase, or mere talk such as “Welcome”."""
    return any(len(one.split()) > _WORDS_OF_A_THING or is_talk(one) for one in _QUOTED.findall(question))


def speaks_otherwise(sentence: str, language: str, pages: str) -> bool:
    """Whether a sentence is in another language than the class's, by its code; pages and quotes may be in another."""
    own = _QUOTED.sub(" ", sentence)
    if language in UNSPACED_LANGUAGES:
        talk = {one for one in _LATIN_WORD.findall(own.lower()) if one in COMMON and one not in pages.lower()}
        return len(talk) > 1
    found = language_of(own)
    return bool(language and found) and found not in (language, language_of(pages)) and {found, language} != _ALIKE


def leads(sentence: str) -> bool:
    """Whether a sentence leads to an answer instead of telling one: it asks, or says where to look or what to think
    of.
    """
    return is_question(sentence) or bool(_POINTS.match(sentence))


def names_a_place(sentence: str) -> bool:
    """Whether a sentence says where on a page to look, which is a hint though it tells nothing of the subject."""
    return bool(_PLACE.search(sentence))


def asks_back(talk: str, words: str) -> bool:
    """Whether talk asks, or names a page or something of these words to begin with: one that is not of all talk, or
    any in quotation marks.
    """
    quoted = {one for part in _QUOTED.findall(talk) for one in plain_words(part)}
    named = quoted | {one for one in plain_words(talk) if one not in COMMON}
    return is_question(talk) or without_pages(talk) != talk or bool(named & set(plain_words(words)))


def names_a_label(sentence: str, page: str) -> bool:
    """Whether a sentence takes a label in capitals on a page, “HABIT 2, CONTINUED”, for something to speak about. What
    the page's other lines speak of too is a thing, and so are formulas.
    """
    lines = page.splitlines()
    labels = [line for line in lines if line.isupper() and not _FORMULA.search(line)]
    others = "\n".join(line for line in lines if not line.isupper())
    parts = {part.strip() for line in labels for part in [line, *_CUT.split(line)]}
    names = [part for part in parts if len(part.split()) > 1 and _LONG_WORD.search(part) and part not in others]
    return any(re.search(rf"(?<!\w){re.escape(one)}(?!\w)", sentence) for one in names)


def goes_on(sentence: str) -> bool:
    """Whether a sentence draws on one before it, “That way, ...”."""
    return bool(_GOES_ON.match(sentence))


def leans(sentence: str) -> bool:
    """Whether a sentence takes what it is about from the one before it, “This makes them ...”."""
    return bool(_LEANS.match(sentence))


def without_report(sentence: str) -> str:
    """A sentence without “The page says that” before what the page says."""
    bare = _REPORTED.sub("", sentence, count=1)
    return sentence if bare == sentence else bare[0].upper() + bare[1:]
