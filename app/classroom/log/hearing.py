"""What a student's words want, and of whom: read by rule from the words alone, so that it costs nothing and repeats.

The reading is written into the event beside the words. It decides who speaks, never whether a student is answered:
words that are not plainly thanks, "go on" or "one moment" wait for an answer. The phrases are in `hearing.toml`.
"""

import re

from pydantic import BaseModel

from app.base.scripts import is_question, is_unspaced, with_plain_marks
from app.classroom.log.addressing import addressed
from app.classroom.log.phrases import TOKEN, kept, phrases
from app.classroom.schema import Intent, Voice
from app.courses.stemming import stems

NEEDS_NO_ANSWER = (Intent.THANKS, Intent.GO_ON, Intent.HOLD_ON)
WISHES = (Intent.SIMPLER, Intent.DEEPER, Intent.EXAMPLE)
INSULT_REACH = 7
"""How many words an insult may stand behind whom it is aimed at."""
SHORT_WORDS = 9
"""To take note of an answer takes no more words than this."""

_OF_ANSWERS = stems(
    "answer solution question ask tell give say show know solve need want please sag sagen sage verrate verrat gib "
    "lösung antwort bitte donne donnez dis réponse dame dime respuesta solución favor dammi dimmi risposta geef zeg "
    "答案 antwoord resposta diga plaît s'il mir uns die das moi nous nos noi ons"
)
"""What somebody says who wants the answer of a question that was put, and names none of their own."""
_CLAUSE = re.compile(r"[.!?,;:…\n]+(?=\s|$)|\s[-–—]+\s|\bbut\b|\bthough\b", re.IGNORECASE)
_STRETCHED = re.compile(r"([a-z?!])\1{2,}")


class Heard(BaseModel):
    """The reading of a student's words: what they want, and whom they address."""

    intent: Intent
    named: Voice | None = None


def hear(text: str, names: dict[Voice, str] | None = None, is_asked: bool = False, before: str = "") -> Heard:
    """Read a student's words. `names` are the agents' names in this class; `is_asked`: a question to students is open;
    `before` is what an agent said last: to say back its words ("oh right, Canberra") is to take note of them.
    """
    words = _plain(text)
    clauses = [clause.strip() for clause in _CLAUSE.split(words) if clause.strip()]
    named = addressed(clauses, names or {})
    if not is_asked and before and _says_back(words, clauses, before):
        return Heard(intent=Intent.THANKS, named=named)
    return Heard(intent=_intent(words, clauses, is_asked), named=named)


def wants_answer(text: str) -> bool:
    """Whether a student asks for the answer of a question that was put, and for nothing else."""
    words, wish = _plain(text), phrases().wants_told
    own = stems(wish.sub(" ", words) if is_unspaced(words) else words)
    names_own = any(one.isdigit() for one in words) or not own <= _OF_ANSWERS
    return bool(wish.search(words)) and not names_own


def _plain(text: str) -> str:
    return _STRETCHED.sub(r"\1", " ".join(with_plain_marks(text).replace("’", "'").lower().split()))


def _says_back(words: str, clauses: list[str], before: str) -> bool:
    """Whether somebody who was just answered only takes note of it: "oh right, Canberra", "kinder, like the sweets,
    ok".
    """
    known, earlier, said = phrases(), set(TOKEN.findall(before.lower())), TOKEN.findall(words)
    is_plain = not _asks(words, clauses) and not known.anywhere[Intent.CONFUSED].search(words)
    if not said or len(said) > SHORT_WORDS or not is_plain:
        return False
    own = {token for clause in clauses for token in kept(clause)}
    if known.has("takes-note", said[0]) and (own <= earlier or known.has("sees", said[0])):
        return True
    return known.has("takes-note", said[-1]) and bool(own & earlier)


def _intent(words: str, clauses: list[str], is_asked: bool) -> Intent:
    """The first that fits, from what must not be missed to what is harmless."""
    known = phrases()
    if known.anywhere[Intent.DISTRESS].search(words):
        return Intent.DISTRESS
    if _is_abuse(words):
        return Intent.ABUSE
    asks = _asks(words, clauses)
    is_stuck = bool(known.anywhere[Intent.CONFUSED].search(words))
    if not asks and (found := _control(clauses, is_stuck, is_asked)):
        return found
    for intent in WISHES:
        if known.anywhere[intent].search(words) and not is_asked:
            return intent
    if is_stuck:
        return Intent.CONFUSED
    if phrases().wants_told.search(words):
        return Intent.QUESTION  # also of who is asked: to want the answer is none
    if asks and not (is_asked and _guesses(words)):
        return Intent.QUESTION
    return Intent.ANSWER if is_asked else Intent.STATEMENT


def _asks(words: str, clauses: list[str]) -> bool:
    known = phrases()
    if "?" in words:
        return True
    rest = [clause for clause in clauses if _clause_kind(clause) is None]
    first = [tokens[0] for clause in rest if (tokens := kept(clause))]
    is_within = any(known.anywhere[Intent.QUESTION].search(clause) for clause in rest)
    return is_within or any(one in known.starts for one in first)


def _guesses(words: str) -> bool:
    """Whether a question mark only shows that an answer is a guess: "is it 42?", "photosynthesis?"."""
    said = kept(words) or TOKEN.findall(words)
    opens = (bool(said) and phrases().has("asks-openly", said[0])) or bool(phrases().openly_within.search(words))
    return is_question(words) and not opens and len(words.split()) <= 12


def _control(clauses: list[str], is_stuck: bool, is_asked: bool) -> Intent | None:
    """Thanks, "go on" or "one moment", where nothing else was said that wants an answer."""
    kinds = [_clause_kind(clause) for clause in clauses]
    if Intent.HOLD_ON in kinds and not is_stuck:
        return Intent.HOLD_ON
    if Intent.GO_ON in kinds and not is_stuck:
        return Intent.GO_ON
    if not kinds or is_stuck or any(kind is not Intent.THANKS for kind in kinds):
        return None
    known = phrases()
    plain = {token for clause in clauses for token in TOKEN.findall(clause)}
    is_answer = is_asked and plain <= known.filler | {"no", "nope", "nah", "none"}
    return None if is_answer else Intent.THANKS


def _clause_kind(clause: str) -> Intent | None:
    """What a clause says by itself. Nothing but filler and names counts as thanks."""
    known = phrases()
    if not re.search(r"\w", clause):
        return Intent.THANKS  # a smile, a thumb, applause
    bare = " ".join(TOKEN.findall(clause))
    core = " ".join(kept(clause))
    for intent, pattern in known.clauses.items():
        if pattern.match(bare) or (core and pattern.match(core)):
            return intent
    is_name = any(core.replace(" ", "-") in names for names in known.roles.values())
    return Intent.THANKS if not core or is_name else None


def _is_abuse(words: str) -> bool:
    """An insult aimed at somebody; to call oneself or the matter stupid is trouble of another kind."""
    tokens = TOKEN.findall(words)
    return bool(phrases().abuse.search(words)) or any(_is_aimed(tokens, at) for at in range(len(tokens)))


def _is_aimed(tokens: list[str], at: int) -> bool:
    """Whether the word at a place is somebody, and an insult is said of them: "you are all so ..."."""
    known, token = phrases(), tokens[at]
    if token not in known.targets or (at and known.has("asks-of", tokens[at - 1])):
        return False
    reach = tokens[at + 1 : at + INSULT_REACH]
    is_said = token.endswith("re") or bool(reach and known.has("is-said-of", reach[0]))
    return is_said and any(one in known.insults for one in reach)
