"""A document's HTML cut into sheets: a heading and what stands under it, in blocks a slide can hold.

What runs, or comes from elsewhere, is not looked at. The same is done for Markdown, Word documents and web pages, which
all become HTML first.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from enum import StrEnum

from lxml import etree, html

from app.base.formulas import plain
from app.base.text import clean_text, shorten
from app.courses.trouble import DeckProblem

ACTIVE = frozenset(
    [
        *("script", "style", "iframe", "object", "embed", "applet", "form", "link", "meta", "noscript", "svg", "math"),
        *("template", "nav", "audio", "video"),
    ]
)
HEADINGS = {f"h{level}": level for level in range(1, 7)}
FLOW = frozenset(
    [
        *("p", "div", "section", "article", "main", "body", "header", "footer", "aside", "figure", "dd", "dt", "dl"),
        *("details", "summary", "td", "th", "center"),
    ]
)
PIXELS = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,([A-Za-z0-9+/=\s]+)", re.IGNORECASE)
DEEPEST = 200
TITLE_LENGTH = 120
PICTURE_BYTES = 20 * 2**20
MOST_ROWS, MOST_CELLS = 200, 12
UNTITLED = "Page"


class Shape(StrEnum):
    """What a block is."""

    TEXT = "text"
    ITEM = "item"
    CODE = "code"
    QUOTE = "quote"
    TABLE = "table"
    PICTURE = "picture"


@dataclass
class Block:
    """A paragraph, a list item of a depth, a table's rows, or a picture's bytes with its description as text."""

    shape: Shape
    text: str = ""
    level: int = 0
    mark: str = "•"
    rows: list[list[str]] = field(default_factory=list)
    picture: bytes = b""


@dataclass
class Sheet:
    """A heading and what stands under it."""

    title: str = ""
    level: int = 1
    blocks: list[Block] = field(default_factory=list)


def sheets_of(source: str) -> list[Sheet]:
    """The sheets of an HTML document. Raises DeckProblem where there is nothing on it."""
    try:
        root = html.document_fromstring(clean_text(source))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise DeckProblem("The document has no words. Write some, save it, and send it again.") from error
    walk = _Walk()
    body = root.find("body")
    walk.into(body if body is not None else root, 0)
    walk.end_line()
    found = [one for one in walk.sheets if one.title or one.blocks]
    if not found:
        raise DeckProblem("The document has no words. Write some, save it, and send it again.")
    return _joined(found, root)


def _joined(found: list[Sheet], root: etree._Element) -> list[Sheet]:
    """Sheets with titles: a chapter's heading that has nothing under it heads the next sheet's page by itself."""
    name = root.find("head/title")
    first = " ".join((name.text or "").split()) if name is not None else ""
    for at, sheet in enumerate(found):
        before = found[at - 1].title if at else first
        sheet.title = shorten(sheet.title or before or _first_words(sheet), TITLE_LENGTH)
    return found


def _first_words(sheet: Sheet) -> str:
    return next((shorten(one.text, 60) for one in sheet.blocks if one.text), UNTITLED)


class _Walk:
    """Goes through a tree and gathers sheets."""

    def __init__(self) -> None:
        self.sheets = [Sheet()]
        self._line: list[str] = []

    def into(self, element: etree._Element, depth: int, level: int = 0) -> None:
        """Take what stands within an element."""
        self._line.append(_flat(element.text))
        for child in element:
            self._take(child, depth, level)
            self._line.append(_flat(child.tail))

    def _take(self, element: etree._Element, depth: int, level: int) -> None:
        if not isinstance(element.tag, str) or depth > DEEPEST:
            return
        name = element.tag.lower()
        if name in ACTIVE:
            return
        if name in HEADINGS:
            self._heading(element, HEADINGS[name])
        elif name in ("ul", "ol"):
            self._list(element, depth, level)
        elif name == "pre":
            self._add(Block(Shape.CODE, clean_text("".join(element.itertext())).strip("\n")))
        elif name == "blockquote":
            self._add(Block(Shape.QUOTE, _words(element)))
        elif name == "table":
            self._table(element)
        elif name == "img":
            self._picture(element)
        elif name in ("br", "hr"):
            self.end_line()
        elif name in FLOW:
            self.end_line()
            self.into(element, depth + 1, level)
            self.end_line()
        else:
            self.into(element, depth + 1, level)

    def end_line(self) -> None:
        """What was gathered of a line becomes a paragraph."""
        words = " ".join("".join(self._line).split())
        self._line = []
        if words:
            self.sheets[-1].blocks.append(Block(Shape.TEXT, plain(clean_text(words))))

    def _add(self, block: Block) -> None:
        self.end_line()
        if block.text.strip() or block.rows or block.picture:
            self.sheets[-1].blocks.append(block)

    def _heading(self, element: etree._Element, level: int) -> None:
        self.end_line()
        words = _words(element)
        for picture in element.iter("img"):
            self._picture(picture)
        if words:
            self.sheets.append(Sheet(words, level))

    def _list(self, element: etree._Element, depth: int, level: int) -> None:
        self.end_line()
        is_counted = element.tag.lower() == "ol"
        for at, item in enumerate((one for one in element if one.tag == "li"), 1):
            start = len(self.sheets[-1].blocks)
            self.into(item, depth + 1, level + 1)
            self.end_line()
            made = self.sheets[-1].blocks[start:]
            head = next((one for one in made if one.shape is Shape.TEXT), None)
            if head is not None:
                head.shape, head.level, head.mark = Shape.ITEM, level, f"{at}." if is_counted else "•"

    def _table(self, element: etree._Element) -> None:
        rows = [[_words(cell) for cell in row if cell.tag in ("td", "th")][:MOST_CELLS] for row in element.iter("tr")][
            :MOST_ROWS
        ]
        wide = max((len(row) for row in rows), default=0)
        kept = [row + [""] * (wide - len(row)) for row in rows if any(row)]
        self._add(Block(Shape.TABLE, rows=kept))

    def _picture(self, element: etree._Element) -> None:
        """A picture that is in the document itself; one that would have to be fetched is its description."""
        described = " ".join(clean_text(element.get("alt") or "").split())
        inside = PIXELS.fullmatch((element.get("src") or "").strip())
        content = b""
        if inside and len(inside[1]) < PICTURE_BYTES * 4 // 3:
            try:
                content = base64.b64decode(inside[1])
            except binascii.Error:
                content = b""
        if content:
            self._add(Block(Shape.PICTURE, described, picture=content))
        elif described:
            self._add(Block(Shape.TEXT, f"Picture: {described}"))


def _flat(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")


def _words(element: etree._Element) -> str:
    """All words within, but for what runs."""
    parts: list[str] = []
    for one in element.iter():
        if isinstance(one.tag, str) and one.tag.lower() not in ACTIVE and not _is_within_active(one, element):
            parts.append(one.text or "")
        if one is not element:
            parts.append(one.tail or "")
    return plain(clean_text(" ".join("".join(parts).split())))


def _is_within_active(one: etree._Element, top: etree._Element) -> bool:
    for up in one.iterancestors():
        if up is top:
            return False
        if isinstance(up.tag, str) and up.tag.lower() in ACTIVE:
            return True
    return False
