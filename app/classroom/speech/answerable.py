"""What of a question the lesson leaves open: a word that it never has, or a name or a count that is asked for and that
words do not tell. What is nearest is no answer then.
"""

import re

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
    r"\s*(?:(?:so|and|but|ok(?:ay)?|hey|hi|well|then|wait)[, ]+)*(?:is|are|was|were|do|does|did|can|could|will|would|"
    r"should|has|have|may|might|must)(?:n['’]?t)?\b(?! you (?:explain|tell|show|give|help|say|describe|define|list)\b)",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(r"\bhow many (?:more |of (?:the|these|those) )?(?:[a-z]+ )??([a-z]{3,})\b", re.IGNORECASE)
_NAME = re.compile(r"(?<=[\w,;] )(?!I\b)[A-Z][^\W\d_]+")
_FIRST = re.compile(r"(?:(?<=“)|(?<=[.!?…] ))[A-Z][^\W\d_]+")
_COUNTED = re.compile(
    rf"(?:\b\d[\d,.]*|\b(?:{'|'.join(COUNTS[1:])}|half|both|dozen|hundred|thousand))(?: of)?((?: [a-z'-]+){{1,3}})"
)

EVERYDAY = words_in(
    "able above accept account across act actual actually add advice affect affects afraid age ago agree allow allowed "
    "alone amount anymore anyway anywhere apart apply appear approach area argue arrive assume attention avoid await "
    "awesome awful bad badly base based basic basically beautiful begin begins behind belong beside beyond big bigger "
    "biggest bit bored boring bother break bring busy calculate cannot care case cases cause causes caused certain "
    "certainly chance change changed changes cheap check choose clearly close closer come common compare compared "
    "complete completely complicated concern consider consist contain contains context continue control correct "
    "correctly could count couple course cover covered crazy create created current currently cut daily damage danger "
    "dangerous date deal decide define defined definition depend depends describe description despite detail details "
    "determine develop die differ difference differences different differently difficult discover discovered discuss "
    "double doubt dumb easier easily easiest easy effect effects effective eight either elaborate else end ends enough "
    "entire entirely equal especially essentially etc eventually evening exact exactly except exist exists expect "
    "expensive explained explanation extra extreme extremely face fail fair false familiar famous far fast faster "
    "fastest favorite favourite feeling felt figure final finally fine finish five fix focus follow following forever "
    "forget form former forward found four free frequently front fully fun further future gain general generally "
    "generate gone gotten guess half handle happen happened happening happens hard harder hardest hardly hate hello "
    "hence hey high higher highest hold honest honestly hope hour hours huge hundred hurt imagine immediately impact "
    "impossible improve improved improvement include included includes including increase indeed indicate influence "
    "instance interested interesting invent invented involve involved issue job join large larger largest last late "
    "lately later lead leads least leave left length lesson lessons level life likely limit limits list listen live "
    "logic long longer longest lot lots love low lower lowest main mainly major manage master material matter matters "
    "maximum maybe meaning meant measure measured mention mentioned method middle mind minimum minute minutes mistake "
    "moment month months morning mostly move multiple myself name named names natural naturally near nearly necessary "
    "needed nice night nine nobody none normal normally note notice number numbers obvious obviously occur occurs "
    "offer okay old older opposite option options order ordinary original otherwise outside overall particular past "
    "per percent percentage perfect perhaps person personally place places please plus position possible possibly "
    "practical practically prefer present pretty prevent previous probably problem problems process produce proof "
    "proper properly prove purpose put quality quick quickly quite raise random rare rarely rate reach reached read "
    "ready real realistic really reason reasons recent recently recommend recommended reduce reduced refer regular "
    "related relevant rely remain remains repeat replace require required rest result results role rough roughly rule "
    "rules run safe sake second seconds seem seemed seems sense separate serious set seven several shape short shorter "
    "shortest shown side sides significant silly similar simple simpler simplest simplify single situation six size "
    "skip slow slower slowest slowly small smaller smallest smart solve somebody somehow somewhere soon sort sound "
    "source special specific stand stands start started starts state statement stay step steps stop stops strange "
    "stupid subject successful sudden suddenly suggest suitable sum summarize summary support suppose supposed sure "
    "surely surprising talk talks talking ten tend term terms terrible test thanks therefore third thousand throughout "
    "thus tiny tip tips today tomorrow tonight topic total totally tough toward towards treat trick tried true truly "
    "truth turn twice type types typical typically ugly unable understand understood unless unlike unlikely unusual "
    "upon useful useless usual valid value various vary version waste weak week weeks weird whatever whats whenever "
    "wherever whether whoever wish won wonder worked working works worry worse worst worth written wrong year years "
    "yesterday yourself zero happy sad everyone everybody anyone anybody talk show learned learnt study studying miss "
    "missed lose pick fill hit push pull carry send build pay buy sell sit wear catch wait waiting trying uses useful "
)
"""Words of every day: that the lesson does not use one says nothing about what a question is about."""


def strange_word(text: str, lesson: Lesson) -> str:
    """The first word of a question in English that is neither of every day nor one of the lesson's, or of the kin of
    one, as the student wrote it; "" where there is none.
    """
    known = phrases("en")
    for word in dict.fromkeys(plain_words(text)):
        is_plain = word in COMMON or word in TALK or word in EVERYDAY or word in known.filler
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
