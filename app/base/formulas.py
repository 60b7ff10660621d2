"""Formulas in TeX among words: as MathML, and in plain signs that read well where none can stand (a²/b, √x, α ≤ β).

Nothing that people write in a formula is trusted: of its MathML only elements and attributes that can do no harm are
kept. A formula that cannot be read stays as it was written.
"""

import re
from html import unescape
from unicodedata import normalize
from xml.etree.ElementTree import Element

from latex2mathml import exceptions
from latex2mathml.converter import convert_to_element

from app.base.text import words_in

LONGEST = 2000
"""A formula of more characters is not read."""
LONGEST_SAID = 300
"""What is open for more characters than this is no formula that somebody says."""
DEEPEST = 60
"""Nor is one that is nested deeper than this."""
FORMULA = re.compile(r"\$\$[^$]+\$\$|\\\[.+?\\\]|\\\(.+?\\\)|\$(?![\s$])(?:[^$\\\n]|\\.)*?(?<!\s)\$(?!\d)", re.DOTALL)
r"""$$…$$, \[…\], \(…\), or $…$ in a line that has no space within its signs and no digit after them: sums of money are
none."""


MATHML = "http://www.w3.org/1998/Math/MathML"
SAFE_ELEMENTS = words_in(
    "math mrow mi mn mo mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover mtable mtr mtd "
    "mstyle mpadded menclose mphantom"
)
SAFE_ATTRIBUTES = words_in(
    "display stretchy fence form accent columnalign columnlines rowlines minsize maxsize linethickness width height "
    "depth notation mathvariant separator largeop movablelimits lspace rspace scriptlevel displaystyle"
)
_PLAIN_VALUE = re.compile(r"[\w.%+\- ]{1,60}")
_BROKEN: tuple[type[Exception], ...] = (
    *(one for one in vars(exceptions).values() if isinstance(one, type) and issubclass(one, Exception)),
    StopIteration,
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
)
"""What the LaTeX reader raises for words that are no LaTeX; it has no common error of its own."""


def mathml(latex: str, *, display: str = "block") -> Element | None:
    """A formula's MathML, built anew from safe elements only; None for one that cannot be read."""
    if len(latex) > LONGEST:
        return None
    try:
        return _cleaned(convert_to_element(latex, display=display), 0)
    except _BROKEN:
        return None


def _cleaned(element: Element, depth: int) -> Element:
    """The element with what cannot do harm: no links, no styles, no scripts."""
    if depth > DEEPEST or element.tag not in SAFE_ELEMENTS:
        raise ValueError("nested too deeply, or no element of a formula")
    kept = {
        name: value
        for name, value in element.attrib.items()
        if name in SAFE_ATTRIBUTES and _PLAIN_VALUE.fullmatch(value)
    }
    made = Element(element.tag, {"xmlns": MATHML, **kept} if not depth else kept)
    made.text = unescape(element.text or "")
    made.extend(_cleaned(child, depth + 1) for child in element)
    return made


# ------------------------------------------------------------------------------------------------------ in plain signs

_RAISED = dict(
    zip("0123456789+−=()abcdefghijklmnoprstuvwxyzT*′∘", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀ*′°", strict=True)
)
_LOWERED = dict(zip("0123456789+−=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True))
_ACCENTS = {"¯": "\u0304", "‾": "\u0304", "^": "\u0302", "~": "\u0303", "˙": "\u0307", "¨": "\u0308", "→": "\u20d7"}
_BOUND = frozenset("∑∏∫∬∮⋃⋂⨁")
"""Signs that stand over a range, and take a space after it."""
_SPACED = frozenset("=≠<>≤≥≈≡∼≃≅∝→←↔⇒⇐⇔↦∈∉⊂⊆⊃⊇∪∩∧∨×·⋅÷±∓+−∖⊕⊗∥⊥∣⟶⟹⟺:")
_OPENS = "([{⟨⌊⌈|,"
_ON = f"[!{re.escape(''.join([*_RAISED.values(), *_LOWERED.values(), *_ACCENTS.values()]))}]*"
_ONE = re.compile(rf"√?(?:\d+(?:[.,]\d+)?|[d∂]?[^\W\d_]){_ON}")
_FUNCTION = re.compile(rf"(?:^|[^a-z])(?:(?:arc)?(?:sin|cos|tan)h?|cot|log|ln|exp|lim|max|min|det|gcd){_ON}$")
_SMALL = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+|[₀₁₂₃₄₅₆₇₈₉]+")
_LOOKS_LIKE_ONE = re.compile(r"[\\^_{}=<>+]")
_WORD = re.compile(r"[^\W\d_]{3}")


def plain(text: str) -> str:
    """Words in which each formula is plain signs, and everything else is as it was."""
    return FORMULA.sub(_plain_one, text) if "$" in text or "\\" in text else text


def is_open(text: str) -> bool:
    """Whether a formula has begun at the end of words that are still being written."""
    end = text[-LONGEST_SAID:]
    marks = ((r"\[", r"\]"), (r"\(", r"\)"))
    return end.count("$$") % 2 == 1 or any(end.rfind(begins) > end.rfind(ends) for begins, ends in marks)


def small_numbers(text: str) -> set[str]:
    """The raised and lowered numbers of a text, as usual digits: "x₁²" has a 1 and a 2."""
    return {normalize("NFKC", found) for found in _SMALL.findall(text)}


def _plain_one(found: re.Match[str]) -> str:
    source = found[0]
    inner = source[2:-2] if source[0] == "\\" or source.startswith("$$") else source[1:-1]
    if source[0] == "$" and _WORD.search(inner) and not _LOOKS_LIKE_ONE.search(inner):
        return source  # what two dollar signs happen to stand around
    try:
        tree = mathml(inner.strip())
        said = _signs(tree) if tree is not None else ""
    except IndexError:  # a fraction without its lower part
        said = ""
    return said if said and "\\" not in said else source


def _signs(element: Element) -> str:
    return " ".join(_said(element).split())


def _said(element: Element) -> str:
    """An element in plain signs."""
    parts = list(element)
    match element.tag:
        case "mi" | "mn" | "mtext" | "mo":
            return {"-": "−", "'": "′"}.get(element.text or "", element.text or "")
        case "mspace":
            return "" if (element.get("width") or "").startswith("-") else " "
        case "mphantom":
            return ""
        case "mfrac":
            return _fraction(_signs(parts[0]), _signs(parts[1]), is_choice=element.get("linethickness") == "0")
        case "msqrt":
            return f"√{_grouped(_row(parts).strip())}"
        case "mroot":
            return f"{_script(_signs(parts[1]), _RAISED, '^')}√{_grouped(_signs(parts[0]))}"
        case "msup" | "msub" | "msubsup" | "munder" | "mover" | "munderover":
            return _scripted(element.tag, [_signs(one) for one in parts])
        case "mtable":
            return "; ".join(", ".join(_signs(cell) for cell in row) for row in parts)
    return _row(parts)


def _row(parts: list[Element]) -> str:
    """Elements side by side: relations and sums with spaces around them, signs before a number without."""
    row, before = "", ""
    for part in parts:
        said = _said(part)
        if part.tag in ("mo", "mi") and said in _SPACED:
            is_sign = said in "+−±∓" and (not row.strip() or row.rstrip()[-1] in _OPENS or row.rstrip()[-1] in _SPACED)
            said = said if is_sign else f" {said} "
        elif part.tag == "mo" and said == ",":
            said = ", "
        elif part.tag == "mi" and len(said) > 1 and row[-1:].isalnum():
            said = f" {said}"
        is_apart = row and (_is_name(row) or part.tag == "mfrac" or before == "mfrac") and row[-1] != " "
        row += f" {said}" if is_apart and said[:1].isalnum() and (row[-1].isalnum() or _is_name(row)) else said
        before = part.tag
    return row


def _is_name(row: str) -> bool:
    """Whether what stands there ends with a function's name (sin, log₂) or with the sign of a sum."""
    return bool(_FUNCTION.search(row)) or row[-1] in _BOUND


def _fraction(above: str, below: str, *, is_choice: bool) -> str:
    if is_choice:
        return f"{above} choose {below}"
    return f"{above if ' ' not in above and '/' not in above else f'({above})'}/{_grouped(below)}"


def _grouped(words: str) -> str:
    """In brackets unless it is one number, or one name with what is drawn on to it."""
    is_bracketed = words[:1] == "(" and words[-1:] == ")" and words.count("(") == 1
    return words if is_bracketed or _ONE.fullmatch(words) else f"({words})"


def _script(words: str, signs: dict[str, str], mark: str) -> str:
    """Raised or lowered, where there are signs for all of it; else after a mark."""
    bare = words.replace(" ", "")
    if all(sign in signs for sign in bare):
        return "".join(signs[sign] for sign in bare)
    return f"{mark}{words if len(words) == 1 else f'({words})'}"


def _scripted(tag: str, parts: list[str]) -> str:
    """A base with what stands at it: raised, lowered, above or below."""
    base, *rest = parts
    if tag == "mover":
        accent = _ACCENTS.get(rest[0], "")
        return f"{base}{accent}" if accent and len(base) == 1 else base
    if tag == "munder":
        return base if len(rest[0]) == 1 else f"{base}({rest[0]}) "
    if tag == "msup":
        return f"{_based(base)}{_script(rest[0], _RAISED, '^')}"
    low = _script(rest[0], _LOWERED, "_")
    if tag == "msub" and "_" in low and _FUNCTION.search(base):
        return f"{base}({rest[0]}) "
    if tag == "msub":
        return f"{base}{low}{' ' if base in _BOUND else ''}"
    high = _script(rest[1], _RAISED, "^")
    if base in _BOUND and ("_" in low or "^" in high):
        return f"{base}({rest[0]} … {rest[1]}) "
    return f"{base}{low}{high}{' ' if base in _BOUND else ''}"


def _based(base: str) -> str:
    return f"({base})" if " " in base and not (base.startswith("(") and base.endswith(")")) else base
