"""What a deck may be: cheap checks on its bytes, before anything parses it.

A zip's directory says how much it would unpack to; nothing larger is opened. Deeper trouble (a password on a
PDF, a broken page) is for the reader child to find.
"""

import re
import zipfile
from io import BytesIO
from pathlib import PurePath

from app.base.errors import Invalid
from app.base.settings import get_settings
from app.courses.schema import DeckKind

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
ZIP_ENTRIES = 20_000
ZIP_BYTES = 600 * 2**20
ZIP_RATIO = 150
ZIP_FREE_BYTES = 40 * 2**20
"""A deck may unpack to this much whatever its ratio: blank bitmaps compress a thousandfold and harm nobody."""
PROLOGUE_BYTES = 4096

DAMAGED_DOCUMENT = "The document is damaged. Save it again as .docx and upload the new copy."
NOT_A_DECK = (
    "This is not a deck, nor a document that can be laid out as one. Upload a PowerPoint file (.pptx), a PDF, a Word "
    "document (.docx), a web page (.html), Markdown (.md) or text (.txt)."
)
DAMAGED = "The file is damaged or was cut off on its way. Save the deck again and upload the new copy."
BOMB = "The file unpacks to far more than a deck ever holds, so it was not opened. Save the deck again as PPTX or PDF."
ENTITIES = "The file declares XML entities, which no slide program does, so it was not opened. Save it again as PPTX."
MACROS = "The deck contains macros. Save it as PPTX without macros (or as PDF) and upload that."
LOCKED = "The deck is protected by a password. Save a copy without one and upload that."

TEXT_KINDS = {
    ".md": DeckKind.MARKDOWN,
    ".markdown": DeckKind.MARKDOWN,
    ".txt": DeckKind.TEXT,
    ".html": DeckKind.HTML,
    ".htm": DeckKind.HTML,
    ".xhtml": DeckKind.HTML,
}
LAID_OUT = "laid-out.pptx"
"""The slides made of a document without pages, beside the pictures of its pages."""
TEXT_BYTES = 8 * 2**20

_SLIDE = re.compile(r"ppt/slides/slide\d+\.xml")


def too_many_pages(count: int, limit: int) -> str:
    """The sentence for a deck with more pages than allowed."""
    return f"The deck has {count} pages; at most {limit} can be read. Split it into lessons and upload each."


def too_large(limit: int) -> Invalid:
    """The error for a file of more than `limit` bytes."""
    return Invalid(f"The file is larger than {limit // 2**20} MB. Compress its pictures or split the deck.", status=413)


def check_deck(content: bytes, filename: str = "") -> DeckKind:
    """What the bytes are; the file's name tells text from Markdown. Raises Invalid with a sentence for what cannot be
    read."""
    if not content:
        raise Invalid("The file is empty. Choose the deck again; if it stays empty, save it anew.")
    if len(content) > get_settings().upload_bytes:
        raise too_large(get_settings().upload_bytes)
    if b"%PDF-" in content[:1024]:
        return DeckKind.PDF
    if content.startswith(ZIP):
        return _check_zip(content)
    if kind := _text_kind(content, filename):
        return kind
    raise Invalid(_what_else(content))


def _text_kind(content: bytes, filename: str) -> DeckKind | None:
    """The kind of a text, None for what is none."""
    start = content[:4096]
    is_wide = start[:2] in (b"\xff\xfe", b"\xfe\xff")
    if not is_wide and any(byte < 9 or 13 < byte < 27 for byte in start):
        return None
    named = TEXT_KINDS.get(PurePath(filename.lower()).suffix)
    bare = start.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    kind = DeckKind.HTML if bare.startswith((b"<!doctype html", b"<html")) else named
    if kind is not None and len(content) > TEXT_BYTES:
        raise Invalid(f"A text of more than {TEXT_BYTES // 2**20} MB is too long for a lesson. Split it.", status=413)
    return kind


def _what_else(content: bytes) -> str:
    if content.startswith(OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            return LOCKED
        return "This is a file of an old Office program. Open it, save it as PPTX or PDF, and upload that."
    return NOT_A_DECK


def _check_zip(content: bytes) -> DeckKind:
    """Whether it is a deck or a Word document, and harmless."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
            _check_size(parts, len(content))
            kind = _check_names([part.filename for part in parts])
            if any(part.flag_bits & 1 for part in parts):
                raise Invalid(LOCKED)
            _check_prologues(archive, parts)
            return kind
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise Invalid(DAMAGED) from error


def _check_size(parts: list[zipfile.ZipInfo], packed: int) -> None:
    unpacked = sum(part.file_size for part in parts)
    over_ratio = unpacked > ZIP_FREE_BYTES and unpacked > packed * ZIP_RATIO
    if len(parts) > ZIP_ENTRIES or unpacked > ZIP_BYTES or over_ratio:
        raise Invalid(BOMB)


def _check_names(names: list[str]) -> DeckKind:
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Invalid(MACROS)
    if not any(name.startswith("ppt/") for name in names):
        if "word/document.xml" in names and "[Content_Types].xml" in names:
            return DeckKind.DOCX
        if any(name.startswith(("word/", "xl/")) for name in names):
            raise Invalid("This is a document of another Office program. Save it as PDF and upload that.")
        raise Invalid("This is a zip file without a deck inside. Upload the PPTX, PDF or document itself.")
    if "[Content_Types].xml" not in names:
        raise Invalid(DAMAGED)
    slides = sum(1 for name in names if _SLIDE.fullmatch(name))
    limit = get_settings().upload_pages
    if slides > limit:
        raise Invalid(too_many_pages(slides, limit))
    return DeckKind.PPTX


def _check_prologues(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """Document type declarations stand at the beginning of a part; decks have none."""
    for part in parts:
        if part.filename.lower().endswith((".xml", ".rels")):
            with archive.open(part) as stream:
                prologue = stream.read(PROLOGUE_BYTES).replace(b"\x00", b"")
            if b"<!DOCTYPE" in prologue or b"<!ENTITY" in prologue:
                raise Invalid(ENTITIES)
            if part.filename == "[Content_Types].xml" and b"macroEnabled" in prologue:
                raise Invalid(MACROS)
