"""The words of a piece of HTML: what runs or comes from elsewhere is gone, and what cannot be kept is named."""

import re
from dataclasses import dataclass, field

from lxml import etree, html

from app.base.text import clean_text

ACTIVE = frozenset(
    ["script", "style", "iframe", "object", "embed", "applet", "form", "link", "meta", "noscript", "svg"]
)
BLOCKS = frozenset(
    ["p", "div", "li", "ul", "ol", "table", "tr", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"]
)
MEDIA = frozenset(["video", "audio"])
LONGEST = 400_000
DEEPEST = 200
RUNS = "Script and embedded content in its text was taken out."
RAISED = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")


@dataclass
class Words:
    """Text, and sentences about what of it was lost."""

    text: str = ""
    lost: list[str] = field(default_factory=list)

    def lose(self, sentence: str) -> None:
        """Note a loss, once."""
        if sentence not in self.lost:
            self.lost.append(sentence)


def plain(source: str) -> Words:
    """The words of HTML in lines; pictures as their descriptions."""
    found = Words()
    source = clean_text(source)[:LONGEST]
    if "<" not in source and "&" not in source:
        found.text = tidy(source)
        return found
    try:
        root = html.fragment_fromstring(source, create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        found.text = tidy(re.sub(r"<[^<>]*>", " ", source))
        return found
    pieces: list[str] = []
    _walk(root, pieces, found, 0)
    found.text = tidy("".join(pieces))
    return found


def tidy(text: str) -> str:
    """Lines without needless space, at most one empty one between two."""
    lines = [" ".join(line.split()) for line in text.replace("\u00a0", " ").splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _walk(element: etree._Element, out: list[str], found: Words, depth: int) -> None:
    if not isinstance(element.tag, str):
        return
    name = element.tag.rpartition("}")[2].lower()
    if name in ACTIVE or depth > DEEPEST:
        found.lose(RUNS)
        return
    if name == "br":
        out.append("\n")
    elif name == "img":
        _picture(element, out, found)
    elif name in MEDIA:
        found.lose("Sound and film were left out.")
    elif name in ("sub", "sup"):
        out.append(_shifted("".join(str(one) for one in element.itertext()), lower=name == "sub"))
    else:
        _inner(element, name, out, found, depth)


def _inner(element: etree._Element, name: str, out: list[str], found: Words, depth: int) -> None:
    if name in BLOCKS:
        out.append("\n")
    if name == "li":
        out.append("- ")
    out.append(_flat(element.text))
    for child in element:
        _walk(child, out, found, depth + 1)
        out.append(_flat(child.tail))
    if name in ("td", "th") and element.getnext() is not None:
        out.append(" | ")
    if name in BLOCKS:
        out.append("\n")


def _flat(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")


def _picture(element: etree._Element, out: list[str], found: Words) -> None:
    described = " ".join((element.get("alt") or "").split())
    out.append(f" [Picture: {described}] " if described else " [Picture] ")
    found.lose(
        "A picture was left out; its description stands in its place." if described else "A picture was left out."
    )


def _shifted(text: str, *, lower: bool) -> str:
    """Small letters below or above the line, as signs of their own where there are such."""
    table = LOWERED if lower else RAISED
    if text and all(ord(sign) in table for sign in text):
        return text.translate(table)
    return f"{'_' if lower else '^'}{text if len(text) == 1 else f'({text})'}" if text else ""
