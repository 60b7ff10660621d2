"""The guard: what stands between an agent's words and the students, sentence by sentence, while they stream.

A sentence must rest on its sources or be mere talk, must not hand over the answer of an open question, and must say
something new. It is a check by rule: it can be wrong, and it cannot be talked round.
"""

import re
from collections.abc import Iterable
from enum import StrEnum

from app.base.languages import language_of
from app.base.scripts import ENDS, is_question, is_unspaced, numerals, with_plain_digits
from app.base.text import words_in
from app.classroom.speech.comparing import WHY
from app.classroom.speech.manner import leads
from app.classroom.speech.quoting import split
from app.courses.grounding import COUNTS, TALK, is_talk, supported, without_pages
from app.courses.schema import Passage
from app.courses.stemming import all_words, beginnings, plain_words, stem, stems

LONGEST = 420
LEAK_SHARE = 0.6
"""A sentence with more than this of what only the answer says hands the answer over."""
MOST_SIGNS = 4
"""Of an answer without spaces that is looked for as it is; a longer one is told in other ways too."""
NEW_SHARE = 0.2
"""Of a sentence with no more than this that was not just said, students hear nothing new."""
_VERDICT = re.compile(r"(?:yes|no|sure|of course|certainly|definitely|indeed|exactly)\b[,.:;!]?\s*", re.IGNORECASE)
DENIAL = re.compile(r"\b(?:no|not|never|nothing|nobody|cannot)\b|n['’]t\b", re.IGNORECASE)
_REASON = re.compile(
    r"\b(?:because|that is why|that['’]s why|which is why|therefore|due to|as a result|leads? to|leading to|causes?|"
    r"causing|results? in|makes? (?:us|you|it|people))\b",
    re.IGNORECASE,
)
_BECAUSE = re.compile(
    r"\b(?:because|due to|by (?:making|giving|allowing|helping|letting|creating|increasing|reducing|providing|"
    r"improving|enabling|forcing))\b",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\W*(?:but |and |so |ok(?:ay)? )?(?:why|how come|how (?:do|does|did|can|could|is|are|was|were))\b", re.IGNORECASE
)
_PLAIN = words_in("a an the is are was were be do does did it that this of to by so and in for yes")
_TOLD_WHY = re.compile(r"\b(?:since|so that|thanks to|owing to|that is how)\b|[→⇒]", re.IGNORECASE)
"""What else gives a reason on a page, where it is known to be one."""
_A_CAUSE = re.compile(r"\b(?:the|main) causes?\b|\bcauses? of\b", re.IGNORECASE)
_CALLED = re.compile(r"\b(?:means|(?:is|are|was|were) (?:also )?(?:called|known as|named))\b", re.IGNORECASE)
_WEIGHT = re.compile(r"\b(?:crucial|essential|vital|critical|most important|matters? most)\b", re.IGNORECASE)
_ADVICE = re.compile(
    r"\b(?:you|we|one|students?|learners?) (?:also |really |just |always |only )?"
    r"(?:should|need to|needs to|have to|must|ought to)\b(?! (?:know|remember|note|understand|see|say|think)\b)",
    re.IGNORECASE,
)
_PEOPLE = (
    r"students?|people|participants?|learners?|subjects?|volunteers?|researchers?|half|groups?|they|them|others?|one"
)
_DID = r"(?:(?!need)[a-z]{3,}ed|read|wrote|learnt|did|had|kept|lost|found|saw|took|knew|felt)"
_REPORT = re.compile(
    rf"\b(?:students|people|participants|volunteers|subjects|children|of them|the others)(?! (?:is|are|was|were)\b)"
    rf"(?: [a-z]+)? {_DID}\b|(?:^|[.;,:] )half {_DID}\b",
    re.IGNORECASE,
)
"""How an experiment is told: somebody did something once."""
_ADVISES = re.compile(r"\b(?:you|your|yourself|should|must|ought)\b", re.IGNORECASE)
_TALK_STEMS = frozenset(map(stem, TALK))
_CALLS_IT = re.compile(r"\b(?:it|that|answer)\b", re.IGNORECASE)
_NUMBER = re.compile(r"(?:(?<![\w)])-)?(?<![A-Za-z\d])\d+(?:[.,]\d+)*")
"""A number by itself: none within a name as CO2 is, and no minus between two years."""
_THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+")


Secret = tuple[str, str]
"""The answer of an open question, and what students know about it anyway."""


class Refusal(StrEnum):
    """Why a sentence was not shown."""

    LENGTH = "length"
    REPEATED = "repeated"
    LEAK = "hands over the answer"
    UNSUPPORTED = "not supported by the pages"
    MANNER = "not this agent's manner"
    ECHO = "only agrees with the question's own words"
    EMPTY = "says nothing about what was asked"
    SAID = "says only what was just said"
    CIRCLE = "explains a thing by itself"
    REPORT = "tells what the page is about instead of explaining it"


def leaks(sentence: str, key: str, known: str) -> bool:
    """Whether words hand over a line of `key`, the answer of an open question; `known` is what students know anyway.

    Counted is only what the answer adds to the question and to the students' own words. Where it cannot be told that
    all of it is English, words meet in their beginnings too, as the endings of other languages are not known; an answer
    that has only small words, or a few signs, is looked for as it is.
    """
    told_numbers = _sizes(sentence) - _sizes(known)
    if told_numbers & _sizes(key):
        return True
    told, before = stems(sentence), stems(known)
    lines = key.splitlines()
    if any(_is_told(stems(line) - before, told) for line in lines):
        return True
    if (code := language_of(f"{known} {key} {sentence}")) != "en":
        told, before = beginnings(sentence, code), beginnings(known, code)
        if any(_is_told(beginnings(line, code) - before, told) for line in lines):
            return True
    return any(_is_said(line, sentence, known) for line in lines)


def hands_over(sentence: str, key: str, known: str) -> bool:
    """Whether all that a sentence says is of the answer: "Not quite, it is the mitochondria", which has little of the
    key and is all of it. Who is told where to look is not told the answer by it, unless it is called that.
    """
    said = stems(sentence) - stems(known) - _TALK_STEMS
    own = frozenset[str]().union(*(stems(line) for line in key.splitlines()))
    return bool(said) and said <= own and not (leads(sentence) and not _CALLS_IT.search(sentence))


def _sizes(text: str) -> set[str]:
    """Numbers without their signs, those of pages aside."""
    return {one.lstrip("-") for one in numbers_in(without_pages(text))}


def numbers_in(text: str) -> set[str]:
    """The numbers of a text, thousands without their commas, and those in words from three on: "one" and "two" count
    nothing as often as not.
    """
    plain = with_plain_digits(text)
    found = {one.replace(",", "") if _THOUSANDS.fullmatch(one) else one for one in _NUMBER.findall(plain)}
    words = set(plain_words(text))
    spelled = {str(at) for at, word in enumerate(COUNTS) if at > 2 and word in words}
    return found | spelled | (numerals(text) if is_unspaced(text) else set())


def _is_said(line: str, sentence: str, known: str) -> bool:
    """Whether a line of only small words, or of a few signs, is said as it is."""
    if is_unspaced(line):
        bare = line.strip(f"{ENDS} ")
        return 0 < len(bare) <= MOST_SIGNS and bare not in known and bare in sentence
    own = all_words(DENIAL.sub(" ", line)) - all_words(known)
    return not stems(line) - stems(known) and bool(own) and own <= all_words(sentence)


def tells(words: str, secrets: Iterable[Secret]) -> bool:
    """Whether words hand over any of these answers."""
    return any(leaks(words, *one) for one in secrets)


def echoes(sentence: str, question: str, ground: list[Passage]) -> bool:
    """Whether words agree or disagree with a question and say nothing that it did not say, without a passage that says
    it too. A "no" is carried by no passage that merely has the words, and why or how a thing is so is not told by that
    it is so.
    """
    if _OPEN.match(question) and not is_question(sentence) and _is_within(sentence, question):
        return True
    bare = _VERDICT.sub("", sentence)
    own = stems(DENIAL.sub("", bare))
    if not own or is_question(sentence) or not own <= stems(question):
        return False
    return bool(DENIAL.search(sentence)) or not any(own <= stems(one.text) for one in ground)


def _is_within(sentence: str, question: str) -> bool:
    """Whether a sentence has no word, also none of the small ones that tell where or how many, and no number of its
    own.
    """
    asked = {stem(one) for one in plain_words(question)} | _PLAIN
    own = {stem(one) for one in plain_words(sentence) if one not in _PLAIN}
    return bool(own) and own <= asked and not set(_NUMBER.findall(sentence)) - set(_NUMBER.findall(question))


def says_again(sentence: str, before: Iterable[str]) -> bool:
    """Whether hardly a word of a sentence was not just said."""
    own = stems(sentence)
    return bool(own) and len(own - stems("\n".join(before))) <= NEW_SHARE * len(own)


def explains_by_itself(sentence: str) -> bool:
    """Whether what is said of a thing is only what it was called: "the memory that works is called working memory"."""
    found = None if DENIAL.search(sentence) or is_question(sentence) else _CALLED.search(sentence)
    if found is None or _NUMBER.search(sentence):
        return False
    said = stems(sentence[found.end() :])
    return bool(said) and said <= stems(sentence[: found.start()])


def explains_by_chance(sentence: str, question: str, ground: list[Passage]) -> bool:
    """Whether a reason is given that no passage gives: those that carry the sentence have, each, no more than half of
    what it takes from the question, or, together, no more than half of what it says after "because". Where most words
    of a "why" are on no page, no reason is.
    """
    reason, because = _REASON.search(sentence), _BECAUSE.search(sentence)
    if not (reason or because) or is_talk(sentence):
        return False
    known = frozenset[str]().union(*(stems(one.text) for one in ground))
    if WHY.match(question) and 2 * len(stems(question) - known) > len(stems(question)):
        return True
    asked = (stems(question) & stems(sentence)) - stems(reason.group()) if reason else frozenset()
    told = stems(sentence[because.end() :]) - stems(question) if because else frozenset()
    carrying = [stems(one.text) for one in ground if supported(sentence, [one])]
    if asked and not any(_has_most(asked, one) for one in carrying):
        return True
    return not _has_most(told, frozenset().union(*carrying) if carrying else known)


def gives_reason(sentence: str) -> bool:
    """Whether a sentence says why."""
    return bool(_REASON.search(sentence) or _BECAUSE.search(sentence))


def tells_why(sentence: str) -> bool:
    """Whether a sentence of a lesson says why, also in ways that are told from others only there."""
    return gives_reason(sentence) or _TOLD_WHY.search(sentence) is not None


def reasons_by_itself(sentence: str, ground: list[Passage]) -> bool:
    """Whether a reason is given where no sentence of a passage gives one with most of its words."""
    if not gives_reason(_A_CAUSE.sub("", sentence)) or is_question(sentence):
        return False
    parts = (part for one in ground for part in split(one.text))
    told = (stems(part) for part in parts if tells_why(part))
    return not any(_has_most(stems(sentence), one) for one in told)


def weighs_by_itself(sentence: str, ground: list[Passage]) -> bool:
    """Whether something is called crucial, or what matters most, where no passage calls anything so."""
    said = {one.lower() for one in _WEIGHT.findall(sentence)}
    return bool(said) and not any(said & {each.lower() for each in _WEIGHT.findall(one.text)} for one in ground)


def advises_from_report(sentence: str, ground: list[Passage]) -> bool:
    """Whether advice ("you need to read it again") has more of its words from what people did in an experiment than
    from anything else that pages say: a finding is no advice, and may be one against it.
    """
    if not _ADVICE.search(sentence) or DENIAL.search(sentence) or is_question(sentence):
        return False
    about, told = stems(sentence), [each for one in ground for each in split(one.text)]
    reports = [one for one in told if _REPORT.search(one) and not _ADVISES.search(one)]
    others = [one for one in told if one not in reports]
    done, else_said = (max((len(stems(one) & about) for one in each), default=0) for each in (reports, others))
    return done > max(else_said, 1)


def _has_most(own: frozenset[str], found: frozenset[str]) -> bool:
    """More than half of them, as of none."""
    return not own or 2 * len(own & found) > len(own)


def _is_told(own: frozenset[str], told: frozenset[str]) -> bool:
    return bool(own) and len(own & told) / len(own) > LEAK_SHARE


def refuse(
    sentence: str, ground: list[Passage], said: list[str], secrets: Iterable[Secret] = (), language: str = ""
) -> Refusal | None:
    """Why a sentence must not be shown, or None. `said` was shown in this turn already; `language` is the code of the
    class's.
    """
    if not 2 <= len(sentence) <= LONGEST:
        return Refusal.LENGTH
    if sentence in said:
        return Refusal.REPEATED
    known = list(secrets)
    if tells(" ".join([*said, sentence]), known) or any(hands_over(sentence, *one) for one in known):
        return Refusal.LEAK
    if is_talk(sentence) or supported(sentence, ground, language):
        return None
    return Refusal.UNSUPPORTED
