"""Short answers compared: what does not count is folded away, and one slip of the pen may be forgiven."""

import unicodedata

SLIP_LENGTH = 5
"""From so many letters on a slip is forgiven: in "cat" one letter makes another animal."""


def folded(text: str) -> str:
    """Text without what does not count: case, accents on letters, white space around and in rows, a full stop at the
    end. Signs that make other letters in scripts of their own are kept."""
    apart = unicodedata.normalize("NFKD", text.replace("\u00ad", "").replace("\u200b", ""))
    plain = "".join(sign for sign in apart if not "\u0300" <= sign <= "\u036f")
    return " ".join(unicodedata.normalize("NFC", plain).casefold().replace("’", "'").split()).strip(" .!;,")


def is_one_slip(one: str, other: str) -> bool:
    """Whether two texts differ by at most one letter wrong, missing, extra or swapped with its neighbour."""
    if one == other:
        return True
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return one[at:] == other[at + 1 :]
    swapped = one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]
    return one[at + 1 :] == other[at + 1 :] or swapped


def same_words(given: str, accepted: list[str], one_slip: bool) -> bool:
    """Whether an answer is one of those accepted. With digits in it, no slip is forgiven."""
    words = folded(given)
    if not words:
        return False
    for known in map(folded, accepted):
        if words == known:
            return True
        has_digit = any(sign.isdigit() for sign in known + words)
        if one_slip and len(known) >= SLIP_LENGTH and not has_digit and is_one_slip(words, known):
            return True
    return False
