"""A lesson as Markdown: plain words with headings, to be edited or put under version control."""

import re

from app.exchange.book import Book, Leaf

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
    parts += [f"> **Question:** {escape(one.text)}" if one.asks else escape(one.text) for one in leaf.said]
    if leaf.notes:
        parts += ["Notes of the deck:", "\n".join(f"> {escape(line)}" for line in leaf.notes.splitlines())]
    return parts


def escape(text: str) -> str:
    """Words that Markdown takes for nothing but words, on one line."""
    line = _SIGNS.sub(r"\\\1", " ".join(text.split()))
    return _START.sub(
        lambda found: f"{found[1]}\\{found[2]}" if len(found[2]) == 1 else found[0].replace(".", "\\."), line
    )
