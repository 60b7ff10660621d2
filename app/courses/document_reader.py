"""A document without pages (Markdown, text, Word, a web page) read as a deck: laid out as slides, then read as one."""

import re
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from xml.parsers.expat import ExpatError

import mammoth
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

from app.base.formulas import FORMULA
from app.courses import pptx_reader
from app.courses.laying import lay_out
from app.courses.limits import DAMAGED_DOCUMENT, LAID_OUT
from app.courses.page_trouble import PAGE_TROUBLE
from app.courses.schema import DeckKind, ReaderLine
from app.courses.sheets import sheets_of
from app.courses.trouble import DeckProblem

HEADING_LETTERS = 70
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?([A-Za-z0-9_-]{2,20})", re.IGNORECASE)
_OWN_IMAGES = re.compile(r"^data:image/(png|jpe?g|gif|webp);base64,", re.IGNORECASE)


def read(file: Path, folder: Path | None, kind: DeckKind, *, first: int, limit: int) -> Iterator[ReaderLine]:
    """The page count, then each page from `first` on, as a deck's. The slides are kept beside the pictures."""
    laid_out = (folder or Path.cwd()) / LAID_OUT
    if first == 1 or not laid_out.is_file():
        laid_out.write_bytes(lay_out(sheets_of(_html(file, kind))))
    yield from pptx_reader.read(laid_out, folder, first=first, limit=limit)


def _html(file: Path, kind: DeckKind) -> str:
    if kind is DeckKind.DOCX:
        return _word(file)
    content = file.read_bytes()
    if kind is DeckKind.HTML:
        return decoded(content, is_html=True)
    text = decoded(content)
    return markdown_html(text) if kind is DeckKind.MARKDOWN else text_html(text)


def _formula(state: StateInline, silent: bool) -> bool:
    """Takes a formula as it stands: what looks like Markdown in it (a backslash, a star, an underscore) is its own."""
    found = FORMULA.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push("text", "", 0).content = found[0]
    state.pos = found.end()
    return True


class _Markdown(MarkdownIt):
    """Links to the web, and pictures that are in the document itself."""

    def validateLink(self, url: str) -> bool:
        """Whether an address is kept."""
        return bool(_OWN_IMAGES.match(url)) or url.startswith(("http:", "https:", "mailto:"))


def markdown_html(text: str) -> str:
    """Markdown (CommonMark with tables) as HTML; HTML within it is text."""
    reader = _Markdown("commonmark", {"html": False}).enable("table")
    reader.inline.ruler.before("escape", "formula", _formula)
    return f"<html><body>{reader.render(text)}</body></html>"


def text_html(text: str) -> str:
    """Plain text as HTML: paragraphs between blank lines; a short line alone before a longer stretch heads it."""
    stretches = [one.strip("\n") for one in re.split(r"\n\s*\n|\f", text) if one.strip()]
    out = []
    for at, stretch in enumerate(stretches):
        lines = [line.strip() for line in stretch.splitlines()]
        is_last = at == len(stretches) - 1
        if len(lines) == 1 and len(lines[0]) <= HEADING_LETTERS and not is_last and lines[0][-1] not in ".,;:!?":
            out.append(f"<h2>{escape(lines[0])}</h2>")
        elif all(re.match(r"[-*•]\s+\S", line) for line in lines):
            out.append("<ul>" + "".join(f"<li>{escape(line[1:].strip())}</li>" for line in lines) + "</ul>")
        else:
            out.append(f"<p>{escape(' '.join(lines))}</p>")
    return f"<html><body>{''.join(out)}</body></html>"


def _word(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            done = mammoth.convert_to_html(stream)
    except (*PAGE_TROUBLE, ExpatError) as error:
        sys.stderr.write(f"not a Word document: {error!r}\n")
        raise DeckProblem(DAMAGED_DOCUMENT) from error
    return f"<html><body>{done.value}</body></html>"


def decoded(content: bytes, *, is_html: bool = False) -> str:
    """Text in the code it names, in UTF-8 or UTF-16, or else in Windows' Western letters."""
    named = _CHARSET.search(content[:2048]) if is_html else None
    codes = ["utf-16"] if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig"]
    codes += [named[1].decode("ascii")] if named else []
    for code in codes:
        try:
            return content.decode(code)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("cp1252", "replace")
