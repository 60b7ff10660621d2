"""A lesson as one HTML page that plays by itself: pictures, words, style and a small script of ours in one file.

It loads nothing, and its policy lets nothing run but the script, by its hash. Without a script it shows all pages.
"""

import base64
import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from app.base.templates import templates
from app.classroom.stage.board import render
from app.courses.rasters import data_url
from app.exchange.book import Book

FOLDER = Path(__file__).with_name("player")

Tell = Callable[[str, int, int], None]


@lru_cache
def _environment() -> Environment:
    return templates(FOLDER)


def write(book: Book, tell: Tell) -> str:
    """The page."""
    script, style = (FOLDER / "player.js").read_text("utf-8"), (FOLDER / "player.css").read_text("utf-8")
    pictures = {}
    for at, leaf in enumerate(book.leaves, 1):
        tell("Putting the pictures in", at, len(book.leaves))
        pictures[leaf.number] = Markup(data_url(leaf.picture)) if leaf.picture else ""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    return (
        _environment()
        .get_template("player.html.j2")
        .render(board=render, book=book, pictures=pictures, script=Markup(script), style=Markup(style), policy=policy)
    )
