"""A lesson as Markdown: plain words with headings, to be edited or put under version control."""

import re

from app.exchange.book import Book, Leaf, Said
from app.lessons.schema import BoardItem, BoardKind

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~])")
_START = re.compile(r"^(\s*)([-+]|\d+[.)])(?=\s)")


def write(book: Book) -> str:
    """The text."""
    parts = [f"# {escape(book.title)}", f"From the course “{escape(book.course)}”."]
    for leaf in book.leaves:
        parts += _page(leaf)
    return "\n\n".join(parts) + "\n"


def _page(leaf: Leaf) -> list[str]:
    parts = [f"## {leaf.number}. {escape(leaf.title or f'Page {leaf.number}')}"]
    lines = [line for line in leaf.text.splitlines() if line.strip() and line.strip() != leaf.title]
    if lines:
        parts += ["On the page:", "\n".join(f"- {escape(line)}" for line in lines)]
    parts += [_line(one) for one in leaf.said]
    if leaf.notes:
        parts += ["Notes of the deck:", "\n".join(f"> {escape(line)}" for line in leaf.notes.splitlines())]
    return parts


def _line(line: Said) -> str:
    if line.board:
        return _board(line.board)
    words = f"**{line.lead}:** {escape(line.text)}" if line.lead else escape(line.text)
    return f"> {words}" if line.asks else words


def _board(item: BoardItem) -> str:
    """What is on the board: a table as a table, code and formulas fenced, words as a quotation."""
    if item.kind is BoardKind.TABLE:
        rows = [[escape(cell) for cell in line.strip().strip("|").split("|")] for line in item.text.splitlines()]
        wide = max(map(len, rows))
        head, *body = [f"| {' | '.join(row + [''] * (wide - len(row)))} |" for row in rows]
        return "\n".join((head, f"|{' --- |' * wide}", *body))
    if item.kind is BoardKind.TEXT:
        return "\n".join(f"> {escape(line)}" for line in item.text.splitlines())
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", item.text)), default=0))
    name = "latex" if item.kind is BoardKind.FORMULA else re.sub(r"\W", "", item.language)
    return f"{fence}{name}\n{item.text}\n{fence}"


def escape(text: str) -> str:
    """Words that Markdown takes for nothing but words, on one line."""
    line = _SIGNS.sub(r"\\\1", " ".join(text.split()))
    return _START.sub(
        lambda found: f"{found[1]}\\{found[2]}" if len(found[2]) == 1 else found[0].replace(".", "\\."), line
    )
