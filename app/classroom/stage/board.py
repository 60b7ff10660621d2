"""The board as HTML: formulas as MathML, code with its words coloured, tables and plain text.

Whatever is written comes from people and slides, so that nothing of it is trusted: every word is escaped, and of a
formula only elements and attributes that can do no harm are kept. What cannot be read is shown as it was written, with
a sentence that says so.
"""

import re
from collections.abc import Callable
from xml.etree.ElementTree import tostring

from markupsafe import Markup, escape
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.lexers.special import TextLexer
from pygments.util import ClassNotFound

from app.base.errors import Invalid
from app.base.formulas import mathml
from app.base.text import clean_text
from app.lessons.schema import BoardItem, BoardKind, Region

LONGEST = 2000
"""A board item has at most this many characters."""
_FENCE = re.compile(r"^```[ \t]*(\w*)[^\n]*\n(.*?)(?:\n```[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_RULE = re.compile(r"[\s|:-]*-[\s|:-]*")
_FORMULA_NAMES = ("formula", "math", "latex", "tex")
BAD_FORMULA = "This formula cannot be read as LaTeX; here is what was written."
TOO_LONG = f"This is longer than the {LONGEST:,} characters that can be set; here is what was written."


def item_of(kind: str, text: str, language: str = "") -> BoardItem:
    """A board item of what somebody sent. Raises Invalid with what to change."""
    words = clean_text(text).replace("\r\n", "\n").strip("\n")
    if kind not in list(BoardKind):
        raise Invalid(f"The board takes: {', '.join(one.value for one in BoardKind)}.")
    if not words.strip():
        raise Invalid("Write something for the board first.")
    if len(words) > LONGEST:
        raise Invalid(f"That is {len(words):,} characters; the board takes {LONGEST:,}. Shorten it and write again.")
    return BoardItem(kind=BoardKind(kind), text=words, language=clean_text(language)[:40])


def region_of(left: str, top: str, width: str, height: str) -> Region | None:
    """A part of a page's picture from what somebody sent; all empty means none. Raises Invalid."""
    if not any((left, top, width, height)):
        return None
    trouble = "A place on the slide is four numbers from 0 to 1: left, top, width and height."
    try:
        found = Region(left=float(left), top=float(top), width=float(width), height=float(height))
    except ValueError as error:
        raise Invalid(trouble) from error
    ends = (found.left + found.width, found.top + found.height)
    is_inside = all(0 <= one <= 1 for one in (found.left, found.top, found.width, found.height))
    if not (is_inside and found.width and found.height and all(end <= 1.001 for end in ends)):
        raise Invalid(trouble)
    return found


def table_on(text: str) -> BoardItem | None:
    """The table among a page's words, where there is one: rows of cells between bars."""
    rows = [line for line in text.splitlines() if " | " in line]
    kept = "\n".join(rows)
    return BoardItem(kind=BoardKind.TABLE, text=kept) if len(rows) > 1 and len(kept) <= LONGEST else None


def items_of(text: str) -> list[BoardItem]:
    """Notes as board items: what stands between ``` marks is a formula, a table or code, the rest text."""
    items: list[BoardItem] = []
    at = 0
    for fence in _FENCE.finditer(text):
        items += [_text(text[at : fence.start()]), _fenced(fence[1], fence[2])]
        at = fence.end()
    return [one for one in [*items, _text(text[at:])] if one.text.strip()]


def _text(words: str) -> BoardItem:
    return BoardItem(kind=BoardKind.TEXT, text=words.strip("\n"))


def _fenced(name: str, words: str) -> BoardItem:
    if name.lower() in _FORMULA_NAMES:
        return BoardItem(kind=BoardKind.FORMULA, text=words)
    if name.lower() == "table":
        return BoardItem(kind=BoardKind.TABLE, text=words)
    return BoardItem(kind=BoardKind.CODE, text=words, language=name)


def render(item: BoardItem) -> Markup:
    """The item as safe HTML."""
    if item.kind is not BoardKind.TEXT and len(item.text) > LONGEST:
        return _as_source(item.text, TOO_LONG)
    return _RENDER[item.kind](item)


def render_all(items: list[BoardItem]) -> Markup:
    """Several items, one below the other."""
    return Markup("\n").join(render(item) for item in items)


def _paragraphs(item: BoardItem) -> Markup:
    parts = [part.strip("\n") for part in re.split(r"\n\s*\n", item.text) if part.strip()]
    return Markup("").join(Markup('<p class="board-text">{}</p>').format(part) for part in parts)


def _table(item: BoardItem) -> Markup:
    lines = [line for line in item.text.splitlines() if line.strip() and not _RULE.fullmatch(line)]
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    if not rows:
        return _paragraphs(item)
    width = max(map(len, rows))
    filled = [row + [""] * (width - len(row)) for row in rows]
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(cell) for cell in filled[0])
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(Markup("").join(Markup("<td>{}</td>").format(cell) for cell in row))
        for row in filled[1:]
    )
    whole = '<table class="board-table"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>'
    return Markup(whole).format(head, body)


def _code(item: BoardItem) -> Markup:
    try:
        lexer = get_lexer_by_name(item.language) if item.language else TextLexer()
    except ClassNotFound:
        lexer = TextLexer()
    coloured = highlight(item.text, lexer, HtmlFormatter(nowrap=True, classprefix="hl-"))
    # The formatter has escaped the words and adds spans with a class, nothing else.
    return Markup('<pre class="board-code"><code>{}</code></pre>').format(Markup(coloured))


def _formula(item: BoardItem) -> Markup:
    tree = mathml(item.text.strip().strip("$"))
    if tree is None:
        return _as_source(item.text, BAD_FORMULA)
    # Built anew from safe elements only, and escaped as it is written out.
    return Markup('<div class="board-formula">{}</div>').format(Markup(tostring(tree, encoding="unicode")))


def _as_source(text: str, sentence: str) -> Markup:
    shown = '<p class="board-trouble">{}</p><pre class="board-code"><code>{}</code></pre>'
    return Markup(shown).format(sentence, escape(text))


_RENDER: dict[BoardKind, Callable[[BoardItem], Markup]] = {
    BoardKind.TEXT: _paragraphs,
    BoardKind.TABLE: _table,
    BoardKind.CODE: _code,
    BoardKind.FORMULA: _formula,
}
