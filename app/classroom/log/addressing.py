"""Whom a student's words address: an agent that is spoken to, not one that is only spoken of."""

from app.classroom.log.phrases import TOKEN, phrases
from app.classroom.schema import Voice

_TURNS_TO = [pair.split() for pair in ("what about", "how about", "over to", "hear from", "hear what", "question for")]
_PAIRS = (
    "deep thinker",
    "note taker",
    "note keeper",
    "class clown",
    "inquisitive mind",
    "teaching assistant",
    "curious one",
)


def addressed(clauses: list[str], names: dict[Voice, str]) -> Voice | None:
    """The agent that is spoken to; one that is only spoken of does not count."""
    for clause in clauses:
        tokens = TOKEN.findall(clause)
        for voice, called in phrases().roles.items():
            own = names.get(voice, "").lower().split()
            if _is_address(tokens, called | set(own[-1:])):
                return voice
    return None


def _is_address(tokens: list[str], called: frozenset[str] | set[str]) -> bool:
    """Whether a clause turns to somebody called one of these names."""
    known = phrases()
    tokens = _joined([token.lstrip("@") for token in tokens])
    bare = [token for token in tokens if not known.has("aside", token)]
    while len(bare) > 1 and known.has("openers", bare[0]):
        bare = bare[1:]
    spots = [at for at, token in enumerate(bare) if token in called]
    if not spots:
        return False
    at = spots[0]
    before, after = bare[:at], bare[at + 1 :]
    if not before:
        return not after or not known.has("said-of", after[0])
    if not after:
        return known.has("leads-to", before[-1]) or known.has("openers", before[-1]) or known.has("openers", before[0])
    if before[-2:] in _TURNS_TO or (before[-1] in ("you", "u") and known.has("verbs", after[0])):
        return True
    return known.has("asks-of", before[-1]) and (
        known.has("verbs", after[0]) or before[-1] in ("ask", "from", "for") or after[0] == "to"
    )


def _joined(tokens: list[str]) -> list[str]:
    """Tokens in which two words of a role's name are one."""
    text = " ".join(tokens)
    for pair in _PAIRS:
        text = text.replace(pair, pair.replace(" ", "-"))
    return text.split()
