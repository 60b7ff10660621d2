"""What a deck may be: cheap checks on its bytes, before anything parses it.

A zip's directory says how much it would unpack to; nothing larger is opened. Deeper trouble (a password on a
PDF, a broken page) is for the reader child to find.
"""

import re
import zipfile
from io import BytesIO

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

DAMAGED = "The file is damaged or was cut off on its way. Save the deck again and upload the new copy."
BOMB = "The file unpacks to far more than a deck ever holds, so it was not opened. Save the deck again as PPTX or PDF."
ENTITIES = "The file declares XML entities, which no slide program does, so it was not opened. Save it again as PPTX."
MACROS = "The deck contains macros. Save it as PPTX without macros (or as PDF) and upload that."
LOCKED = "The deck is protected by a password. Save a copy without one and upload that."

_SLIDE = re.compile(r"ppt/slides/slide\d+\.xml")


def too_many_pages(count: int, limit: int) -> str:
    """The sentence for a deck with more pages than allowed."""
    return f"The deck has {count} pages; at most {limit} can be read. Split it into lessons and upload each."


def too_large(limit: int) -> Invalid:
    """The error for a file of more than `limit` bytes."""
    return Invalid(f"The file is larger than {limit // 2**20} MB. Compress its pictures or split the deck.", status=413)


def check_deck(content: bytes) -> DeckKind:
    """What the bytes are, whatever the file was called. Raises Invalid with a sentence for what cannot be read."""
    if not content:
        raise Invalid("The file is empty. Choose the deck again; if it stays empty, save it anew.")
    if len(content) > get_settings().upload_bytes:
        raise too_large(get_settings().upload_bytes)
    if b"%PDF-" in content[:1024]:
        return DeckKind.PDF
    if content.startswith(ZIP):
        _check_zip(content)
        return DeckKind.PPTX
    raise Invalid(_what_else(content))


def _what_else(content: bytes) -> str:
    if content.startswith(OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            return LOCKED
        return "This is a file of an old Office program. Open it, save it as PPTX or PDF, and upload that."
    return "This is not a deck. Upload a PowerPoint file (.pptx) or a PDF."


def _check_zip(content: bytes) -> None:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
            _check_size(parts, len(content))
            _check_names([part.filename for part in parts])
            if any(part.flag_bits & 1 for part in parts):
                raise Invalid(LOCKED)
            _check_prologues(archive, parts)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise Invalid(DAMAGED) from error


def _check_size(parts: list[zipfile.ZipInfo], packed: int) -> None:
    unpacked = sum(part.file_size for part in parts)
    over_ratio = unpacked > ZIP_FREE_BYTES and unpacked > packed * ZIP_RATIO
    if len(parts) > ZIP_ENTRIES or unpacked > ZIP_BYTES or over_ratio:
        raise Invalid(BOMB)


def _check_names(names: list[str]) -> None:
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Invalid(MACROS)
    if not any(name.startswith("ppt/") for name in names):
        if any(name.startswith(("word/", "xl/")) for name in names):
            raise Invalid("This is a document of another Office program. Save it as PDF and upload that.")
        raise Invalid("This is a zip file without a deck inside. Upload the PPTX or PDF itself.")
    if "[Content_Types].xml" not in names:
        raise Invalid(DAMAGED)
    slides = sum(1 for name in names if _SLIDE.fullmatch(name))
    limit = get_settings().upload_pages
    if slides > limit:
        raise Invalid(too_many_pages(slides, limit))


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
