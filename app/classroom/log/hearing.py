"""What a student's words want, and of whom: read by rule from the words alone, so that it costs nothing and repeats.

The reading is written into the event beside the words. It decides who speaks, never whether a student is answered:
words that are not plainly thanks, "go on" or "one moment" wait for an answer. The phrases are in `hearing.toml` and,
for classes in other languages than English, in `abroad`.
"""

import re
from itertools import dropwhile

from pydantic import BaseModel

from app.base.phrasebook import USUAL
from app.base.scripts import is_question, is_unspaced, with_plain_marks
from app.classroom.log.addressing import addressed
from app.classroom.log.phrases import TOKEN, Matter, Phrases, cries_in, phrases
from app.classroom.schema import Intent, Voice
from app.courses.stemming import stems

NEEDS_NO_ANSWER = (Intent.THANKS, Intent.GO_ON, Intent.HOLD_ON)
WISHES = (Intent.SIMPLER, Intent.DEEPER, Intent.EXAMPLE)
INSULT_REACH = 7
"""How many words an insult may stand behind whom it is aimed at."""
SHORT_WORDS = 9
"""To take note of an answer takes no more words than this."""
ASKED_WORDS = 3
"""A question after thanks takes at least so many words: "lol what" is none."""

_CLAUSE = re.compile(r"[.!?,;:…\n]+(?=\s|$)|\s[-–—]+\s|\bbut\b|\bthough\b", re.IGNORECASE)
_STRETCHED = re.compile(r"([a-z?!])\1{2,}")


class Heard(BaseModel):
    """The reading of a student's words: what they want, and whom they address."""

    intent: Intent
    named: Voice | None = None


def hear(
    text: str,
    names: dict[Voice, str] | None = None,
    is_asked: bool = False,
    before: str = "",
    language: str = USUAL,
) -> Heard:
    """Read a student's words in a class in a language (its code). `names` are the agents' names in this class;
    `is_asked`: a question to students is open; `before` is what an agent said last: to say back its words ("oh right,
    Canberra") is to take note of them.
    """
    known, words = phrases(language), _plain(text)
    clauses = [clause.strip() for clause in _CLAUSE.split(words) if clause.strip()]
    named = addressed(clauses, names or {})
    if not is_asked and before and _says_back(known, words, clauses, before):
        return Heard(intent=Intent.THANKS, named=named)
    return Heard(intent=_intent(known, words, clauses, is_asked, named), named=named)


def wants_answer(text: str, language: str = USUAL) -> bool:
    """Whether a student asks for the answer of a question that was put, and for nothing else."""
    known, words = phrases(language), _plain(text)
    own = stems(known.wants_told.sub(" ", words) if is_unspaced(words) else words)
    names_own = any(one.isdigit() for one in words) or not own <= known.answers
    return bool(known.wants_told.search(words)) and not names_own


def matter_of(text: str, language: str = USUAL, named: Voice | None = None) -> Matter | None:
    """What of the class itself a student asks for, of whom they address or nobody, and for nothing else; None where it
    is about something else.
    """
    clauses = [clause.strip() for clause in _CLAUSE.split(_plain(text)) if clause.strip()]
    return _matter(phrases(language), clauses, named)


def _matter(known: Phrases, clauses: list[str], named: Voice | None = None) -> Matter | None:
    """`named`: whom the words address; a word alone beside the question may be their name then, and else is more that
    is said.
    """
    found = [
        _matter_of_clause(known, one) or _clause_kind(known, one)
        for one in clauses
        if not (named and len(known.kept(one)) == 1)
    ]
    matters = {one for one in found if isinstance(one, Matter)}
    return matters.pop() if len(matters) == 1 and None not in found else None


def _matter_of_clause(known: Phrases, clause: str) -> Matter | None:
    bare, core = " ".join(TOKEN.findall(clause)), " ".join(known.kept(clause))
    return next((one for one, way in known.matters.items() if way.match(bare) or way.match(core)), None)


def _plain(text: str) -> str:
    return _STRETCHED.sub(r"\1", " ".join(with_plain_marks(text).replace("’", "'").lower().split()))


def _says_back(known: Phrases, words: str, clauses: list[str], before: str) -> bool:
    """Whether somebody who was just answered only takes note of it: "oh right, Canberra", "kinder, like the sweets,
    ok".
    """
    earlier, said = set(TOKEN.findall(before.lower())), TOKEN.findall(words)
    is_plain = not _asks(known, words, clauses) and not known.anywhere[Intent.CONFUSED].search(words)
    if not said or len(said) > SHORT_WORDS or not is_plain:
        return False
    own = {token for clause in clauses for token in known.kept(clause)}
    if known.has("takes-note", said[0]) and (own <= earlier or known.has("sees", said[0])):
        return True
    return known.has("takes-note", said[-1]) and bool(own & earlier)


def _intent(known: Phrases, words: str, clauses: list[str], is_asked: bool, named: Voice | None) -> Intent:
    """The first that fits, from what must not be missed to what is harmless."""
    if cries_in(words):
        return Intent.DISTRESS
    matter = _matter(known, clauses, named)
    if matter is Matter.SELF:
        return Intent.QUESTION  # "are you a bot?" is no insult
    if _is_abuse(known, words):
        return Intent.ABUSE
    asks = _asks(known, words, clauses) or (not is_asked and matter is not None)
    is_stuck = bool(known.anywhere[Intent.CONFUSED].search(words))
    if not asks and (found := _control(known, clauses, is_stuck, is_asked)):
        return found
    for intent in WISHES:
        if known.anywhere[intent].search(words) and not is_asked:
            return intent
    if is_stuck:
        return Intent.CONFUSED
    if known.wants_told.search(words):
        return Intent.QUESTION  # also of who is asked: to want the answer is none
    if asks and not (is_asked and _guesses(known, words)):
        return Intent.QUESTION
    return Intent.ANSWER if is_asked else Intent.STATEMENT


def _asks(known: Phrases, words: str, clauses: list[str]) -> bool:
    if "?" in words:
        return True
    kinds = [(clause, _clause_kind(known, clause)) for clause in clauses]
    if any(kind is Intent.THANKS and _thanks_and_asks(known, clause) for clause, kind in kinds):
        return True
    rest = [clause for clause, kind in kinds if kind is None]
    first = [tokens[0] for clause in rest if (tokens := known.kept(clause))]
    is_within = any(known.anywhere[Intent.QUESTION].search(clause) for clause in rest)
    return is_within or any(one in known.starts for one in first)


def _thanks_and_asks(known: Phrases, clause: str) -> bool:
    """Whether a question follows thanks, or the like, without so much as a comma: "cool how does spacing work"."""
    said = known.kept(clause)
    asked = [*dropwhile(lambda one: known.has("thanks-first", one), said)]
    if len(asked) < ASKED_WORDS or asked == said:
        return False
    if known.has("auxiliary", asked[0]):
        return known.has("asked-of", asked[1])  # not "thanks will do that"
    opens = asked[0] in known.starts or known.has("asks-openly", asked[0])
    return opens and not known.has("exclaims", asked[1])  # not "wow what a curve"


def _guesses(known: Phrases, words: str) -> bool:
    """Whether a question mark only shows that an answer is a guess: "is it 42?", "photosynthesis?"."""
    said = known.kept(words) or TOKEN.findall(words)
    opens = (bool(said) and known.has("asks-openly", said[0])) or bool(known.openly_within.search(words))
    return is_question(words) and not opens and len(words.split()) <= 12


def _control(known: Phrases, clauses: list[str], is_stuck: bool, is_asked: bool) -> Intent | None:
    """Thanks, "go on" or "one moment", where nothing else was said that wants an answer."""
    kinds = [_clause_kind(known, clause) for clause in clauses]
    if Intent.HOLD_ON in kinds and not is_stuck:
        return Intent.HOLD_ON
    if Intent.GO_ON in kinds and not is_stuck:
        return Intent.GO_ON
    if not kinds or is_stuck or any(kind is not Intent.THANKS for kind in kinds):
        return None
    plain = {token for clause in clauses for token in TOKEN.findall(clause)}
    is_answer = is_asked and plain <= known.filler | {"no", "nope", "nah", "none"}
    return None if is_answer else Intent.THANKS


def _clause_kind(known: Phrases, clause: str) -> Intent | None:
    """What a clause says by itself. Nothing but filler and names counts as thanks."""
    if not re.search(r"\w", clause):
        return Intent.THANKS  # a smile, a thumb, applause
    bare = " ".join(TOKEN.findall(clause))
    core = " ".join(known.kept(clause))
    for intent, pattern in known.clauses.items():
        if pattern.match(bare) or (core and pattern.match(core)):
            return intent
    is_name = any(core.replace(" ", "-") in names for names in known.roles.values())
    return Intent.THANKS if not core or is_name else None


def _is_abuse(known: Phrases, words: str) -> bool:
    """An insult aimed at somebody; to call oneself or the matter stupid is trouble of another kind."""
    tokens = TOKEN.findall(words)
    return bool(known.abuse.search(words)) or any(_is_aimed(known, tokens, at) for at in range(len(tokens)))


def _is_aimed(known: Phrases, tokens: list[str], at: int) -> bool:
    """Whether the word at a place is somebody, and an insult is said of them: "you are all so ..."."""
    token = tokens[at]
    if token not in known.targets or (at and known.has("asks-of", tokens[at - 1])):
        return False
    reach = tokens[at + 1 : at + INSULT_REACH]
    is_said = token.endswith("re") or bool(reach and known.has("is-said-of", reach[0]))
    return is_said and any(one in known.insults for one in reach)
